"""The command line: exit codes, whole messages, what is imported, and that nothing leaves the machine."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from console import LEGS, REPOSITORY, Terminal, environment, piped

from expert.answers import read_answers
from expert.load import load
from interview.region import ALL_NUMBERS, NUMBERS, RegionError, choose, emergency_number, guess

ANSWERS = """\
base: test_legs
answers:
  chest_pain: no
  face_droop: no
  fever: no
  dark_thoughts: no
  age: from_18_to_49
  cramps: yes
  cramp_timing: [night]
  water_glasses: 3
  nuts: no
"""


@pytest.fixture
def answers(tmp_path: Path) -> Path:
    """A file of answers."""
    path = tmp_path / "answers.yaml"
    path.write_text(ANSWERS, encoding="utf-8")
    return path


# --- run --------------------------------------------------------------------------------------------------------------


def test_run_as_json(tmp_path: Path, answers: Path) -> None:
    """One object with the verdict."""
    done = piped(tmp_path, "run", str(answers), "--json", "--rules", str(LEGS))
    assert (done.returncode, done.stderr) == (0, "")
    result = json.loads(done.stdout)
    assert (result["complete"], result["urgency"], result["red_flags"]) == (True, "routine", [])
    assert [(each["id"], each["band"]) for each in result["hypotheses"]] == [("magnesium", "likely")]


def test_run_from_standard_input(tmp_path: Path) -> None:
    """`-` reads the answers from a pipe."""
    done = piped(tmp_path, "run", "-", "--json", "--rules", str(LEGS), typed=ANSWERS)
    assert json.loads(done.stdout)["complete"]


def test_run_prints_the_result_without_a_form(tmp_path: Path, answers: Path) -> None:
    """Without a form it is what the interview shows."""
    done = piped(tmp_path, "run", str(answers), "--rules", str(LEGS))
    assert "Low magnesium: likely" in done.stdout


def test_run_names_the_questions_that_a_file_leaves_open(tmp_path: Path) -> None:
    """Safety first, and how to get them all; not beside an emergency, and not where nothing is open."""
    typed = "answers: {fever: no, age: over_50}\n"
    done = piped(tmp_path, "run", "-", "--rules", str(LEGS), typed=typed)
    assert done.stdout.endswith(
        "\nNot answered: chest_pain, face_droop, dark_thoughts, cramps, water_glasses,\n"
        "nuts. `legwise questions --blank` writes a file with every question, to fill in.\n"
    )
    for whole in (ANSWERS, "answers: {face_droop: yes}\n"):
        assert "Not answered" not in piped(tmp_path, "run", "-", "--rules", str(LEGS), typed=whole).stdout


@pytest.mark.parametrize("form", ["--json", "--markdown", "--sheet"])
def test_run_into_a_file(tmp_path: Path, answers: Path, form: str) -> None:
    """-o writes what would have been printed, readable by its owner only."""
    printed = piped(tmp_path, "run", str(answers), form, "--rules", str(LEGS)).stdout
    done = piped(tmp_path, "run", str(answers), form, "-o", "out", "--rules", str(LEGS))
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert (tmp_path / "out").read_text(encoding="utf-8") == printed
    assert (tmp_path / "out").stat().st_mode & 0o077 == 0


def test_one_fault_in_answers(tmp_path: Path, answers: Path) -> None:
    """A mistake is one message that names the place and the mend."""
    answers.write_text(ANSWERS.replace("cramps: yes", "cramp: yes"), encoding="utf-8")
    done = piped(tmp_path, "run", str(answers), "--rules", str(LEGS))
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == (
        "legwise: answers.yaml:8: answers, cramp: unknown question 'cramp'. Did you mean 'cramps'?\n"
    )


def test_many_faults_in_answers(tmp_path: Path, answers: Path) -> None:
    """All mistakes come together, one a line."""
    answers.write_text(
        ANSWERS.replace("age: from_18_to_49", "age: 20").replace("nuts: no", "nuts: np"), encoding="utf-8"
    )
    done = piped(tmp_path, "run", str(answers), "--rules", str(LEGS))
    assert done.returncode == 2
    first, *faults = done.stderr.splitlines()
    assert first == "legwise: 2 faults:"
    assert [fault.split(": ")[0].strip() for fault in faults] == ["answers.yaml:7", "answers.yaml:11"]


@pytest.mark.parametrize(
    ("arguments", "typed", "message"),
    [
        (["run", "missing.yaml"], "", "legwise: missing.yaml: cannot be read: no such file or directory.\n"),
        (["run", "."], "", "legwise: cannot be read: is a folder, pipe or device; a plain file is needed.\n"),
        (
            ["run", "-"],
            "a: 1",
            "legwise: answers:1: has no `answers:`; below it stand question ids with their replies.\n",
        ),
        (
            ["run", "-"],
            "x" * 1_000_001,
            "legwise: standard input: is larger than 1,000,000 bytes, the most that is read.\n",
        ),
        (
            ["--region", "Mars"],
            "",
            (
                "legwise: --region: the emergency number of 'Mars' is not known; allowed: "
                f"{', '.join(sorted(NUMBERS))}. Leave it out to be shown {ALL_NUMBERS}.\n"
            ),
        ),
        (["questions", "-o", "no/such/folder"], "", "legwise: no/such/folder: no such file or directory.\n"),
        (["schema", "-o", "."], "", "legwise: .: is a directory.\n"),
    ],
)
def test_messages(tmp_path: Path, arguments: list[str], typed: str, message: str) -> None:
    """Bad input is one message on standard error and exit code 2."""
    rules = ["--rules", str(LEGS)] if arguments[0] != "schema" else []
    done = piped(tmp_path, *arguments, *rules, typed=typed)
    assert (done.returncode, done.stderr) == (2, message)


def test_a_missing_rule_base(tmp_path: Path) -> None:
    """A folder that is not there is named."""
    done = piped(tmp_path, "--rules", "nowhere")
    assert (done.returncode, done.stderr) == (
        2,
        "legwise: nowhere: cannot be read as a folder: no such file or directory.\n",
    )


def test_escape_sequences_in_names_are_not_printed(tmp_path: Path) -> None:
    """A name from the command line cannot steer the terminal."""
    done = piped(tmp_path, "run", "\x1b]0;x\x07.yaml", "--rules", str(LEGS))
    assert done.returncode == 2
    assert "\x1b" not in done.stderr


# --- the other commands -----------------------------------------------------------------------------------------------


def test_check_of_a_sound_base(tmp_path: Path) -> None:
    """A sound base is exit code 0 and one line."""
    done = piped(tmp_path, "check", str(LEGS))
    assert (done.returncode, done.stdout, done.stderr) == (
        0,
        "test_legs 1.2.0 has no faults: 9 questions, 9 rules, 1 hypothesis, 4 red flags.\n",
        "",
    )


def test_a_shipped_base_is_found_by_its_name(tmp_path):
    """`--base NAME` works from any folder, before or after the command."""
    for arguments in (["check", "--base", "stiff_legs"], ["--base", "stiff_legs", "check"]):
        done = piped(tmp_path, *arguments)
        assert (done.returncode, done.stdout.split(" has no faults")[0]) == (0, "stiff_legs 0.1.0"), done.stderr


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["--base", "stif-legs"], "--base: no rule base is called 'stif-legs'; allowed: "),
        (["--base", "stif-legs"], " Did you mean 'stiff_legs'?"),
        (["--base", "stiff_legs", "--rules", "x"], "--base and --rules: each names a rule base; give one of them."),
    ],
)
def test_a_wrong_name_of_a_base(tmp_path, arguments, complaint):
    """A name that no base has, and two bases at once, are told with the mend."""
    done = piped(tmp_path, "rules", *arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert complaint in done.stderr


def test_check_of_a_faulty_base(tmp_path: Path) -> None:
    """Every fault is a line with its place, and the exit code is 2."""
    text = (LEGS / "legs.yaml").read_text(encoding="utf-8")
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules" / "legs.yaml").write_text(text.replace("{cramps: yes}", "{crams: yes}"), encoding="utf-8")
    done = piped(tmp_path, "check", "rules")
    assert done.returncode == 2
    assert done.stdout.count("Did you mean 'cramps'?") == 2
    assert all(line.startswith("legs.yaml:") for line in done.stdout.splitlines())


def test_questions_say_all_that_a_file_of_answers_needs(tmp_path: Path) -> None:
    """Every question id, its words, its options and its gate are printed."""
    base = load(LEGS)
    text = " ".join(piped(tmp_path, "questions", "--rules", str(LEGS)).stdout.split())
    for question in base.questions.values():
        assert f"{question.id} {question.ask}" in text
        for option in question.options.values():
            assert f"- {option.id}: {option.text}" in text
    assert 'Only if: yes to "Do your legs cramp?" (see cramps).' in text
    assert "Answer: a number of glasses from 0 up to 30, or not_sure." in text


def test_questions_for_programs(tmp_path: Path) -> None:
    """--json says the same as data."""
    data = json.loads(piped(tmp_path, "questions", "--json", "--rules", str(LEGS)).stdout)
    by_id = {question["id"]: question for question in data["questions"]}
    assert list(by_id) == list(load(LEGS).questions)
    assert by_id["cramp_timing"]["asked_if_depends_on"] == ["cramps"]
    assert [option["id"] for option in by_id["cramp_timing"]["options"]] == ["night", "exercise", "meals", "none"]
    assert by_id["chest_pain"]["checklist"] == "danger"


def test_blank_answers_read_back(tmp_path: Path) -> None:
    """--blank is itself a valid file of answers, without any."""
    text = piped(tmp_path, "questions", "--blank", "--rules", str(LEGS)).stdout
    assert read_answers(load(LEGS), text) == {}


def test_the_example_in_the_questionnaire_is_valid(tmp_path: Path) -> None:
    """The file of answers shown at the top can be run as it stands."""
    text = piped(tmp_path, "questions", "--rules", str(LEGS)).stdout
    example = text.split("A file of answers:\n")[1].split("\n\n\n")[0]
    assert set(read_answers(load(LEGS), example)) == {"chest_pain", "age", "cramp_timing", "water_glasses"}


def test_schema_is_json(tmp_path: Path) -> None:
    """The schema prints."""
    assert "$schema" in json.loads(piped(tmp_path, "schema").stdout)


def test_help_names_every_command(tmp_path: Path) -> None:
    """--help lists what there is."""
    done = piped(tmp_path, "--help")
    assert done.returncode == 0
    for name in ("run", "questions", "check", "schema", "forget", "--plain", "--region", "--no-save"):
        assert name in done.stdout


# --- output that cannot be written ------------------------------------------------------------------------------------


@pytest.mark.skipif(sys.platform == "win32", reason="needs a POSIX shell")
@pytest.mark.parametrize("arguments", ["questions", "--plain"])
def test_a_broken_pipe_is_quiet(tmp_path: Path, arguments: str) -> None:
    """A reader who leaves is no reason to complain."""
    line = f'"{sys.executable}" -m interview {arguments} --rules "{LEGS}" < /dev/null | true'
    done = subprocess.run(
        ["bash", "-c", f"set -o pipefail; {line}"],
        capture_output=True,
        text=True,
        env=environment(tmp_path),
        cwd=tmp_path,
        timeout=60,
        check=False,
    )
    assert done.stderr == ""
    assert done.returncode in (0, 1)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_a_full_disk_is_one_message(tmp_path: Path) -> None:
    """Output that cannot be written is said so."""
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "interview", "questions", "--rules", str(LEGS)],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            env=environment(tmp_path),
            timeout=60,
            check=False,
        )
    assert (done.returncode, done.stderr) == (2, "legwise: output: no space left on device.\n")


def test_our_own_mistake_is_no_traceback(tmp_path: Path) -> None:
    """Should Legwise break, the person is told so, and that the result is not complete."""
    script = (
        "import sys, interview.consult as c\n"
        "def broken(self): raise RuntimeError('x')\n"
        "c.Interview.hold = broken\n"
        "from interview.cli import main\n"
        f"sys.exit(main(['--plain', '--rules', {str(LEGS)!r}]))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script],
        capture_output=True,
        text=True,
        env=environment(tmp_path, LEGWISE_DEBUG=""),
        timeout=60,
        check=False,
    )
    assert done.returncode == 70
    assert "Legwise made a mistake of its own (RuntimeError) and has to stop." in done.stdout
    assert "INCOMPLETE" in done.stdout
    assert done.stderr == ""


# --- nothing leaves the machine, and little is imported -----------------------------------------------------------

_WATCH = """
import sys
def hook(event, arguments):
    if event.startswith("socket.") and event not in ("socket.__new__",) and arguments:
        raise SystemExit(f"network: {event} {arguments}")
    if event == "socket.__new__" and int(arguments[1]) not in (1,):  # AF_UNIX: the event loop's own pair
        raise SystemExit(f"network: {event} {arguments}")
sys.addaudithook(hook)
from interview.cli import main
sys.exit(main(sys.argv[1:]))
"""


def test_no_network_in_the_line_mode(tmp_path: Path) -> None:
    """A whole interview, with its result and its files, opens no socket."""
    done = subprocess.run(
        [sys.executable, "-c", _WATCH, "--rules", str(LEGS)],
        input="4\n2\n2\n1\n1\n3\n2\nw\n1\n3\n1\nb\n4\n5\n6\n7\n",
        capture_output=True,
        text=True,
        env=environment(tmp_path),
        cwd=tmp_path,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.count("Saved as") == 2


@pytest.mark.skipif(sys.platform == "win32", reason="needs a pseudo-terminal")
def test_no_network_in_the_rich_mode(tmp_path: Path) -> None:
    """Nor does the rich terminal, beyond the socket pair within the process that its event loop wakes itself with."""
    run = [sys.executable, "-c", _WATCH, "--rules", str(LEGS)]
    with Terminal(tmp_path, run=run, rows=50) as terminal:
        terminal.wait_for("Do you have any of these right now?")
        terminal.answer("4 \r", "ending your life")
        terminal.answer("2\r", "How old")
        terminal.answer("2\r", "Do your legs cramp?")
        terminal.answer("2\r", "What now?")
        terminal.press("7\r")
        assert terminal.leave() == 0


_IMPORTS = """
import sys
import interview.{module} as prompts
def first(self, ask):
    names = {{name.partition(".")[0] for name in sys.modules}} - set(sys.stdlib_module_names)
    print("IMPORTED", *sorted(names))
    raise KeyboardInterrupt
prompts.{prompter}.ask = first
import interview.cli as cli
cli.is_plain = lambda: {plain}
sys.exit(cli.main(["--rules", sys.argv[1]]))
"""


@pytest.mark.parametrize(
    ("module", "prompter", "plain"), [("line", "LinePrompter", True), ("terminal", "TerminalPrompter", False)]
)
def test_imports_by_the_first_question(tmp_path: Path, module: str, prompter: str, plain: bool) -> None:
    """By the first question nothing slow is imported: not the engine, the YAML reader, nor what draws the result."""
    script = _IMPORTS.format(module=module, prompter=prompter, plain=plain)
    arguments = [sys.executable, "-c", script, str(LEGS)]
    for _ in range(2):  # the first run fills the cache
        done = subprocess.run(
            arguments, capture_output=True, text=True, env=environment(tmp_path), timeout=60, check=False
        )
    (line,) = [line for line in done.stdout.splitlines() if line.startswith("IMPORTED")]
    slow = {"experta", "yaml", "rich", "jinja2", "pydantic", "click", "typer", "markdown_it", "pygments"}
    assert slow.isdisjoint(line.split())
    assert plain is not ("prompt_toolkit" in line.split())


def test_first_line_comes_before_the_imports() -> None:
    """The first text needs nothing but the parser."""
    script = (
        "import sys, io\n"
        "class Out(io.StringIO):\n"
        "    def write(self, text):\n"
        "        slow = {'msgspec', 'prompt_toolkit', 'expert', 'asyncio'} & set(sys.modules)\n"
        "        sys.__stdout__.write(f'{text.strip()} {sorted(slow)}'); sys.__stdout__.flush()\n"
        "        import os; os._exit(0)\n"
        "sys.stdout = Out()\n"
        "from interview.cli import main\n"
        "main(['--plain'])"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, cwd=REPOSITORY, timeout=60, check=False
    )
    assert done.stdout.startswith("Legwise asks questions. It is no doctor.")
    assert done.stdout.endswith("[]")


# --- regions ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("surroundings", "region"),
    [
        ({"LANG": "en_GB.UTF-8"}, "GB"),
        ({"LANG": "de_DE@euro"}, "DE"),
        ({"LANG": "en_US.UTF-8", "LC_TIME": "en_GB.UTF-8"}, "GB"),
        ({"LANG": "en_US.UTF-8"}, None),  # the default of many systems, wherever they are
        ({"LC_ALL": "C.UTF-8"}, None),
        ({"LANG": "C"}, None),
        ({"LANG": "xx_QQ"}, None),
        ({"LANG": "../../etc"}, None),
        ({}, None),
    ],
)
def test_region_by_locale(surroundings: dict[str, str], region: str | None) -> None:
    """The locale is believed only where it names a place."""
    assert guess(surroundings) == region


def test_region_by_choice() -> None:
    """The option wins over the variable, the variable over the locale; all numbers are shown when unsure."""
    assert choose("nz", {"LEGWISE_REGION": "AU", "LANG": "en_GB"}) == "NZ"
    assert choose(None, {"LEGWISE_REGION": "uk", "LANG": "de_DE"}) == "GB"
    assert emergency_number(choose("US", {})) == "911"
    assert emergency_number(choose(None, {})) == "999 (UK), 112 (Europe) or 911 (US and Canada)"
    with pytest.raises(RegionError, match="LEGWISE_REGION"):
        choose(None, {"LEGWISE_REGION": "Atlantis"})


def test_version_is_printed(tmp_path: Path) -> None:
    """--version names the program, also where it was not installed."""
    done = piped(tmp_path, "--version")
    assert done.returncode == 0
    assert done.stdout.startswith("legwise ")


@pytest.mark.skipif(sys.platform == "win32", reason="needs a POSIX shell")
@pytest.mark.parametrize("closed", ["<&-", ">&-", "<&- >&- 2>&-"])
def test_closed_streams(tmp_path: Path, closed: str) -> None:
    """Without one of its streams Legwise ends without a traceback."""
    done = subprocess.run(
        ["bash", "-c", f'"{sys.executable}" -m interview --rules "{LEGS}" {closed}'],
        input="",
        capture_output=True,
        text=True,
        env=environment(tmp_path),
        cwd=tmp_path,
        timeout=60,
        check=False,
    )
    assert "Traceback" not in done.stderr
    assert done.returncode == 1
