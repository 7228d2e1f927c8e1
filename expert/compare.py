"""Two versions of a rule base over a library of cases: who is now told something different, and by which rules.

Verdicts are found by evaluation (`expert.verdict.foresee`), which agrees with the engine and needs none built.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

from msgspec import Struct
from msgspec.structs import replace

from expert.cases import Case, read_fitting_cases
from expert.certainty import Weight
from expert.faults import Fault
from expert.harmless import harmless
from expert.logic import Outlook
from expert.model import URGENCIES, Base, Rule
from expert.telling import Item, Telling, conclusion_in_words, tell_difference
from expert.verdict import Verdict, foresee
from expert.words import urgency_in_words

#: Rules told of for each case; the data have all.
_MOST_RULES = 8
_MOST_FAULTS = 3


class Difference(Struct, frozen=True):
    """A case that the two bases judge differently.

    `gained` are rules that hold only under the second base, `lost` only under the first, `altered` under both although
    they no longer say the same; those that bear on what changed come first.
    """

    case: str
    title: str
    before: Verdict
    after: Verdict
    gained: tuple[str, ...]
    lost: tuple[str, ...]
    altered: tuple[str, ...]

    @property
    def is_lower(self) -> bool:
        """Whether the urgency became less urgent: the change to look at first."""
        return URGENCIES.index(self.after.urgency) > URGENCIES.index(self.before.urgency)


class Misfit(Struct, frozen=True):
    """A case file that does not fit one of the bases, and why."""

    file: str
    base: str
    faults: tuple[Fault, ...]


class Comparison(Struct, frozen=True):
    """What differs between two bases: rules added, removed and altered, the cases judged differently, and misfits.

    `tiers` are red flags whose urgency differs; `settings` names what of the base as a whole differs: strengths or
    bands. `compared` counts the cases that fit both.
    """

    added: tuple[str, ...]
    removed: tuple[str, ...]
    altered: tuple[str, ...]
    tiers: tuple[str, ...]
    settings: tuple[str, ...]
    compared: int
    differences: tuple[Difference, ...]
    misfits: tuple[Misfit, ...]


def compare(first: Base, second: Base, folder: Path) -> Comparison:
    """Compare two bases over the cases in a folder; less urgent verdicts come first, then more urgent, then the rest.

    Raises: CasesError: the folder of cases cannot be read.
    """
    reads = [read_fitting_cases(base, folder) for base in (first, second)]
    by_file = [{case.place: case for case in read.cases} for read in reads]
    misfits = tuple(
        Misfit(file, place, faults)
        for place, read in zip(("first", "second"), reads, strict=True)
        for file, faults in read.misfits.items()
    )
    both = [(case, by_file[1][place]) for place, case in by_file[0].items() if place in by_file[1]]
    altered = frozenset(rule for rule in first.rules if rule in second.rules and _differ(first, second, rule))
    found = (_difference(first, second, pair, altered) for pair in both)
    differences = [difference for difference in found if difference is not None]
    return Comparison(
        added=tuple(rule for rule in second.rules if rule not in first.rules),
        removed=tuple(rule for rule in first.rules if rule not in second.rules),
        altered=tuple(rule for rule in first.rules if rule in altered),
        tiers=_other_tiers(first, second, second.red_flags),
        settings=tuple(name for name in ("strengths", "bands") if getattr(first, name) != getattr(second, name)),
        compared=len(both),
        differences=tuple(sorted(differences, key=_severity)),
        misfits=misfits,
    )


def _other_tiers(first: Base, second: Base, flags: Iterable[str]) -> tuple[str, ...]:
    """Return those of some red flags that have another urgency in the second base."""
    known = (flag for flag in flags if flag in first.red_flags and flag in second.red_flags)
    return tuple(flag for flag in known if first.red_flags[flag].urgency != second.red_flags[flag].urgency)


def _differ(first: Base, second: Base, rule: str) -> bool:
    """Tell whether a rule says something else: its reasons and sources do not change a verdict."""
    one, other = first.rules[rule], second.rules[rule]
    return (one.condition, one.conclusion) != (other.condition, other.conclusion)


def _severity(difference: Difference) -> int:
    if difference.before.urgency != difference.after.urgency:
        return 0 if difference.is_lower else 1
    return 2 if set(difference.before.red_flags) != set(difference.after.red_flags) else 3


def _difference(first: Base, second: Base, pair: tuple[Case, Case], altered: frozenset[str]) -> Difference | None:
    verdicts, rules = [], []
    for base, case in zip((first, second), pair, strict=True):
        outlook = Outlook(base, case.answers)
        verdicts.append(_padded(foresee(base, outlook), (*first.hypotheses, *second.hypotheses)))
        rules.append({rule.id for rule in base.rules.values() if outlook.truth(rule.condition)})
    before, after = verdicts
    if what_is_told(before) == what_is_told(after):
        return None
    touched = _touched(before, after)

    def ordered(base: Base, chosen: Iterable[str]) -> tuple[str, ...]:
        ids = set(chosen)
        in_order = [rule for rule in base.rules.values() if rule.id in ids]
        return tuple(rule.id for rule in sorted(in_order, key=lambda rule: not _bears_on(rule, touched)))

    return Difference(
        case=pair[0].id,
        title=pair[0].title,
        before=before,
        after=after,
        gained=ordered(second, rules[1] - rules[0]),
        lost=ordered(first, rules[0] - rules[1]),
        altered=ordered(second, rules[0] & rules[1] & altered),
    )


def _padded(verdict: Verdict, hypotheses: Iterable[str]) -> Verdict:
    """Add hypotheses that only the other base knows, without any sign."""
    if verdict.out_of_scope is not None:
        return verdict
    known = {weight.hypothesis for weight in verdict.hypotheses}
    more = (name for name in dict.fromkeys(hypotheses) if name not in known)
    blank = tuple(Weight(name, "none", 0.0, (), (), (), has_sign=False, has_risk=False) for name in more)
    return replace(verdict, hypotheses=(*verdict.hypotheses, *blank))


def what_is_told(verdict: Verdict) -> tuple[object, ...]:
    """Return what of a verdict a person is told; the certainty behind a band is not."""
    bands = {weight.hypothesis: weight.band for weight in verdict.hypotheses}
    return verdict.urgency, set(verdict.red_flags), set(verdict.not_ruled_out), bands, verdict.out_of_scope


def _touched(before: Verdict, after: Verdict) -> frozenset[str]:
    """Return the flags and hypotheses that are told differently."""
    flags = {*before.red_flags} ^ {*after.red_flags}
    was = {weight.hypothesis: weight.band for weight in before.hypotheses}
    return frozenset(flags) | {
        weight.hypothesis for weight in after.hypotheses if was.get(weight.hypothesis) != weight.band
    }


def _bears_on(rule: Rule, touched: frozenset[str]) -> bool:
    named = (getattr(rule.conclusion, "red_flag", None), getattr(rule.conclusion, "hypothesis", None))
    return any(name in touched for name in named)


# --- in words ---------------------------------------------------------------------------------------------------------


def tell_comparison(comparison: Comparison, first: Base, second: Base) -> list[Telling]:
    """Tell a comparison: what changed in the base, then case by case, then what could not be compared."""
    names = _with_names_of(first, second)
    tellings = [_tell_summary(comparison, first, second)]
    tellings += [_tell_case(difference, first, second, names) for difference in comparison.differences]
    if comparison.misfits:
        versions = {"first": _version(first), "second": _version(second)}
        items = tuple(_tell_misfit(misfit, versions[misfit.base]) for misfit in comparison.misfits)
        tellings.append(Telling("Cases that could not be compared", items))
    return tellings


def _tell_misfit(misfit: Misfit, version: str) -> Item:
    shown = [Item(harmless(str(fault))) for fault in misfit.faults[:_MOST_FAULTS]]
    more = len(misfit.faults) - len(shown)
    faults = (*shown, *([Item(f"and {more} more")] if more else []))
    return Item(
        f"does not fit the {misfit.base} base ({version})", f"{harmless(misfit.file)}:", "unknown", items=faults
    )


def _version(base: Base) -> str:
    return harmless(f"{base.name} {base.version}")


def _tell_summary(comparison: Comparison, first: Base, second: Base) -> Telling:
    lower = sum(difference.is_lower for difference in comparison.differences)
    changed = len(comparison.differences)
    items = [
        Item(_ids(comparison.added), f"Rules added ({len(comparison.added)}):"),
        Item(_ids(comparison.removed), f"Rules removed ({len(comparison.removed)}):"),
        Item(_ids(comparison.altered), f"Rules altered ({len(comparison.altered)}):"),
    ]
    shown = [item for item in items if item.text]
    shown += [_tell_tier(flag, first, second) for flag in comparison.tiers]
    if comparison.settings:
        shown.append(Item(" and ".join(comparison.settings), "Changed for all rules:"))
    note = f"{changed} of {comparison.compared} cases are told something different."
    if lower:
        note += f" {lower} of them less urgent: they come first."
    return Telling(f"{_version(first)}, then {_version(second)}", tuple(shown), note)


def _tell_tier(flag: str, first: Base, second: Base) -> Item:
    tiers = (urgency_in_words(base.red_flags[flag].urgency).lower() for base in (first, second))
    return Item(f"{harmless(second.red_flags[flag].label)}: {', then '.join(tiers)}", "Red flag at another tier:")


def _ids(rules: Sequence[str]) -> str:
    shown = ", ".join(rules[:_MOST_RULES])
    more = len(rules) - _MOST_RULES
    return f"{shown} and {more} more" if more > 0 else shown


def _tell_case(difference: Difference, first: Base, second: Base, names: Base) -> Telling:
    groups: tuple[tuple[str, Base, tuple[str, ...]], ...] = (
        ("By rules that now hold:", second, difference.gained),
        ("By rules that no longer hold:", first, difference.lost),
        ("By rules that say something else:", second, difference.altered),
    )
    items = list(tell_difference(difference.before, difference.after, names))
    flags = [flag for flag in difference.after.red_flags if flag in difference.before.red_flags]
    items += [_tell_tier(flag, first, second) for flag in _other_tiers(first, second, flags)]
    for lead, base, rules in groups:
        if rules:
            lines = [Item(conclusion_in_words(base, base.rules[rule]), f"{rule}:") for rule in rules[:_MOST_RULES]]
            more = len(rules) - len(lines)
            items.append(Item("", lead, items=(*lines, *([Item(f"and {more} more")] if more else []))))
    return Telling(f"{harmless(difference.title)} ({harmless(difference.case)})", tuple(items))


def _with_names_of(first: Base, second: Base) -> Base:
    """Return the second base with what only the first has as well, to look names up in."""

    def merged(of: Callable[[Base], Mapping[str, object]]) -> dict[str, object]:
        return {**of(first), **of(second)}

    return replace(
        second,
        red_flags=merged(lambda base: base.red_flags),
        hypotheses=merged(lambda base: base.hypotheses),
        out_of_scope=merged(lambda base: base.out_of_scope),
    )
