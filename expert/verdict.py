"""The verdict: urgency, red flags, what could not be ruled out, and the band of every hypothesis."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING, Literal

from msgspec import Struct

from expert.certainty import Weight, weigh
from expert.logic import Outlook, Truth
from expert.model import BANDS, URGENCIES, Base, Urgency
from expert.notebook import InNotebook

if TYPE_CHECKING:  # importing the engine is slow, and the first question does not need it
    from expert.infer import Trace


class Verdict(InNotebook, Struct, frozen=True):
    """What the answers come to.

    `urgency` is the highest tier of the red flags raised, at least same-day while an emergency flag hangs on a *not
    sure* (those are `unsure_emergencies`), else routine. `red_flags` and `not_ruled_out` are ids, most urgent first;
    `hypotheses` are ordered from the most to the least certain, and empty when `out_of_scope` holds an id.
    """

    urgency: Urgency
    red_flags: tuple[str, ...]
    unsure_emergencies: tuple[str, ...]
    not_ruled_out: tuple[str, ...]
    hypotheses: tuple[Weight, ...]
    out_of_scope: str | None

    def weight(self, hypothesis: str) -> Weight:
        """Return one hypothesis weighed. Raises KeyError when it is unknown, or withheld as out of scope."""
        for weight in self.hypotheses:
            if weight.hypothesis == hypothesis:
                return weight
        raise KeyError(hypothesis)


def judge(base: Base, trace: Trace, outlook: Outlook) -> Verdict:
    """Read the verdict off a trace; the outlook over the same answers tells why a red flag is still unknown."""
    scopes = trace.named("scope")  # in firing order: of several, the first of the base is told
    return judge_rules(
        base,
        true_rules=frozenset(trace.true_rules),
        flags_out=frozenset(trace.named("red-flag-out")),
        out_of_scope=next((scope for scope in base.out_of_scope if scope in scopes), None),
        outlook=outlook,
    )


def foresee(base: Base, outlook: Outlook) -> Verdict:
    """Return the verdict by evaluation alone, without the engine: for asking what a reply would do."""
    flags = base.flag_rules
    return judge_rules(
        base,
        true_rules=frozenset(rule.id for rule in base.rules.values() if outlook.truth(rule.condition)),
        flags_out=frozenset(
            flag for flag, rules in flags.items() if all(outlook.truth(rule.condition) is False for rule in rules)
        ),
        out_of_scope=next((scope.id for scope in base.out_of_scope.values() if outlook.truth(scope.condition)), None),
        outlook=outlook,
    )


def judge_rules(
    base: Base,
    *,
    true_rules: Collection[str],
    flags_out: Collection[str],
    out_of_scope: str | None,
    outlook: Outlook,
) -> Verdict:
    """Put a verdict together from the rules that are true and the red flags that are ruled out."""
    flags = base.flag_rules
    raised = tuple(flag for flag, rules in flags.items() if any(rule.id in true_rules for rule in rules))
    unknown = tuple(flag for flag in flags if flag not in raised and flag not in flags_out)
    unsure = tuple(
        flag
        for flag in unknown
        if base.red_flags[flag].urgency == "emergency"
        and any(outlook.hangs_on_not_sure(rule.condition) for rule in flags[flag])
    )
    tiers: list[Urgency] = [base.red_flags[flag].urgency for flag in raised]
    if unsure:
        tiers.append("same-day")
    weights = (
        weigh(base, hypothesis, [(rule, evidence) for rule, evidence in rules if rule.id in true_rules])
        for hypothesis, rules in base.evidence_rules.items()
    )
    # Ties keep the order of the base: sorting is stable.
    ranked = sorted(weights, key=lambda weight: (BANDS.index(weight.band), -weight.certainty))
    return Verdict(
        urgency=min(tiers, key=URGENCIES.index, default="routine"),
        red_flags=raised,
        unsure_emergencies=unsure,
        not_ruled_out=unknown,
        hypotheses=() if out_of_scope else tuple(ranked),
        out_of_scope=out_of_scope,
    )


def open_signs(base: Base, outlook: Outlook) -> frozenset[str]:
    """Return the hypotheses of which a sign is not known yet: of these, "no sign of it" cannot be said."""
    return frozenset(
        hypothesis
        for hypothesis, rules in base.evidence_rules.items()
        if any(
            evidence.direction == "for" and evidence.role == "sign" and outlook.truth(rule.condition) is None
            for rule, evidence in rules
        )
    )


def outranked_flags(base: Base, flags: Collection[str]) -> frozenset[str]:
    """Return those of some red flags beside which a more urgent one about the same thing (`ref`) stands."""
    best: dict[str, int] = {}
    for flag in flags:
        ref, tier = base.red_flags[flag].ref, URGENCIES.index(base.red_flags[flag].urgency)
        if ref is not None:
            best[ref] = min(tier, best.get(ref, tier))
    return frozenset(
        flag
        for flag in flags
        if URGENCIES.index(base.red_flags[flag].urgency) > best.get(base.red_flags[flag].ref or "", len(URGENCIES))
    )


class AdviceGiven(Struct, frozen=True):
    """A piece of advice that applies; `status` is `check_first` while it is not known whether it does."""

    advice: str
    status: Literal["applies", "check_first"]
    rules: tuple[str, ...]


def advice_for(base: Base, verdict: Verdict, outlook: Outlook) -> tuple[AdviceGiven, ...]:
    """Return the advice for a verdict, in the order of the base. See the language reference for when each is shown."""
    shown = {weight.hypothesis for weight in verdict.hypotheses if weight.band in ("likely", "possible")}
    given = []
    for advice in base.advice.values():
        if advice.for_ and shown.isdisjoint(advice.for_):
            continue
        truths = {rule.id: outlook.truth(rule.condition) for rule in base.advice_rules[advice.id]}
        if advice.always or (advice.for_ and not truths):
            given.append(AdviceGiven(advice.id, "applies", ()))
        elif any(truths.values()):
            given.append(AdviceGiven(advice.id, "applies", _with_truth(truths, True)))
        elif advice.for_ and None in truths.values():
            given.append(AdviceGiven(advice.id, "check_first", _with_truth(truths, None)))
    return tuple(given)


def _with_truth(truths: dict[str, Truth], wanted: Truth) -> tuple[str, ...]:
    return tuple(rule for rule, truth in truths.items() if truth is wanted)
