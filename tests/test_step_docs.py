"""The pages about stepping: their base, their transcripts and their commands are what happens."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
from console import piped

from expert.strategies import NAMES
from interview.parser import parser
from interview.stepping import COMMANDS

DOCS = Path(__file__).parent.parent / "docs"
PAGE = (DOCS / "explanation/forward-chaining.md").read_text(encoding="utf-8")
HOW_TO = (DOCS / "how-to/step-through-the-engine.md").read_text(encoding="utf-8")
TRANSCRIPTS = re.findall(r"```console\n\$ legwise (.*?)\n(.*?)```", PAGE, re.DOTALL)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder as the page tells the reader to make it."""
    language = (DOCS / "reference/rule-language.md").read_text(encoding="utf-8")
    (plant,) = re.findall(r"```yaml\n(base:\n  name: plant.*?)```", language, re.DOTALL)
    leaves, answers = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
    (tmp_path / "plant").mkdir()
    for path, text in (("plant/plant.yaml", plant), ("plant/leaves.yaml", leaves), ("limp.yaml", answers)):
        (tmp_path / path).write_text(text, encoding="utf-8")
    return tmp_path


def transcript(folder: Path, command: str, typed: list[str]) -> str:
    """What is said after each line typed, with the line before it."""
    done = piped(folder, *shlex.split(command), typed="".join(f"{line}\n" for line in typed), env={"COLUMNS": "80"})
    assert (done.returncode, done.stderr) == (0, "")
    _opening, *said, _end = re.split(r"^> \n", done.stdout, flags=re.MULTILINE)
    return "".join(f"> {line}\n{text.lstrip()}" for line, text in zip(typed, said, strict=True))


@pytest.mark.parametrize("number", range(len(TRANSCRIPTS)))
def test_the_transcripts_are_what_is_said(folder, number):
    """Typed as they stand, the commands of the page say what the page says."""
    command, said = TRANSCRIPTS[number]
    assert transcript(folder, command, re.findall(r"^> (.*)$", said, re.MULTILINE)) == said


def test_the_base_of_the_page_is_sound(folder):
    assert "no faults" in piped(folder, "check", "plant").stdout


@pytest.mark.parametrize("command", re.findall(r"^legwise (step.*?)(?: *#.*)?$", HOW_TO, re.MULTILINE))
def test_the_commands_are_understood(command):
    assert parser(lambda _: 0).parse_args(shlex.split(command)).command is not None


def test_every_key_and_strategy_is_told():
    """Whoever reads the pages knows all keys and all strategies."""
    table = HOW_TO[HOW_TO.index("## Keys") : HOW_TO.index("A NAME is")]
    assert [command.key for command in COMMANDS if not re.search(rf"`{re.escape(command.key)}[ `]", table)] == []
    assert [name for name in NAMES if f"`{name}`" not in PAGE] == []
