"""What a condition rests on: the person's own answers that decided it, or the questions that leave it open.

The proof in full belongs to the explanations; this is the short of it, for one line beneath a reason.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from msgspec import Struct

from expert.harmless import harmless
from expert.logic import Outlook, parts, reply_meets
from expert.model import NONE_OF_THESE, NOT_SURE, All, Any, Condition, Count, Is, Limit, Not
from expert.words import answer_in_words, number_in_words, options_in_words, question_in_words


class Ground(Struct, frozen=True):
    """One thing a condition rests on.

    `subject` is a question, a score or a finding. For a `many` question, `chosen` are the options that mattered because
    they were chosen and `missed` those that mattered because they were not; for all else both are empty.
    """

    subject: str
    chosen: tuple[str, ...] = ()
    missed: tuple[str, ...] = ()


def grounds(outlook: Outlook, condition: Condition, *, to_findings: bool = False) -> tuple[Ground, ...]:
    """Return what makes a decided condition true or false, each subject once, in the order of the condition.

    Args: condition: one whose truth is not None (else nothing is returned); to_findings: stop at findings that are
    established, instead of going down to the answers they were drawn from.
    """
    merged: dict[str, Ground] = {}
    for ground in _decisive(outlook, condition, to_findings=to_findings):
        known = merged.get(ground.subject, Ground(ground.subject))
        merged[ground.subject] = Ground(
            ground.subject, _union(known.chosen, ground.chosen), _union(known.missed, ground.missed)
        )
    return tuple(merged.values())


def _union(first: tuple[str, ...], second: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*first, *second)))


def _decisive(outlook: Outlook, condition: Condition, *, to_findings: bool) -> Iterator[Ground]:
    truth = outlook.truth(condition)
    if truth is None:
        return
    if isinstance(condition, Is | Limit):
        yield from _of_leaf(outlook, condition, truth=truth, to_findings=to_findings)
        return
    deciding: Iterable[Condition] = parts(condition)
    if isinstance(condition, All | Any | Count):
        # The parts that agree with the whole decided it; of a failed "all", one is enough.
        deciding = [part for part in condition.of if outlook.truth(part) is truth]
        if isinstance(condition, All) and truth is False:
            deciding = deciding[:1]
    for part in deciding:
        yield from _decisive(outlook, part, to_findings=to_findings)


def _of_leaf(outlook: Outlook, leaf: Is | Limit, *, truth: bool, to_findings: bool) -> Iterator[Ground]:
    base = outlook.base
    if leaf.subject in base.findings:
        established = outlook.finding(leaf.subject)
        if to_findings or not established:
            yield Ground(leaf.subject)
            return
        for rule in base.finding_rules[leaf.subject]:
            if outlook.truth(rule.condition):
                yield from _decisive(outlook, rule.condition, to_findings=False)
    elif leaf.subject in base.scores:
        yield Ground(leaf.subject)
    elif outlook.applies(leaf.subject) is False:
        gate = base.questions[leaf.subject].ask_if
        assert gate is not None
        yield from _decisive(outlook, gate, to_findings=to_findings)
    else:
        reply = outlook.answers[leaf.subject]
        if isinstance(leaf, Is) and isinstance(reply, tuple) and reply != (NONE_OF_THESE,):
            matched = tuple(option for option in leaf.values if option in reply)
            yield Ground(leaf.subject, chosen=matched) if truth else Ground(leaf.subject, missed=leaf.values)
        else:
            yield Ground(leaf.subject)


def ground_in_words(outlook: Outlook, ground: Ground, *, clinical: bool = False) -> str:
    """Return a ground as the person said it, such as "Numb; Tingling", or for a doctor, "AUDIT-C alcohol score: 9"."""
    base = outlook.base
    if ground.subject in base.findings:
        finding = base.findings[ground.subject]
        label = harmless(finding.clinical if clinical and finding.clinical else finding.label)
        return label if outlook.finding(ground.subject) else f"not found: {label}"
    if ground.subject in base.scores:
        return f"{harmless(base.scores[ground.subject].label)}: {_score_in_words(outlook, ground.subject)}"
    question = base.questions[ground.subject]
    if not (ground.chosen or ground.missed):
        reply = outlook.answers[ground.subject]
        words = answer_in_words(base, ground.subject, reply, clinical=clinical)
        # "A fit (seizure)" says it; "Do you get hardly any sun?" needs its yes.
        return words.removesuffix(": yes") if reply == "yes" else words
    said = []
    if ground.chosen:
        said.append(options_in_words(question, ground.chosen, clinical=clinical))
    if ground.missed:
        said.append("not: " + options_in_words(question, ground.missed, clinical=clinical))
    return "; ".join(said)


def _score_in_words(outlook: Outlook, score: str) -> str:
    low, high = outlook.score_range(score)
    return number_in_words(low) if low == high else f"{number_in_words(low)} to {number_in_words(high)}"


class Doubts(Struct, frozen=True):
    """The questions that leave something unknown, in the order of the base: answered *not sure*, or not answered."""

    not_sure: tuple[str, ...]
    not_asked: tuple[str, ...]


def doubts(outlook: Outlook, conditions: Iterable[Condition]) -> Doubts:
    """Return the questions that leave any of the conditions unknown."""
    unsure: set[str] = set()
    unasked: set[str] = set()
    for condition in conditions:
        unsure.update(_not_sure_in(outlook, condition))
        unasked |= outlook.unsettled(condition)
    in_order = outlook.base.questions
    return Doubts(tuple(q for q in in_order if q in unsure), tuple(q for q in in_order if q in unasked))


def _not_sure_in(outlook: Outlook, condition: Condition) -> Iterator[str]:
    """Yield the questions because of which `Outlook.hangs_on_not_sure` is true."""
    if outlook.truth(condition) is not None:
        return
    base = outlook.base
    match condition:
        case All(of) | Any(of) | Count(of=of):
            for part in of:
                yield from _not_sure_in(outlook, part)
        case Not(of):
            yield from _not_sure_in(outlook, of)
        case Is() | Limit():
            if condition.subject in base.findings:
                for rule in base.finding_rules[condition.subject]:
                    yield from _not_sure_in(outlook, rule.condition)
            else:
                score = base.scores.get(condition.subject)
                for question in score.sum if score else (condition.subject,):
                    yield from _not_sure_question(outlook, question, None if score else condition)


def _not_sure_question(outlook: Outlook, question: str, leaf: Is | Limit | None) -> Iterator[str]:
    gate = outlook.base.questions[question].ask_if
    if gate is not None and outlook.applies(question) is None:
        yield from _not_sure_in(outlook, gate)
    reply = outlook.answers.get(question)
    is_unsure = reply == NOT_SURE or (isinstance(reply, tuple) and NOT_SURE in reply)
    if reply is None or not is_unsure or outlook.applies(question) is False:
        return
    # What was chosen beside a *not sure* may have met the leaf already.
    if leaf is None or reply_meets(leaf, reply) is None:
        yield question


def doubtful_options(outlook: Outlook, condition: Condition) -> tuple[str, ...]:
    """Return, in words, what would have to be so for an unknown condition to hold: its unknown leaves, each once."""
    return tuple(dict.fromkeys(_unknown_leaves(outlook, condition)))


def _unknown_leaves(outlook: Outlook, condition: Condition) -> Iterator[str]:
    if outlook.truth(condition) is not None:
        return
    base = outlook.base
    for part in parts(condition):
        yield from _unknown_leaves(outlook, part)
    if not isinstance(condition, Is | Limit):
        return
    if condition.subject in base.findings:
        yield harmless(base.findings[condition.subject].label)
    elif condition.subject in base.scores:
        yield harmless(base.scores[condition.subject].label)
    elif isinstance(condition, Is) and base.questions[condition.subject].type != "yes_no":
        yield options_in_words(base.questions[condition.subject], condition.values)
    else:
        yield question_in_words(base, condition.subject)
