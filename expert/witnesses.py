"""What is missing where a mutant survives: answers on which it and the base differ, the fewest there are."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Literal

from msgspec import Struct

from expert.logic import Outlook
from expert.model import Base, Condition, Establish, Reply
from expert.mutants import Mutant
from expert.nearest import Goal, Route, Search, any_condition_goal
from expert.reads import Reads
from expert.steps import FALSE, NOT_FALSE, NOT_TRUE, TRUE, Aim, Ground, Want

#: Answers are looked for by growing number, in both directions at once, for one direction often has none.
_STAGES = (2, 4)
#: States that one search looks at; few need so many.
_STATES = 300
#: Rules that read a gate or a finding and are looked at.
_MOST_READERS = 8


class Witness(Struct, frozen=True):
    """Answers that tell a mutant from the base, and what they are good for.

    `fires` or `not`: an example to add to `rule`. `unknown`: the rule is ruled out in one of the two and open in the
    other. `asked`: the question comes to be asked in one of them only. `holds`: what the mutant says otherwise holds on
    these answers. `same`: there are no such answers, which is proved. `none`: none were found.
    """

    kind: Literal["fires", "not", "unknown", "asked", "holds", "same", "none"]
    answers: dict[str, Reply] = {}
    rule: str = ""


def witness(base: Base, mutant: Mutant, reads: Reads) -> Witness:
    """Look for the fewest answers that tell a mutant from the base, from none given."""
    if mutant.old is None or mutant.new is None:
        return _by_finding(base, mutant, reads) or _by_holding(base, mutant, reads)
    found = apart(base, mutant.old, mutant.new, mutant.id)
    if mutant.section == "rules" or found.kind in ("same", "none"):
        return found
    if mutant.section == "questions":
        return _by_gate(base, mutant, reads) or Witness("asked", found.answers)
    return Witness("holds", found.answers)


# --- two conditions ---------------------------------------------------------------------------------------------------


def apart(base: Base, old: Condition, new: Condition, rule: str, *, most: int | None = None) -> Witness:
    """Tell two conditions apart: by answers on which one alone is true, or else on which one alone is false.

    `most` bounds how many answers are looked for, and so the time; then `same` is seldom found.
    """
    ground = Ground(base, {})
    everything = (ground.reads(old) | ground.reads(new)).bit_count()
    last = everything if most is None else min(most, everything)
    is_proved = last == everything
    for want, unwanted in ((TRUE, NOT_TRUE), (FALSE, NOT_FALSE)):
        goals = [_goal((old, want), (new, unwanted)), _goal((new, want), (old, unwanted))]
        for largest in (*(stage for stage in _STAGES if stage < last), last):
            for goal in list(goals):
                found = Search(base, {}).smallest(goal, most=1, largest=largest, states=_STATES)
                if found.changes:
                    answers = found.changes[0].replies
                    truth = Outlook(base, answers).truth(old)
                    return Witness("unknown" if want is FALSE else "fires" if truth is True else "not", answers, rule)
                if found.none_up_to < largest:  # given up
                    is_proved = False
                    goals.remove(goal)
    return Witness("same" if is_proved else "none")


def _goal(*aims: tuple[Condition, Want]) -> Goal:
    return (Route(tuple((Aim(condition, want),) for condition, want in aims)),)


# --- by the rules that read what changes ------------------------------------------------------------------------------


def _by_gate(base: Base, mutant: Mutant, reads: Reads) -> Witness | None:
    """Return an example of a rule that reads a question whose gate changes."""
    assert mutant.old is not None
    assert mutant.new is not None
    changed = mutant.applied(base)
    readers = list(islice(reads.touched(mutant), _MOST_READERS))
    return _example(base, changed, readers, _goal((mutant.old, TRUE), (mutant.new, NOT_TRUE)), "fires") or _example(
        changed, base, readers, _goal((mutant.new, TRUE), (mutant.old, NOT_TRUE)), "not"
    )


def _by_finding(base: Base, mutant: Mutant, reads: Reads) -> Witness | None:
    """Return an example of a rule that reads a finding which is concluded no longer."""
    rule = base.rules.get(mutant.id) if mutant.section == "rules" else None
    if rule is None or not isinstance(rule.conclusion, Establish):
        return None
    readers = [reader for reader in reads.touched(mutant) if reader != mutant.id][:_MOST_READERS]
    return _example(base, mutant.applied(base), readers, _goal((rule.condition, TRUE)), "fires")


def _example(
    here: Base, there: Base, rules: Iterable[str], goal: Goal, kind: Literal["fires", "not"]
) -> Witness | None:
    """Return answers that reach a goal and make one of some rules true here, and not there."""
    for rule in rules:
        whole = tuple(Route((*route.needs, *_goal((here.rules[rule].condition, TRUE))[0].needs)) for route in goal)
        found = Search(here, {}).smallest(whole, most=1, states=_STATES)
        for change in found.changes:
            if Outlook(there, change.replies).truth(there.rules[rule].condition) is not True:
                return Witness(kind, change.replies, rule)
    return None


# --- by what holds ----------------------------------------------------------------------------------------------------


def _by_holding(base: Base, mutant: Mutant, reads: Reads) -> Witness:
    """Return answers on which what the mutant says otherwise comes into play."""
    conditions = tuple(_conditions(base, mutant, reads))
    if not conditions:
        return Witness("none")
    found = Search(base, {}).smallest(any_condition_goal(conditions), most=1, states=_STATES)
    return Witness("holds", found.changes[0].replies) if found.changes else Witness("none")


def _conditions(base: Base, mutant: Mutant, reads: Reads) -> Iterator[Condition]:
    match mutant.section:
        case "rules":
            yield base.rules[mutant.id].condition
        case "red_flags":
            yield from (rule.condition for rule in base.flag_rules.get(mutant.id, ()))
        case "out_of_scope":
            yield base.out_of_scope[mutant.id].condition
        case "questions":
            yield from (base.rules[rule].condition for rule in reads.touched(mutant))
