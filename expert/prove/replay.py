"""A theorem held against one set of answers, by the verdict that everybody gets: no formulas here.

Every counterexample found in formulas must fail here too before anybody is told of it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from msgspec import Struct

from expert.logic import Outlook
from expert.model import BANDS, NONE_OF_THESE, NOT_SURE, URGENCIES, Answers, Base, Question, Reply
from expert.prove.theorems import EMERGENCIES, Outcome, Theorem
from expert.verdict import Verdict, advice_for, foresee
from expert.words import answer_in_words, band_in_words, urgency_in_words


class Counterexample(Struct, frozen=True):
    """Answers for which a statement does not hold; of a statement about a change, `before` are those before it."""

    answers: Answers
    before: Answers | None = None


class Told(Struct, frozen=True):
    """What some answers come to."""

    verdict: Verdict
    outlook: Outlook

    def comes_to(self, outcome: Outcome) -> bool:
        """Tell whether the answers come to an outcome."""
        verdict, outlook = self.verdict, self.outlook
        advice = {one.advice for one in advice_for(outlook.base, verdict, outlook) if one.status == "applies"}
        parts = [
            outcome.urgency is None or URGENCIES.index(verdict.urgency) <= URGENCIES.index(outcome.urgency),
            not outcome.red_flags or not set(verdict.red_flags).isdisjoint(outcome.red_flags),
            not outcome.not_ruled_out or not set(verdict.not_ruled_out).isdisjoint(outcome.not_ruled_out),
            not outcome.findings or any(outlook.finding(one) for one in outcome.findings),
            not outcome.advice or not advice.isdisjoint(outcome.advice),
            not outcome.hypotheses or any(self._weighs(one, outcome) for one in outcome.hypotheses),
        ]
        return all(parts)

    def _weighs(self, hypothesis: str, outcome: Outcome) -> bool:
        for weight in self.verdict.hypotheses:
            if weight.hypothesis == hypothesis:
                lacks = {"sign": not weight.has_sign, "risk": not weight.has_risk}
                reached = BANDS.index(weight.band) <= BANDS.index(outcome.band)
                return reached and (not outcome.without or any(lacks[role] for role in outcome.without))
        return False


def told(base: Base, answers: Answers) -> Told:
    """Return what answers come to."""
    outlook = Outlook(base, answers)
    return Told(foresee(base, outlook), outlook)


def fails(base: Base, theorem: Theorem, example: Counterexample) -> bool:
    """Tell whether a theorem does not hold of some answers."""
    after = told(base, example.answers)
    if theorem.rising:
        assert example.before is not None
        before = told(base, example.before)
        return URGENCIES.index(after.verdict.urgency) > URGENCIES.index(before.verdict.urgency)
    if theorem.when is not None and after.outlook.truth(theorem.when) is not True:
        return False
    if theorem.not_sure and not any(_is_not_sure(after.outlook, one) for one in _asked(base, theorem)):
        return False
    if theorem.told is not None and not after.comes_to(theorem.told):
        return False
    if theorem.always is not None:
        return not after.comes_to(theorem.always)
    return theorem.never is not None and after.comes_to(theorem.never)


def _asked(base: Base, theorem: Theorem) -> tuple[str, ...]:
    return tuple(base.questions) if theorem.not_sure == (EMERGENCIES,) else theorem.not_sure


def _is_not_sure(outlook: Outlook, question: str) -> bool:
    reply = outlook.answers.get(question)
    unsure = reply == NOT_SURE or (isinstance(reply, tuple) and NOT_SURE in reply)
    return unsure and outlook.applies(question) is True


def smaller(base: Base, example: Counterexample, fails: Callable[[Counterexample], bool]) -> Counterexample:
    """Return a counterexample with as little in it as can be had by taking out one thing after the other.

    Of one about a change, which is about full answers, what is taken out becomes *no* or *none of these*.
    """
    changed = set() if example.before is None else _changed(example)
    shrinking = True
    while shrinking:
        shrinking = False
        for question in [one for one in example.answers if one not in changed]:
            for reply in _less_than(
                base.questions[question], example.answers[question], full=example.before is not None
            ):
                less = Counterexample(
                    _with(example.answers, question, reply),
                    None if example.before is None else _with(example.before, question, reply),
                )
                if fails(less):
                    example, shrinking = less, True
                    break
    return example


def _changed(example: Counterexample) -> set[str]:
    before = example.before or {}
    return {one for one in {**before, **example.answers} if example.answers.get(one) != before.get(one)}


def _less_than(question: Question, reply: Reply, *, full: bool) -> Iterator[Reply | None]:
    """Yield the replies that say less than one does, least first."""
    if not full:
        yield None
    quiet: Reply = (NONE_OF_THESE,) if question.type == "many" else "no"
    if full and question.type in ("yes_no", "many") and reply != quiet:
        yield quiet
    if isinstance(reply, tuple) and len(reply) > 1:
        yield from (tuple(one for one in reply if one != option) for option in reply)


def _with(answers: Answers, question: str, reply: Reply | None) -> Answers:
    changed = {**answers, question: reply}
    return {one: said for one, said in changed.items() if said is not None}


def in_words(base: Base, example: Counterexample) -> Iterator[str]:
    """Yield what a counterexample says and comes to, line by line."""
    if example.before is not None:
        changed = [one for one in example.answers if example.answers[one] != example.before.get(one)]
        changed += [one for one in example.before if one not in example.answers]
        for one in changed:
            yield f"Before: {answer_in_words(base, one, example.before[one])}"
        yield f"  comes to: {_verdict_in_words(base, example.before)}"
        for one in changed:
            yield f"After: {answer_in_words(base, one, example.answers[one])}"
        yield f"  comes to: {_verdict_in_words(base, example.answers)}"
        rest = [one for one in example.answers if one not in changed]
        yield from (f"With: {answer_in_words(base, one, example.answers[one])}" for one in rest)
        return
    for question, reply in example.answers.items():
        yield answer_in_words(base, question, reply)
    yield (
        f"These come to: {_verdict_in_words(base, example.answers)}"
        if example.answers
        else (f"No answer at all comes to: {_verdict_in_words(base, example.answers)}")
    )


def _verdict_in_words(base: Base, answers: Answers) -> str:
    verdict = told(base, answers).verdict
    parts = [urgency_in_words(verdict.urgency)]
    if verdict.unsure_emergencies:
        names = [base.red_flags[one].label for one in verdict.unsure_emergencies]
        parts.append(f"not sure about {_joined(names)}")
    if verdict.red_flags:
        parts.append(f"red flags: {_joined([base.red_flags[one].label for one in verdict.red_flags])}")
    given = [one for one in verdict.hypotheses if one.band != "none"]
    if given:
        labels = [f"{base.hypotheses[one.hypothesis].label} ({band_in_words(one.band)})" for one in given]
        parts.append(_joined(labels))
    return "; ".join(parts)


def _joined(names: list[str], most: int = 5) -> str:
    more = len(names) - most
    return ", ".join(names[:most]) + (f" and {more} more" if more > 0 else "")
