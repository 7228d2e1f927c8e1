"""Write the generated pages of the reference: commands, questions and rules. Run it with `make docs`.

`pages()` returns them as text, so that a test can say when they are stale.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterator
from pathlib import Path

from expert import dossier_told, language, rulebook
from expert.cache import default_folder
from expert.cases import read_cases
from expert.dossier import read_dossier
from expert.examples import read_examples
from expert.load import load
from interview import questionnaire
from interview.parser import parser as parser_of_commands

REFERENCE = Path(__file__).parent / "reference"
_MADE = "<!-- Made by `make docs`; do not edit. -->\n\n"


def pages() -> dict[str, str]:
    """Return every generated page by its path under docs/reference."""
    folder = default_folder()
    base = load(folder)
    rules = rulebook.pages(base, read_cases(base, folder / "cases"), read_examples(base, folder / "examples"))
    listed = "".join(f"- [{name.replace('_', ' ')}]({name}.md)\n" for name in rules)
    return {
        "evidence.md": _MADE + dossier_told.page(base, read_dossier(base, folder / "dossier")),
        "commands.md": _MADE + "".join(_commands()),
        "rule-language-keys.md": _MADE + "".join(_sections()),
        "questions.md": f"{_MADE}# The questionnaire\n\n```text\n{questionnaire.as_text(base)}```\n",
        "rules/README.md": f"{_MADE}# The rules of {base.name} {base.version}\n\n{listed}",
        **{f"rules/{name}.md": _MADE + text for name, text in rules.items()},
    }


def _sections() -> Iterator[str]:
    yield "# Keys of the rule base language\n\n"
    yield "What it all means stands in [the rule base language](rule-language.md).\n"
    for name, section in language.SECTIONS.items():
        yield f"\n## {name}\n\n{section.doc}\n"
        yield from _table(section.entry)


def _table(table: language.Table) -> Iterator[str]:
    """Yield a table of keys, and below it those of the tables that its keys hold, each once."""
    yield "\n| key | needed | holds | meaning |\n|---|---|---|---|\n"
    inner: dict[str, list[str]] = {}
    for name, key in table.keys.items():
        only = f", with type {' or '.join(key.only)} only" if key.only else ""
        yield f"| `{name}` | {'yes' if key.needed else 'no'} | {_held(key.holds)}{only} | {key.doc} |\n"
        held = key.holds.item if isinstance(key.holds, language.ListOf | language.MapOf) else key.holds
        if isinstance(held, language.OneOf | language.Table):
            tables = held.tables if isinstance(held, language.OneOf) else (held,)
            inner.setdefault("".join(text for each in tables for text in _table(each)), []).append(name)
    for text, names in inner.items():
        yield f"\nBelow {', '.join(f'`{name}`' for name in names)}:\n{text}"


def _held(held: language.Holds) -> str:  # noqa: C901 - a line for each kind
    match held:
        case language.Text():
            return "text"
        case language.Word():
            return "a name of your own"
        case language.Link():
            return "an address"
        case language.Flag():
            return "`true` or `false`"
        case language.Choice(of):
            return ", ".join(f"`{word}`" for word in of)
        case language.Ref(to):
            return f"an id of `{to}`"
        case language.Number(whole=whole):
            return "a whole number" if whole else "a number"
        case language.ListOf(item):
            return f"a list: {_held(item)}"
        case language.MapOf(item):
            return f"by id: {_held(item)}"
        case language.Table(short=short):
            return f"the keys below, or just its `{short}`" if short else "the keys below"
        case language.OneOf():
            return "one of the tables below"
        case language.When():
            return "a [condition](rule-language.md#conditions)"


def _commands() -> Iterator[str]:
    os.environ["COLUMNS"] = "100"  # argparse wraps its help to the terminal
    parser = parser_of_commands(lambda _: 0)
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
