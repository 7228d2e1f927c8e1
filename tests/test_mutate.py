"""Mutants: which there are, who notices them, what is missing where nobody does, and `legwise mutate`."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import product
from pathlib import Path

import pytest
from bases import write_base
from golden_files import check_golden
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace
from random_bases import answers_to, bases, conditions
from small_base import SITUATIONS, small_base

from expert.cache import default_folder
from expert.cases import Case, Expected, Point
from expert.examples import Example
from expert.judges import CaseJudge, ExampleJudge, Judge, Material, judge_makers, theorem_judge
from expert.load import load
from expert.logic import Outlook
from expert.model import URGENCIES, All, Any, Base, Condition, Count, Is, Limit, Not, Rule
from expert.mutants import KINDS, Mutant, entries_of, mutants_of, normal
from expert.mutation import Measurement, measure
from expert.prove.theorems import read_theorems
from expert.reads import Reads
from expert.verdict import foresee
from expert.witnesses import witness
from expert.written import condition_as_written
from interview.cli import main

BASE = small_base()
NOBODY = Path("no-such-folder")


def all_mutants(base: Base) -> list[Mutant]:
    return [mutant for entry in entries_of(base) for mutant in mutants_of(base, entry).mutants]


def names_of(condition: Condition, base: Base = BASE) -> dict[str, str]:
    """The mutants of a condition by name, with what it becomes."""
    rule = replace(base.rules["mg-cramps"], id="r", condition=condition)
    found = mutants_of(replace(base, rules={**base.rules, "r": rule}), ("rules", "r")).mutants
    return {m.name.removeprefix("r:"): condition_as_written(m.new) for m in found if m.new is not None}


# --- which there are --------------------------------------------------------------------------------------------------

CRAMPS, NUMB, UNSTEADY = Is("feel", ("cramps",)), Is("feel", ("numb",)), Is("unsteady", ("yes",))


def test_mutants_of_all_and_any() -> None:
    """Each part is left out and turned round, and the joint is swapped."""
    assert names_of(All((UNSTEADY, Any((CRAMPS, Is("sore_bones", ("yes",))))))) == {
        "negate:all": "{not: {unsteady: yes, any: [{feel: cramps}, {sore_bones: yes}]}}",
        "drop:unsteady": "{any: [{feel: cramps}, {sore_bones: yes}]}",
        "drop:any": "{unsteady: yes}",
        "join:any": "{any: [{unsteady: yes}, {any: [{feel: cramps}, {sore_bones: yes}]}]}",
        "negate:unsteady": "{not: {unsteady: yes}, any: [{feel: cramps}, {sore_bones: yes}]}",
        "widen:unsteady+no": "{unsteady: [yes, no], any: [{feel: cramps}, {sore_bones: yes}]}",
        "negate:any": "{unsteady: yes, not: {any: [{feel: cramps}, {sore_bones: yes}]}}",
        "drop:feel": "{unsteady: yes, sore_bones: yes}",
        "drop:sore_bones": "{unsteady: yes, feel: cramps}",
        "join:all": "{all: [{unsteady: yes}, {feel: cramps, sore_bones: yes}]}",
        "negate:feel": "{unsteady: yes, any: [{not: {feel: cramps}}, {sore_bones: yes}]}",
        "widen:feel+numb": "{unsteady: yes, any: [{feel: [cramps, numb]}, {sore_bones: yes}]}",
        "negate:sore_bones": "{unsteady: yes, any: [{feel: cramps}, {not: {sore_bones: yes}}]}",
        "widen:sore_bones+no": "{unsteady: yes, any: [{feel: cramps}, {sore_bones: [yes, no]}]}",
    }


def test_mutants_of_options() -> None:
    """An option more is one that stands beside those chosen; an option less is any of them."""
    assert names_of(Is("feel", ("numb", "weak"))) == {
        "negate:feel": "{not: {feel: [numb, weak]}}",
        "widen:feel+cramps": "{feel: [cramps, numb, weak]}",
        "widen:feel+none": "{feel: [numb, weak, none]}",
        "narrow:feel-numb": "{feel: weak}",
        "narrow:feel-weak": "{feel: numb}",
    }
    assert list(names_of(Is("poor_food", ("yes",)))) == ["negate:poor_food"]


def test_mutants_of_numbers() -> None:
    """One lower, one higher, and the end open; of a score, which is a whole number, open is one higher."""
    assert list(names_of(Limit("walk", high=200)).values()) == [
        "{not: {walk: {at_most: 200}}}",
        "{walk: {at_most: 199}}",
        "{walk: {at_most: 201}}",
        "{walk: {less_than: 200}}",
    ]
    assert list(names_of(Limit("drinks", low=5))) == ["negate:drinks", "shift:drinks>=4", "shift:drinks>=6"]
    assert list(names_of(Limit("walk", low=3, high=3))) == ["negate:walk", "shift:walk>=2", "shift:walk<=4"]


def test_mutants_of_counts_and_negations() -> None:
    """One more and one fewer are needed; a negation is taken away."""
    assert list(names_of(Count(2, (CRAMPS, NUMB, UNSTEADY)))) == [
        "negate:at_least",
        "drop:feel",
        "drop:feel#2",
        "drop:unsteady",
        "shift:at_least=1",
        "shift:at_least=3",
        "negate:feel",
        "widen:feel+numb",
        "negate:feel#2",
        "widen:feel+cramps",
        "widen:feel+weak",
        "negate:unsteady",
        "widen:unsteady+no",
    ]
    assert names_of(Not(UNSTEADY)) == {
        "negate:not": "{unsteady: yes}",
        "widen:unsteady+no": "{not: {unsteady: [yes, no]}}",
    }


def conclusions(rule: str) -> list[str]:
    found = mutants_of(BASE, ("rules", rule)).mutants
    return [mutant.name.removeprefix(f"{rule}:") for mutant in found if mutant.new is None]


def test_mutants_of_conclusions() -> None:
    """Strength, side, role and group, and the neighbour of whatever is concluded; a mimic's is a mimic."""
    assert conclusions("mg-night") == [
        "strength:moderate", "side:against", "role:risk", "group:none", "swap:vitamin_d", "remove",
    ]  # fmt: skip
    assert conclusions("b12-no-numbness") == [
        "strength:weak",
        "strength:strong",
        "side:for",
        "swap:magnesium",
        "remove",
    ]
    assert conclusions("night-cramp") == ["strength:moderate", "strength:hallmark", "side:against", "role:risk",
                                          "swap:artery", "remove"]  # fmt: skip
    assert conclusions("flag-stroke") == ["swap:blocked_artery", "remove"]
    assert conclusions("find-drinking") == ["swap:poor_food", "remove"]
    assert conclusions("advise-kidney") == ["swap:b12_test", "remove"]


def test_mutants_of_what_is_not_a_rule() -> None:
    """Tiers of red flags, gates of questions, points of options, and what is out of scope."""
    names = [mutant.name for mutant in all_mutants(BASE)]
    others = [name for name in names if name.partition(":")[0] not in BASE.rules]
    assert others[:3] == ["flag.stroke:tier:same-day", "flag.blocked_artery:tier:same-day", "flag.clot:tier:emergency"]
    assert "flag.clot:tier:soon" in others
    assert "question.cramp_time:remove" in others
    assert "question.cramp_time:widen:feel+numb" in others
    assert "question.drink_often:points:weekly=2" in others
    assert others[-2:] == ["scope.child:widen:age+adult", "scope.child:remove"]


def test_no_finding_comes_to_wait_for_itself(stiff_legs: Base) -> None:
    """A conclusion is swapped for the next one that can stand there; every such mutant can be reasoned with."""
    chain = {"a": Is("b", ("yes",)), "b": Is("c", ("yes",)), "c": UNSTEADY}
    findings = {name: replace(BASE.findings["poor_food"], id=name) for name in chain}
    rules = {
        name: replace(BASE.rules["find-drinking"], id=name, condition=condition, conclusion=type(
            BASE.rules["find-drinking"].conclusion)(name))
        for name, condition in chain.items()
    }  # fmt: skip
    base = replace(BASE, findings={**findings, **BASE.findings}, rules={**rules, **BASE.rules})
    swaps = [m.name for name in chain for m in mutants_of(base, ("rules", name)).mutants if m.kind == "swap"]
    assert swaps == ["a:swap:heavy_drinking", "b:swap:heavy_drinking", "c:swap:heavy_drinking"]
    for mutant in all_mutants(stiff_legs):
        if mutant.kind == "swap" and isinstance(mutant.changed, Rule) and hasattr(mutant.changed.conclusion, "finding"):
            outlook = Outlook(mutant.applied(stiff_legs), {})
            assert outlook.finding(mutant.changed.conclusion.finding) in (True, False, None)


def test_names_are_unique_and_stay(stiff_legs: Base) -> None:
    """An excuse finds its mutant again, also when another part of the rule is new."""
    names = [mutant.name for mutant in all_mutants(stiff_legs)]
    assert len(set(names)) == len(names)
    before, after = (names_of(All(parts)) for parts in ((UNSTEADY, CRAMPS), (NUMB, UNSTEADY, Is("indoors", ("no",)))))
    assert {"drop:unsteady", "negate:unsteady", "widen:unsteady+no"} <= before.keys() & after.keys()


@st.composite
def rewritten(draw, condition: Condition) -> Condition:
    """A condition that means the same by the laws of logic."""
    match condition:
        case All(of) | Any(of):
            parts = [draw(rewritten(part)) for part in draw(st.permutations(of))]
            if draw(st.booleans()):
                parts.append(type(condition)((Not(Not(parts[0])),)))
            if draw(st.booleans()):
                other = Any if isinstance(condition, All) else All
                parts.append(other((parts[0], parts[-1])))
            if draw(st.booleans()):
                other = Any if isinstance(condition, All) else All
                return Not(other(tuple(map(Not, parts))))
            return type(condition)(tuple(parts))
        case Count(count, of):
            parts = tuple(draw(rewritten(part)) for part in draw(st.permutations(of)))
            if draw(st.booleans()):
                return Not(Count(len(parts) - count + 1, tuple(map(Not, parts))))
            return Count(count, parts)
        case Not(of):
            return Not(draw(rewritten(of)))
    return Not(Not(condition)) if draw(st.booleans()) else condition


@settings(deadline=None)
@given(st.data())
def test_what_means_the_same_has_one_form(data) -> None:
    """Such a mutant would be counted as one that nobody notices, though nobody could."""
    base = data.draw(bases(size=6))
    condition = data.draw(conditions([*base.questions.values(), *base.scores.values(), *base.findings.values()]))
    other = data.draw(rewritten(condition))
    outlook = Outlook(base, data.draw(answers_to(base)))
    assert outlook.truth(other) is outlook.truth(condition)
    assert normal(base, other) == normal(base, condition)


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_what_has_one_form_means_the_same(data) -> None:
    """A mutant that is passed over could not have been noticed."""
    base = data.draw(bases(size=6))
    subjects = [*base.questions.values(), *base.scores.values()]
    answers = [data.draw(answers_to(base)) for _ in range(3)]
    forms: dict[object, Condition] = {}
    for _ in range(12):
        condition = data.draw(conditions(subjects, 1))
        first = forms.setdefault(normal(base, condition), condition)
        assert all(Outlook(base, each).truth(first) is Outlook(base, each).truth(condition) for each in answers)


# --- who notices them -------------------------------------------------------------------------------------------------


@st.composite
def materials(draw) -> Material:
    """A random base with random examples and cases."""
    base = draw(bases(size=8))
    rules = draw(st.lists(st.sampled_from(list(base.rules)), max_size=6))
    examples = [
        Example(rule, draw(st.sampled_from(("fires", "not"))), f"e{place}", dict(draw(answers_to(base))))
        for place, rule in enumerate(rules)
    ]
    cases = [draw(cases_of(base, f"c{place}")) for place in range(draw(st.integers(0, 4)))]
    return Material(NOBODY, base, tuple(examples), tuple(cases))


@st.composite
def cases_of(draw, base: Base, name: str) -> Case:
    """A case that expects what the base gives, or something else."""
    answers = dict(draw(answers_to(base, full=draw(st.booleans()))))
    verdict = foresee(base, Outlook(base, answers))
    tier = draw(st.sampled_from((verdict.urgency, *URGENCIES)))
    return Case(
        id=name,
        title=name,
        shows="",
        source={},
        answers=answers,
        told=(),
        expected=Expected(
            tuple(draw(st.sampled_from(((), ("h0",), ("h1", "h0"))))),
            tier,
            (tier,),
            draw(st.sampled_from((verdict.red_flags, ()))),
            draw(st.sampled_from((verdict.not_ruled_out, ()))),
        ),
        explain=Point(),
    )


def kept(base: Base, material: Material) -> set[str]:
    """Everything that holds of a base, by plain evaluation: the examples, and the expectations of cases."""
    held = set()
    for example in material.examples:
        if example.rule in base.rules:
            truth = Outlook(base, example.answers).truth(base.rules[example.rule].condition)
            if (truth is True) is (example.kind == "fires"):
                held.add(example.name)
        elif example.kind == "not":
            held.add(example.name)
    for case in material.cases:
        verdict = foresee(base, Outlook(base, case.answers))
        expected = case.expected
        if verdict.urgency in expected.urgency_acceptable:
            held.add(f"{case.id} urgency")
        held |= {f"{case.id} {flag}" for flag in expected.red_flags if flag in verdict.red_flags}
        held |= {f"{case.id} open {flag}" for flag in expected.not_ruled_out if flag in verdict.not_ruled_out}
        named = [weight.hypothesis for weight in verdict.hypotheses if weight.band != "none"]
        if verdict.out_of_scope:
            continue
        if not expected.deficiencies:
            likely = any(weight.band == "likely" for weight in verdict.hypotheses)
            held |= {f"{case.id} nothing likely"} if verdict.urgency == "emergency" or not likely else set()
        else:
            held |= {f"{case.id} first"} if named[:1] == [expected.deficiencies[0]] else set()
            held |= {f"{case.id} {name}" for name in expected.deficiencies if name in named[:3]}
    return held


@settings(max_examples=60, deadline=None)
@given(materials(), st.randoms(use_true_random=False))
def test_judges_notice_what_plain_evaluation_notices(material: Material, random) -> None:
    """Looking only at what a mutant can reach loses nothing and finds nothing else."""
    judges = [ExampleJudge(material), CaseJudge(material)]
    held = kept(material.base, material)
    mutants = all_mutants(material.base)
    for mutant in random.sample(mutants, min(len(mutants), 25)):
        changed = mutant.applied(material.base)
        noticed = any(judge.kills(mutant, changed) for judge in judges)
        assert noticed is bool(held - kept(changed, material)), mutant.name


def case(name: str, answers, *deficiencies: str, urgency: str = "routine") -> Case:
    expected = Expected(deficiencies, urgency, (urgency,))  # type: ignore[arg-type]
    return Case(name, name, "", {}, dict(answers), (), expected, Point())


EXAMPLES = (
    Example("flag-unsteady", "fires", "both", {"unsteady": "yes", "feel": ("numb",)}),
    Example("flag-unsteady", "not", "steady", {"unsteady": "no", "feel": ("numb",)}),
    Example("b12-diet", "fires", "vegan", {"diet": ("vegan",)}),
    Example("b12-diet", "not", "no milk", {"diet": ("no_dairy",)}),
    Example("flag-stroke", "not", "does not hold", {"stroke_signs": "yes"}),
)
MATERIAL = Material(NOBODY, BASE, EXAMPLES, (case("b12", SITUATIONS["b12"], "b12", urgency="soon"),))


def killed_by(name: str) -> str | None:
    mutant = next(mutant for mutant in all_mutants(BASE) if mutant.name == name)
    changed = mutant.applied(BASE)
    judges: tuple[Judge, ...] = (ExampleJudge(MATERIAL), CaseJudge(MATERIAL))
    return next((by for judge in judges if (by := judge.kills(mutant, changed))), None)


def test_a_killer_is_named() -> None:
    """The example or the expectation, of the rule itself or of one that reads what it concludes."""
    assert killed_by("flag-unsteady:drop:unsteady") == "flag-unsteady, not: steady"
    assert killed_by("flag-unsteady:remove") == "flag-unsteady, fires: both"
    assert killed_by("find-poor-food:widen:diet+no_dairy") == "b12-diet, not: no milk"
    assert killed_by("find-poor-food:swap:heavy_drinking") == "b12-diet, fires: vegan"
    assert killed_by("flag.cord:tier:routine") == "b12: urgency soon"
    assert killed_by("b12-diet:swap:magnesium") is None


def test_what_the_base_itself_fails_kills_nothing() -> None:
    """An example or case that does not hold is a fault of its own, not a proof."""
    mutant = next(mutant for mutant in all_mutants(BASE) if mutant.name == "flag-stroke:negate:stroke_signs")
    failing = case("x", SITUATIONS["emergency"], "b12", urgency="routine")
    for judge in (ExampleJudge(MATERIAL), CaseJudge(replace(MATERIAL, cases=(failing,)))):
        assert judge.kills(mutant, mutant.applied(BASE)) is None


THEOREM = """\
theorems:
  chest-pain: {says: Chest pain is always an emergency., when: {chest_pain: yes}, always: {urgency: emergency}}
  refuted: {says: Tired legs are one too., when: {tired: yes}, always: {urgency: emergency}}
"""


def test_theorems_that_hold_notice(tmp_path: Path) -> None:
    """Those that rest on the rule are proved again; one that does not hold of the base proves nothing."""
    folder = write_base(tmp_path / "base")
    (folder / "theorems.yaml").write_text(THEOREM, encoding="utf-8")
    base = load(folder)
    material = Material(folder, base, theorems=read_theorems(base, folder).theorems)
    judge = theorem_judge(material)
    assert judge is not None
    by = {mutant.name: judge.kills(mutant, mutant.applied(base)) for mutant in all_mutants(base)}
    assert {name for name, theorem in by.items() if theorem == "chest-pain"} == {
        "chest:negate:chest_pain",
        "chest:remove",
    }
    assert set(by.values()) == {"chest-pain", None}
    assert theorem_judge(replace(material, theorems=())) is None


# --- what is missing --------------------------------------------------------------------------------------------------


def definite(base: Base) -> Iterator[dict[str, object]]:
    """Every way to answer, or not, each question."""
    replies: list[list[object]] = []
    for question in base.questions.values():
        match question.type:
            case "yes_no":
                own: list[object] = ["yes", "no"]
            case "one":
                own = list(question.options)
            case "many":
                own = [("a",), ("b",), ("a", "b"), ("none",)]
            case _:
                own = [number / 2 for number in range(21)]
        replies.append([None, *own])
    for chosen in product(*replies):
        yield {q: reply for q, reply in zip(base.questions, chosen, strict=True) if reply is not None}


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_the_missing_example_would_kill(data) -> None:
    """What is told to be missing, put among the examples, kills the mutant; where nothing is, there is nothing."""
    base = data.draw(bases(size=6))
    mutants = [mutant for mutant in all_mutants(base) if mutant.new is not None]
    reads = Reads(base)
    for mutant in data.draw(st.permutations(mutants))[:6]:
        found = witness(base, mutant, reads)
        if found.kind in ("fires", "not"):
            example = Example(found.rule, found.kind, "missing", found.answers)  # type: ignore[arg-type]
            material = Material(NOBODY, base, (example,), ())
            assert ExampleJudge(material).kills(mutant, mutant.applied(base)), mutant.name
        elif found.kind == "same" and len(base.questions) <= 4:
            assert mutant.old is not None
            outlooks = (Outlook(base, answers) for answers in definite(base))  # type: ignore[arg-type]
            assert all(one.truth(mutant.old) is one.truth(mutant.new) for one in outlooks), mutant.name  # type: ignore[arg-type]


# --- measuring --------------------------------------------------------------------------------------------------------


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """What is found out is kept here."""
    monkeypatch.setenv("LEGWISE_CACHE_DIR", str(tmp_path / "cache"))
    return tmp_path / "cache"


def results(found: Measurement) -> list[tuple[object, ...]]:
    return [(each.mutant.name, each.judge, each.by, each.witness, each.cases) for each in found.outcomes]


def test_other_processes_find_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """However the work is shared out, the results are the same and in the same order."""
    monkeypatch.setenv("LEGWISE_CACHE_DIR", "")
    done: list[tuple[int, int]] = []
    alone = measure(MATERIAL, judge_makers(), jobs=1, progress=lambda *far: done.append(far))
    assert done[-1] == (len(entries_of(BASE)),) * 2
    assert results(measure(MATERIAL, judge_makers(), jobs=2)) == results(alone)


class Counting(ExampleJudge):
    """Examples, counted."""

    asked: list[str] = []  # noqa: RUF012 - over all of them

    def kills(self, mutant: Mutant, changed: Base) -> str | None:
        self.asked.append(mutant.name)
        return super().kills(mutant, changed)


def test_a_second_run_judges_only_what_changed(tmp_path: Path) -> None:
    """A rule is judged again when it, its examples, or what it reads is new; the rest is as it was found."""
    Counting.asked.clear()
    material = replace(MATERIAL, folder=tmp_path)
    first = measure(material, (Counting,), jobs=1)
    assert len(Counting.asked) == len(first.outcomes)
    Counting.asked.clear()
    assert results(measure(material, (Counting,), jobs=1)) == results(first)
    assert Counting.asked == []
    example = Example("flag-clot", "fires", "new", {"swollen_leg": "yes"})
    measure(replace(material, examples=(*EXAMPLES, example)), (Counting,), jobs=1)
    assert {name.partition(":")[0] for name in Counting.asked} == {"flag-clot"}
    Counting.asked.clear()
    food = replace(BASE.rules["find-poor-food"], condition=Is("diet", ("no_dairy",)))
    changed = replace(BASE, rules={**BASE.rules, "find-poor-food": food})
    measure(replace(material, base=changed, examples=(*EXAMPLES, example)), (Counting,), jobs=1)
    # The swap of find-drinking's conclusion for the finding that changed is a mutant that reads it, too.
    assert {name.partition(":")[0] for name in Counting.asked} == {"find-poor-food", "b12-diet", "find-drinking"}


def test_damaged_findings_are_found_anew(tmp_path: Path, own_cache: Path) -> None:
    """What is kept is only ever a short cut."""
    material = replace(MATERIAL, folder=tmp_path)
    first = measure(material, judge_makers(), jobs=1)
    (kept_file,) = own_cache.glob("*.mutants")
    kept_file.write_bytes(kept_file.read_bytes()[:-5])
    assert results(measure(material, judge_makers(), jobs=1)) == results(first)


def test_some_rules_of_the_shipped_base() -> None:
    """Rules, a red flag and a gate, tried on what comes with the base: every kind of statement about them is told."""
    from expert.cache import cached_load  # noqa: PLC0415
    from expert.cases import read_cases  # noqa: PLC0415
    from expert.examples import read_examples  # noqa: PLC0415

    folder = default_folder()
    base = cached_load(folder)
    material = Material(folder, base, read_examples(base, folder / "examples"), read_cases(base, folder / "cases"))
    only = [*list(entries_of(base))[:720:120], ("red_flags", "stroke"), ("questions", "falls")]
    found = measure(material, judge_makers(), only=only, jobs=1)
    assert {(each.mutant.section, each.mutant.id) for each in found.outcomes} == set(only)
    for survivor in found.survivors:
        assert survivor.witness is not None
        assert survivor.mutant.kind in KINDS


# --- the command ------------------------------------------------------------------------------------------------------

TRIED = """\
chest:
  fires: {pain: {chest_pain: yes}}
  not: {no pain: {chest_pain: no}}
tired-legs:
  fires: {tired: {tired: yes}}
no-meat:
  fires: {no meat: {diet: [meat]}}
  not: {eats all: {diet: [none]}}
"""
CASE = """\
id: heart
title: A heart attack
source: made up
answers: {chest_pain: yes, tired: no, diet: [meat]}
expected: {deficiencies: [], urgency: emergency}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A base with examples and a case."""
    written = write_base(tmp_path / "base")
    for name, text in (("examples", TRIED), ("cases", CASE)):
        (written / name).mkdir()
        (written / name / "a.yaml").write_text(text, encoding="utf-8")
    return written


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    code = main(["mutate", "--jobs", "1", *arguments])
    return code, *capsys.readouterr()


@pytest.mark.parametrize("columns", [80, 40])
def test_the_report_as_it_reads(folder: Path, capsys, monkeypatch, columns: int) -> None:
    """Survivors with what is missing, then the score, which a terminal shows last."""
    monkeypatch.setenv("COLUMNS", str(columns))
    code, out, _ = run(capsys, "--rules", str(folder))
    assert code == 1
    check_golden(f"mutate.{columns}.txt", out)


def test_the_report_in_a_file(folder: Path, tmp_path: Path, capsys) -> None:
    """Markdown, with the survivors as tables."""
    target = tmp_path / "mutants.md"
    assert run(capsys, "--rules", str(folder), "-o", str(target))[:2] == (1, "")
    check_golden("mutate.md", target.read_text(encoding="utf-8"))


def test_the_report_for_programs(folder: Path, capsys) -> None:
    """All of it, with the answers that are missing as data."""
    code, out, _ = run(capsys, "--rules", str(folder), "--json")
    told = json.loads(out)
    assert code == 1
    assert told["total"]["mutants"] == len(told["killed"]) + len(told["survivors"])
    missing = {each["mutant"]: each["witness"] for each in told["survivors"]}
    assert missing["tired-legs:widen:tired+no"] == {"kind": "not", "answers": {"tired": "no"}, "rule": "tired-legs"}
    assert told["killed"]["no-meat:negate:diet"] == {"judge": "examples", "by": "no-meat, fires: no meat"}
    assert sum(each["mutants"] for each in told["kinds"]) == told["total"]["mutants"]
    assert told["reached"] is False


def test_the_score_decides_the_exit_code(folder: Path, capsys) -> None:
    """0 when it is as wanted, 1 when it is lower."""
    assert run(capsys, "--rules", str(folder), "--least", "20")[0] == 0
    assert run(capsys, "--rules", str(folder), "--rule", "chest", "--least", "100")[0] == 0
    assert run(capsys, "--rules", str(folder), "--rule", "tired-legs")[0] == 1


def excuse(folder: Path, text: str) -> None:
    (folder / "survivors.yaml").write_text(text, encoding="utf-8")


def test_excused_survivors_are_not_counted(folder: Path, capsys) -> None:
    """They are listed with their reasons."""
    excuse(folder, "tired-legs:widen:tired+no: Nobody knows.\n")
    code, out, err = run(capsys, "--rules", str(folder), "--rule", "tired-legs")
    assert (code, err) == (1, "")
    assert "Excused (1)\n- tired-legs:widen:tired+no: Nobody knows.\n" in out
    assert "1 excused" in out


def test_excuses_that_do_not_fit_are_faults(folder: Path, capsys) -> None:
    """For a mutant that there is not, without a reason, or for one that is killed."""
    excuse(folder, "tired-legs:widen:tired+noo: Why.\ntired-legs:side:against: ''\n")
    code, out, err = run(capsys, "--rules", str(folder))
    assert (code, out) == (2, "")
    assert err == (
        "legwise: 2 faults:\n"
        "  survivors.yaml:1: 'tired-legs:widen:tired+noo': there is no such mutant; take the excuse out. "
        "Did you mean 'tired-legs:widen:tired+no'?\n"
        "  survivors.yaml:2: 'tired-legs:side:against': found ''; a reason in words, of at most 2,000 characters, "
        "is needed.\n"
    )
    assert main(["check", str(folder)]) == 2
    assert err.splitlines()[1:] == capsys.readouterr().err.splitlines()[2:]
    excuse(folder, "chest:remove: Why.\n")
    code, out, err = run(capsys, "--rules", str(folder))
    assert code == 2
    assert "Mutants of tiny 1.0.0" in out
    assert err == "legwise: survivors.yaml:1: 'chest:remove': it is killed (chest, fires: pain); take the excuse out.\n"


def test_mistakes_of_the_person_are_one_message(folder: Path, capsys) -> None:
    """Wrong names and numbers, with the nearest."""
    rules = ("--rules", str(folder))
    assert run(capsys, *rules, "--rule", "tired-leg") == (
        2, "", "legwise: unknown rule 'tired-leg'. Did you mean 'tired-legs'?\n",
    )  # fmt: skip
    assert (
        run(capsys, *rules, "--least", "101")[2]
        == "legwise: --least: found 101; a percentage from 0 to 100 is needed.\n"
    )
    assert run(capsys, *rules, "--jobs", "0")[2] == "legwise: --jobs: found 0; a number from 1 to 64 is needed.\n"
    assert run(capsys, *rules, "--since", str(folder))[2] == (
        "legwise: there are no mutants to make: nothing that was asked for differs.\n"
    )


def test_only_what_differs_from_an_earlier_version(folder: Path, tmp_path: Path, capsys) -> None:
    """For a change under review: rules that are new or say something else, not those with other words."""
    other = SECTIONS_CHANGED
    earlier = write_base(tmp_path / "earlier", rules=other)
    out = run(capsys, "--rules", str(folder), "--since", str(earlier), "--json")[1]
    told = json.loads(out)
    names = [*told["killed"], *(each["mutant"] for each in told["survivors"])]
    assert {name.partition(":")[0] for name in names} == {"tired-legs", "chest"}


SECTIONS_CHANGED = """
    rules:
      tired-legs:
        if: {tired: yes}
        then: {for: low_iron, strength: strong, as: sign}
        because: Iron carries oxygen to the legs.
        sources: [book]
      no-meat:
        if: {diet: meat}
        then: {for: low_iron, strength: weak, as: risk}
        because: In other words.
        sources: [book]
      chests:
        if: {chest_pain: yes}
        then: {red_flag: heart}
        because: Chest pain can come from the heart.
        sources: [book]
    """


def test_examples_that_do_not_hold_are_mentioned(folder: Path, capsys) -> None:
    """They kill nothing, and the score is lower for it."""
    (folder / "examples" / "a.yaml").write_text("chest: {not: {pain: {chest_pain: yes}}}\n", encoding="utf-8")
    assert "1 example does not hold and kills nothing" in run(capsys, "--rules", str(folder))[2]


def test_what_was_found_out_can_be_forgotten(folder: Path, capsys, own_cache: Path) -> None:
    """`legwise forget` leaves nothing of it."""
    run(capsys, "--rules", str(folder))
    assert list(own_cache.glob("*.mutants"))
    assert main(["forget"]) == 0
    assert f"Removed what was found out about mutants: {own_cache}\n" in capsys.readouterr().out
    assert not own_cache.exists()
