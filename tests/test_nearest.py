"""The smallest change of answers is a true minimum: beside brute force over all definite replies, on random bases."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pytest
from effort import effort
from hypothesis import given, note
from hypothesis import strategies as st
from msgspec.structs import replace
from random_bases import conditions, whole
from small_base import WELL, small_base
from test_safety import quiet
from worlds import LARGEST, World, argued, doubtful, worlds

from expert import nearest
from expert.answers import check_reply
from expert.logic import Outlook
from expert.model import (
    BANDS,
    URGENCIES,
    Advise,
    All,
    Answers,
    Any,
    Base,
    Condition,
    Count,
    Evidence,
    Is,
    Limit,
    Not,
    Option,
    Question,
    Raise,
    RedFlag,
    Rule,
    Urgency,
)
from expert.nearest import (
    Change,
    Found,
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
def test_just_one_tier(world: World) -> None:
    """`exactly` asks for a tier that is neither less nor more urgent."""
    for tier in URGENCIES:
        goal = urgency_goal(world.base, tier, exactly=True)
        check(world, goal, lambda _, verdict, tier=tier: verdict.urgency == tier)


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


# --- by example -------------------------------------------------------------------------------------------------------

BASE = small_base()


@pytest.mark.parametrize(
    ("condition", "now", "replies"),
    [
        # What is chosen already stays; "none of these" gives way; what is unwanted goes.
        (Is("feel", ("weak",)), {"feel": ("cramps",)}, {"feel": ("cramps", "weak")}),
        (Is("feel", ("weak",)), {}, {"feel": ("weak",)}),
        (All((Is("feel", ("weak",)), Is("feel", ("numb",)))), {}, {"feel": ("numb", "weak")}),
        (Not(Is("feel", ("cramps",))), {"feel": ("cramps", "weak")}, {"feel": ("weak",)}),
        (Not(Is("feel", ("cramps",))), {"feel": ("cramps", "not_sure")}, {"feel": ("none",)}),
        (Not(Is("feel", ("cramps", "none"))), {}, {"feel": ("numb",)}),
        (All((Not(Is("feel", ("none", "cramps"))), Not(Is("feel", ("numb",))))), {}, {"feel": ("weak",)}),
        # Numbers: the nearest, whole if it can be.
        (Limit("walk", high=200), {}, {"walk": 200}),
        (Limit("walk", high=200, high_open=True), {}, {"walk": 199}),
        (Limit("walk", 3, 4, low_open=True, high_open=True), {}, {"walk": 3.5}),
        (Not(Limit("walk", low=1)), {}, {"walk": 0}),
        (Limit("walk", high=200), {"walk": "not_sure"}, {"walk": 0}),
        # A gate is opened along with what it gates, and the points of a score are found.
        (Is("cramp_time", ("night",)), {}, {"feel": ("cramps",), "cramp_time": "night"}),
        (Limit("drinks", low=5), {}, {"drink_often": "weekly", "drink_much": "many"}),
        (Limit("drinks", low=4), {"drink_much": "few"}, {"drink_often": "daily"}),
        (Limit("drinks", low=4), {"drink_much": "many"}, {"drink_often": "weekly"}),
    ],
)
def test_the_nearest_replies(condition: Condition, now: Answers, replies: Answers) -> None:
    """The replies that change stay as near to the present ones as can be."""
    found = smallest_change(BASE, {**WELL, **now}, any_condition_goal([condition]), most=1)
    assert [change.replies for change in found.changes] == [replies]


@pytest.mark.parametrize(
    "condition",
    [
        Limit("walk", low=5001),
        All((Is("unsteady", ("yes",)), Is("unsteady", ("no",)))),
        All((Is("feel", ("none",)), Is("feel", ("weak",)))),
        Limit("drinks", low=9),
        Count(2, (Is("drink_often", ("daily",)), Is("drink_often", ("never",)), Limit("walk", high=-1))),
    ],
)
def test_what_no_answers_reach(condition: Condition) -> None:
    """The search ends, and says how far it is proved."""
    assert smallest_change(BASE, WELL, any_condition_goal([condition])) == Found((), 6)


def test_other_changes_of_the_same_size_are_of_other_questions() -> None:
    """Up to `most` are told, and no two that differ only in their replies."""
    goal = band_goal(BASE, "b12", "likely")
    told = [frozenset(change.replies) for change in smallest_change(BASE, WELL, goal, most=9).changes]
    assert len(told) == 4
    assert set(told) == {frozenset((sign, risk)) for sign in ("unsteady", "feel") for risk in ("diet", "medicines")}
    assert len(smallest_change(BASE, WELL, goal, most=2).changes) == 2


YES = ("yes",)


def asked(*names: str, gates: Mapping[str, Condition] | None = None) -> list[Question]:
    """Risk questions to be answered yes or no."""
    return [Question(name, "t0", f"{name}?", "yes_no", "risk", ask_if=(gates or {}).get(name)) for name in names]


def raising(*conditions: Condition) -> list[Rule]:
    """Rules that each raise the only red flag."""
    return [Rule(f"r{place}", condition, Raise("f"), "", ()) for place, condition in enumerate(conditions)]


def calming(tier: Urgency, questions: list[Question], rules: list[Rule], answers: Answers) -> tuple[Change, ...]:
    """The smallest changes by which a red flag of a tier is no longer in the way of routine."""
    base = whole(questions, rules, flags=[RedFlag("f", "f", tier)])
    assert foresee(base, Outlook(base, answers)).urgency != "routine"
    return smallest_change(base, answers, calmer_goal(base, "routine")).changes


def test_a_doubt_may_end_where_it_no_longer_matters() -> None:
    """Of four doubts none need be settled, if one other answer decides what they hang on."""
    doubts = Any((All((Is("a", YES), Is("b", YES))), All((Is("c", YES), Is("d", YES))), Is("e", YES)))
    rules = raising(All((doubts, Any((Is("f", YES), Is("g", YES))))))
    answers = {**dict.fromkeys("abcd", "not_sure"), "e": "no"}
    assert calming("emergency", asked(*"abcdefg"), rules, answers) == (Change({"e": "yes"}),)


def test_a_follow_up_may_come_not_to_count() -> None:
    """What follows up on something unknown is unknown itself, whatever was said."""
    questions = asked("a", "b", "c", gates={"c": Any((Is("a", YES), Is("b", YES)))})
    rules = raising(Is("c", YES), Not(Is("c", YES)))
    assert calming("soon", questions, rules, {"a": "yes", "c": "no"}) == (Change({"a": "no"}),)


def test_a_follow_up_may_come_to_count() -> None:
    """A reply given already counts once its gate is open."""
    questions = asked("a", "b", "c", gates={"c": Any((Is("a", YES), Is("b", YES)))})
    base = whole(questions, raising(Not(Is("c", YES))), flags=[RedFlag("f", "f", "soon")])
    found = smallest_change(base, {"c": "no"}, urgency_goal(base, "soon"))
    assert found.changes == (Change({"a": "yes"}), Change({"b": "yes"}))


def test_of_a_group_the_strongest_that_a_question_could_add_counts() -> None:
    """One question feeds two rules of a group, the weaker first; two replies are enough."""
    choice = Question("a", "t0", "a?", "one", "risk", {name: Option(name, name) for name in "xyz"})
    signs = [
        Rule(name, Is("a", (option,)), Evidence("h0", "for", strength, "sign", "g"), "", ())
        for name, option, strength in (("weak", "x", "weak"), ("telling", "y", "hallmark"))
    ]
    risk = Rule("risk", Is("b", YES), Evidence("h0", "for", "strong", "risk"), "", ())
    base = whole([choice, *asked("b")], [*signs, risk])
    found = smallest_change(base, {}, band_goal(base, "h0", "likely"))
    assert found.changes == (Change({"a": "y", "b": "yes"}),)


def test_a_search_that_is_given_up_claims_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """It says up to which size it is proved that there is no change, not more."""
    monkeypatch.setattr(nearest, "MAX_STATES", 2)
    goal = any_condition_goal([Limit("drinks", low=5)])
    assert smallest_change(BASE, WELL, goal).none_up_to < 2


def test_the_shipped_base(stiff_legs: Base) -> None:
    """Every band, tier and red flag that a well person is told to be a few answers from is really reached by them."""
    answers = quiet(stiff_legs)
    search = Search(stiff_legs, answers)
    goals = [band_goal(stiff_legs, name, band) for name in stiff_legs.hypotheses for band in ("likely", "possible")]
    goals += [urgency_goal(stiff_legs, tier, exactly=exactly) for tier in URGENCIES for exactly in (True, False)]
    goals += [any_condition_goal(rule.condition for rule in rules) for rules in stiff_legs.flag_rules.values()]
    for goal in goals:
        found = search.smallest(goal)
        assert found.changes or search.reached(goal) or found.none_up_to == 6
        for change in found.changes:
            assert Search(stiff_legs, {**answers, **change.replies}).reached(goal)
            assert all(check_reply(stiff_legs, *pair) == pair[1] for pair in change.replies.items())
