"""Write the generated pages of the reference: commands, questions and rules. Run it with `make docs`.

`pages()` returns them as text, so that a test can say when they are stale.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterator
from pathlib import Path

from expert import rulebook
from expert.cache import default_folder
from expert.cases import read_cases
from expert.examples import read_examples
from expert.load import load
from interview import questionnaire
from interview.cli import parser as parser_of_commands

REFERENCE = Path(__file__).parent / "reference"
_MADE = "<!-- Made by `make docs`; do not edit. -->\n\n"


def pages() -> dict[str, str]:
    """Return every generated page by its path under docs/reference."""
    folder = default_folder()
    base = load(folder)
    rules = rulebook.pages(base, read_cases(base, folder / "cases"), read_examples(base, folder / "examples"))
    listed = "".join(f"- [{name.replace('_', ' ')}]({name}.md)\n" for name in rules)
    return {
        "commands.md": _MADE + "".join(_commands()),
        "questions.md": f"{_MADE}# The questionnaire\n\n```text\n{questionnaire.as_text(base)}```\n",
        "rules/README.md": f"{_MADE}# The rules of {base.name} {base.version}\n\n{listed}",
        **{f"rules/{name}.md": _MADE + text for name, text in rules.items()},
    }


def _commands() -> Iterator[str]:
    os.environ["COLUMNS"] = "100"  # argparse wraps its help to the terminal
    parser = parser_of_commands()
    yield f"# Commands\n\n```text\n{parser.format_help()}```\n"
    for action in parser._actions:  # noqa: SLF001 - argparse has no other way to its sub-commands
        if isinstance(action, argparse._SubParsersAction):  # noqa: SLF001
            for name, command in action.choices.items():
                yield f"\n## legwise {name}\n\n```text\n{command.format_help()}```\n"


def write() -> None:
    """Write every page; remove rule pages of files that are gone."""
    made = pages()
    for stale in {*REFERENCE.glob("rules/*.md")} - {REFERENCE / name for name in made}:
        stale.unlink()
    for name, text in made.items():
        path = REFERENCE / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    write()
