"""Theorems read, proved, refuted with answers that replay, and proved again after a change of one rule."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from pathlib import Path
from random import Random
from textwrap import dedent

import pytest
from bases import load_base
from effort import effort
from golden_files import check_golden
from hypothesis import given, note
from hypothesis import strategies as st
from msgspec.structs import replace
from random_bases import bases, conditions, described

pytest.importorskip("z3")

from expert.lint import check
from expert.logic import Outlook, leaves
from expert.model import (
    BANDS,
    NONE_OF_THESE,
    NOT_SURE,
    URGENCIES,
    Answers,
    Base,
    Evidence,
    Is,
    Question,
    Raise,
    Reply,
    Rule,
)
from expert.prove.replay import Counterexample, fails
from expert.prove.replies import numbers_told_apart
from expert.prove.safety import Prover
from expert.prove.theorems import EMERGENCIES, Outcome, Theorem, TheoremsError, faults_of, read_theorems
from expert.verdict import foresee

# --- reading ----------------------------------------------------------------------------------------------------------


def written(tmp_path: Path, text: str) -> tuple[Base, Path]:
    """The minimal base with theorems."""
    base = load_base(tmp_path)
    (tmp_path / "theorems.yaml").write_text(dedent(text), encoding="utf-8")
    return base, tmp_path


def faults_in(tmp_path: Path, text: str) -> list[str]:
    """What the reader says of some theorems."""
    with pytest.raises(TheoremsError) as raised:
        read_theorems(*written(tmp_path, text))
    return [str(fault) for fault in raised.value.faults]


def test_theorems_are_read_as_they_are_written(tmp_path: Path) -> None:
    """Every part of the language; one word stands for a list of it, and `any` for all."""
    read = read_theorems(*written(tmp_path, """
        theorems:
          heart:
            says: Chest pain is always an emergency.
            when: {chest_pain: yes}
            always: {urgency: emergency, red_flag: heart}
            sources: book
            claims: [RF-1]
          unsure:
            says: Not sure about chest pain is never less than same-day.
            not_sure: [chest_pain]
            always: {urgency: same-day}
          sign:
            says: Nothing is likely without a sign.
            told: {urgency: routine}
            never: {hypothesis: any, band: likely, without: [sign, risk]}
          law:
            says: More is never less.
            rising: symptom
            unless: tired
          every:
            says: Not sure about any emergency.
            not_sure: emergencies
            never: {not_ruled_out: heart}
        excused:
          band/low_iron/likely: It is not meant to be.
        """))  # fmt: skip
    heart, unsure, sign, law, every = read.theorems
    assert heart == Theorem(
        "heart",
        "Chest pain is always an emergency.",
        when=Is("chest_pain", ("yes",)),
        always=Outcome(urgency="emergency", red_flags=("heart",)),
        sources=("book",),
        claims=("RF-1",),
        place="theorems.yaml:3",
    )
    assert unsure.not_sure == ("chest_pain",)
    assert sign.told == Outcome(urgency="routine")
    assert sign.never == Outcome(hypotheses=("low_iron",), band="likely", without=("sign", "risk"))
    assert (law.rising, law.unless) == (("symptom",), ("tired",))
    assert every.not_sure == (EMERGENCIES,)
    assert read.excused == {"band/low_iron/likely": "It is not meant to be."}


def test_all_faults_are_told_at_once_with_place_and_nearest_name(tmp_path: Path) -> None:
    """Whoever mistypes a name sees where, and what was probably meant; of several mistakes, all."""
    told = faults_in(
        tmp_path,
        """
        theorems:
          one:
            says: A.
            when: {chest_pian: yes}
            always: {urgency: emergency}
          two:
            says: B.
            always: {red_flag: hart, urgencey: soon}
          three:
            says: C.
            always: {urgency: soon}
            never: {urgency: emergency}
          four:
            when: {tired: yes}
            never: {band: likely}
          five:
            says: E.
          six:
            says: F.
            rising: [symptom]
            when: {tired: yes}
          seven: {says: G., never: {}}
          eight: {says: H., always: {urgency: soon}, unless: [tired]}
        theorem: {}
        excused:
          rule/x:
        """,
    )
    check_golden("theorem-faults.txt", "\n".join(told) + "\n")


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("- a\n", "theorems.yaml:1: holds no sections; allowed: theorems, excused."),
        ("theorems: [a]\n", "theorems.yaml:1: theorems: a mapping (id: ...) is needed."),
        ("theorems: {Bad Id: {}}\n", "theorems.yaml:1: theorem 'Bad Id': found 'Bad Id'; an id is lower-case words"),
    ],
)
def test_a_file_of_another_shape_is_one_fault(tmp_path: Path, text: str, fault: str) -> None:
    """No traceback, whatever stands in the file."""
    assert faults_in(tmp_path, text)[0].startswith(fault)


def test_a_base_without_theorems_has_none(tmp_path: Path) -> None:
    """No file, an empty one, or one with empty sections."""
    base = load_base(tmp_path)
    assert faults_of(base, tmp_path)[0].theorems == ()
    for text in ("", "theorems:\n", "# nothing yet\n"):
        (tmp_path / "theorems.yaml").write_text(text, encoding="utf-8")
        assert read_theorems(base, tmp_path).theorems == ()


def test_theorems_are_no_part_of_the_base(tmp_path: Path) -> None:
    """Neither its digest nor its faults depend on what is proved about it."""
    before = load_base(tmp_path)
    written(tmp_path, "theorems: {x: {says: X., always: {urgency: emergency}}}")
    assert load_base(tmp_path).digest == before.digest
    assert check(tmp_path) == ()


# --- proving ----------------------------------------------------------------------------------------------------------


def every_answer(base: Base) -> Iterator[Answers]:
    """All answers, those not given included, to a base with few questions."""
    questions = list(base.questions.values())
    for chosen in product(*(every_reply(base, one) for one in questions)):
        yield {one.id: reply for one, reply in zip(questions, chosen, strict=True) if reply is not None}


def every_reply(base: Base, question: Question) -> list[Reply | None]:
    """All replies to a question, of numbers one of each range."""
    if question.type == "number":
        return [None, NOT_SURE, *numbers_told_apart(base)[question.id].values()]
    if question.type != "many":
        return [None, NOT_SURE, *(tuple(question.options) or ("yes", "no"))]
    named = [option for option in question.options if option != NONE_OF_THESE]
    sure = [
        tuple(one for one, is_in in zip(named, way, strict=True) if is_in) or (NONE_OF_THESE,)
        for way in product((False, True), repeat=len(named))
    ]
    return [None, (NOT_SURE,), *sure, *((*one, NOT_SURE) for one in sure)]


def brute_force(base: Base, theorem: Theorem) -> bool:
    """Whether a theorem holds, by trying every answer."""
    if theorem.rising:
        return all(not fails(base, theorem, each) for each in every_turn(base, theorem))
    if theorem.not_sure == (EMERGENCIES,):
        theorem = replace(theorem, not_sure=tuple(one for one in base.questions if is_emergency_item(base, one)))
        if not theorem.not_sure:
            return True
    return all(not fails(base, theorem, Counterexample(answers)) for answers in every_answer(base))


def is_emergency_item(base: Base, question: str) -> bool:
    """Whether some reply alone always makes an emergency."""
    asked = base.questions[question]
    if asked.type == "number":
        return False
    for option in tuple(asked.options) or ("yes", "no"):
        told = [
            foresee(base, outlook).urgency
            for answers in every_answer(base)
            if (outlook := Outlook(base, answers)).truth(Is(question, (option,)))
        ]
        if all(urgency == "emergency" for urgency in told):
            return True
    return False


def every_turn(base: Base, theorem: Theorem) -> Iterator[Counterexample]:
    """Every turn of a symptom, in full answers: from no to not sure to yes, and of many from no to yes at once."""
    for question in base.questions.values():
        if question.kind not in theorem.rising or question.id in theorem.unless:
            continue
        for answers in every_answer(base):
            if set(answers) | {question.id} == set(base.questions) and (
                answers.get(question.id) == "no" or isinstance(answers.get(question.id), tuple)
            ):
                for before, after in turns(question, answers[question.id]):
                    yield Counterexample({**answers, question.id: after}, {**answers, question.id: before})


def turns(question: Question, reply: Reply) -> Iterator[tuple[Reply, Reply]]:
    """The turns of one question, from a reply that does not tell of the symptom."""
    if question.type == "yes_no":
        yield from (("no", NOT_SURE), (NOT_SURE, "yes"))
        return
    assert isinstance(reply, tuple)
    if NOT_SURE in reply:
        return
    chosen = tuple(option for option in reply if option != NONE_OF_THESE)
    for option in question.options:
        if option not in reply and option != NONE_OF_THESE:
            more = tuple(one for one in question.options if one in (*chosen, option))
            yield reply, (*chosen, NOT_SURE)
            yield (*chosen, NOT_SURE), (*more, NOT_SURE)
            yield reply, more


@st.composite
def small_worlds(draw, largest: int = 3000) -> Base:
    """A random base with so few answers that all can be tried."""
    base = draw(bases(size=6))
    count = 1
    for question in base.questions.values():
        count *= len(every_reply(base, question))
    return base if count <= largest else draw(st.just(few_questions(base)))


def few_questions(base: Base) -> Base:
    """The base with only as many evidence rules as read its first two questions."""
    kept = {one: base.questions[one] for one in ("q0", "q1")}
    rules = {
        rule.id: rule
        for rule in base.rules.values()
        if {leaf.subject for leaf in leaves(rule.condition)} <= set(kept) and not hasattr(rule.conclusion, "finding")
    }
    return replace(base, questions=kept, rules=rules, findings={}, scores={}, checklists={}, out_of_scope={})


@st.composite
def outcomes(draw, base: Base) -> Outcome:
    """Anything that a verdict can come to."""
    what = draw(st.sampled_from(("urgency", "red_flags", "not_ruled_out", "findings", "advice", "hypotheses")))
    if what == "urgency":
        return Outcome(urgency=draw(st.sampled_from(URGENCIES[:-1])))
    if what == "hypotheses":
        return Outcome(
            hypotheses=tuple(base.hypotheses),
            band=draw(st.sampled_from(BANDS[:-1])),
            without=draw(st.sampled_from(((), ("sign",), ("risk",), ("sign", "risk")))),  # type: ignore[arg-type]
        )
    names = tuple(getattr(base, {"not_ruled_out": "red_flags"}.get(what, what)))
    return Outcome(**{what: names[:2]}) if names else Outcome(urgency="soon")


@st.composite
def theorems(draw, base: Base) -> Theorem:
    """A statement of any kind about a base; few of them are true."""
    kind = draw(st.sampled_from(("always", "never", "not sure", "emergencies", "rising")))
    if kind == "rising":
        return Theorem("t", "T.", rising=("symptom", "safety", "risk", "about"))
    if kind == "emergencies":
        return Theorem("t", "T.", not_sure=(EMERGENCIES,), always=Outcome(urgency="same-day"))
    subjects = [*base.questions.values(), *base.scores.values(), *base.findings.values()]
    when = draw(conditions(subjects, 1)) if draw(st.booleans()) else None
    told = draw(outcomes(base)) if draw(st.booleans()) else None
    asked = tuple(base.questions)[:2] if kind == "not sure" else ()
    outcome = draw(outcomes(base))
    if kind == "never":
        return Theorem("t", "T.", when, told=told, never=outcome)
    return Theorem("t", "T.", when, asked, told=told, always=outcome)


@effort(150)
@given(st.data())
def test_what_is_proved_holds_for_every_answer_and_what_is_refuted_does_not(data: st.DataObject) -> None:
    """Beside brute force, on bases so small that every answer can be tried."""
    base = data.draw(small_worlds())
    theorem = data.draw(theorems(base))
    note(described(base))
    note(str(theorem))
    example = Prover(base).refute(theorem)
    if example is None:
        assert brute_force(base, theorem)
    else:
        note(str(example))
        assert fails(base, theorem, example)


@effort(60)
@given(st.data())
def test_after_a_change_of_one_rule_it_is_enough_to_prove_what_rests_on_it(data: st.DataObject) -> None:
    """The quick way, for mutants, comes to what a proof from the start does; and no other theorem is refuted."""
    base = data.draw(bases())
    stated = [replace(data.draw(theorems(base)), id=f"t{number}") for number in range(3)]
    prover = Prover(base)
    proved = [one for one in stated if prover.holds(one)]
    rule = data.draw(st.sampled_from(list(base.rules.values())))
    changed = Prover(replace(base, rules=dict(mutated(data, base, rule))))
    note(described(base))
    note(f"{rule.id}: {changed.base.rules.get(rule.id)}")
    for theorem in proved:
        assert changed.still_holds(theorem, rule.id, prover) == Prover(changed.base).holds(theorem), theorem
        is_same = rule.id in changed.base.rules and changed.base.rules[rule.id].conclusion == rule.conclusion
        if is_same and theorem not in prover.reading([theorem], rule.id):
            assert changed.holds(theorem), "it did not rest on the rule"


def mutated(data: st.DataObject, base: Base, rule: Rule) -> Iterator[tuple[str, Rule]]:
    """The rules with one dropped, with another condition, or with the conclusion of another."""
    how = data.draw(st.sampled_from(("drop", "condition", "conclusion")))
    for id_, one in base.rules.items():
        if one is not rule:
            yield id_, one
        elif how == "condition":
            # What stands before it on the line of subjects is safe from circles.
            subjects = [base.questions["q0"], base.questions["q1"]]
            yield id_, replace(one, condition=data.draw(conditions(subjects, 1)))
        elif how == "conclusion":
            others = [each.conclusion for each in base.rules.values() if type(each.conclusion) in (Raise, Evidence)]
            is_finding = hasattr(one.conclusion, "finding")
            yield id_, one if is_finding else replace(one, conclusion=data.draw(st.sampled_from(others)))


def test_a_number_is_refuted_by_a_number_in_its_range(tmp_path: Path) -> None:
    """Of a number every stretch that the base tells apart is tried, between its ends too."""
    base = load_base(
        tmp_path,
        more="""
            questions:
              weeks: {topic: legs, ask: For how many weeks?, type: number, kind: symptom, min: 0, max: 20}
            red_flags:
              slow: {label: Slow, urgency: soon}
            rules:
              slow:
                if: {weeks: {more_than: 3, less_than: 4}}
                then: {red_flag: slow}
                because: It takes long.
                sources: [book]
            """,
    )
    never = Theorem("t", "T.", never=Outcome(red_flags=("slow",)))
    assert Prover(base).refute(never) == Counterexample({"weeks": 3.5})


def test_a_counterexample_is_small() -> None:
    """Nothing stands in it that could be taken out."""
    from fixed_base import BASE  # noqa: PLC0415

    for flag in BASE.flag_rules:
        theorem = Theorem("t", "T.", never=Outcome(red_flags=(flag,)))
        example = Prover(BASE).refute(theorem)
        assert example is not None
        for question in example.answers:
            less = {one: reply for one, reply in example.answers.items() if one != question}
            assert not fails(BASE, theorem, Counterexample(less))


# --- the shipped theorems ---------------------------------------------------------------------------------------------


def test_every_emergency_of_the_shipped_base_is_stated_by_a_theorem(stiff_legs: Base, repository: Path) -> None:
    """Nobody can add an emergency, or forget one, without saying in plain words when it must be raised."""
    stated = read_theorems(stiff_legs, repository / "rules" / "stiff_legs").theorems
    emergencies = {flag for flag in stiff_legs.flag_rules if stiff_legs.red_flags[flag].urgency == "emergency"}
    raised = {
        flag
        for theorem in stated
        if theorem.always is not None and theorem.always.urgency == "emergency"
        for flag in theorem.always.red_flags
    }
    assert emergencies <= raised
    assert len(stated) >= 25


def test_the_shipped_theorems_name_a_row_of_the_dossier_or_are_laws(stiff_legs: Base, repository: Path) -> None:
    """Where a statement comes from can be looked up; and it says what it is about in one short sentence."""
    stated = read_theorems(stiff_legs, repository / "rules" / "stiff_legs").theorems
    laws = {one.id for one in stated if not one.claims}
    assert laws == {
        "urgency-never-falls", "not-sure-about-an-emergency", "no-sign-none-likely", "likely-needs-sign-and-risk",
        "under-18-no-deficiency",
    }  # fmt: skip
    assert all(one.says.endswith(".") and len(one.says.split()) <= 40 for one in stated)


def test_a_broken_safety_rule_is_noticed(stiff_legs: Base, repository: Path) -> None:
    """Each emergency rule of the shipped base, dropped, breaks a theorem, or another rule does the same."""
    stated = read_theorems(stiff_legs, repository / "rules" / "stiff_legs").theorems
    before = Prover(stiff_legs)
    laws = {"urgency-never-falls", "not-sure-about-an-emergency"}
    quick = [one for one in stated if one.id not in laws and before.holds(one)]
    chance = Random(7)
    emergencies = [
        rule for flag, rules in stiff_legs.flag_rules.items() for rule in rules
        if stiff_legs.red_flags[flag].urgency == "emergency" and len(rules) == 1
    ]  # fmt: skip
    for rule in chance.sample(emergencies, 12):
        rules = {id_: one for id_, one in stiff_legs.rules.items() if id_ != rule.id}
        mutant = Prover(replace(stiff_legs, rules=rules))
        assert not all(mutant.still_holds(one, rule.id, before) for one in quick), f"nobody misses {rule.id}"
