"""Certainty factors: how evidence for and against a hypothesis is combined into a band.

The factors are a ranking device in the base's own data, not probabilities; people are shown words and reasons.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from math import prod
from sys import float_info

from msgspec import Struct

from expert.model import Band, Base, Evidence, Rule


def combine(supporting: Sequence[float], opposing: Sequence[float]) -> float:
    """Combine certainty factors for and against one hypothesis.

    Args: supporting, opposing: factors in (0, 1), in a fixed order (the last bits of a product depend on it).
    Returns: a certainty factor from -1 to 1 (an end itself only by rounding); 0 is no evidence, or evidence in balance.
    Source: van Melle's EMYCIN; Buchanan & Shortliffe (eds), Rule-Based Expert Systems, 1984, part 4. Belief and
    disbelief are each accumulated first, which makes the result independent of the order of the rules.
    """
    # What belief and disbelief each leave open. (belief - disbelief) / (1 - min(belief, disbelief)), written in these
    # terms, never divides by zero, however much speaks on both sides.
    doubt = prod(1.0 - factor for factor in supporting)
    trust = prod(1.0 - factor for factor in opposing)
    return (trust - doubt) / max(trust, doubt, float_info.min)


class Weight(Struct, frozen=True):
    """One hypothesis weighed: its band, its certainty, and the rules that spoke.

    `supporting` and `opposing` hold ids of true rules, strongest first; `outdone` those of them that did not count
    because a stronger rule of their group did.
    """

    hypothesis: str
    band: Band
    certainty: float
    supporting: tuple[str, ...]
    opposing: tuple[str, ...]
    outdone: tuple[str, ...]
    has_sign: bool
    has_risk: bool


def weigh(base: Base, hypothesis: str, true_rules: Iterable[tuple[Rule, Evidence]]) -> Weight:
    """Weigh one hypothesis by the rules about it that are true.

    Without a sign there is no sign of it, whatever the risks; without both a sign and a risk it is at most possible.
    """
    ranked = sorted(true_rules, key=lambda pair: -base.strengths[pair[1].strength])
    counted, outdone = _strongest_of_each_group(ranked)
    supporting = [rule.id for rule, evidence in ranked if evidence.direction == "for"]
    opposing = [rule.id for rule, evidence in ranked if evidence.direction == "against"]
    certainty = combine(
        [base.strengths[evidence.strength] for _, evidence in counted if evidence.direction == "for"],
        [base.strengths[evidence.strength] for _, evidence in counted if evidence.direction == "against"],
    )
    has_sign = any(evidence.role == "sign" for _, evidence in ranked)
    has_risk = any(evidence.role == "risk" for _, evidence in ranked)
    return Weight(
        hypothesis=hypothesis,
        band=_band(base, certainty, has_sign=has_sign, has_risk=has_risk),
        certainty=certainty,
        supporting=tuple(supporting),
        opposing=tuple(opposing),
        outdone=tuple(outdone),
        has_sign=has_sign,
        has_risk=has_risk,
    )


def _strongest_of_each_group(ranked: Iterable[tuple[Rule, Evidence]]) -> tuple[list[tuple[Rule, Evidence]], list[str]]:
    counted, outdone, seen = [], [], set()
    for rule, evidence in ranked:
        group = (evidence.direction, evidence.group)
        if evidence.group is not None and group in seen:
            outdone.append(rule.id)
        else:
            counted.append((rule, evidence))
            seen.add(group)
    return counted, outdone


def _band(base: Base, certainty: float, *, has_sign: bool, has_risk: bool) -> Band:
    if not has_sign:
        return "none"
    if certainty >= base.bands["likely"] and has_risk:
        return "likely"
    return "possible" if certainty >= base.bands["possible"] else "less_likely"
