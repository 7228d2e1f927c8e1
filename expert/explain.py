"""Explanations as data: how something was concluded, why something else was not, and what would change it.

Everything is derived from the trace of a consultation and the rule base; nothing is written by hand for a rule. An
explanation is a small immutable tree, which renderers turn into text, Markdown or HTML.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Literal

from msgspec import Struct

from expert.consultation import Consultation, consult
from expert.grounds import Doubts, doubts
from expert.harmless import harmless
from expert.logic import Outlook, Truth
from expert.model import (
    BANDS,
    URGENCIES,
    All,
    Any,
    Band,
    Base,
    Condition,
    Count,
    Evidence,
    Is,
    Limit,
    Not,
    Reply,
    Rule,
    Urgency,
)
from expert.nearest import (
    Change,
    Goal,
    any_condition_goal,
    band_goal,
    calmer_goal,
    smallest_change,
    urgency_goal,
)
from expert.notebook import InNotebook
from expert.verdict import Verdict
from expert.words import (
    answer_in_words,
    band_in_words,
    condition_in_words,
    limit_in_words,
    number_in_words,
    question_in_words,
    strength_in_words,
    urgency_in_words,
)

Kind = Literal["urgency", "hypothesis", "red_flag", "finding", "advice", "rule"]


class Subject(Struct, frozen=True):
    """What is to be explained: a kind of conclusion and its id (empty for the urgency)."""

    kind: Kind
    id: str = ""


class Cited(Struct, frozen=True):
    """What a rule rests on: its reason, sources, and how good they are."""

    because: str
    sources: tuple[str, ...]
    claims: tuple[str, ...]
    basis: Literal["seen", "textbook"]
    contested: str | None


class Proof(InNotebook, Struct, frozen=True):
    """One step of a proof: what it claims, whether that is so, what it needs, and the steps below it.

    `kind` is that of the conclusion, or for a condition `all`, `any`, `not`, `count`, `reply` or `score`; `subject` the
    id of what it is about. `note` says what was needed beside what was found, or shows the arithmetic.
    """

    kind: str
    subject: str
    claim: str
    truth: Truth
    note: str = ""
    strength: str = ""
    cited: Cited | None = None
    parts: tuple[Proof, ...] = ()


class NearMiss(Struct, frozen=True):
    """A rule that would have led to something but did not: which of its conditions held, failed, or were unknown."""

    rule: str
    claim: str
    cited: Cited
    held: tuple[Proof, ...]
    failed: tuple[Proof, ...]
    unknown: tuple[Proof, ...]


class WhyNot(InNotebook, Struct, frozen=True):
    """Why something was not concluded: the rules that missed, nearest first, and the smallest changes that reach it.

    `changes` is empty when it was reached, or when no small change would reach it.
    """

    subject: Subject
    claim: str
    reached: bool
    near: tuple[NearMiss, ...]
    changes: tuple[Change, ...]
    none_up_to: int


class WhatIf(InNotebook, Struct, frozen=True):
    """Two verdicts side by side, and the rules that come to hold or cease to hold."""

    replies: dict[str, Reply]
    before: Verdict
    after: Verdict
    gained: tuple[str, ...]
    lost: tuple[str, ...]


class OpenFlag(Struct, frozen=True):
    """A red flag that could not be ruled out, and the questions that would settle it."""

    red_flag: str
    urgency: Urgency
    doubts: Doubts


class Nearby(Struct, frozen=True):
    """One answer that alone would change the urgency."""

    urgency: Urgency
    change: Change


def find_subject(base: Base, name: str) -> Subject:
    """Return what a person means by a name: `urgency`, an id, or `kind:id` where one id has several meanings.

    Raises: KeyError: nothing has that id.
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
    raise KeyError(name)


# --- how --------------------------------------------------------------------------------------------------------------


def how(consultation: Consultation, subject: Subject) -> Proof:
    """Return the proof of a conclusion down to the answers, or of its being ruled out or unknown."""
    prover = _Prover(consultation)
    match subject.kind:
        case "urgency":
            return prover.urgency()
        case "hypothesis":
            return prover.hypothesis(subject.id)
        case "red_flag":
            flag = consultation.base.red_flags[subject.id]
            return prover.concluded("red_flag", flag.id, harmless(flag.label), prover.base.flag_rules.get(flag.id, ()))
        case "finding":
            return prover.finding(subject.id)
        case "advice":
            advice = consultation.base.advice[subject.id]
            return prover.concluded("advice", advice.id, harmless(advice.text), prover.base.advice_rules[advice.id])
        case "rule":
            return prover.rule(consultation.base.rules[subject.id])


class _Prover:
    def __init__(self, consultation: Consultation) -> None:
        self.base = consultation.base
        self.outlook = consultation.outlook
        self.verdict = consultation.verdict

    def urgency(self) -> Proof:
        urgency, flags = self.verdict.urgency, self.base.red_flags
        deciding = [flag for flag in self.verdict.red_flags if flags[flag].urgency == urgency]
        note = "" if deciding else "No red flag was raised."
        if not deciding and self.verdict.unsure_emergencies:
            deciding = list(self.verdict.unsure_emergencies)
            note = "Not sure about something that may be an emergency: at least the same day."
        parts = tuple(
            self.concluded("red_flag", flag, harmless(flags[flag].label), self.base.flag_rules[flag])
            for flag in deciding
        )
        return Proof("urgency", urgency, urgency_in_words(urgency), True, note, parts=parts)

    def concluded(self, kind: str, subject: str, claim: str, rules: tuple[Rule, ...]) -> Proof:
        """Prove what rules conclude: by those that are true, else by all of them."""
        truths = [self.outlook.truth(rule.condition) for rule in rules]
        truth: Truth = True if True in truths else None if None in truths else False
        shown = [rule for rule, found in zip(rules, truths, strict=True) if found is truth]
        return Proof(kind, subject, claim, truth, parts=tuple(map(self.rule, shown)))

    def finding(self, finding: str) -> Proof:
        label = harmless(self.base.findings[finding].label)
        return self.concluded("finding", finding, label, self.base.finding_rules[finding])

    def hypothesis(self, hypothesis: str) -> Proof:
        label = harmless(self.base.hypotheses[hypothesis].label)
        if self.verdict.out_of_scope is not None:
            note = harmless(self.base.out_of_scope[self.verdict.out_of_scope].say)
            return Proof("hypothesis", hypothesis, f"{label}: not judged", None, note)
        weight = self.verdict.weight(hypothesis)
        spoken = (*weight.supporting, *weight.opposing)
        parts = tuple(self.rule(self.base.rules[rule], counts=rule not in weight.outdone) for rule in spoken)
        claim = f"{label}: {band_in_words(weight.band)}"
        return Proof("hypothesis", hypothesis, claim, weight.band != "none", self.arithmetic(hypothesis), parts=parts)

    def arithmetic(self, hypothesis: str) -> str:
        """Return how the certainty came about, for those who want to check it."""
        weight = self.verdict.weight(hypothesis)
        counted = {"for": "", "against": ""}
        for direction, rules in (("for", weight.supporting), ("against", weight.opposing)):
            factors = [
                f"(1 - {number_in_words(self.base.strengths[self._evidence(rule).strength])})"
                for rule in rules
                if rule not in weight.outdone
            ]
            counted[direction] = f"1 - {' x '.join(factors)}" if factors else "0"
        sign = "with" if weight.has_sign else "without"
        risk = "with" if weight.has_risk else "without"
        return (
            f"belief {counted['for']}; disbelief {counted['against']}; certainty {weight.certainty:.3f}; "
            f"{sign} a sign, {risk} a risk"
        )

    def _evidence(self, rule: str) -> Evidence:
        conclusion = self.base.rules[rule].conclusion
        assert isinstance(conclusion, Evidence)
        return conclusion

    def rule(self, rule: Rule, *, counts: bool = True) -> Proof:
        evidence = rule.conclusion if isinstance(rule.conclusion, Evidence) else None
        strength = "" if evidence is None else strength_in_words(evidence.strength, evidence.role)
        if evidence is not None:
            strength = f"{strength} {evidence.direction}"
        note = "" if counts else "A stronger rule about the same fact counted instead."
        truth = self.outlook.truth(rule.condition)
        return Proof(
            "rule", rule.id, harmless(rule.because), truth, note, strength, cite(rule), self.parts(rule.condition)
        )

    # --- conditions -----------------------------------------------------------------------------------------------

    def parts(self, condition: Condition) -> tuple[Proof, ...]:
        """Prove a condition as a list of steps: the parts of an `all` stand side by side."""
        proof = self.condition(condition)
        return proof.parts if proof.kind == "all" else (proof,)

    def condition(self, condition: Condition) -> Proof:
        """Prove that a condition is true, false or unknown, by the parts that make it so."""
        truth = self.outlook.truth(condition)
        match condition:
            case All(of) | Any(of) | Count(of=of):
                deciding = [part for part in of if self.outlook.truth(part) is truth]
                parts = tuple(map(self.condition, deciding or of))
                kind = {All: "all", Any: "any", Count: "count"}[type(condition)]
                claim = {"all": "all of these", "any": "any of these"}.get(kind, "")
                if isinstance(condition, Count):
                    found = sum(self.outlook.truth(part) is True for part in of)
                    claim = f"at least {condition.count} of {len(of)} (found {found})"
                return parts[0] if len(parts) == 1 and kind != "count" else Proof(kind, "", claim, truth, parts=parts)
            case Not(of):
                inner = self.condition(of)
                return Proof("not", "", f"not: {condition_in_words(self.base, of)}", truth, parts=(inner,))
            case Is() | Limit():
                return self.leaf(condition)

    def leaf(self, leaf: Is | Limit) -> Proof:
        truth = self.outlook.truth(leaf)
        if leaf.subject in self.base.findings:
            found = self.finding(leaf.subject)
            if isinstance(leaf, Is) and leaf.values == ("no",):
                return Proof("not", leaf.subject, f"ruled out: {found.claim}", truth, parts=(found,))
            return found
        if leaf.subject in self.base.scores:
            assert isinstance(leaf, Limit)
            return self.score(leaf)
        needed = condition_in_words(self.base, leaf)
        applies = self.outlook.applies(leaf.subject)
        gate = self.base.questions[leaf.subject].ask_if
        if applies is not True and gate is not None:
            said = "does not apply" if applies is False else "not known whether it applies"
            claim = f"{question_in_words(self.base, leaf.subject)}: {said}"
            return Proof("reply", leaf.subject, claim, truth, f"needed: {needed}", parts=(self.condition(gate),))
        reply = self.outlook.answers.get(leaf.subject)
        claim = (
            f"{question_in_words(self.base, leaf.subject)}: not answered"
            if reply is None
            else answer_in_words(self.base, leaf.subject, reply)
        )
        return Proof("reply", leaf.subject, claim, truth, "" if truth else f"needed: {needed}")

    def score(self, limit: Limit) -> Proof:
        low, high = self.outlook.score_range(limit.subject)
        total = number_in_words(low) if low == high else f"{number_in_words(low)} to {number_in_words(high)}"
        claim = f"{harmless(self.base.scores[limit.subject].label)}: {total}"
        items = tuple(
            Proof("reply", item, answer_in_words(self.base, item, self.outlook.answers[item]), True)
            for item in self.base.scores[limit.subject].sum
            if item in self.outlook.answers and self.outlook.applies(item)
        )
        needed = f"needed: {limit_in_words(limit)}"
        return Proof("score", limit.subject, claim, self.outlook.truth(limit), needed, parts=items)


def cite(rule: Rule) -> Cited:
    """Return what a rule rests on."""
    contested = None if rule.contested is None else harmless(rule.contested)
    return Cited(harmless(rule.because), rule.sources, rule.claims, rule.basis, contested)


# --- why not ----------------------------------------------------------------------------------------------------------


def why_not(
    consultation: Consultation, subject: Subject, *, band: Band = "likely", tier: Urgency | None = None
) -> WhyNot:
    """Say why a conclusion was not reached, and the smallest change of answers that would reach it.

    Args: band: for a hypothesis, the band in question; tier: for the urgency, the tier in question.
    """
    base, outlook = consultation.base, consultation.outlook
    goal, rules, claim = _goal(consultation, subject, band, tier)
    missed = [rule for rule in rules if outlook.truth(rule.condition) is not True]
    near = sorted((near_miss(consultation, rule) for rule in missed), key=_distance)
    found = smallest_change(base, consultation.answers, goal)
    return WhyNot(subject, claim, goal.reached(base, consultation.answers), tuple(near), found.changes, found.none_up_to)


def _goal(
    consultation: Consultation, subject: Subject, band: Band, tier: Urgency | None
) -> tuple[Goal, tuple[Rule, ...], str]:
    base, name = consultation.base, subject.id
    match subject.kind:
        case "hypothesis":
            now = next((weight.band for weight in consultation.verdict.hypotheses if weight.hypothesis == name), "none")
            up = BANDS.index(band) <= BANDS.index(now)
            rules = tuple(rule for rule, evidence in base.evidence_rules[name] if (evidence.direction == "for") is up)
            claim = f"{harmless(base.hypotheses[name].label)}: {band_in_words(band)}"
            return band_goal(base, name, band, at_least=up), rules, claim
        case "urgency":
            tier = tier or "emergency"
            now_tier = consultation.verdict.urgency
            flags = [flag for flag in base.flag_rules if base.red_flags[flag].urgency == tier]
            rules = tuple(rule for flag in flags for rule in base.flag_rules[flag])
            higher = URGENCIES.index(tier) <= URGENCIES.index(now_tier)
            return (urgency_goal if higher else calmer_goal)(base, tier), rules, urgency_in_words(tier)
        case "red_flag":
            rules, claim = base.flag_rules.get(name, ()), harmless(base.red_flags[name].label)
        case "finding":
            rules, claim = base.finding_rules[name], harmless(base.findings[name].label)
        case "advice":
            rules, claim = base.advice_rules[name], harmless(base.advice[name].text)
        case "rule":
            rules, claim = (base.rules[name],), harmless(base.rules[name].because)
    return any_condition_goal([rule.condition for rule in rules]), rules, claim


def near_miss(consultation: Consultation, rule: Rule) -> NearMiss:
    """Sort the conditions of one rule into held, failed and unknown."""
    prover = _Prover(consultation)
    wanted = rule.condition.of if isinstance(rule.condition, All) else (rule.condition,)
    by_truth: dict[Truth, list[Proof]] = {True: [], False: [], None: []}
    for part in wanted:
        by_truth[prover.outlook.truth(part)].append(prover.condition(part))
    return NearMiss(
        rule.id,
        harmless(rule.because),
        cite(rule),
        tuple(by_truth[True]),
        tuple(by_truth[False]),
        tuple(by_truth[None]),
    )


def _distance(miss: NearMiss) -> tuple[float, int]:
    """Order by how much is missing, what failed weighing twice what is merely unknown."""
    return len(miss.failed) + len(miss.unknown) / 2, -len(miss.held)


def one_answer_away(consultation: Consultation) -> tuple[Nearby, ...]:
    """Return, for each tier above the present one, single answers that would reach it; most urgent first."""
    base, now = consultation.base, consultation.verdict.urgency
    nearby = []
    for tier in URGENCIES[: URGENCIES.index(now)]:
        goal = urgency_goal(base, tier)
        changes = smallest_change(base, consultation.answers, goal, most=MOST_NEARBY, largest=1)
        nearby += [Nearby(tier, change) for change in changes.changes]
    return tuple(nearby)


#: Single answers listed for each tier.
MOST_NEARBY = 3


# --- what if, and what is left open -----------------------------------------------------------------------------------


def what_if(consultation: Consultation, replies: Mapping[str, Reply]) -> WhatIf:
    """Compare the verdict with the one that other (valid) replies would give."""
    changed = consult(consultation.base, {**consultation.answers, **replies}, consultation.reasoner)
    before, after = set(consultation.trace.true_rules), set(changed.trace.true_rules)
    in_order = consultation.base.rules
    return WhatIf(
        dict(replies),
        consultation.verdict,
        changed.verdict,
        tuple(rule for rule in in_order if rule in after - before),
        tuple(rule for rule in in_order if rule in before - after),
    )


def open_flags(consultation: Consultation) -> tuple[OpenFlag, ...]:
    """Return each red flag that could not be ruled out, with the questions that would settle it."""
    base, outlook = consultation.base, consultation.outlook
    return tuple(
        OpenFlag(flag, base.red_flags[flag].urgency, _doubts_about(outlook, base.flag_rules[flag]))
        for flag in consultation.verdict.not_ruled_out
    )


def _doubts_about(outlook: Outlook, rules: tuple[Rule, ...]) -> Doubts:
    return doubts(outlook, (rule.condition for rule in rules))
