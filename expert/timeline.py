"""A consultation told again, answer by answer: working memory, agenda and firings, and what it came to after each.

Everything is read off a fresh run of the engine over the answers in the order in which they were given. Names of facts
and productions are those of `expert.compile`; `fact_in_words` and `production_in_words` say what they mean.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator
from typing import Any, Literal, Protocol

from msgspec import Struct

from expert.compile import NOT_APPLICABLE, Program, Test
from expert.consultation import Consultation
from expert.harmless import harmless
from expert.infer import FactSeen, Firing, Reasoner, Step, Trace
from expert.logic import Outlook
from expert.model import Advise, Base, Condition, Establish, Evidence, Limit, Raise, Reply
from expert.verdict import Verdict, judge_rules
from expert.words import answer_in_words, condition_in_words, limit_in_words, question_in_words, strength_in_words

#: What a fact or a production is about.
Sort = Literal["answer", "finding", "evidence", "red_flag", "advice", "scope", "score", "bookkeeping"]


class Moment(Struct, frozen=True):
    """One firing and the agenda it was chosen from.

    `agenda` holds the names of the productions whose activations waited, the one that fired first; further
    alternatives of a production that has fired are left out, for they change nothing. `known` is how many of the
    timeline's facts were in working memory.
    """

    agenda: tuple[str, ...]
    firing: Firing
    known: int


class Stage(Struct, frozen=True):
    """One answer and what followed; the first stage is before any answer: its `question` and `reply` are None.

    `known` is how many of the timeline's facts were in working memory when nothing was left to fire; `verdict` that on
    the answers up to here.
    """

    question: str | None
    reply: Reply | None
    moments: tuple[Moment, ...]
    known: int
    verdict: Verdict


class Timeline(Struct, frozen=True):
    """A whole consultation: its stages, and every fact in the order in which it came into working memory.

    `limits` gives, by the subject of a fact about a score, the score and the limit that it tells of; `places` the place
    of each production in the base, from 1, which is what orders the agenda.
    """

    stages: tuple[Stage, ...]
    facts: tuple[FactSeen, ...]
    limits: dict[str, tuple[str, Limit]]
    places: dict[str, int]

    def memory(self, stage: int, fired: int = 0) -> tuple[FactSeen, ...]:
        """Return working memory in a stage when `fired` of its productions had fired."""
        at = self.stages[stage]
        return self.facts[: at.moments[fired].known if fired < len(at.moments) else at.known]

    def agenda(self, stage: int, fired: int = 0) -> tuple[str, ...]:
        """Return the productions that waited in a stage when `fired` of them had fired, the next one first."""
        moments = self.stages[stage].moments
        return moments[fired].agenda if fired < len(moments) else ()


def timeline(consultation: Consultation) -> Timeline:
    """Run the engine once more over the answers, in the order given, and keep what it did at each."""
    seen: list[tuple[tuple[str, ...], int]] = []
    reasoner = Reasoner(consultation.base, lambda agenda, next_number: seen.append((agenda, next_number)))
    trace = reasoner.infer(consultation.answers)
    facts = reasoner.memory()
    numbers = [fact.number for fact in facts]
    moments = [
        Moment(agenda, firing, bisect_left(numbers, next_number))
        for (agenda, next_number), firing in zip(seen, trace.firings, strict=True)
    ]
    program = reasoner.program
    places: dict[str, int] = {}
    for place, production in enumerate(program.productions, 1):
        places.setdefault(production.__name__, place)  # the alternatives of one condition stand together
    return Timeline(tuple(_stages(consultation, trace, moments, len(facts))), facts, program.limits, places)


def _stages(consultation: Consultation, trace: Trace, moments: list[Moment], known: int) -> Iterator[Stage]:
    known -= sum(_count(step) for step in trace.steps)
    answers: dict[str, Reply] = {}
    outlook = Outlook(consultation.base, {})
    conclusions = _Conclusions(consultation.base)
    place = len(trace.opening)
    yield Stage(None, None, tuple(moments[:place]), known, conclusions.judged(trace.opening, outlook))
    for step in trace.steps:
        answers[step.question] = step.reply
        outlook = Outlook(consultation.base, dict(answers), outlook)
        known += _count(step)
        here = tuple(moments[place : place + len(step.firings)])
        yield Stage(step.question, step.reply, here, known, conclusions.judged(step.firings, outlook))
        place += len(step.firings)


class _Conclusions:
    """What has fired so far, as a verdict needs it: going through the whole trace at every answer would be slow."""

    def __init__(self, base: Base) -> None:
        self._base = base
        self._fired: dict[str, set[str]] = {"rule": set(), "red-flag-out": set(), "scope": set()}

    def judged(self, firings: tuple[Firing, ...], outlook: Outlook) -> Verdict:
        """Return the verdict when these have fired too."""
        for firing in firings:
            kind, _, name = firing.production.partition(":")
            if kind in self._fired:
                self._fired[kind].add(name)
        return judge_rules(
            self._base,
            true_rules=self._fired["rule"],
            flags_out=self._fired["red-flag-out"],
            out_of_scope=next((scope for scope in self._base.out_of_scope if scope in self._fired["scope"]), None),
            outlook=outlook,
        )


def _count(step: Step) -> int:
    """Return how many facts a step added."""
    return len(step.declared) + sum(firing.declared is not None for firing in step.firings)


# --- in words ---------------------------------------------------------------------------------------------------------


class Told(Struct, frozen=True):
    """A fact or a production in words; `bookkeeping` is what only the engine needs."""

    sort: Sort
    words: str


class Limited(Protocol):
    """What knows the limits that facts about scores tell of: a timeline, a program, a stepper."""

    @property
    def limits(self) -> dict[str, tuple[str, Limit]]:
        """By the subject of the fact, the score and the limit."""


def fact_in_words(base: Base, line: Limited, fact: FactSeen) -> Told:
    """Say what a fact in working memory means."""
    subject, value = fact.subject, fact.value
    if subject in line.limits:
        score, limit = line.limits[subject]
        label = harmless(base.scores[score].label)
        return Told("score", f"{label}: {limit_in_words(limit)}{'' if value else ' is out of reach'}")
    if subject in base.questions:
        if value == NOT_APPLICABLE:
            return Told("answer", _about(base, subject, "does not apply"))
        return Told("answer", answer_in_words(base, subject, value))
    if subject in base.findings:
        return _finding(base, subject, "established" if value == "yes" else "ruled out")
    kind, _, name = subject.partition(":")
    if kind == "red-flag":
        return Told("red_flag", f"{harmless(base.red_flags[name].label)}: ruled out")
    question, _, note = subject.rpartition(" (")
    if question in base.questions:
        if note == "applies)":
            return Told("bookkeeping", _about(base, question, "applies"))
        return Told("bookkeeping", f"{answer_in_words(base, question, value)} (a reply, whether or not it applies)")
    return production_in_words(base, subject)


def production_in_words(base: Base, production: str) -> Told:
    """Say what a production concludes, by its name."""
    kind, _, name = production.partition(":")
    match kind:
        case "rule":
            return _rule(base, name)
        case "ruled-out":
            return _finding(base, name, "ruled out")
        case "red-flag-out":
            return Told("red_flag", f"{harmless(base.red_flags[name].label)}: ruled out")
        case "scope":
            return Told("scope", harmless(base.out_of_scope[name].say))
        case "does-not-apply":
            return Told("answer", _about(base, name, "does not apply"))
        case "applies":
            return Told("bookkeeping", _about(base, name, "applies, so its reply counts"))
        case "opens":
            return Told("bookkeeping", _about(base, name, "applies"))
        case "false":
            return Told("bookkeeping", f"The rule {harmless(name)} cannot come true any more")
        case _:
            return Told("bookkeeping", f"Part {harmless(name)} of a condition holds")


def pattern_in_words(base: Base, program: Program, pattern: Any) -> str:
    """Say what a condition of a production asks of working memory."""
    subject, test = pattern.fact_type.__name__, pattern.test
    if subject in program.limits:
        score, limit = program.limits[subject]
        words = f"{harmless(base.scores[score].label)}: {limit_in_words(limit)}"
        return words if test(True) else f"{words} is out of reach"
    if not isinstance(test, Test):
        question = subject.removesuffix(" (reply)")
        return _about(base, question, "does not apply" if question == subject else "answered")
    if subject in program.steps:
        condition, want = program.steps[subject]
        return _wanted(base, condition, want=want)
    if subject in base.findings or test.leaf.subject in base.questions:
        return _wanted(base, test.leaf, want=test.want)
    return production_in_words(base, subject).words


def _wanted(base: Base, condition: Condition, *, want: bool) -> str:
    words = condition_in_words(base, condition)
    return words if want else f"not: {words}"


def _about(base: Base, question: str, words: str) -> str:
    short = question_in_words(base, question)
    return f"{short} ({words})" if short.endswith("?") else f"{short}: {words}"


def _finding(base: Base, finding: str, state: str) -> Told:
    return Told("finding", f"{harmless(base.findings[finding].label)}: {state}")


def _rule(base: Base, name: str) -> Told:
    match base.rules[name].conclusion:
        case Establish(finding):
            return _finding(base, finding, "established")
        case Evidence() as evidence:
            strength = strength_in_words(evidence.strength, evidence.role)
            label = harmless(base.hypotheses[evidence.hypothesis].label)
            return Told("evidence", f"{label}: {strength} {evidence.direction} it")
        case Raise(red_flag):
            return Told("red_flag", f"{harmless(base.red_flags[red_flag].label)}: raised")
        case Advise(advice):
            return Told("advice", harmless(base.advice[advice].text))
