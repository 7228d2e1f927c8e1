"""Idle and contradictory parts of a base are found, and sparing is sound: in general, and where a case ends."""

from __future__ import annotations

from pathlib import Path

import pytest
from bases import load_base
from effort import effort
from hypothesis import given, note
from hypothesis import strategies as st
from msgspec.structs import replace
from random_bases import answers_to, bases, described
from test_prove import every_answer, small_worlds
from worlds import World, worlds

pytest.importorskip("z3")

from expert.cases import Case, Expected, Point
from expert.consultation import Consultation
from expert.logic import Outlook
from expert.model import Answers, Base, Condition
from expert.prove.checks import Check
from expert.prove.prospects import Prospects
from expert.prove.replies import exactly
from expert.prove.safety import Prover
from expert.prove.sparing import change_by, ends_of_cases, how_it_ends, induction
from expert.prove.structure import at_odds, of_use, options_of_use, reached
from expert.prove.theorems import Theorems
from expert.prove.whole import prove
from expert.verdict import foresee


def failing(checks) -> list[str]:
    """The ids of the checks that do not hold."""
    return [check.id for check in checks if not check.holds]


def rule(id_: str, condition: str, conclusion: str) -> str:
    """A rule as it is written in a file."""
    return f"  {id_}: {{if: {condition}, then: {conclusion}, because: B., sources: [book]}}\n"


def with_rules(tmp_path: Path, *rules: str, more: str = "") -> Prover:
    """The minimal base with more rules."""
    text = "rules:\n" + "".join(rules)
    folder = tmp_path / "base"
    load_base(folder, more=more)
    (folder / "zzz.yaml").write_text(text, encoding="utf-8")
    from expert.load import load  # noqa: PLC0415

    return Prover(load(folder))


# --- structure --------------------------------------------------------------------------------------------------------


@effort(40)
@given(st.data())
def test_what_can_be_reached_is_what_some_answers_lead_to(data: st.DataObject) -> None:
    """Rules, findings, red flags and tiers, beside brute force."""
    base = data.draw(small_worlds(1500))
    note(described(base))
    rules, flags, tiers = set(), set(), set()
    for answers in every_answer(base):
        outlook = Outlook(base, answers)
        rules |= {one.id for one in base.rules.values() if outlook.truth(one.condition)}
        verdict = foresee(base, outlook)
        flags |= set(verdict.red_flags)
        tiers.add(verdict.urgency)
    found = {check.id for check in reached(Prover(base)) if check.holds}
    for kind, wanted in (("rule", rules), ("red_flag", flags), ("urgency", tiers)):
        assert {one.split("/")[1] for one in found if one.startswith(f"{kind}/")} == wanted


def test_a_band_that_no_answers_lead_to_is_named(tmp_path: Path) -> None:
    """A weak sign alone would be less likely, but it never comes alone; what the strengths rule out is no fault."""
    assert not failing(reached(with_rules(tmp_path / "plain")))
    weak = rule("weak", "{tired: yes, diet: meat}", "{for: low_iron, strength: weak, as: sign}")
    assert failing(reached(with_rules(tmp_path, weak))) == ["band/low_iron/less_likely"]


def test_a_rule_that_another_makes_idle_is_named(tmp_path: Path) -> None:
    """A narrower rule with the same conclusion, and a weaker one of the same group; the other way round is of use."""
    prover = with_rules(
        tmp_path,
        rule("narrow", "{chest_pain: yes, tired: yes}", "{red_flag: heart}"),
        rule("weaker", "{tired: yes, diet: meat}", "{for: low_iron, strength: weak, as: sign, group: g}"),
        rule("wider", "{tired: yes}", "{for: low_iron, strength: weak, as: sign, group: g}"),
        rule("stronger", "{tired: yes, chest_pain: yes}", "{for: low_iron, strength: strong, as: sign, group: g}"),
        rule("adds-up", "{tired: yes, diet: milk}", "{for: low_iron, strength: strong, as: sign}"),
    )
    assert failing(of_use(prover)) == ["useful/narrow", "useful/weaker"]


def test_of_two_rules_that_say_the_same_one_is_idle(tmp_path: Path) -> None:
    """Evidence without a group would count twice; of red flags the later one is named."""
    prover = with_rules(
        tmp_path,
        rule("again", "{all: [{tired: yes}]}", "{for: low_iron, strength: moderate, as: sign}"),
        rule("also", "{not: {not: {chest_pain: yes}}}", "{red_flag: heart}"),
    )
    assert failing(of_use(prover)) == ["useful/again", "useful/also"]


def test_a_rule_that_keeps_a_red_flag_open_is_of_use(tmp_path: Path) -> None:
    """True no oftener than another, but unknown where that one is false: it keeps an emergency from being ruled out."""
    prover = with_rules(tmp_path, rule("open", "{chest_pain: yes, not: {chest_pain: no}}", "{red_flag: heart}"))
    assert failing(of_use(prover)) == ["useful/open"]
    prover = with_rules(
        tmp_path, rule("open", "{any: [{all: [{chest_pain: yes}, {tired: yes}]}]}", "{red_flag: heart}")
    )
    assert failing(of_use(prover)) == ["useful/open"]


def test_a_rule_at_odds_with_another_is_named(tmp_path: Path) -> None:
    """For a hypothesis only where another is against it; an exception to the general case is none."""
    prover = with_rules(
        tmp_path,
        rule("general-against", "{chest_pain: yes}", "{against: low_iron, strength: strong}"),
        rule("special-for", "{chest_pain: yes, diet: meat}", "{for: low_iron, strength: weak, as: sign}"),
        rule("exception", "{tired: yes, diet: meat}", "{against: low_iron, strength: weak}"),
    )
    assert failing(at_odds(prover)) == ["alone/special-for"]


def test_a_choice_that_changes_nothing_is_named(tmp_path: Path) -> None:
    """`milk` is read, but only beside what makes the same difference."""
    prover = with_rules(
        tmp_path,
        rule("rare", "{any: [{all: [{diet: milk}, {tired: yes}]}, {tired: yes}]}", "{red_flag: heart}"),
        rule("meat", "{diet: meat}", "{red_flag: heart}"),
    )
    assert failing(options_of_use(prover)) == ["option/diet/milk"]


# --- sparing ----------------------------------------------------------------------------------------------------------


@effort(150)
@given(worlds(), st.data())
def test_the_prospects_are_the_bounds_by_which_questions_are_spared(world: World, data: st.DataObject) -> None:
    """What is proved of them is proved of `Outlook`: truth, bounds, what can be asked, what hangs on a not sure."""
    base = world.base
    now = data.draw(answers_to(base))
    later = {**data.draw(answers_to(base)), **now}
    note(f"now: {now}, later: {later}")
    said = [{one.id: exactly(one, answers.get(one.id)) for one in base.questions.values()} for answers in (now, later)]
    prospects = Prospects(base, *said)
    outlooks = Outlook(base, now), Outlook(base, later)
    for condition in (one.condition for one in base.rules.values()):
        found = prospects.of(condition)
        before, after = outlooks
        for outlook, kleene in ((before, found.now), (after, found.later)):
            truth = outlook.truth(condition)
            assert (kleene.true, kleene.false) == (truth is True, truth is False)
        assert (found.can_true, found.can_false) == tuple(before.can_be(condition, value) for value in (True, False))
        assert (found.later_can_true, found.later_can_false) == tuple(
            after.can_be(condition, value) for value in (True, False)
        )
        assert found.hangs == before.hangs_on_not_sure(condition)
        assert found.later_hangs == after.hangs_on_not_sure(condition)
        assert found.askable == can_be_asked(before, condition)


def can_be_asked(outlook: Outlook, condition: Condition) -> bool:
    """Whether some question that an unknown condition hangs on can be asked."""
    return any(map(outlook.can_be_asked, outlook.unsettled(condition)))


@effort(25)
@given(worlds())
def test_sparing_is_sound_in_random_bases(world: World) -> None:
    """The induction succeeds for whatever kinds of conditions a base has."""
    assert not failing(induction(world.base))


def test_a_bound_that_is_too_narrow_is_found(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The induction can fail: here an open gate is taken for settled."""
    from expert.prove.prospects import Moment  # noqa: PLC0415

    base = load_base(tmp_path / "b", more="""
            questions:
              numb: {topic: legs, ask: Are your legs numb?, type: yes_no, kind: symptom}
              numb_hands: {topic: legs, ask: And your hands?, type: yes_no, kind: symptom, ask_if: {numb: yes}}
            hypotheses:
              low_b12: {label: Low B12, kind: deficiency}
            rules:
              hands:
                if: {numb_hands: yes}
                then: {for: low_b12, strength: strong, as: sign}
                because: B.
                sources: [book]
            """)  # fmt: skip
    assert not failing(induction(base))
    monkeypatch.setattr(Moment, "unanswered", property(lambda _: False))
    failed = next(check for check in induction(base) if not check.holds)
    assert "Not so: what comes true was not excluded." in failed.why


@effort(60)
@given(st.data())
def test_what_an_interview_leaves_out_could_not_have_mattered(data: st.DataObject) -> None:
    """Beside brute force: the end of an interview in a random base, and all replies to what it left out."""
    base = data.draw(bases(size=7))
    answers = data.draw(answers_to(base, full=True))
    note(described(base))
    note(f"answers: {answers}")
    asked, left_out = how_it_ends(base, answers)
    assert change_by(base, asked, left_out) is None


def test_a_question_left_out_wrongly_is_found(tmp_path: Path) -> None:
    """With the replies that change the verdict."""
    base = load_base(tmp_path)
    example = change_by(base, {"tired": "no"}, frozenset({"chest_pain"}))
    assert example is not None
    assert example.answers == {"chest_pain": "yes", "tired": "no"}
    assert foresee(base, Outlook(base, example.answers)).urgency == "emergency"


def test_the_end_of_each_case_is_checked(tmp_path: Path) -> None:
    """With its answers, and not sure where it tells nothing."""
    base = load_base(tmp_path)
    (check,) = ends_of_cases(base, [case_of({"chest_pain": "no"})])
    assert check.holds
    assert check.says == "Case 'x': no replies to the 1 questions left out change the verdict."


def case_of(answers: Answers) -> Case:
    expected = Expected((), "routine", ("routine",))
    return Case("x", "X", "", {}, answers, (), expected, Point())


def test_out_of_scope_symptoms_are_left_out_on_purpose() -> None:
    """Of people whom the base is not for, only the questions that are always asked count as left out."""
    from fixed_base import BASE  # noqa: PLC0415

    assert BASE.out_of_scope
    for answers in all_first_replies(BASE):
        asked, left_out = how_it_ends(BASE, answers)
        if foresee(BASE, Outlook(BASE, asked)).out_of_scope is not None:
            assert {BASE.questions[one].kind for one in left_out} <= {"safety", "about"}
            return
    pytest.fail("nobody was out of scope")


def all_first_replies(base: Base):
    for number in range(4):
        yield {
            one.id: ("yes", "no", "not_sure", "yes")[number]
            if one.type == "yes_no"
            else (list(one.options)[number % len(one.options)] if one.type == "one" else "not_sure")
            for one in base.questions.values()
        }


# --- the whole --------------------------------------------------------------------------------------------------------


def test_an_excuse_counts_only_for_what_does_not_hold(tmp_path: Path) -> None:
    """Excused by name with a reason; one that holds after all, or that names nothing, is a fault."""
    base = load_base(tmp_path)
    excused = {
        "option/diet/meat": "It is meant so.",
        "option/diet/milk": "It is meant so.",
        "rule/chest": "Wrong.",
        "rule/gone": "Wrong.",
    }
    checks = list(prove(base, Theorems((), excused)))
    assert [check.id for check in checks if check.fails] == ["rule/chest", "excused/rule/gone"]
    without = list(prove(replace(base, name="other"), Theorems()))
    assert [check.id for check in without if check.fails] == [one for one in excused if not one.startswith("rule")]


def test_only_what_is_asked_for_is_proved(tmp_path: Path) -> None:
    """A kind of statement, or one theorem."""
    kinds = {check.kind for check in prove(load_base(tmp_path), Theorems(), only={"reach"})}
    assert kinds == {"reach"}
    assert all(isinstance(check, Check) for check in prove(load_base(tmp_path), Theorems(), only={"sparing"}))


def test_an_interview_that_was_never_begun_leaves_everything_out(tmp_path: Path) -> None:
    """Nothing is proved by a consultation that asked nothing."""
    base = load_base(tmp_path)
    assert change_by(base, Consultation.start(base).answers, frozenset(base.questions)) is not None
