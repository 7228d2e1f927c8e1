"""`legwise explain`: every name resolved, every reply checked, every fault at once, and the same in every form."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from console import LEGS

from interview.cli import main

WELL = """\
base: test_legs
answers:
  {chest_pain: no, face_droop: no, fever: no, dark_thoughts: no, age: from_18_to_49, cramps: yes, cramp_timing: [night],
   water_glasses: 3, nuts: no}
"""

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Run `legwise explain` on answers and return its exit code and what it printed."""
    monkeypatch.setenv("LEGWISE_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setenv("LEGWISE_REGION", "GB")
    monkeypatch.setenv("COLUMNS", "200")

    def run_it(*options: str, answers: str = WELL) -> tuple[int, str, str]:
        path = tmp_path / "answers.yaml"
        path.write_text(answers, encoding="utf-8")
        code = main(["explain", str(path), "--rules", str(LEGS), *options])
        return code, *capsys.readouterr()

    return run_it


def test_without_options_it_explains_what_the_result_shows(run: Run) -> None:
    """The urgency and each hypothesis that is likely or possible."""
    code, out, _ = run()
    assert code == 0
    assert out.startswith("How soon: Routine\nNo red flag was raised.\n\nLow magnesium: likely\n")


def test_beside_an_emergency_only_that_is_explained(run: Run) -> None:
    """No deficiency is spoken of unless it is asked for by name."""
    answers = WELL.replace("chest_pain: no", "chest_pain: yes")
    assert "magnesium" not in run(answers=answers)[1].lower()
    assert "Low magnesium: likely" in run("--how", "magnesium", answers=answers)[1]


def test_answers_that_stop_early_say_so_first(run: Run) -> None:
    """An explanation of half an interview does not look like one of a result."""
    _, out, _ = run("--how", "urgency", answers="answers: {chest_pain: no}")
    assert out.startswith("INCOMPLETE\n")


def test_unfinished_answers_are_never_called_routine(run: Run) -> None:
    """Nor is a hypothesis denied whose signs were not asked about."""
    few = "answers: {chest_pain: no, age: from_18_to_49}"
    for options in (("--how", "urgency"), ("--near",), ("--what-if", "fever=no")):
        out = run(*options, answers=few)[1]
        assert "Routine" not in out
        assert "annot be said yet" in out
    assert "Low magnesium: cannot be told, for a sign of it is open" in run("--how", "magnesium", answers=few)[1]


def test_every_option_gives_its_explanation_in_a_fixed_order(run: Run) -> None:
    """They can be combined, and names repeated."""
    _, out, _ = run(
        "--near", "--not-ruled-out", "--what-if", "nuts=yes", "--why-not", "same-day", "--why-not", "infection",
        "--how", "magnesium", "--how", "heart", "--why", "fever", "--arithmetic",
    )  # fmt: skip
    titles = [block.splitlines()[0] for block in out.split("\n\n")]
    assert titles == [
        "Why ask: Fever or shivering",
        "Low magnesium: likely",
        "Red flag ruled out: A heart attack",
        "Why not Same day?",
        "Why not An infection?",
        "What if?",
        "What could not be ruled out",
        "What is one answer away",
        "Sources",
    ]
    assert "certainty 0.779" in out


def test_what_ifs_go_together(run: Run) -> None:
    """Several replies are changed at once, also with spaces between them in one option."""
    apart = run("--what-if", "nuts=yes", "--what-if", "cramp_timing=night,meals")
    said = " ".join(apart[1].split())
    assert "- If: When do the cramps come? At night in bed; After meals (now: At night in bed)" in said
    assert "- If: Do you eat nuts" in said
    assert run("--what-if", "nuts=yes cramp_timing=night,meals") == apart


def test_the_band_in_question(run: Run) -> None:
    """--band asks about another band than likely; what is reached already is said to be."""
    answers = WELL.replace("cramps: yes, cramp_timing: [night]", "cramps: no")
    assert "Why not Low magnesium: possible?" in run("--why-not", "magnesium", "--band", "possible", answers=answers)[1]
    assert "Low magnesium: likely: it is so already" in run("--why-not", "magnesium")[1]


def test_a_band_without_why_not_is_a_mistake(run: Run) -> None:
    """No option is silently left unused."""
    code, out, err = run("--band", "possible")
    assert (code, out) == (2, "")
    assert err.startswith("legwise: --band: says which band --why-not asks about")


def test_why_a_question_is_not_asked(run: Run) -> None:
    """One that does not apply says whom it is asked of; one that decides nothing any more says so."""
    answers = WELL.replace("cramps: yes, cramp_timing: [night]", "cramps: no")
    out = " ".join(run("--why", "cramp_timing", answers=answers)[1].split())
    assert 'It does not apply to these answers. It is asked only of those who answer yes to "' in out
    assert "What each answer would do" not in out
    out = " ".join(run("--why", "nuts", answers=answers)[1].split())
    assert "Nothing hangs on it any more" in out


def test_every_fault_at_once_with_the_nearest_name(run: Run) -> None:
    """One message, a line for each thing that is wrong, and exit code 2."""
    code, out, err = run(
        "--how", "magnesum", "--how", "fever", "--why", "feaver", "--why-not", "same_day",
        "--what-if", "cramp_timing=nigth", "--what-if", "nut=yes", "--what-if", "water_glasses=many",
        "--what-if", "nuts",
    )  # fmt: skip
    assert (code, out) == (2, "")
    assert err == (
        "legwise: --why: unknown question 'feaver'. Did you mean 'fever'?\n"
        "  --how: 'magnesum' is no hypothesis, red flag, finding, rule or advice of this base, nor 'urgency'."
        " Did you mean 'magnesium'?\n"
        "  --how: 'fever' is a question; --why says why it is asked.\n"
        "  --why-not: 'same_day' is unknown. Did you mean 'same-day'?\n"
        "  --what-if: cramp_timing: found 'nigth'; allowed: night, exercise, meals, none, not_sure."
        " Did you mean 'night'?\n"
        "  --what-if: unknown question 'nut'. Did you mean 'nuts'?\n"
        "  --what-if: water_glasses: found 'many'; a number from 0 to 30 (glasses) is needed, or not_sure.\n"
        "  --what-if: found 'nuts'; a question and its reply are needed, as in 'diet=vegan'.\n"
    )


def test_as_json(run: Run) -> None:
    """Programs get the trees as data, and every source that they name."""
    found = json.loads(
        run("--how", "magnesium", "--why-not", "infection", "--what-if", "nuts=yes", "--near", "--json")[1]
    )
    assert (found["format"], found["complete"], found["urgency"]) == ("legwise-explanation", True, "routine")
    how, why_not, what_if, near = found["explanations"]
    assert how["of"] == {"kind": "hypothesis", "id": "magnesium"}
    assert [part["subject"] for part in how["explanation"]["parts"]] == [
        "magnesium-nuts",
        "magnesium-cramps",
        "magnesium-night",
    ]
    assert why_not["explanation"]["changes"] == [{"replies": {"fever": "yes"}}]
    assert what_if["of"] == {"nuts": "yes"}
    assert what_if["explanation"]["lost"] == ["magnesium-nuts"]
    assert near["of"] == "routine"
    assert list(found["sources"]) == ["book"]
    assert found["sources"]["book"]["seen"] is False


def test_into_a_file(run: Run, tmp_path: Path) -> None:
    """-o writes Markdown, readable by its owner only."""
    printed = run("--how", "magnesium", "--markdown")[1]
    assert run("--how", "magnesium", "-o", str(tmp_path / "out.md"))[1] == ""
    assert (tmp_path / "out.md").read_text(encoding="utf-8") == printed
    assert (tmp_path / "out.md").stat().st_mode & 0o077 == 0


def test_the_emergency_number_is_filled_in(run: Run) -> None:
    """Nobody is shown a placeholder."""
    _, out, _ = run(
        "--how", "crisis", "--how", "urgency", answers=WELL.replace("dark_thoughts: no", "dark_thoughts: yes")
    )
    assert "{" not in out


def test_run_in_full(run: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """`run --full` shows every reason; without it the page is short and says so."""
    run()
    path = str(tmp_path / "answers.yaml")
    main(["run", path, "--rules", str(LEGS)])
    short = capsys.readouterr().out
    main(["run", path, "--rules", str(LEGS), "--full"])
    full = capsys.readouterr().out
    assert "Night cramps fit a little better." in full
    assert "Night cramps fit a little better." not in short
    assert "This is the short form" in short
    assert "This is the short form" not in full


def test_the_commands_of_the_how_to_page_run(
    repository: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Whoever follows `docs/how-to/demonstrate-a-trace.md` meets no error."""
    monkeypatch.chdir(repository)
    page = (repository / "docs" / "how-to" / "demonstrate-a-trace.md").read_text(encoding="utf-8")
    commands = [line.split("#")[0].split()[1:] for line in page.splitlines() if line.startswith("legwise ")]
    assert len(commands) > 10
    for command in commands:
        assert main([*command, *([] if command[0] == "rules" else ["--region", "GB"])]) == 0, command
        assert capsys.readouterr().out, command
