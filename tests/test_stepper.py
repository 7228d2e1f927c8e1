"""The stepper: at every step what it shows is what the engine holds, and what the rules, read by brute force, give."""

from __future__ import annotations

from collections import Counter, defaultdict
from itertools import product

import pytest
from effort import effort
from hypothesis import given, note
from hypothesis import strategies as st
from random_bases import answers_to, bases, described
from small_base import SITUATIONS, small_base

from expert.cache import default_folder, shipped_bases
from expert.cases import FOLDER, read_cases
from expert.engine import InitialFact
from expert.infer import FactSeen, Reasoner, seen
from expert.load import load
from expert.logic import Outlook
from expert.stepper import Stepper, UnknownNameError
from expert.strategies import NAMES
from expert.verdict import judge

some_strategy = st.sampled_from(NAMES)


def check_state(stepper: Stepper) -> None:
    """Check what is shown against the engine, and against the productions read by brute force."""
    state = stepper.state()
    engine = stepper.engine
    held = facts_by_type(stepper)
    assert list(state.memory) == [seen(fact) for fact in engine.facts.values() if not isinstance(fact, InitialFact)]
    assert [(waiting.production, waiting.facts) for waiting in state.agenda] == [
        (activation.rule.__name__, tuple(sorted(map(seen, activation.facts), key=lambda fact: fact.number)))
        for activation in reversed(engine.agenda.activations)
    ]
    fired = Counter(
        (move.firing.production, move.firing.matched)
        for move in stepper.moves[: stepper.number]
        if move.firing is not None
    )
    holding = Counter(
        (production.__name__, tuple(sorted(set(map(seen, facts)), key=lambda fact: fact.number)))
        for production in engine.get_rules()
        for facts in product(*(meeting(held[pattern.fact_type], pattern) for pattern in production))
    )
    waiting = Counter((waiting.production, waiting.facts) for waiting in state.agenda)
    assert waiting == holding - fired  # all that hold and have not fired, each once: refraction
    assert fired <= holding
    if stepper.number < stepper.length:
        firing = stepper.moves[stepper.number].firing
        assert (firing is None) == (not state.agenda)
        if firing is not None:
            assert (firing.production, firing.matched) == (state.agenda[0].production, state.agenda[0].facts)


def meeting(facts, pattern) -> list:
    """The facts that meet one condition."""
    return [fact for fact in facts if pattern.test(fact["v"])]


def facts_by_type(stepper: Stepper) -> dict[type, list]:
    """What is in the engine's working memory."""
    found = defaultdict(list)
    for fact in stepper.engine.facts.values():
        if not isinstance(fact, InitialFact):
            found[type(fact)].append(fact)
    return found


def check_matches(stepper: Stepper) -> None:
    """Check the partial matches of every production against working memory."""
    stepper.state()  # brings the engine's agenda up to date
    held = facts_by_type(stepper)
    by_name: dict[str, list] = {}
    for production in stepper.engine.get_rules():
        by_name.setdefault(production.__name__, []).append(production)
    waiting = {activation.rule for activation in stepper.engine.agenda.activations}
    for name, productions in by_name.items():
        for matched, production in zip(stepper.matches(name), productions, strict=True):
            ways = 1
            for condition, pattern in zip(matched.conditions, production, strict=True):
                met = meeting(held[pattern.fact_type], pattern)
                ways *= len(met)
                assert set(condition.facts) == set(map(seen, met))
                assert condition.ways == ways
                assert set(condition.others) == set(map(seen, held[pattern.fact_type])) - set(condition.facts)
                assert condition.words
            assert ("on the agenda" in matched.stands) == (production in waiting)
            assert ("has fired" in matched.stands) == (ways > 0 and production not in waiting)


@effort(60)
@given(st.data())
def test_at_every_step_it_shows_what_the_engine_holds(data):
    base = data.draw(bases())
    note(described(base))
    stepper = Stepper(base, data.draw(answers_to(base, full=True)), data.draw(some_strategy))
    for number in range(stepper.length + 1):
        stepper.to(number)
        check_state(stepper)


@effort(25)
@given(st.data())
def test_at_every_step_partial_matches_are_those_of_the_rules(data):
    base = data.draw(bases())
    note(described(base))
    stepper = Stepper(base, data.draw(answers_to(base)), data.draw(some_strategy))
    for number in range(stepper.length + 1):
        stepper.to(number)
        check_matches(stepper)


@pytest.fixture(scope="module")
def demos(stiff_legs):
    """The demonstrations of the shipped base, by their short names."""
    cases = read_cases(stiff_legs, default_folder() / FOLDER)
    return {case.id.removeprefix("demo-"): case.answers for case in cases if case.is_demo}


@pytest.mark.parametrize("strategy", NAMES)
def test_on_the_shipped_base(stiff_legs, demos, strategy):
    """A whole case: the engine's state at every 41st step, and every partial match at two of them."""
    stepper = Stepper(stiff_legs, demos["b12"], strategy)
    for number in range(0, stepper.length, 41):
        stepper.to(number)
        check_state(stepper)
    for number in (stepper.length // 3, stepper.length):
        stepper.to(number)
        check_matches(stepper)


@effort(60)
@given(st.data())
def test_a_step_depends_on_nothing_but_its_number(data):
    """However one got there, forward, back or by a leap, the state and the trace are the same."""
    base = data.draw(bases())
    answers = data.draw(answers_to(base))
    name = data.draw(some_strategy)
    wanderer = Stepper(base, answers, name)
    for number in data.draw(st.lists(st.integers(-2, wanderer.length + 2), max_size=6)):
        wanderer.to(number)
        fresh = Stepper(base, answers, name)
        fresh.to(number)
        assert wanderer.number == min(max(number, 0), wanderer.length)
        assert wanderer.state() == fresh.state()
        assert wanderer.moves == fresh.moves


@effort(60)
@given(st.data())
def test_the_steps_are_the_run_of_a_consultation(data):
    """Under Legwise's own strategy, the firings and facts are those of `Reasoner.infer`, in the same order."""
    base = data.draw(bases())
    answers = data.draw(answers_to(base))
    stepper = Stepper(base, answers)
    trace = Reasoner(base).infer(answers)
    fired = [move.firing for move in stepper.moves if move.firing is not None and not move.repeats]
    assert tuple(fired) == trace.firings
    opening = next((n for n, move in enumerate(stepper.moves) if move.question is not None), stepper.length)
    declared = [fact for move in stepper.moves[opening:] if move.firing is None for fact in move.added]
    assert declared == [fact for step in trace.steps for fact in step.declared]
    assert [move.question for move in stepper.moves if move.question is not None] == list(answers)


@effort(60)
@given(st.data())
def test_no_strategy_changes_what_is_concluded(data):
    """The proof by trial that order does not matter: one verdict and one working memory, whatever fires first."""
    base = data.draw(bases())
    note(described(base))
    answers = data.draw(answers_to(base, full=data.draw(st.booleans())))
    stepper = Stepper(base, answers, seed=data.draw(st.integers(0, 9)))
    expected = judge(base, Reasoner(base).infer(answers), Outlook(base, answers))
    for order in stepper.orders(*NAMES):
        assert order.verdict == expected
        assert concluded(order.moves) == concluded(stepper.moves)


@pytest.mark.parametrize("name", ["b12", "emergency", "not-sure", "ppi-magnesium"])
def test_no_strategy_changes_a_verdict_of_the_shipped_base(stiff_legs, demos, name):
    orders = Stepper(stiff_legs, demos[name]).orders(*NAMES)
    assert len({repr(order.verdict) for order in orders}) == 1
    assert len({order.moves for order in orders}) > 4


@pytest.mark.parametrize("name", [name for name in shipped_bases() if name != "stiff_legs"])
def test_the_teaching_bases_step_by_step(name):
    """Every case of every teaching base: the engine's state at each step, partial matches, and one verdict."""
    folder = shipped_bases()[name]
    base = load(folder)
    for number, case in enumerate(read_cases(base, folder / FOLDER)):
        stepper = Stepper(base, case.answers, NAMES[number % len(NAMES)])
        for step in range(stepper.length + 1):
            stepper.to(step)
            check_state(stepper)
        check_matches(stepper)
        assert len({repr(order.verdict) for order in stepper.orders(*NAMES)}) == 1


def concluded(moves) -> set[tuple]:
    """What came into working memory, and which productions fired; neither in any order."""
    facts = {("fact", fact.subject, fact.value) for move in moves for fact in move.added}
    return facts | {("fired", move.firing.production) for move in moves if move.firing is not None}


def test_looking_at_other_orders_leaves_everything_where_it_was():
    stepper = Stepper(small_base(), SITUATIONS["b12"], "depth")
    stepper.to(9)
    before = stepper.state()
    stepper.orders("lex", "random")
    assert (stepper.named.name, stepper.number, stepper.state()) == ("depth", 9, before)


def test_another_strategy_begins_at_the_same_answer():
    """The same facts are known and the same activations wait; only their order is another."""
    stepper = Stepper(small_base(), SITUATIONS["b12"])
    stepper.to(next(n for n, move in enumerate(stepper.moves, 1) if move.question == "unsteady"))
    before = stepper.state()
    stepper.use("simplicity")
    after = stepper.state()
    assert [fact.value for fact in after.memory if fact.subject == "unsteady"] == ["yes"]
    assert {(fact.subject, fact.value) for fact in before.memory} == {
        (fact.subject, fact.value) for fact in after.memory
    }
    assert {waiting.production for waiting in before.agenda} == {waiting.production for waiting in after.agenda}


# --- names ------------------------------------------------------------------------------------------------------------


@pytest.fixture
def stepper() -> Stepper:
    """The small base and a case of B12."""
    return Stepper(small_base(), SITUATIONS["b12"])


def test_a_missing_condition_is_named_with_what_stands_in_its_place(stepper):
    """An answer that does not meet it is shown; of what is not known there is nothing to show."""
    stepper.to(stepper.length)
    (matched,) = stepper.matches("rule:flag-stroke")
    (condition,) = matched.conditions
    assert condition.facts == ()
    assert [(fact.subject, fact.value) for fact in condition.others] == [("stroke_signs", "no")]
    assert matched.stands == "0 of 1 condition met"
    stepper.to(0)
    (matched,) = stepper.matches("rule:flag-stroke")
    assert matched.conditions[0].others == ()


@pytest.mark.parametrize(
    ("name", "productions", "subjects"),
    [
        ("b12-numb", {"rule:b12-numb"}, set()),
        ("rule:b12-numb", {"rule:b12-numb"}, set()),
        ("stroke", {"rule:flag-stroke"}, set()),
        ("unsteady", set(), {"unsteady", "unsteady (reply)"}),
        ("poor_food", set(), {"poor_food"}),
    ],
)
def test_a_name_stands_for_rules_or_facts(stepper, name, productions, subjects):
    target = stepper.find(name)
    assert (target.productions, target.subjects) == (productions, subjects)


def test_a_fact_can_be_named_by_its_number(stepper):
    target = stepper.find("f-3")
    (move,) = (move for move in stepper.moves if target.is_reached(move))
    assert FactSeen(3, move.added[0].subject, move.added[0].value) in move.added


def test_a_finding_stands_for_the_rules_behind_it(stepper):
    assert set(stepper.find_productions("poor_food")) >= {"ruled-out:poor_food"}
    assert any(name.startswith("rule:") for name in stepper.find_productions("poor_food"))


def test_a_wrong_name_is_told_the_nearest(stepper):
    with pytest.raises(UnknownNameError, match=r"^Nothing is called 'b12-num'\. Did you mean 'b12-numb'\?$"):
        stepper.find("b12-num")
    with pytest.raises(UnknownNameError, match="concluded by no rule"):
        stepper.find_productions("stroke_signs")
