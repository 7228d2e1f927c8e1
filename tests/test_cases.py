"""Cases: read with all faults at once, and the demonstrations that come with Legwise show what they say."""

from __future__ import annotations

from pathlib import Path

import pytest
from bases import write_base
from golden_files import check_golden

from expert.cache import default_folder
from expert.cases import FOLDER, Case, CasesError, read_cases, read_fitting_cases
from expert.consultation import LateReasoner, consult
from expert.load import load
from expert.model import Base
from interview.cli import main
from interview.library import demo_point, demos_told

CASE = """\
id: demo-tired
title: Tired legs without meat
shows: A sign and a risk together.
source: {kind: vignette, collection: Made up}
category: demonstration
answers: {chest_pain: no, tired: yes, diet: [meat]}
told: [tired, diet]
expected: {deficiencies: [low_iron], urgency: routine, urgency_acceptable: [soon], condition: Low iron}
explain: {how: [low_iron, urgency], why_not: [emergency, heart], band: possible, what_if: {diet: [none]}, near: true}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A base with one case."""
    written = write_base(tmp_path / "base")
    (written / FOLDER).mkdir()
    (written / FOLDER / "demo-tired.yaml").write_text(CASE, encoding="utf-8")
    return written


def write_case(folder: Path, name: str, text: str) -> None:
    (folder / FOLDER / name).write_text(text, encoding="utf-8")


def test_a_case_as_it_is_read(folder: Path) -> None:
    """Everything in the file is in the value, replies in their canonical form."""
    (case,) = read_cases(load(folder), folder / FOLDER)
    assert (case.id, case.is_demo, case.told) == ("demo-tired", True, ("tired", "diet"))
    assert case.answers == {"chest_pain": "no", "tired": "yes", "diet": ("meat",)}
    assert case.expected.urgency_acceptable == ("soon", "routine")
    assert case.explain.what_if == {"diet": ("none",)}
    assert case.explain.why_not == ("emergency", "heart")


def test_no_folder_is_no_cases(tmp_path: Path) -> None:
    """A base need not have any."""
    base = load(write_base(tmp_path / "base"))
    assert read_cases(base, tmp_path / "base" / FOLDER) == ()


_FAULTS = """\
cases/a.yaml:4: answers, chest_pain: found 'maybe'; allowed: yes, no, not_sure.
cases/a.yaml:4: answers, tird: unknown question 'tird'. Did you mean 'tired'?
cases/a.yaml:5: told: found 'tired', which has no answer in `answers`.
cases/a.yaml:6: expected.deficiencies[0]: unknown hypothesis 'low_irn'; allowed: low_iron. Did you mean 'low_iron'?
cases/a.yaml:6: expected.urgency: found 'sooon'; allowed: emergency, same-day, soon, routine. Did you mean 'soon'?
cases/a.yaml:7: explain.how: 'low_irn' is no hypothesis, red flag, finding, rule or advice of this base, nor 'urgency'. Did you mean 'low_iron'?
cases/a.yaml:7: explain.what_if, diet: found 'meet'; allowed: meat, milk, none, not_sure. Did you mean 'meat'?
cases/a.yaml:8: unknown key 'colour'; allowed: id, title, shows, source, told, assume, expected, vignette, not_told, category, licence, notes, informant, leg_complaint, difficulty, quality_notes.
cases/b.yaml:1: has no `answers:`; below it stand question ids with their replies.
cases/c.yaml:1: is not YAML: did not find expected node content (while parsing a flow node).
cases/demo-tired.yaml:1: id: found 'demo-tired', which cases/a.yaml has already.
"""  # noqa: E501


def test_every_fault_of_every_case_at_once(folder: Path) -> None:
    """With file, line, key and the nearest name."""
    write_case(
        folder,
        "a.yaml",
        """\
id: demo-tired
title: A
source: x
answers: {chest_pain: maybe, tird: yes}
told: [tired]
expected: {deficiencies: [low_irn], urgency: sooon}
explain: {how: [low_irn], what_if: {diet: [meet]}}
colour: red
""",
    )
    write_case(folder, "b.yaml", "id: b\n")
    write_case(folder, "c.yaml", "answers: [\n")
    with pytest.raises(CasesError) as caught:
        read_cases(load(folder), folder / FOLDER)
    assert str(caught.value).splitlines() == _FAULTS.splitlines()


def test_cases_that_fit_are_read_beside_those_that_do_not(folder: Path) -> None:
    """For comparing versions: one misfit does not take the library away."""
    write_case(folder, "zz.yaml", CASE.replace("demo-tired", "other").replace("tired: yes", "tierd: yes"))
    read = read_fitting_cases(load(folder), folder / FOLDER)
    assert [case.id for case in read.cases] == ["demo-tired"]
    assert list(read.misfits) == ["zz.yaml"]


def test_check_finds_cases_that_no_longer_fit(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """`legwise check` counts cases, and a fault in one is a fault of the base."""
    assert main(["check", str(folder)]) == 0
    assert "1 red flag, 1 case." in capsys.readouterr().out
    write_case(folder, "demo-tired.yaml", CASE.replace("tired: yes", "tierd: yes").replace("told: [tired, diet]", ""))
    assert main(["check", str(folder)]) == 2
    assert "demo-tired.yaml:6: answers, tierd: unknown question 'tierd'" in capsys.readouterr().err


def test_a_case_can_be_run_like_any_answers(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """`legwise run` and `explain` take a case file as it is."""
    path = str(folder / FOLDER / "demo-tired.yaml")
    assert main(["run", path, "--rules", str(folder)]) == 0
    assert "Low iron: " in capsys.readouterr().out


# --- demonstrations ---------------------------------------------------------------------------------------------------


def test_demo_lists_and_runs(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The list says what each shows; a run has what was told, the result, and the explanations that make the point."""
    assert main(["demo", "--rules", str(folder), "--region", "GB"]) == 0
    assert "- tired: Tired legs without meat\n  - A sign and a risk together.\n" in capsys.readouterr().out
    for name in ("tired", "demo-tired"):
        assert main(["demo", name, "--rules", str(folder), "--region", "GB"]) == 0
        out = capsys.readouterr().out
        parts = [
            "Tired legs without meat\nSource: vignette, Made up.",
            "  - Are your legs tired? Yes",
            "  - 1 other answer is assumed.",
            "Routine: in the coming weeks",
            "\nLow iron: possible\n",
            "\nWhy not Emergency?\n",
            "\nWhat if?\n",
            "\nWhat is one answer away\n",
        ]
        assert [part for part in parts if part not in out] == []
        assert [out.index(part) for part in parts] == sorted(out.index(part) for part in parts)


def test_an_unknown_demo_is_one_message(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """With those there are, and the nearest."""
    assert main(["demo", "tird", "--rules", str(folder)]) == 2
    assert capsys.readouterr().err == ("legwise: unknown demonstration 'tird'; allowed: tired. Did you mean 'tired'?\n")


@pytest.fixture(scope="session")
def demos(stiff_legs: Base) -> tuple[Case, ...]:
    return tuple(case for case in read_cases(stiff_legs, default_folder() / FOLDER) if case.is_demo)


def test_there_are_eight_telling_demonstrations(demos: tuple[Case, ...]) -> None:
    """Each says in a sentence what it shows, and has something to explain."""
    assert len(demos) >= 8
    for case in demos:
        assert case.shows.endswith("."), case.id
        assert case.told, case.id
        assert case.explain.how or case.explain.why_not or case.explain.not_ruled_out, case.id
    (listed,) = demos_told(demos)
    assert len(listed.items) == len(demos)


def test_each_demonstration_comes_to_what_it_expects(
    demos: tuple[Case, ...], stiff_legs: Base, stiff_legs_reasoner: LateReasoner
) -> None:
    """Urgency, red flags, what stays open, and the deficiencies, first of all that are told."""
    for case in demos:
        consultation = consult(stiff_legs, case.answers, stiff_legs_reasoner)
        verdict, expected = consultation.verdict, case.expected
        assert verdict.urgency in expected.urgency_acceptable, case.id
        assert set(expected.red_flags) <= set(verdict.red_flags), case.id
        assert set(expected.not_ruled_out) <= set(verdict.not_ruled_out), case.id
        told = [weight.hypothesis for weight in verdict.hypotheses if weight.band == "likely"]
        assert set(expected.deficiencies) <= set(told), case.id
        first = [name for name in told if stiff_legs.hypotheses[name].kind == "deficiency"]
        assert first[: len(expected.deficiencies)] == list(expected.deficiencies), case.id
        assert demo_point(consultation, case, str), case.id


@pytest.mark.parametrize(
    ("demo", "words"),
    [
        ("emergency", "How soon: Emergency"),
        ("not-sure", "You were not sure:"),
        ("contested", "(Disputed: "),
        ("claudication", "Smallest change ("),
        ("osteomalacia", "Worked out: belief"),
        ("ppi-magnesium", "Low blood calcium"),
    ],
)
def test_the_point_of_a_demonstration_is_in_its_explanation(
    capsys: pytest.CaptureFixture[str], demo: str, words: str
) -> None:
    """What a case is there to show is shown."""
    assert main(["demo", demo, "--region", "GB"]) == 0
    assert words in " ".join(capsys.readouterr().out.split())


def test_list_of_demonstrations_as_it_reads(capsys: pytest.CaptureFixture[str], monkeypatch) -> None:
    """What a clinician sees first."""
    monkeypatch.setenv("COLUMNS", "80")
    main(["demo"])
    check_golden("demos.txt", capsys.readouterr().out)
