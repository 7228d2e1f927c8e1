"""Strategies: the agenda is the one that CLIPS's own words give, it is a total order, and the reasons are true."""

from __future__ import annotations

from functools import cmp_to_key
from itertools import pairwise

import pytest
from effort import effort
from hypothesis import given, note
from hypothesis import strategies as st
from random_bases import answers_to, bases, described

from expert.engine import OrderedStrategy
from expert.infer import Reasoner
from expert.stepper import Stepper
from expert.strategies import NAMES, NamedStrategy, Traits, strategies
from interview.commands.classroom import STRATEGIES

CLIPS = ("depth", "breadth", "simplicity", "complexity", "lex", "mea")


def test_the_command_line_knows_every_strategy():
    assert STRATEGIES == NAMES


# --- the order --------------------------------------------------------------------------------------------------------


def inserted(agenda: list[Traits], new: list[Traits], name: str) -> list[Traits]:
    """The agenda after new activations, as the CLIPS manual tells how each is placed; salience is the same for all.

    What CLIPS leaves open, the order of activations that one fact brings, is the order of the base.
    """
    agenda = list(agenda)
    if name == "breadth":
        return agenda + sorted(new, key=lambda each: each.place)
    if name in ("lex", "mea"):
        return sorted(agenda + new, key=cmp_to_key(before_lex if name == "lex" else before_mea))
    for each in sorted(new, key=lambda each: -each.place):
        place = 0
        if name == "simplicity":  # above all that are equally or more specific
            place = sum(other.conditions < each.conditions for other in agenda)
        elif name == "complexity":  # above all that are equally or less specific
            place = sum(other.conditions > each.conditions for other in agenda)
        agenda.insert(place, each)
    return agenda


def before_lex(one: Traits, other: Traits) -> int:
    """Compare time tags in descending order one by one; longer wins; then the more specific; then the base's order."""
    for tag, other_tag in zip(sorted(one.facts, reverse=True), sorted(other.facts, reverse=True), strict=False):
        if tag != other_tag:
            return -1 if tag > other_tag else 1
    if len(one.facts) != len(other.facts):
        return -1 if len(one.facts) > len(other.facts) else 1
    if one.conditions != other.conditions:
        return -1 if one.conditions > other.conditions else 1
    return one.place - other.place


def before_mea(one: Traits, other: Traits) -> int:
    """Compare the time tags of the facts that meet the first condition; then as lex."""
    if one.first != other.first:
        return -1 if one.first > other.first else 1
    return before_lex(one, other)


@pytest.mark.parametrize("name", CLIPS)
@effort(25)
@given(st.data())
def test_the_agenda_is_kept_as_clips_says(name, data):
    """Place each new activation as the manual says, take away what fires: that is the engine's agenda at every step."""
    base = data.draw(bases())
    note(described(base))
    stepper = Stepper(base, data.draw(answers_to(base, full=True)), name)
    model: list[Traits] = []
    for number in range(stepper.length + 1):
        if number and stepper.moves[number - 1].firing is not None:
            model.pop(0)
        stepper.to(number)
        agenda = [waiting.traits for waiting in stepper.state().agenda]
        by_fact: dict[int, list[Traits]] = {}
        for each in agenda:
            if each not in model:
                by_fact.setdefault(each.facts[-1], []).append(each)
        for fact in sorted(by_fact):
            model = inserted(model, by_fact[fact], name)
        assert agenda == model


@effort(25)
@given(st.data())
def test_legwises_own_strategy_is_the_engines(data):
    """`ordered` gives the order of `OrderedStrategy`, with which every consultation is run."""
    base = data.draw(bases())
    stepper = Stepper(base, data.draw(answers_to(base)))
    for number in range(stepper.length + 1):
        stepper.to(number)
        stepper.state()
        activations = stepper.engine.agenda.activations
        assert activations == sorted(activations, key=OrderedStrategy().get_key)


@effort(40)
@given(st.data())
def test_no_two_activations_on_an_agenda_are_tied(data):
    """Every strategy tells any two apart, so the order is never left to chance; and says by what."""
    base = data.draw(bases())
    stepper = Stepper(base, data.draw(answers_to(base, full=True)), data.draw(st.sampled_from(NAMES)))
    for number in range(stepper.length + 1):
        stepper.to(number)
        agenda = [waiting.traits for waiting in stepper.state().agenda]
        keys = [stepper.named.key(each) for each in agenda]
        assert len(set(keys)) == len(keys)
        assert keys == sorted(keys, reverse=True)
        for one, other in pairwise(agenda):
            assert "nothing tells" not in stepper.named.why(one, other)


def test_lots_follow_the_seed():
    """The same seed draws the same lots; among some seeds the orders differ."""
    traits = [Traits(f"rule:r{place}", place, 0, 1, (place,), place) for place in range(6)]

    def order(seed: int) -> list[int]:
        return [each.place for each in sorted(traits, key=strategies(seed)["random"].key)]

    assert order(7) == order(7)
    assert len({tuple(order(seed)) for seed in range(10)}) > 5


def test_a_reasoner_with_another_strategy(stiff_legs):
    """The engine takes a strategy, and what is concluded does not depend on it."""
    answers = {"sex": "female", "age": "from_40_to_49"}
    plain = Reasoner(stiff_legs).infer(answers)
    other = Reasoner(stiff_legs, strategy=NamedStrategy(strategies()["depth"])).infer(answers)
    assert plain.firings != other.firings
    assert {firing.production for firing in plain.firings} == {firing.production for firing in other.firings}


# --- the reasons ------------------------------------------------------------------------------------------------------

OLD = Traits("rule:old", 2, 0, 3, (1, 2, 3), 1)
NEW = Traits("rule:new", 5, 0, 1, (9,), 9)
URGENT = Traits("rule:urgent", 9, 10, 1, (1,), 1)
TWIN = Traits("rule:twin", 6, 0, 1, (9,), 9)
LONG = Traits("rule:long", 7, 0, 2, (2, 9), 2)


@pytest.mark.parametrize(
    ("name", "first", "second", "why"),
    [
        ("depth", URGENT, NEW, "higher salience: 10 before 0"),
        ("ordered", OLD, NEW, "earlier in the base: place 2 before place 5"),
        ("depth", NEW, OLD, "newer fact: f-9 before f-3"),
        ("depth", NEW, TWIN, "earlier in the base: place 5 before place 6"),
        ("breadth", OLD, NEW, "waiting since an older fact: f-3 before f-9"),
        ("simplicity", NEW, OLD, "fewer conditions: 1 before 3"),
        ("complexity", OLD, NEW, "more conditions: 3 before 1"),
        ("lex", LONG, NEW, "newer facts, the newest compared first: f-9 f-2 before f-9"),
        ("mea", NEW, LONG, "newer fact for the first condition: f-9 before f-2"),
    ],
)
def test_the_reason_names_the_first_difference(name, first, second, why):
    named = strategies()[name]
    assert named.key(first) > named.key(second)
    assert named.why(first, second) == why
