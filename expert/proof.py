"""Proofs: how a conclusion follows from the answers, as the person gave them, or why it does not.

A proof is a small immutable tree. Of what holds it shows the parts that make it so; of what does not, those that failed
or are unknown, with what was needed beside what was found.
"""

from __future__ import annotations

from functools import cached_property
from math import prod
from typing import Literal

from msgspec import Struct

from expert.certainty import Weight
from expert.consultation import Consultation
from expert.harmless import harmless
from expert.logic import Truth
from expert.model import All, Any, Base, Condition, Count, Evidence, Is, Limit, Not, Rule
from expert.notebook import InNotebook
from expert.verdict import Verdict, open_signs
from expert.words import (
    answer_in_words,
    band_in_words,
    condition_in_words,
    limit_in_words,
    number_in_words,
    options_in_words,
    question_in_words,
    strength_in_words,
    urgency_so_far,
)


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


def cite(rule: Rule) -> Cited:
    """Return what a rule rests on."""
    contested = None if rule.contested is None else harmless(rule.contested)
    return Cited(harmless(rule.because), rule.sources, rule.claims, rule.basis, contested)


class Prover:
    """Proves what holds in one consultation; what many rules read is proved once."""

    def __init__(self, consultation: Consultation) -> None:
        """Prove things of a consultation."""
        self.consultation = consultation
        self.base = consultation.base
        self.outlook = consultation.outlook
        self._findings: dict[str, Proof] = {}

    @cached_property
    def verdict(self) -> Verdict:
        """The verdict."""
        return self.consultation.verdict

    @cached_property
    def open_signs(self) -> frozenset[str]:
        """The hypotheses of which a sign is not known yet."""
        return open_signs(self.base, self.outlook)

    # --- conclusions ----------------------------------------------------------------------------------------------

    def urgency(self) -> Proof:
        """Prove the urgency by the red flags, raised or doubtful, that decide it."""
        urgency, flags = self.verdict.urgency, self.base.red_flags
        deciding = [flag for flag in self.verdict.red_flags if flags[flag].urgency == urgency]
        unsure = self.verdict.unsure_emergencies if urgency == "same-day" else ()
        notes = []
        if not deciding and not unsure:
            notes.append("No red flag was raised." if self.consultation.complete else "No red flag was raised so far.")
        if unsure:
            notes.append("Not sure about something that may be an emergency: at least the same day.")
        parts = tuple(map(self.red_flag, (*deciding, *unsure)))
        claim = urgency_so_far(urgency, complete=self.consultation.complete)
        return Proof("urgency", urgency, claim, True, " ".join(notes), parts=parts)

    def red_flag(self, flag: str) -> Proof:
        """Prove a red flag, or that it is ruled out or unknown."""
        label = harmless(self.base.red_flags[flag].label)
        return self.concluded("red_flag", flag, label, self.base.flag_rules.get(flag, ()))

    def finding(self, finding: str) -> Proof:
        """Prove a finding, or that it is ruled out or unknown."""
        if finding not in self._findings:
            label = harmless(self.base.findings[finding].label)
            self._findings[finding] = self.concluded("finding", finding, label, self.base.finding_rules[finding])
        return self._findings[finding]

    def concluded(self, kind: str, subject: str, claim: str, rules: tuple[Rule, ...]) -> Proof:
        """Prove what rules conclude: by those that are true, else by those unknown, else by all of them."""
        truths = [self.outlook.truth(rule.condition) for rule in rules]
        truth: Truth = True if True in truths else None if None in truths or not rules else False
        shown = [rule for rule, found in zip(rules, truths, strict=True) if found is truth]
        return Proof(kind, subject, claim, truth, parts=tuple(map(self.rule, shown)))

    def advice(self, advice: str) -> Proof:
        """Prove that a piece of advice is given, by its rules and by the hypotheses that it is for."""
        told = self.base.advice[advice]
        given = next((each for each in self.consultation.advice if each.advice == advice), None)
        truth: Truth = False if given is None else True if given.status == "applies" else None
        by_rules = self.concluded("advice", advice, "", self.base.advice_rules[advice]).parts
        shown = [weight.hypothesis for weight in self.verdict.hypotheses if weight.band in ("likely", "possible")]
        about = [hypothesis for hypothesis in told.for_ if hypothesis in shown] or told.for_
        note = "This is always told." if told.always and not told.for_ else ""
        if truth is False and told.for_ and not set(told.for_) & set(shown):
            by_rules = ()
            note = "Told only where one of these is likely or possible."
        parts = (*map(self.hypothesis, about), *by_rules)
        return Proof("advice", advice, harmless(told.text), truth, note, parts=parts)

    def hypothesis(self, hypothesis: str) -> Proof:
        """Prove the band of a hypothesis by the evidence; the note shows the arithmetic."""
        label = harmless(self.base.hypotheses[hypothesis].label)
        if self.verdict.out_of_scope is not None:
            note = harmless(self.base.out_of_scope[self.verdict.out_of_scope].say)
            return Proof("hypothesis", hypothesis, f"{label}: not judged", None, note)
        weight = self.verdict.weight(hypothesis)
        parts = tuple(
            self.rule(self.base.rules[rule], counts=rule not in weight.outdone)
            for rule in (*weight.supporting, *weight.opposing)
        )
        note = _arithmetic(self.base, weight)
        if weight.band == "none" and hypothesis in self.open_signs:
            claim = f"{label}: cannot be told, for a sign of it is open"
            return Proof("hypothesis", hypothesis, claim, None, note, parts=parts)
        claim = f"{label}: {band_in_words(weight.band)}"
        return Proof("hypothesis", hypothesis, claim, weight.band != "none", note, parts=parts)

    def rule(self, rule: Rule, *, counts: bool = True) -> Proof:
        """Prove that a rule holds, or does not; `counts` is false where a stronger one of its group does instead."""
        strength = ""
        if isinstance(rule.conclusion, Evidence):
            words = strength_in_words(rule.conclusion.strength, rule.conclusion.role)
            strength = f"{words} {rule.conclusion.direction}"
        note = "" if counts else "Another rule about the same fact counts instead."
        proof = self.condition(rule.condition)
        # The parts of an "all" stand side by side.
        parts = proof.parts if proof.kind == "all" else (proof,)
        return Proof("rule", rule.id, harmless(rule.because), proof.truth, note, strength, cite(rule), parts)

    # --- conditions -----------------------------------------------------------------------------------------------

    def condition(self, condition: Condition, *, wanted: bool = True) -> Proof:
        """Prove that a condition is true, false or unknown, by the parts that make it so.

        Where it is not as `wanted` (below a "not", false is), the steps say what was needed.
        """
        truth = self.outlook.truth(condition)
        match condition:
            case All(of) | Any(of) | Count(of=of):
                deciding = [part for part in of if self.outlook.truth(part) is truth] or of
                parts = tuple(self.condition(part, wanted=wanted) for part in deciding)
                if isinstance(condition, Count):
                    found = sum(self.outlook.truth(part) is True for part in of)
                    return Proof(
                        "count", "", f"at least {condition.count} of {len(of)} (found {found})", truth, parts=parts
                    )
                if len(parts) == 1:
                    return parts[0]
                kind, claim = ("all", "all of these") if isinstance(condition, All) else ("any", "any of these")
                return Proof(kind, "", claim, truth, parts=parts)
            case Not(of):
                claim = {Any: "none of these", All: "not all of these"}.get(type(of), "")
                claim = claim or f"not: {condition_in_words(self.base, of)}"
                return Proof("not", "", claim, truth, parts=(self.condition(of, wanted=not wanted),))
            case Is() | Limit():
                return self.leaf(condition, wanted=wanted)

    def leaf(self, leaf: Is | Limit, *, wanted: bool) -> Proof:
        """Prove a leaf by the finding, score or reply that it tests."""
        truth = self.outlook.truth(leaf)
        if leaf.subject in self.base.findings:
            found = self.finding(leaf.subject)
            if isinstance(leaf, Is) and leaf.values == ("no",):
                return Proof("not", leaf.subject, f"ruled out: {found.claim}", truth, parts=(found,))
            return found
        # Limits are told also where they are kept: "9 (needed: 5 or more)".
        as_wanted = truth is wanted and isinstance(leaf, Is)
        note = "" if as_wanted else f"needed: {_needed(self.base, leaf, wanted=wanted)}"
        if leaf.subject in self.base.scores:
            return self.score(leaf, truth, note)
        name, reply = question_in_words(self.base, leaf.subject), self.outlook.answers.get(leaf.subject)
        applies, gate = self.outlook.applies(leaf.subject), self.base.questions[leaf.subject].ask_if
        if gate is not None and (applies is False or (applies is None and truth is None)):
            claim = said_of(name, "does not apply" if applies is False else "not known whether it applies")
            return Proof("reply", leaf.subject, claim, truth, note, parts=(self.condition(gate),))
        claim = said_of(name, "not answered") if reply is None else answer_in_words(self.base, leaf.subject, reply)
        return Proof("reply", leaf.subject, claim, truth, note)

    def score(self, limit: Is | Limit, truth: Truth, note: str) -> Proof:
        """Prove a test of a score by the points of each question summed."""
        score = self.base.scores[limit.subject]
        claim = f"{harmless(score.label)}: {_range_in_words(*self.outlook.score_range(score.id))}"
        return Proof("score", score.id, claim, truth, note, parts=tuple(map(self.item, score.sum)))

    def item(self, item: str) -> Proof:
        """Tell what a question brings to a score; its truth says whether that is settled."""
        low, high = self.outlook.points(item)
        points = f"{_range_in_words(low, high)} {'point' if (low, high) == (1, 1) else 'points'}"
        name, reply = question_in_words(self.base, item), self.outlook.answers.get(item)
        applies = self.outlook.applies(item)
        if applies is False:
            claim = said_of(name, "does not apply")
        elif reply is None:
            claim = said_of(name, "not answered")
        else:
            claim = answer_in_words(self.base, item, reply)
        return Proof("reply", item, claim, True if low == high else None, points)


def _arithmetic(base: Base, weight: Weight) -> str:
    """Return how a certainty came about, for those who want to check it."""
    belief, disbelief = (
        [
            base.strengths[conclusion.strength]
            for rule in rules
            if rule not in weight.outdone and isinstance(conclusion := base.rules[rule].conclusion, Evidence)
        ]
        for rules in (weight.supporting, weight.opposing)
    )
    believed, disbelieved = 1 - prod(1 - factor for factor in belief), 1 - prod(1 - factor for factor in disbelief)
    certainty = f"{weight.certainty:.3f}"
    if belief and disbelief:
        certainty = f"({believed:.3f} - {disbelieved:.3f}) / (1 - {min(believed, disbelieved):.3f}) = {certainty}"
    return (
        f"belief {_sum_of(belief)}; disbelief {_sum_of(disbelief)}; certainty {certainty}; "
        f"{'with' if weight.has_sign else 'without'} a sign, {'with' if weight.has_risk else 'without'} a risk: "
        f"{_why_this_band(base, weight)}"
    )


def _sum_of(factors: list[float]) -> str:
    if not factors:
        return "0"
    shown = " x ".join(f"(1 - {number_in_words(factor)})" for factor in factors)
    return f"1 - {shown} = {1 - prod(1 - factor for factor in factors):.3f}"


def _why_this_band(base: Base, weight: Weight) -> str:
    likely, possible = (number_in_words(base.bands[band]) for band in ("likely", "possible"))
    match weight.band:
        case "none":
            return "without a sign nothing else counts"
        case "likely":
            return f"likely, from {likely} on"
        case "possible" if weight.certainty >= base.bands["likely"]:
            return "at most possible"
        case "possible":
            return f"possible, from {possible} on"
        case "less_likely":
            return f"less likely, below {possible}"


def said_of(question: str, said: str) -> str:
    """Return what is said of a question: "Where do they hurt? Not answered", "Chest pain: not answered"."""
    return f"{question} {said.capitalize()}" if question.endswith("?") else f"{question}: {said}"


def _needed(base: Base, leaf: Is | Limit, *, wanted: bool) -> str:
    """Return what was needed of a reply or a score for a leaf to be as wanted; the question has been named."""
    if isinstance(leaf, Limit):
        unit = base.questions[leaf.subject].unit if leaf.subject in base.questions else None
        return (limit_in_words(leaf) if wanted else _not_limit_in_words(leaf)) + (f" {harmless(unit)}" if unit else "")
    question = base.questions[leaf.subject]
    if question.type == "yes_no":
        return " or ".join(value for value in ("yes", "no") if (value in leaf.values) is wanted) or "neither"
    options = [f'"{options_in_words(question, (value,))}"' for value in leaf.values]
    if wanted:
        return " or ".join(options)
    return f"not {options[0]}" if len(options) == 1 else f"neither {' nor '.join(options)}"


def _not_limit_in_words(limit: Limit) -> str:
    if limit.low is not None and limit.high is not None:
        return f"not {limit_in_words(limit)}"
    if limit.low is not None:
        return limit_in_words(Limit(limit.subject, high=limit.low, high_open=not limit.low_open))
    return limit_in_words(Limit(limit.subject, low=limit.high, low_open=not limit.high_open))


def _range_in_words(low: float, high: float) -> str:
    return number_in_words(low) if low == high else f"{number_in_words(low)} to {number_in_words(high)}"
