"""The smallest change of answers is a true minimum: beside brute force over all definite replies, on random bases."""

from __future__ import annotations

from collections.abc import Callable

from effort import effort
from hypothesis import given, note
from hypothesis import strategies as st
from msgspec.structs import replace
from random_bases import conditions
from worlds import LARGEST, World, argued, doubtful, worlds

from expert.logic import Outlook
from expert.model import BANDS, URGENCIES, Advise, Rule, Urgency
from expert.nearest import (
    Goal,
    Search,
    advice_goal,
    any_condition_goal,
    band_goal,
    calmer_goal,
    smallest_change,
    urgency_goal,
)
from expert.verdict import Verdict, advice_for, foresee


def check(world: World, goal: Goal, is_so: Callable[[Outlook, Verdict], bool]) -> None:
    """The smallest change is what brute force says; it reaches the goal; and it changes what it says it does."""
    sizes = (size for size in range(LARGEST + 1) if any(map(is_so, world.outlooks[size], world.verdicts[size])))
    smallest = next(sizes, None)
    found = smallest_change(world.base, world.answers, goal, largest=LARGEST)
    note(f"smallest: {smallest}; found: {found}")
    assert Search(world.base, world.answers).reached(goal) is (smallest == 0)
    if smallest is None:
        assert (found.changes, found.none_up_to) == ((), LARGEST)
    elif smallest == 0:
        assert found.changes == ()
    else:
        assert {len(change.replies) for change in found.changes} == {smallest}
        assert found.none_up_to == smallest - 1
    for change in found.changes:
        outlook = world.after(change.replies)
        assert is_so(outlook, foresee(world.base, outlook))
        assert all(world.answers.get(question) != reply for question, reply in change.replies.items())
    assert len({frozenset(change.replies) for change in found.changes}) == len(found.changes)


def band_of(verdict: Verdict, hypothesis: str) -> int | None:
    """The place of a band, or None where it is not told."""
    return next((BANDS.index(weight.band) for weight in verdict.hypotheses if weight.hypothesis == hypothesis), None)


@effort(60)
@given(worlds() | argued(), st.sampled_from(("h0", "h1")))
def test_bands(world: World, hypothesis: str) -> None:
    """A hypothesis is told in a band or above, or in it or below, after no more replies than brute force needs."""
    for place, band in enumerate(BANDS):
        for at_least, places in ((True, range(place + 1)), (False, range(place, len(BANDS)))):
            check(
                world,
                band_goal(world.base, hypothesis, band, at_least=at_least),
                lambda _, verdict, places=places: band_of(verdict, hypothesis) in places,
            )


@effort(60)
@given(worlds() | doubtful())
def test_tiers(world: World) -> None:
    """A tier is reached from below and from above, also where a *not sure* about an emergency decides it."""
    for place, tier in enumerate(URGENCIES):
        for goal, tiers in (
            (urgency_goal(world.base, tier), URGENCIES[: place + 1]),
            (calmer_goal(world.base, tier), URGENCIES[place:]),
        ):
            check(world, goal, lambda _, verdict, tiers=tiers: verdict.urgency in tiers)


@effort(30)
@given(worlds() | doubtful())
def test_what_leads_to_just_one_tier(world: World) -> None:
    """`exactly` asks for what leads to a tier, whether or not something more urgent is there as well."""

    base = world.base
    emergencies = [
        rule.condition
        for flag, rules in base.flag_rules.items()
        if base.red_flags[flag].urgency == "emergency"
        for rule in rules
    ]

    def leads(tier: Urgency, outlook: Outlook, verdict: Verdict) -> bool:
        by_doubt = tier == "same-day" and any(map(outlook.hangs_on_not_sure, emergencies))
        return tier == "routine" or by_doubt or any(base.red_flags[one].urgency == tier for one in verdict.red_flags)

    for tier in URGENCIES:
        check(world, urgency_goal(base, tier, exactly=True), lambda *told, tier=tier: leads(tier, *told))


@effort(60)
@given(worlds())
def test_findings_flags_and_rules(world: World) -> None:
    """What rules conclude is reached through any of them."""
    base = world.base
    for finding, rules in base.finding_rules.items():
        goal = any_condition_goal(rule.condition for rule in rules)
        check(world, goal, lambda outlook, _, name=finding: outlook.finding(name) is True)
    for flag, rules in base.flag_rules.items():
        goal = any_condition_goal(rule.condition for rule in rules)
        check(world, goal, lambda _, verdict, name=flag: name in verdict.red_flags)
    for rule in base.rules.values():
        goal = any_condition_goal([rule.condition])
        check(world, goal, lambda outlook, _, rule=rule: outlook.truth(rule.condition) is True)


@effort(40)
@given(worlds() | argued(), st.sets(st.sampled_from(("h0", "h1"))), st.booleans(), st.data())
def test_advice(world: World, about: set[str], always: bool, data: st.DataObject) -> None:
    """Advice comes to apply by its rules, by the hypotheses it is for, or by both."""
    subjects = [*world.base.questions.values(), *world.base.findings.values()]
    rules = {one.id: one for one in world.base.rules.values() if one.conclusion != Advise("tip")}
    for number in range(data.draw(st.integers(0, 2))):
        name = f"tip{number}"
        rules[name] = Rule(name, data.draw(conditions(subjects, 1)), Advise("tip"), "", ())
    tip = replace(world.base.advice["tip"], for_=tuple(sorted(about)), always=always)
    world = World(replace(world.base, rules=rules, advice={**world.base.advice, "tip": tip}), world.answers)

    def applies(outlook: Outlook, verdict: Verdict) -> bool:
        return any(
            each.advice == "tip" and each.status == "applies" for each in advice_for(world.base, verdict, outlook)
        )

    note(f"{tip} {rules}")
    check(world, advice_goal(world.base, "tip"), applies)
