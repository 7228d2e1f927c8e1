"""`legwise export` and `legwise run --engine clips` as a person runs them, and the how-to page as it stands."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from bases import write_base
from console import LEGS, REPOSITORY, piped
from exported import ExportedClips

from expert.answers import read_answers
from expert.load import load

PAGE = REPOSITORY / "docs" / "how-to" / "export-to-clips.md"
CASES = sorted((REPOSITORY / "rules" / "stiff_legs" / "cases").glob("demo-*.yaml"))

ANSWERS = """\
answers:
  chest_pain: no
  face_droop: not_sure
  cramps: yes
  cramp_timing: [night]
  water_glasses: 3
"""


@pytest.fixture
def answers(tmp_path: Path) -> Path:
    """A file of answers."""
    path = tmp_path / "answers.yaml"
    path.write_text(ANSWERS, encoding="utf-8")
    return path


def python(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Python without Legwise on its path."""
    environment = {"PATH": os.environ["PATH"], "PYTHONUTF8": "1"}
    return subprocess.run(
        [sys.executable, "-S", "-c", _WITHOUT_LEGWISE, *arguments],
        cwd=folder, env=environment, capture_output=True, text=True, encoding="utf-8", check=False,
    )  # fmt: skip


#: Everything that is installed, but for Legwise: the program must not need it.
_WITHOUT_LEGWISE = f"""
import runpy, sys
sys.path[:] = [path for path in {sys.path!r} if path and path != {str(REPOSITORY)!r} and 'tests' not in path]
sys.modules['expert'] = sys.modules['interview'] = None
sys.argv = sys.argv[1:]
runpy.run_path(sys.argv[0], run_name='__main__')
"""


# --- export -----------------------------------------------------------------------------------------------------------


def test_export_clips(tmp_path: Path, answers: Path) -> None:
    """What is printed is the program, which runs as it is."""
    done = piped(tmp_path, "export", "clips", "--rules", str(LEGS))
    assert (done.returncode, done.stderr) == (0, "")
    base = load(LEGS)
    program = ExportedClips(base, tmp_path)
    assert done.stdout == (tmp_path / "exported.clp").read_text(encoding="utf-8")
    assert "Urgency so far: same-day" in program.printed(read_answers(base, answers))


def test_export_experta_stands_alone(tmp_path: Path) -> None:
    """The program runs where there is no Legwise, and prints what CLIPS prints."""
    base = load(LEGS)
    done = piped(tmp_path, "export", "experta", "-o", "legs.py", "--rules", str(LEGS))
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    replies = {"chest_pain": False, "face_droop": "not_sure", "cramps": "yes", "cramp_timing": ["night"], "nuts": None}
    (tmp_path / "answers.json").write_text(json.dumps({"answers": replies}), encoding="utf-8")
    ran = python(tmp_path, "legs.py", "answers.json")
    assert (ran.returncode, ran.stderr) == (0, "")
    assert ran.stdout == ExportedClips(base, tmp_path).printed(read_answers(base, tmp_path / "answers.json"))


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ('{"answers": {"chest_pian": "yes"}}', "answers.json: chest_pian: there is no such question."),
        ('{"answers": {"chest_pain": "yess"}}', "answers.json: chest_pain: allowed: yes, no, not_sure."),
        ('["chest_pain"]', 'answers.json: has no "answers", such as {"answers": {"some_question": "yes"}}.'),
        ("chest_pain: yes", "answers.json: Expecting value: line 1 column 1 (char 0)"),
    ],
)
def test_the_experta_program_says_what_is_wrong(tmp_path: Path, content: str, message: str) -> None:
    """One line, no traceback."""
    piped(tmp_path, "export", "experta", "-o", "legs.py", "--rules", str(LEGS))
    (tmp_path / "answers.json").write_text(content, encoding="utf-8")
    ran = python(tmp_path, "legs.py", "answers.json")
    assert (ran.returncode, ran.stdout, ran.stderr) == (1, "", f"{message}\n")


def test_export_fills_in_the_emergency_number(tmp_path: Path) -> None:
    """`--region` counts here too."""
    folder = str(write_base(tmp_path / "base"))
    for region, words in (("US", "Call 911."), ("GB", "Call 999.")):
        assert words in piped(tmp_path, "export", "clips", "--rules", folder, "--region", region).stdout


def test_an_unknown_language(tmp_path: Path) -> None:
    """A mistyped one is told the right ones."""
    done = piped(tmp_path, "export", "clip")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "legwise: 'clip' is not a language. Did you mean 'clips'? There are: clips, experta.\n"


def test_the_same_text_every_time(tmp_path: Path) -> None:
    """Two exports of one base can be compared line by line, whatever the hash seed."""
    for language in ("clips", "experta"):
        first, second = (
            piped(tmp_path, "export", language, "--rules", str(LEGS), env={"PYTHONHASHSEED": seed}).stdout
            for seed in ("1", "2")
        )
        assert first == second


# --- run --engine clips -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("form", [(), ("--json",), ("--markdown",), ("--sheet",), ("--full",)])
def test_clips_and_experta_give_the_same_result(tmp_path: Path, answers: Path, form: tuple[str, ...]) -> None:
    """Byte for byte, in every form."""
    by_clips = piped(tmp_path, "run", str(answers), "--engine", "clips", "--rules", str(LEGS), *form)
    assert (by_clips.returncode, by_clips.stderr) == (0, "")
    assert by_clips.stdout == piped(tmp_path, "run", str(answers), "--rules", str(LEGS), *form).stdout


@pytest.mark.parametrize("case", CASES[:1], ids=lambda case: case.stem)
def test_the_same_result_for_the_worked_cases(tmp_path: Path, case: Path) -> None:
    """Also on the largest base."""
    by_clips, by_experta = (
        piped(tmp_path, "run", str(case), "--json", "--engine", engine) for engine in ("clips", "experta")
    )
    assert (by_clips.returncode, by_clips.stderr) == (0, "")
    assert by_clips.stdout == by_experta.stdout


def test_it_is_clips_that_concludes(tmp_path: Path, answers: Path) -> None:
    """With CLIPS, experta is not even imported."""
    program = (
        "import sys; from interview.cli import main; "
        f"main(['run', {str(answers)!r}, '--engine', 'clips', '--json', '--rules', {str(LEGS)!r}]); "
        "print(sorted({'clips', 'experta'} & set(sys.modules)))"
    )
    environment = {**os.environ, "PYTHONPATH": str(REPOSITORY), "LEGWISE_CACHE_DIR": str(tmp_path)}
    run = subprocess.run([sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=True)
    assert run.stdout.endswith("['clips']\n")


def test_without_clipspy_the_message_names_the_extra(tmp_path: Path, answers: Path) -> None:
    """Who did not install it is told how."""
    absent = tmp_path / "absent"
    absent.mkdir()
    (absent / "clips.py").write_text("raise ModuleNotFoundError(\"No module named 'clips'\", name='clips')\n")
    paths = os.pathsep.join([str(absent), str(REPOSITORY)])
    done = piped(tmp_path, "run", str(answers), "--engine", "clips", "--rules", str(LEGS), env={"PYTHONPATH": paths})
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == (
        "legwise: --engine clips: needs clipspy, which is not installed. "
        "Install it with: pip install 'legwise[clips]'\n"
    )


# --- the page ---------------------------------------------------------------------------------------------------------


def blocks(kind: str) -> list[str]:
    """The code blocks of a kind on the page."""
    return re.findall(rf"```{kind}\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)


def test_the_page_is_true(tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Its commands run, CLIPS takes what it types, its Python runs, and what it shows is what is printed."""
    monkeypatch.chdir(tmp_path)
    (commands,) = blocks("sh")
    for command in filter(None, commands.splitlines()):
        name, *arguments = command.split()
        if name == "legwise":
            done = piped(tmp_path, *arguments)
            assert (done.returncode, done.stderr) == (0, ""), command
    (json_text,) = blocks("json")
    (tmp_path / "answers.json").write_text(json_text, encoding="utf-8")
    (shown,) = blocks("text")
    expected = [line for line in shown.splitlines() if line and line != "..."]

    import clips  # noqa: PLC0415 - what the page is about

    (typed,) = blocks("clips")
    environment = clips.Environment()
    for line in typed.splitlines():
        environment.eval(line)
    by_clips = capfd.readouterr().out
    assert _stand_in_order(expected, by_clips)

    (code,) = blocks("python")
    exec(compile(code, str(PAGE), "exec"), {})
    assert capfd.readouterr().out == by_clips

    ran = python(tmp_path, "legs.py", "answers.json")
    assert (ran.stdout, ran.stderr) == (by_clips, "")


def _stand_in_order(lines: list[str], text: str) -> bool:
    rest = iter(text.splitlines())
    return all(line in rest for line in lines)
