"""Why a question is asked, and what changed in a verdict, in words; taken from the live rules."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from msgspec import Struct

from expert.consultation import Consultation, Turn
from expert.inquiry import Screen
from expert.logic import Outlook
from expert.model import NOT_SURE, URGENCIES, Base, Evidence, Question, Raise, Reply, Rule
from expert.verdict import Verdict, foresee
from expert.words import band_in_words, question_in_words, reply_in_words, urgency_in_words
from interview.asking import Words

#: Rules told of; more would not be read.
_MOST_RULES = 3
#: Names listed of one kind of change.
_MOST_NAMES = 2


def without_rules(question: Question) -> str:
    """Return what is said where no undecided rule hangs on a question."""
    if question.kind in ("safety", "about"):
        return "This is asked of everyone. It helps to choose the questions that fit you."
    return "Nothing hangs on it any more: with the other answers as they are, it need not be asked."


class RuleReason(Struct, frozen=True):
    """A rule that needs a question: what it would conclude, and why."""

    rule: str
    concludes: str
    because: str


class EffectTold(Struct, frozen=True):
    """A reply, in words, and what it would do to the verdict."""

    reply: Reply
    words: str
    does: str


class Reasons(Struct, frozen=True):
    """Why one question is asked: the rules told of, the ids of all that need it, and what each reply would do."""

    question: str
    asks: str
    told: tuple[RuleReason, ...]
    rules: tuple[str, ...]
    effects: tuple[EffectTold, ...]


def reasons_for(consultation: Consultation, question: str, words: Words) -> Reasons:
    """Return why one question is asked; an answered one is looked at as if it were still open."""
    base = consultation.base
    open_ = _without(consultation, question)
    why = open_.why(question)
    now = foresee(base, open_.outlook)
    return Reasons(
        question,
        question_in_words(base, question),
        _rule_reasons(base, [base.rules[rule] for rule in why.rules], words),
        why.rules,
        tuple(
            EffectTold(
                effect.reply,
                _capitalised(reply_in_words(base, question, effect.reply)),
                change_in_words(base, now, effect.verdict, words),
            )
            for effect in why.effects
        ),
    )


def _capitalised(text: str) -> str:
    return text[:1].upper() + text[1:]


def why_screen(consultation: Consultation, screen: Screen, words: Words) -> str:
    """Return why a screen is asked, and what each reply would do to the verdict as it stands."""
    if not screen.lists:
        return "\n\n".join(_why_one(consultation, screen, question, words) for question in screen.questions)
    base = consultation.base
    rules = [base.rules[rule] for question in screen.questions for rule in consultation.why(question.id).rules]
    now = foresee(base, consultation.outlook)
    needing = _each_once(rules)
    lines = _reason_lines(_rule_reasons(base, needing, words), len(needing), screen.questions[0])
    lines += ["", "What ticking each would do now:"]
    for question, *_ in screen.lines:
        is_whole = question.type == "yes_no"
        change = _after(consultation, now, {question.id: "yes"}, words) if is_whole else "is asked about next"
        lines.append(f"- {words(question.line)}: {change}")
    none = {question.id: question.reply_if_unticked or NOT_SURE for question in screen.questions}
    lines.append(f"- None of these: {_after(consultation, now, none, words)}")
    return "\n".join(lines)


def _why_one(consultation: Consultation, screen: Screen, question: Question, words: Words) -> str:
    name = f"{words(question.ask)}\n" if len(screen.questions) > 1 else ""
    return name + why_question(consultation, question.id, words)


def why_question(consultation: Consultation, question: str, words: Words) -> str:
    """Return why one question is asked, as text."""
    reasons = reasons_for(consultation, question, words)
    lines = _reason_lines(reasons.told, len(reasons.rules), consultation.base.questions[question])
    lines += ["", "What each answer would do now:"]
    lines += [f"- {effect.words}: {effect.does}" for effect in reasons.effects]
    return "\n".join(lines)


def _without(consultation: Consultation, question: str) -> Consultation:
    if question not in consultation.answers:
        return consultation
    turns = tuple(
        Turn(
            turn.screen,
            turn.topic,
            {name: reply for name, reply in turn.replies.items() if name != question},
            turn.one_by_one,
        )
        for turn in consultation.turns
    )
    return Consultation(consultation.base, consultation.reasoner, turns)


def _after(consultation: Consultation, now: Verdict, replies: dict[str, Reply], words: Words) -> str:
    then = foresee(consultation.base, Outlook(consultation.base, {**consultation.answers, **replies}))
    return change_in_words(consultation.base, now, then, words)


def _each_once(rules: Iterable[Rule]) -> list[Rule]:
    return list({rule.id: rule for rule in rules}.values())


def _rule_reasons(base: Base, rules: Sequence[Rule], words: Words) -> tuple[RuleReason, ...]:
    """Return the rules to tell of: one for each conclusion, for ten on one red flag would say the same ten times."""
    conclusions = {_conclusion_in_words(base, rule, words): rule for rule in reversed(rules)}
    shown = list(reversed(conclusions.items()))[:_MOST_RULES]
    return tuple(RuleReason(rule.id, conclusion, words(rule.because)) for conclusion, rule in shown)


def _reason_lines(told: Sequence[RuleReason], count: int, question: Question) -> list[str]:
    if not told:
        return [without_rules(question)]
    lines = ["Your answer helps to decide:", *(f"- {reason.concludes}. {reason.because}" for reason in told)]
    return [*lines, more_rules(count - len(told))] if count > len(told) else lines


def more_rules(count: int) -> str:
    """Return how many rules are not told of."""
    return f"and {count} more {'rule' if count == 1 else 'rules'}."


def _conclusion_in_words(base: Base, rule: Rule, words: Words) -> str:
    conclusion = rule.conclusion
    if isinstance(conclusion, Raise):
        flag = base.red_flags[conclusion.red_flag]
        return f"{words(flag.label)} ({urgency_in_words(flag.urgency).lower()})"
    assert isinstance(conclusion, Evidence), "only red flags and evidence are ever undecided"
    return f"{words(base.hypotheses[conclusion.hypothesis].label)} ({conclusion.direction} it)"


def change_in_words(base: Base, before: Verdict, after: Verdict, words: Words) -> str:
    """Return what the second verdict says that the first does not, on one line."""
    changes = list(_changes(base, before, after, words))
    return "; ".join(changes) if changes else "changes nothing by itself"


def _changes(base: Base, before: Verdict, after: Verdict, words: Words) -> Iterable[str]:
    raised = [flag for flag in after.red_flags if flag not in before.red_flags]
    withdrawn = [flag for flag in before.red_flags if flag not in after.red_flags]
    out = [flag for flag in before.not_ruled_out if flag not in after.not_ruled_out and flag not in raised]
    for verb, flags in (("points to", raised), ("takes back", withdrawn), ("leaves no reason to suspect", out)):
        if flags:
            yield f"{verb} {_names([quote(words(base.red_flags[flag].label)) for flag in flags])}"
    if after.urgency != before.urgency:
        higher = URGENCIES.index(after.urgency) < URGENCIES.index(before.urgency)
        yield f"{'raises' if higher else 'lowers'} the urgency to {urgency_in_words(after.urgency).lower()}"
    if after.out_of_scope != before.out_of_scope and after.out_of_scope:
        yield "no cause will be suggested then"
    elif before.out_of_scope is None:
        was = {weight.hypothesis: weight.band for weight in before.hypotheses}
        moved = [weight for weight in after.hypotheses if was.get(weight.hypothesis, weight.band) != weight.band]
        if moved:
            labels = [quote(words(base.hypotheses[weight.hypothesis].label)) for weight in moved]
            bands = [(band_in_words(was[weight.hypothesis]), band_in_words(weight.band)) for weight in moved]
            yield _names([f"{label} goes from {old} to {new}" for label, (old, new) in zip(labels, bands, strict=True)])


def quote(text: str) -> str:
    """Return a name as it stands within a sentence."""
    return f'"{text}"'


def _names(names: Sequence[str]) -> str:
    more = len(names) - _MOST_NAMES
    shown = ", ".join(names[:_MOST_NAMES] if more > 0 else names)
    return f"{shown} and {more} more" if more > 0 else shown


def help_screen(screen: Screen, words: Words) -> str:
    """Return what the base says to explain a screen."""
    if not screen.lists:
        helps = [help_question(question, words) for question in screen.questions]
        return "\n".join(help_ for help_ in helps if help_)
    helps = [words(checklist.help) for checklist in screen.lists if checklist.help]
    helps += [f"- {words(item.line)}: {help_question(item, words)}" for item, *_ in screen.lines]
    return "\n".join(helps)


def help_question(question: Question, words: Words) -> str:
    """Return what the base says to explain one question; a checklist's line is given as the full question."""
    parts = [question.ask] if question.item or question.gist else []
    return " ".join(map(words, [*parts, *([question.help] if question.help else [])]))
