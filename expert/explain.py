"""Explanations as data: how something was concluded, why something else was not, and what would change it.

Everything is derived from the trace of a consultation and the rule base; nothing is written by hand for a rule. An
explanation is a small immutable tree, which renderers turn into text, Markdown or HTML.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from math import inf
from typing import Literal

from msgspec import Struct

from expert.certainty import weigh
from expert.consultation import Consultation
from expert.faults import Faults, quoted, suggestion
from expert.grounds import Doubts, doubts
from expert.harmless import harmless
from expert.logic import Outlook, Truth
from expert.model import (
    BANDS,
    URGENCIES,
    All,
    Band,
    Base,
    Evidence,
    Reply,
    Rule,
    Urgency,
)
from expert.nearest import (
    Change,
    Goal,
    Search,
    advice_goal,
    any_condition_goal,
    band_goal,
    calmer_goal,
    urgency_goal,
)
from expert.notebook import InNotebook
from expert.proof import Cited, Proof, Prover, cite
from expert.verdict import Verdict, open_signs
from expert.words import (
    band_in_words,
    urgency_in_words,
)

Kind = Literal["urgency", "hypothesis", "red_flag", "finding", "advice", "rule"]


class Subject(Struct, frozen=True):
    """What is to be explained: a kind of conclusion and its id (empty for the urgency)."""

    kind: Kind
    id: str = ""


class NearMiss(Struct, frozen=True):
    """A rule that would have led to something but did not: which of its conditions held, failed, or were unknown.

    `away` is the fewest answers that would have to change for it to hold; None where that is more than a few.
    """

    rule: str
    claim: str
    cited: Cited
    held: tuple[Proof, ...]
    failed: tuple[Proof, ...]
    unknown: tuple[Proof, ...]
    away: int | None


class WhyNot(InNotebook, Struct, frozen=True):
    """Why something was not concluded: the rules that missed, nearest first, and the smallest changes that reach it.

    `changes` is empty when it was reached, or when no change of `none_up_to` answers or fewer reaches it (smaller ones
    than `changes` are ruled out likewise). `against` proves what holds and speaks against it: evidence, or the red
    flags in the way of a calmer tier. `note` says what else is in the way.
    """

    subject: Subject
    claim: str
    reached: bool
    near: tuple[NearMiss, ...]
    changes: tuple[Change, ...]
    none_up_to: int
    against: tuple[Proof, ...] = ()
    note: str = ""


class WhatIf(InNotebook, Struct, frozen=True):
    """Two verdicts side by side, and the rules that come to hold or cease to hold.

    `open_before` and `open_after` are the hypotheses of which a sign was not known, or is not any more.
    """

    replies: dict[str, Reply]
    before: Verdict
    after: Verdict
    gained: tuple[str, ...]
    lost: tuple[str, ...]
    open_before: tuple[str, ...] = ()
    open_after: tuple[str, ...] = ()
    complete_before: bool = True
    complete_after: bool = True


class OpenFlag(Struct, frozen=True):
    """A red flag that could not be ruled out, and the questions that would settle it."""

    red_flag: str
    urgency: Urgency
    doubts: Doubts


class Nearby(Struct, frozen=True):
    """One answer that alone would change the urgency to just this tier."""

    urgency: Urgency
    change: Change


class Explanation(InNotebook, Struct, frozen=True):
    """An explanation together with the consultation that it is of: in a notebook, with names, replies and sources."""

    data: Proof | WhyNot | WhatIf
    consultation: Consultation


class UnknownNameError(KeyError):
    """No conclusion has that name; the message says which kinds there are, and the nearest name."""

    def __str__(self) -> str:
        """Return the message itself, which a KeyError would put in quotes."""
        return str(self.args[0])


def find_subject(base: Base, name: str, faults: Faults | None = None) -> Subject:
    """Return what a person means by a name: `urgency`, an id, or `kind:id` where one id has several meanings.

    Args: faults: bounds the time spent on suggestions over many names.
    Raises: UnknownNameError: nothing has that id.
    """
    if name == "urgency":
        return Subject("urgency")
    kinds: dict[Kind, Iterable[str]] = {
        "hypothesis": base.hypotheses,
        "red_flag": base.red_flags,
        "finding": base.findings,
        "advice": base.advice,
        "rule": base.rules,
    }
    wanted, _, rest = name.rpartition(":")
    for kind, ids in kinds.items():
        if rest in ids and wanted in ("", kind):
            return Subject(kind, rest)
    near = (faults or Faults()).nearest(name, ("urgency",), *map(tuple, kinds.values()))
    raise UnknownNameError(
        f"{quoted(name)} is no hypothesis, red flag, finding, rule or advice of this base, nor 'urgency'."
        f"{suggestion(near)}"
    )


def find_unreached(base: Base, name: str, faults: Faults | None = None) -> tuple[Subject, Urgency | None]:
    """Return what a person asks "why not" about: a subject as `find_subject` takes it, or a tier of urgency.

    Raises: UnknownNameError: it is neither.
    """
    for tier in URGENCIES:
        if name == tier:
            return Subject("urgency"), tier
    faults = faults or Faults()
    try:
        return find_subject(base, name, faults), None
    except UnknownNameError:
        near = faults.nearest(name, URGENCIES)
        if near is None:
            raise
        raise UnknownNameError(f"{quoted(name)} is unknown.{suggestion(near)}") from None


# --- how --------------------------------------------------------------------------------------------------------------


def how(consultation: Consultation, subject: Subject) -> Proof:
    """Return the proof of a conclusion down to the answers, or of its being ruled out or unknown."""
    prover = Prover(consultation)
    match subject.kind:
        case "urgency":
            return prover.urgency()
        case "hypothesis":
            return prover.hypothesis(subject.id)
        case "red_flag":
            return prover.red_flag(subject.id)
        case "finding":
            return prover.finding(subject.id)
        case "advice":
            return prover.advice(subject.id)
        case "rule":
            return prover.rule(prover.base.rules[subject.id])


# --- why not ----------------------------------------------------------------------------------------------------------


def why_not(
    consultation: Consultation, subject: Subject, *, band: Band = "likely", tier: Urgency | None = None
) -> WhyNot:
    """Say why a conclusion was not reached, and the smallest change of answers that would reach it.

    Args: band: for a hypothesis, the band in question; tier: for the urgency, the tier in question (else emergency).
    """
    prover, search = Prover(consultation), Search(consultation.base, consultation.answers)
    match subject.kind:
        case "hypothesis":
            sought = _band_sought(prover, subject.id, band)
        case "urgency":
            sought = _tier_sought(prover, tier or "emergency")
        case _:
            sought = _sought(consultation.base, subject)
    missed = (rule for rule in sought.rules if consultation.outlook.truth(rule.condition) is not True)
    near = sorted((near_miss(prover, search, rule) for rule in missed), key=lambda miss: _distance(prover, miss))
    found = search.smallest(sought.goal)
    return WhyNot(
        subject,
        sought.claim,
        search.reached(sought.goal),
        tuple(near),
        found.changes,
        found.none_up_to,
        sought.against,
        sought.note,
    )


class _Sought(Struct, frozen=True):
    """What is asked about: as a goal, in words, the rules that lead there, and what speaks against it."""

    goal: Goal
    claim: str
    rules: tuple[Rule, ...]
    against: tuple[Proof, ...] = ()
    note: str = ""


def _sought(base: Base, subject: Subject) -> _Sought:
    name = subject.id
    match subject.kind:
        case "red_flag":
            rules, claim = base.flag_rules.get(name, ()), base.red_flags[name].label
        case "finding":
            rules, claim = base.finding_rules[name], base.findings[name].label
        case "advice":
            advice = base.advice[name]
            rules = base.advice_rules[name] or tuple(
                rule
                for hypothesis in advice.for_
                for rule, evidence in base.evidence_rules[hypothesis]
                if evidence.direction == "for"
            )
            return _Sought(advice_goal(base, name), harmless(advice.text), rules)
        case _:
            rules, claim = (base.rules[name],), base.rules[name].because
    return _Sought(any_condition_goal(rule.condition for rule in rules), harmless(claim), rules)


def _band_sought(prover: Prover, hypothesis: str, band: Band) -> _Sought:
    base, verdict = prover.base, prover.verdict
    weight = next((weight for weight in verdict.hypotheses if weight.hypothesis == hypothesis), None)
    higher = BANDS.index(band) <= BANDS.index(weight.band if weight else "none")
    pairs = base.evidence_rules[hypothesis]
    rules = tuple(rule for rule, evidence in pairs if (evidence.direction == "for") is higher)
    against = () if weight is None else weight.opposing if higher else weight.supporting
    return _Sought(
        band_goal(base, hypothesis, band, at_least=higher),
        f"{harmless(base.hypotheses[hypothesis].label)}: {band_in_words(band)}",
        rules,
        tuple(prover.rule(base.rules[rule], counts=weight is None or rule not in weight.outdone) for rule in against),
        "" if verdict.out_of_scope is None else harmless(base.out_of_scope[verdict.out_of_scope].say),
    )


def _tier_sought(prover: Prover, tier: Urgency) -> _Sought:
    base, verdict = prover.base, prover.verdict
    claim = urgency_in_words(tier)
    if URGENCIES.index(tier) <= URGENCIES.index(verdict.urgency):
        flags = [flag for flag in base.flag_rules if base.red_flags[flag].urgency == tier]
        rules = tuple(rule for flag in flags for rule in base.flag_rules[flag])
        return _Sought(urgency_goal(base, tier), claim, rules)
    # No rule leads to a calmer tier: what is more urgent has to go.
    above = [flag for flag in verdict.red_flags if _is_above(base.red_flags[flag].urgency, tier)]
    unsure = verdict.unsure_emergencies if _is_above("same-day", tier) else ()
    return _Sought(calmer_goal(base, tier), claim, (), tuple(map(prover.red_flag, (*above, *unsure))))


def _is_above(urgency: Urgency, tier: Urgency) -> bool:
    return URGENCIES.index(urgency) < URGENCIES.index(tier)


def near_miss(prover: Prover, search: Search, rule: Rule) -> NearMiss:
    """Sort the conditions of one rule into held, failed and unknown, and count how far it is from holding."""
    wanted = rule.condition.of if isinstance(rule.condition, All) else (rule.condition,)
    by_truth: dict[Truth, list[Proof]] = {True: [], False: [], None: []}
    for part in wanted:
        by_truth[prover.outlook.truth(part)].append(prover.condition(part))
    nearest = search.smallest(any_condition_goal([rule.condition]), most=1).changes
    return NearMiss(
        rule.id,
        harmless(rule.because),
        cite(rule),
        tuple(by_truth[True]),
        tuple(by_truth[False]),
        tuple(by_truth[None]),
        len(nearest[0].replies) if nearest else None,
    )


def _distance(prover: Prover, miss: NearMiss) -> tuple[float, float, int]:
    """Order by how many answers would have to change; then what would move most; then what failed least."""
    return inf if miss.away is None else miss.away, -_moves(prover, prover.base.rules[miss.rule]), len(miss.failed)


def _moves(prover: Prover, rule: Rule) -> float:
    """Return how far a rule would move its hypothesis: to how many other bands, then by how much certainty."""
    if not isinstance(rule.conclusion, Evidence):
        return 0.0
    base, hypothesis = prover.base, rule.conclusion.hypothesis
    true = [pair for pair in base.evidence_rules[hypothesis] if prover.outlook.truth(pair[0].condition)]
    now, then = weigh(base, hypothesis, true), weigh(base, hypothesis, [*true, (rule, rule.conclusion)])
    return abs(BANDS.index(then.band) - BANDS.index(now.band)) + abs(then.certainty - now.certainty) / 2


def one_answer_away(consultation: Consultation) -> tuple[Nearby, ...]:
    """Return, for each tier above the present one, every question whose reply alone would lead to just that tier.

    Most urgent first, with one such reply for each question.
    """
    base = consultation.base
    search = Search(base, consultation.answers)
    above = URGENCIES[: URGENCIES.index(consultation.verdict.urgency)]
    return tuple(
        Nearby(tier, change)
        for tier in above
        for change in search.smallest(
            urgency_goal(base, tier, exactly=True), most=len(base.questions), largest=1
        ).changes
    )


# --- what if, and what is left open -----------------------------------------------------------------------------------


def what_if(consultation: Consultation, replies: Mapping[str, Reply]) -> WhatIf:
    """Compare the verdict with the one that other (valid) replies would give."""
    changed = Consultation.start(consultation.base, consultation.reasoner).add({**consultation.answers, **replies})
    before, after = _true_rules(consultation), _true_rules(changed)
    return WhatIf(
        dict(replies),
        consultation.verdict,
        changed.verdict,
        tuple(rule for rule in after if rule not in before),
        tuple(rule for rule in before if rule not in after),
        open_before=tuple(sorted(open_signs(consultation.base, consultation.outlook))),
        open_after=tuple(sorted(open_signs(changed.base, changed.outlook))),
        complete_before=consultation.complete,
        complete_after=changed.complete,
    )


def _true_rules(consultation: Consultation) -> dict[str, None]:
    """Return the rules that hold, in the order of the base."""
    truth = consultation.outlook.truth
    return {rule.id: None for rule in consultation.base.rules.values() if truth(rule.condition)}


def open_flags(consultation: Consultation) -> tuple[OpenFlag, ...]:
    """Return each red flag that could not be ruled out, with the questions that would settle it."""
    base, outlook = consultation.base, consultation.outlook
    return tuple(
        OpenFlag(flag, base.red_flags[flag].urgency, _doubts_about(outlook, base.flag_rules[flag]))
        for flag in consultation.verdict.not_ruled_out
    )


def _doubts_about(outlook: Outlook, rules: tuple[Rule, ...]) -> Doubts:
    return doubts(outlook, (rule.condition for rule in rules))
