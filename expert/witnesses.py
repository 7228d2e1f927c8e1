"""What is missing where a mutant survives: answers on which it and the base differ, the fewest there are."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct

from expert.logic import Outlook
from expert.model import Base, Condition, Reply
from expert.mutants import Mutant
from expert.nearest import Goal, Route, Search, any_condition_goal
from expert.steps import FALSE, NOT_FALSE, NOT_TRUE, TRUE, Aim, Ground

#: Answers are looked for by growing number, in both directions at once, for one direction often has none.
_STAGES = (2, 4)


class Witness(Struct, frozen=True):
    """Answers that tell a mutant from the base, and what they would make of a good example.

    `kind`: `fires` or `not`, an example of the rule to add; `unknown`, the rule is ruled out under one of them and
    unknown under the other; `asked`, the question comes to be asked under one of them only; `holds`, what the mutant
    says otherwise holds on these answers, so that a case with them could tell it; `same`, there are no such answers,
    which is proved; `none`, none were found.
    """

    kind: str
    answers: dict[str, Reply] = {}


def witness(base: Base, mutant: Mutant) -> Witness:
    """Look for the fewest answers that tell a mutant from the base, from none given."""
    if mutant.old is None or mutant.new is None:
        return _of_conclusion(base, mutant)
    found = _apart(base, mutant.old, mutant.new)
    if found.kind in ("same", "none") or mutant.section == "rules":
        return found
    return Witness("asked" if mutant.section == "questions" else "holds", found.answers)


def _of_conclusion(base: Base, mutant: Mutant) -> Witness:
    conditions = list(_conditions(base, mutant))
    if not conditions:
        return Witness("none")
    found = Search(base, {}).smallest(any_condition_goal(conditions), most=1)
    return Witness("holds", found.changes[0].replies) if found.changes else Witness("none")


def _conditions(base: Base, mutant: Mutant) -> Iterator[Condition]:
    match mutant.section:
        case "rules":
            yield base.rules[mutant.id].condition
        case "red_flags":
            yield from (rule.condition for rule in base.flag_rules.get(mutant.id, ()))
        case "out_of_scope":
            yield base.out_of_scope[mutant.id].condition
        case "questions":
            gate = base.questions[mutant.id].ask_if
            if gate is not None:
                yield gate


def _apart(base: Base, old: Condition, new: Condition) -> Witness:
    ground = Ground(base, {})
    everything = (ground.reads(old) | ground.reads(new)).bit_count()
    is_proved = True
    for wants in ((TRUE, NOT_TRUE), (FALSE, NOT_FALSE)):
        goals: list[Goal] = [
            (Route(((Aim(one, wants[0]),), (Aim(other, wants[1]),))),) for one, other in ((old, new), (new, old))
        ]
        for largest in (*(stage for stage in _STAGES if stage < everything), everything):
            for goal in list(goals):
                found = Search(base, {}).smallest(goal, most=1, largest=largest)
                if found.changes:
                    answers = found.changes[0].replies
                    return Witness(_kind(base, old, new, answers), answers)
                if found.none_up_to < largest:  # given up
                    is_proved = False
                    goals.remove(goal)
    return Witness("same" if is_proved else "none")


def _kind(base: Base, old: Condition, new: Condition, answers: dict[str, Reply]) -> str:
    outlook = Outlook(base, answers)
    truths = outlook.truth(old), outlook.truth(new)
    if True not in truths:
        return "unknown"
    return "fires" if truths[0] is True else "not"
