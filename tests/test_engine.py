"""experta as shipped goes wrong in known ways; what cures each of them, and that the cures change nothing else."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
from itertools import product
from pathlib import Path

import pytest
from effort import effort
from hypothesis import given, note
from hypothesis import strategies as st
from msgspec.json import encode
from random_bases import answers_to, bases, described, whole
from referee import referee_verdict, summary

from expert.consultation import Consultation, LateReasoner
from expert.engine import Fact, KnowledgeEngine, OrderedStrategy, Pattern, Production, Rule, ThreeValuedEngine
from expert.infer import Reasoner
from expert.logic import Outlook
from expert.model import (
    All,
    Checklist,
    Evidence,
    Is,
    Limit,
    Not,
    Option,
    OutOfScope,
    Question,
    Raise,
    RedFlag,
    Score,
)
from expert.model import Rule as ModelRule
from expert.verdict import foresee

ROOT = Path(__file__).parent.parent


class A(Fact):
    """A kind of fact."""


class B(Fact):
    """Another kind of fact."""


KINDS = (A, B)


def engine_of(rules: dict[str, tuple[object, ...]], strategy=OrderedStrategy):
    """An engine of experta's own, but for the strategy; and the names of the rules that fire in it."""
    fired: list[str] = []

    def recording(name: str):
        def fire(_self) -> None:
            fired.append(name)

        fire.__name__ = name
        return fire

    body: dict[str, object] = {name: Rule(*conditions)(recording(name)) for name, conditions in rules.items()}
    if strategy:
        body["__strategy__"] = strategy
    engine = type("Engine", (KnowledgeEngine,), body)()
    engine.reset()
    return engine, fired


# --- the faults of experta as shipped, at their smallest --------------------------------------------------------------


def test_an_activation_whose_conditions_no_longer_hold_does_not_fire() -> None:
    """Six rules `A and not B(k=i)`: declare A, then every B, and nothing may fire. (As shipped, some do.)"""
    engine, fired = engine_of({f"r{k}": (A(), ~B(k=k)) for k in range(6)})
    engine.declare(A())
    for k in range(6):
        engine.declare(B(k=k))
    engine.run()
    assert fired == []


def test_experta_as_shipped_still_has_the_fault_that_the_strategy_cures() -> None:
    """When this fails, experta has mended its agenda, and `OrderedStrategy` may go."""
    stale = []
    for _ in range(10):
        engine, fired = engine_of({f"r{k}": (A(), ~B(k=k)) for k in range(6)}, strategy=None)
        engine.declare(A())
        for k in range(6):
            engine.declare(B(k=k))
        engine.run()
        stale += fired
    assert stale


def test_tied_rules_fire_in_the_order_of_their_ranks_for_every_hash_seed() -> None:
    """Six rules that one fact makes true at once fire in one order, which is theirs."""
    production = (
        "from expert.engine import *\nfired = []\nclass T(Fact): pass\n"
        "rules = [Production(f'r{n}', n, [Pattern(T, bool)]) for n in range(6)]\n"
        "engine = ThreeValuedEngine(rules, lambda rule, facts: fired.append(rule.__name__))\n"
        "engine.reset(); engine.declare(T(v=1)); engine.run(); print(fired)"
    )
    outputs = {
        subprocess.run(
            [sys.executable, "-c", production],
            env={**os.environ, "PYTHONHASHSEED": str(seed), "PYTHONPATH": str(ROOT)},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in range(4)
    }
    assert outputs == {f"{[f'r{n}' for n in range(6)]}\n"}


# --- our strategy under stock experta, beside a naive set model -------------------------------------------------------

literals = st.tuples(st.booleans(), st.sampled_from(KINDS), st.integers(0, 2))
operations = st.tuples(
    st.sampled_from(("declare", "declare", "retract", "modify", "run")), st.sampled_from(KINDS), st.integers(0, 2)
)


@effort(150)
@given(
    st.lists(st.lists(literals, min_size=1, max_size=3, unique_by=lambda one: one[1:]), min_size=1, max_size=8),
    st.lists(operations, max_size=14),
)
def test_the_agenda_is_the_naive_one_whatever_is_declared_retracted_and_modified(programs, steps) -> None:
    """With NOT and ties, exactly the activations fire that hold and have not fired since they began to hold."""
    rules = {
        f"r{place}": tuple(kind(k=k) if positive else ~kind(k=k) for positive, kind, k in program)
        for place, program in enumerate(programs)
    }
    engine, fired = engine_of(rules)
    known: set[tuple[type, int]] = set()
    holding: set[int] = set(true_programs(programs, known))
    agenda = set(holding)

    def update() -> None:
        nonlocal holding, agenda
        now = set(true_programs(programs, known))
        agenda = (agenda & now) | (now - holding)
        holding = now

    def find(kind: type, k: int):
        return next(fact for fact in engine.facts.values() if type(fact) is kind and fact["k"] == k)

    for operation, kind, k in [*steps, ("run", A, 0)]:
        if operation == "declare" and (kind, k) not in known:
            engine.declare(kind(k=k))
            known.add((kind, k))
        elif operation == "retract" and (kind, k) in known:
            engine.retract(find(kind, k))
            known.remove((kind, k))
        elif operation == "modify" and (kind, k) in known and (kind, (k + 1) % 3) not in known:
            engine.modify(find(kind, k), k=(k + 1) % 3)
            known.remove((kind, k))
            update()
            known.add((kind, (k + 1) % 3))
        update()
        if operation == "run":
            fired.clear()
            engine.run()
            assert sorted(fired) == sorted(f"r{place}" for place in agenda)
            agenda = set()


def true_programs(programs, known) -> list[int]:
    """The conjunctions that hold: each literal names one fact, so each has at most one activation."""
    return [
        place
        for place, program in enumerate(programs)
        if all(((kind, k) in known) is positive for positive, kind, k in program)
    ]


# --- the direct matcher beside experta's own --------------------------------------------------------------------------

TESTS = (lambda v: v > 0, lambda v: v > 1, lambda v: v < 2, lambda v: v == 1)


@effort(80)
@given(
    st.lists(
        st.lists(st.tuples(st.sampled_from(KINDS), st.sampled_from(TESTS)), min_size=1, max_size=4),
        min_size=1,
        max_size=6,
    ),
    st.lists(st.tuples(st.booleans(), st.sampled_from(KINDS), st.integers(0, 2)), max_size=10),
)
def test_the_direct_matcher_finds_the_activations_of_expertas_own(programs, steps) -> None:
    """The same facts come and go; the same rules match the same facts, in network and agenda."""
    from experta import P  # noqa: PLC0415 - only here, to write the rules as experta has them

    ours = ThreeValuedEngine(
        [
            Production(f"r{n}", n, [Pattern(kind, test) for kind, test in dict.fromkeys(one)])
            for n, one in enumerate(programs)
        ],
        lambda *_: None,
    )
    theirs, _ = engine_of(
        {f"r{n}": tuple(kind(v=P(test)) for kind, test in dict.fromkeys(one)) for n, one in enumerate(programs)}
    )
    ours.reset()
    for declare, kind, value in steps:
        for engine in (ours, theirs):
            same = [fact for fact in engine.facts.values() if type(fact) is kind and fact["v"] == value]
            if declare:
                engine.declare(kind(v=value))
            elif same:
                engine.retract(same[0])
        assert activations(ours) == activations(theirs)


def activations(engine) -> set[tuple[str, frozenset[tuple[str, int]]]]:
    """What is on the agenda: rule names, and the facts matched."""
    return {
        (one.rule.__name__, frozenset((type(fact).__name__, fact["v"]) for fact in one.facts if "v" in fact))
        for one in engine.agenda.activations
    }


def test_stepping_shows_the_activation_that_fires_next() -> None:
    """`next_activation` names what `run(1)` then fires, to the end."""
    fired: list[str] = []
    engine = ThreeValuedEngine(
        [Production(f"r{n}", n, [Pattern(kind, bool)]) for n, kind in enumerate((A, B, A))],
        lambda rule, _: fired.append(rule.__name__),
    )
    engine.reset()
    engine.declare(A(v=1))
    engine.declare(B(v=1))
    seen = []
    while (activation := engine.next_activation()) is not None:
        seen.append(activation.rule.__name__)
        engine.run(1)
    assert seen == fired == ["r0", "r1", "r2"]


# --- importing --------------------------------------------------------------------------------------------------------


def test_importing_experta_leaves_nothing_behind() -> None:
    """The alias that frozendict reads is gone afterwards, and no logging handler stays."""
    program = (
        "import collections, logging, expert.engine as e; print(hasattr(collections, 'Mapping'), logging.root.handlers)"
    )
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    run = subprocess.run(
        [sys.executable, "-W", "error", "-c", program], env=environment, capture_output=True, text=True, check=True
    )
    assert (run.stdout, run.stderr) == ("False []\n", "")


def test_logging_that_was_set_up_before_stays_as_it_was() -> None:
    """A program's own handler and level survive the import."""
    program = (
        "import logging; logging.basicConfig(level=logging.ERROR); before = list(logging.root.handlers)\n"
        "import expert.engine; print(logging.root.handlers == before, logging.root.level == logging.ERROR)"
    )
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    run = subprocess.run([sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=True)
    assert run.stdout == "True True\n"


# --- the reasoner -----------------------------------------------------------------------------------------------------


@effort(60)
@given(st.data())
def test_a_reasoner_used_again_and_answer_by_answer_gives_the_trace_of_a_fresh_one(data: st.DataObject) -> None:
    """Nothing is left over from another run, and going on from an earlier run is starting from scratch."""
    base = data.draw(bases())
    note(described(base))
    others, answers = data.draw(answers_to(base)), data.draw(answers_to(base))
    fresh = Reasoner(base).infer(answers)
    used = Reasoner(base)
    used.infer(others)
    assert encode(used.infer(answers)) == encode(fresh)
    items = list(answers.items())
    for known in range(len(items) + 1):
        stepwise = used.infer(dict(items[:known]))
        assert encode(stepwise.steps) == encode(fresh.steps[:known])
    assert encode(stepwise) == encode(fresh)


def test_two_reasoners_used_in_turn_do_not_disturb_each_other() -> None:
    """experta keeps one cache of a network's nodes for the whole process; ours keeps none."""
    base = whole([question("a")], [flag_rule(Is("a", ("yes",)))], flags=[FLAG])
    first, second = Reasoner(base), Reasoner(base)
    for reply, rules in (("yes", ("r",)), ("no", ())):
        assert first.infer({"a": reply}).true_rules == rules
        assert second.infer({"a": reply}).true_rules == rules


@effort(40)
@given(st.data())
def test_a_run_that_was_broken_off_leaves_nothing_behind(data: st.DataObject) -> None:
    """Ctrl-C in the middle of the inference: the next verdict is none the worse."""
    base = data.draw(bases())
    answers = data.draw(answers_to(base, full=True))
    reasoner, whole_trace = Reasoner(base), Reasoner(base).infer(answers)
    left = data.draw(st.integers(0, max(0, len(whole_trace.firings) - 1)))
    on_fire = reasoner._engine._fire

    def breaking_off(production, matched) -> None:
        nonlocal left
        if left == 0:
            raise KeyboardInterrupt
        left -= 1
        on_fire(production, matched)

    reasoner._engine._fire = breaking_off
    with contextlib.suppress(KeyboardInterrupt):
        reasoner.infer(answers)
    reasoner._engine._fire = on_fire
    assert encode(reasoner.infer(answers)) == encode(whole_trace)


def test_conditions_made_on_the_spot_are_not_taken_for_one_another() -> None:
    """An outlook remembers truths by the identity of a condition, and identities are used again."""
    base = whole([question("a"), question("b")], [], flags=[FLAG])
    outlook = Outlook(base, {"a": "yes", "b": "no"})
    assert [outlook.truth(Is(one, ("yes",))) for one in "abababab"] == [True, False] * 4


# --- faults the laws have found, at their smallest --------------------------------------------------------------------

FLAG = RedFlag("flag", "Flag", "emergency")


def question(id_: str, ask_if=None, type_="yes_no", kind="symptom", points=()) -> Question:
    """A question with little to it."""
    options = {name: Option(name, name, point) for name, point in zip("abc", points, strict=False)}
    return Question(id_, "t0", f"{id_}?", type_, kind, options, ask_if, min=0, max=10)  # type: ignore[arg-type]


def flag_rule(condition, id_: str = "r", flag: str = "flag") -> ModelRule:
    """A rule that raises a red flag."""
    return ModelRule(id_, condition, Raise(flag), "Because.", ())


def verdicts_agree(base, answers):
    """All three readings give this verdict."""
    theirs = referee_verdict(base, answers)
    assert summary(foresee(base, Outlook(base, answers))) == theirs
    assert summary(Consultation.start(base).add(answers).verdict) == theirs
    return theirs


SCORED = question("q", type_="one", points=(0, 3, 4))


@pytest.mark.parametrize(("reply", "raised"), [("a", set()), ("b", {"least"}), ("c", {"least", "more"})])
def test_at_least_three_and_more_than_three_points_are_two_limits(reply: str, raised: set[str]) -> None:
    """Limits of a score that differ only in whether the end counts are kept apart."""
    base = whole(
        [SCORED],
        [flag_rule(Limit("s", 3.0), "r0", "least"), flag_rule(Limit("s", 3.0, low_open=True), "r1", "more")],
        scores=[Score("s", "s", ("q",))],
        flags=[RedFlag("least", "", "soon"), RedFlag("more", "", "soon")],
    )
    assert verdicts_agree(base, {"q": reply}).red_flags == raised


def test_a_limit_that_no_answer_can_miss_holds_before_any_answer() -> None:
    """What fires with nothing answered is in the trace and in the verdict, also when the reasoner is used again."""
    base = whole([SCORED], [flag_rule(Limit("s", 0.0))], scores=[Score("s", "s", ("q",))], flags=[FLAG])
    assert verdicts_agree(base, {}).red_flags == {"flag"}
    reasoner = Reasoner(base)
    assert (
        reasoner.infer({}).true_rules
        == reasoner.infer({"q": "a"}).true_rules
        == reasoner.infer({}).true_rules
        == ("r",)
    )


def test_a_score_counts_the_least_points_of_a_question_that_is_known_to_apply() -> None:
    """Asked but not answered, it cannot bring nothing; not known to apply, it can."""
    gated = question("q", Is("gate", ("yes",)), "one", points=(2, 3))
    base = whole(
        [question("gate"), gated], [flag_rule(Limit("s", 2.0))], scores=[Score("s", "s", ("q",))], flags=[FLAG]
    )
    assert verdicts_agree(base, {"gate": "yes"}).red_flags == {"flag"}
    assert verdicts_agree(base, {"gate": "not_sure"}).not_ruled_out == {"flag"}
    assert verdicts_agree(base, {"gate": "no"}).not_ruled_out == set()


def test_not_sure_about_an_item_that_does_not_apply_is_no_doubt() -> None:
    """A score that is still open for another reason does not make an emergency doubtful by it."""
    items = [question("q1", Is("gate", ("yes",)), "one", points=(0, 3)), question("q2", type_="one", points=(0, 3))]
    base = whole(
        [question("gate"), *items], [flag_rule(Limit("s", 3.0))], scores=[Score("s", "s", ("q1", "q2"))], flags=[FLAG]
    )
    assert verdicts_agree(base, {"gate": "no", "q1": "not_sure"}).urgency == "routine"
    assert verdicts_agree(base, {"gate": "yes", "q1": "not_sure"}).urgency == "same-day"


def test_of_two_ways_to_be_out_of_scope_the_first_of_the_base_is_told() -> None:
    """Whichever was answered first."""
    ways = [OutOfScope(f"x-{name}", Is(name, ("yes",)), name) for name in ("a", "b")]
    asked = [question("b", kind="about"), question("a", kind="about")]
    base = whole(asked, [flag_rule(Is("a", ("yes",)))], flags=[FLAG], scopes=ways)
    for order in ("ab", "ba"):
        assert verdicts_agree(base, dict.fromkeys(order, "yes")).out_of_scope == "x-a"


def test_a_question_that_can_only_close_a_gate_of_a_score_is_asked() -> None:
    """`x` can no longer open the gate of `q`; but by closing it, it rules the flag out."""
    gate = All((Is("unsure", ("yes",)), Is("x", ("yes",))))
    base = whole(
        [question("unsure"), question("x"), question("q", gate, "one", points=(0, 3))],
        [flag_rule(Limit("s", 3.0))],
        scores=[Score("s", "s", ("q",))],
        flags=[FLAG],
    )
    consultation = Consultation.start(base).add({"unsure": "not_sure"})
    assert consultation.inquiry.open_questions() == {"x"}


def test_a_reply_that_misses_rules_out_whether_or_not_its_question_applies() -> None:
    """Law 4 where a symptom gates another: no, not sure, yes with the same `no` behind it never goes down."""
    base = whole(
        [question("pain"), question("night", Is("pain", ("yes",)))], [flag_rule(Is("night", ("yes",)))], flags=[FLAG]
    )
    for pain in ("no", "not_sure", "yes"):
        told = verdicts_agree(base, {"pain": pain, "night": "no"})
        assert (told.urgency, told.not_ruled_out) == ("routine", set())


def test_a_question_that_may_apply_for_all_that_is_known_is_asked() -> None:
    """Laws 4 and 5 together: after *not sure* about its gate, its reply still matters, so it is not spared."""
    base = whole(
        [question("pain"), question("night", Is("pain", ("yes",)))], [flag_rule(Is("night", ("yes",)))], flags=[FLAG]
    )
    start = Consultation.start(base)
    assert start.inquiry.open_questions() == {"pain"}
    unsure = start.answer({"pain": "not_sure"})
    assert (unsure.inquiry.open_questions(), unsure.verdict.urgency) == ({"night"}, "same-day")
    assert unsure.answer({"night": "no"}).verdict.urgency == "routine"
    assert unsure.answer({"night": "yes"}).verdict.urgency == "same-day"
    assert not start.answer({"pain": "no"}).inquiry.open_questions()


def test_a_symptom_that_gates_whether_somebody_is_out_of_scope_is_asked() -> None:
    """The bands hang on it, though no rule does."""
    asked = [question("sign"), question("g"), question("child", Is("g", ("yes",)), kind="about")]
    rules = [ModelRule("e", Is("sign", ("yes",)), Evidence("h0", "for", "strong", "sign"), "", ())]
    base = whole(asked, rules, scopes=[OutOfScope("x", Is("child", ("yes",)), "Child.")])
    assert Consultation.start(base).inquiry.open_questions() == {"sign", "g"}


def test_numbers_that_are_equal_but_written_otherwise_replay_as_written() -> None:
    """2 and 2.0 are one value, but two traces: a used reasoner does not answer with the other."""
    base = whole([question("n", type_="number")], [flag_rule(Limit("n", 2.0))], flags=[FLAG])
    reasoner = LateReasoner(base)
    for first, second in product((2, 2.0), repeat=2):
        Consultation.start(base, reasoner).add({"n": first}).trace  # noqa: B018 - to leave it behind
        assert encode(Consultation.start(base, reasoner).add({"n": second}).trace) == encode(
            Reasoner(base).infer({"n": second})
        )


def test_items_of_a_checklist_that_open_later_are_counted_as_screens_to_come() -> None:
    """Two items that cannot be shown together take two screens, and `at_most_left` says so."""
    items = [question("a"), question("other"), question("b", Not(Is("other", ("no",))))]
    base = whole(
        items,
        [flag_rule(Is(one.id, ("yes",)), one.id, one.id) for one in items],
        flags=[RedFlag(one.id, "", "soon") for one in items],
        checklists=[Checklist("list", "t0", "Any?", ("a", "b"))],
    )
    left = Consultation.start(base)
    screens = 0
    limit = left.at_most_left
    while (screen := left.screen) is not None:
        left = left.answer({one.id: "yes" if one.id == "other" else "no" for one in screen.questions})
        screens += 1
    assert screens <= limit
