"""`legwise compare`: who is told something different by another version of a base, and by which rules."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from bases import write_base

from expert.cases import FOLDER
from expert.compare import Comparison, compare, tell_comparison
from expert.load import load
from interview.cli import main
from interview.render.proof import to_plain

CASES = {
    "chest": "{chest_pain: yes, tired: no, diet: [none]}",
    "tired": "{chest_pain: no, tired: yes, diet: [meat]}",
    "well": "{chest_pain: no, tired: no, diet: [none]}",
}
CASE = """\
id: {name}
title: The {name} one
source: made up
answers: {answers}
told: []
expected: {{deficiencies: [], urgency: routine}}
"""

Edit = Callable[[str, str, str], None]


@pytest.fixture
def versions(tmp_path: Path) -> tuple[Path, Path]:
    """Two folders with the same base and the same cases."""
    first = write_base(tmp_path / "first")
    (first / FOLDER).mkdir()
    for name, answers in CASES.items():
        (first / FOLDER / f"{name}.yaml").write_text(CASE.format(name=name, answers=answers), encoding="utf-8")
    return first, Path(shutil.copytree(first, tmp_path / "second"))


@pytest.fixture
def edit(versions: tuple[Path, Path]) -> Edit:
    """Change the second version."""

    def edit_it(file: str, old: str, new: str) -> None:
        path = versions[1] / file
        text = path.read_text(encoding="utf-8")
        assert re.search(old, text)
        path.write_text(re.sub(old, new, text, count=1), encoding="utf-8")

    return edit_it


def compared(versions: tuple[Path, Path]) -> Comparison:
    return compare(load(versions[0]), load(versions[1]), versions[1] / FOLDER)


def told(versions: tuple[Path, Path]) -> str:
    first, second = map(load, versions)
    return to_plain(tell_comparison(compare(first, second, versions[1] / FOLDER), first, second), second, 200)


def test_nothing_differs_between_a_base_and_itself(versions: tuple[Path, Path]) -> None:
    """Also where reasons and sources, which change no verdict, are worded otherwise."""
    assert compared(versions).differences == ()
    assert "0 of 3 cases are told something different." in told(versions)


def test_a_reworded_reason_is_no_difference(versions: tuple[Path, Path], edit: Edit) -> None:
    """Only what changes a verdict counts."""
    edit("rules.yaml", "Meat is rich in iron", "There is iron in meat")
    assert (compared(versions).altered, compared(versions).differences) == ((), ())


def test_a_band_that_moves_is_told_with_the_rule_that_moved_it(versions: tuple[Path, Path], edit: Edit) -> None:
    """The altered rule is named; cases that it does not touch are left out."""
    edit("rules.yaml", "strength: moderate", "strength: hallmark")
    comparison = compared(versions)
    (difference,) = comparison.differences
    assert (difference.case, difference.altered) == ("tired", ("tired-legs",))
    assert "- Low iron: possible, then likely\n" in told(versions)
    assert "- By rules that say something else:\n  - tired-legs: Low iron, telling sign for\n" in told(versions)


def test_rules_gained_and_lost(versions: tuple[Path, Path], edit: Edit) -> None:
    """A rule under a new name is one lost and one gained."""
    edit("rules.yaml", "chest:\n", "chest-new:\n")
    comparison = compared(versions)
    assert (comparison.added, comparison.removed) == (("chest-new",), ("chest",))
    assert comparison.differences == ()  # nobody is told anything else
    edit("rules.yaml", "chest_pain: yes", "tired: yes")
    by_case = {difference.case: difference for difference in compared(versions).differences}
    assert (by_case["chest"].lost, by_case["tired"].gained) == (("chest",), ("chest-new",))


def test_a_lower_urgency_comes_first(versions: tuple[Path, Path], edit: Edit) -> None:
    """Whoever is now told to wait longer is what a reviewer looks at first."""
    edit("rules.yaml", "chest_pain: yes", "tired: yes")
    comparison = compared(versions)
    assert [(each.case, each.is_lower) for each in comparison.differences] == [("chest", True), ("tired", False)]
    assert "1 of them less urgent: they come first." in told(versions)


def test_a_flag_at_another_tier(versions: tuple[Path, Path], edit: Edit) -> None:
    """No rule differs, and still somebody is told something else: the flag is named."""
    edit("red_flags.yaml", "urgency: emergency", "urgency: soon")
    assert compared(versions).tiers == ("heart",)
    block = told(versions).split("The chest one")[1]
    assert "- How soon (less urgent): Emergency, then Soon\n" in block
    assert "- Red flag at another tier: A heart attack: emergency, then soon\n" in block


def test_strengths_and_bands_of_the_whole_base(versions: tuple[Path, Path], edit: Edit) -> None:
    """A threshold moves people without any rule: it is named."""
    edit("base.yaml", "possible: 0.3", "possible: 0.5")
    assert (compared(versions).settings, len(compared(versions).differences)) == (("bands",), 1)
    assert "- Changed for all rules: bands\n" in told(versions)


def test_cases_that_fit_only_one_of_the_two(versions: tuple[Path, Path], edit: Edit) -> None:
    """They are listed with what is wrong, and the others are compared."""
    edit("questions.yaml", "milk: Milk", "cheese: Cheese")
    edit("questions.yaml", r"alike: \[milk\]", "alike: [cheese]")
    edit("cases/well.yaml", r"diet: \[none\]", "diet: [cheese]")
    comparison = compared(versions)
    assert [(misfit.file, misfit.base) for misfit in comparison.misfits] == [("well.yaml", "first")]
    assert comparison.compared == 2
    assert "- well.yaml: does not fit the first base (tiny 1.0.0)\n  - cases/well.yaml:4: answers, diet" in told(
        versions
    )


def test_hypotheses_that_only_one_version_knows(versions: tuple[Path, Path], edit: Edit) -> None:
    """What is new is told as coming from no sign of it."""
    edit("hypotheses.yaml", "hypotheses:", "hypotheses:\n  low_zinc: {label: Low zinc, kind: deficiency}")
    then = "then: {for: low_zinc, strength: strong, as: sign}"
    edit("rules.yaml", "rules:", f"rules:\n  zinc: {{if: {{tired: yes}}, {then}, because: So., sources: [book]}}")
    assert "- Low zinc: no sign of it, then possible\n" in told(versions)
    assert "- Low zinc: possible, then no sign of it\n" in told(versions[::-1])


def test_the_command(versions: tuple[Path, Path], edit: Edit, capsys: pytest.CaptureFixture[str]) -> None:
    """Words, JSON, another folder of cases, and one message for what cannot be read."""
    edit("rules.yaml", "strength: moderate", "strength: hallmark")
    first, second = map(str, versions)
    assert main(["compare", first, second]) == 0
    assert "1 of 3 cases are told something different." in capsys.readouterr().out
    assert main(["compare", first, second, "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["format"], [each["case"] for each in found["differences"]]) == ("legwise-comparison", ["tired"])
    shutil.move(versions[1] / FOLDER, versions[1].parent / "elsewhere")
    assert main(["compare", first, second, "--cases", str(versions[1].parent / "elsewhere"), "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == found
    assert main(["compare", first, second]) == 0  # those of the first
    capsys.readouterr()
    assert main(["compare", first, second, "--cases", "nowhere"]) == 2
    assert capsys.readouterr().err == "legwise: nowhere: is no folder of cases; name one with --cases.\n"
    assert main(["compare", first, "nowhere"]) == 2
    assert capsys.readouterr().err == "legwise: nowhere: cannot be read as a folder: no such file or directory.\n"
