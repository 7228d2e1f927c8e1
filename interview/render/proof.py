"""Explanations in a terminal: lines below lines, indented, wrapped, and readable from top to bottom by ear.

Every line begins with what it is ("You said:", "Found:"), so that nothing depends on seeing the indentation.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from expert.model import Base
from expert.telling import Item, Telling, Tone, marks_of, sources_of, sources_told, words_of
from interview.wrapping import wrap

if TYPE_CHECKING:
    from rich.console import Console
    from rich.text import Text

#: Longer lines are tiring to read.
MAX_WIDTH = 88
_STEP = 2
#: Indentation takes at most this part of the width: deeper lines begin at the same place.
_DEEPEST = 3
_COLOURS: dict[Tone, str] = {"yes": "bold green", "no": "bold red", "unknown": "bold yellow", "plain": "bold"}


def to_plain(tellings: Sequence[Telling], base: Base | None, width: int = 80) -> str:
    """Return explanations as text with lines of at most `width` columns, ending in a newline."""
    numbers = sources_of(tellings)
    lines: list[str] = []
    for telling in tellings:
        lines += [*wrap(telling.title, width), *(wrap(telling.note, width) if telling.note else [])]
        lines += _lines(telling.items, numbers, width)
        lines.append("")
    lines += _source_lines(base, numbers, width)
    return "\n".join(lines).rstrip("\n") + "\n"


def to_unwrapped(tellings: Sequence[Telling], base: Base | None) -> str:
    """Return explanations as text whose lines are still to be wrapped, by what knows the width."""
    numbers = sources_of(tellings)
    blocks = []
    for telling in tellings:
        head = [telling.title, *([telling.note] if telling.note else [])]
        lines = [f"{' ' * (depth * _STEP)}- {words_of(item, numbers)}" for depth, item in _with_depth(telling.items, 0)]
        blocks.append("\n".join([*head, *lines]))
    if numbers:
        cited = [f"{number}. {source.words}" for number, source in enumerate(sources_told(base, numbers), 1)]
        blocks.append("\n".join(["Sources", *cited]))
    return "\n\n".join(blocks)


def _lines(items: Iterable[Item], numbers: Mapping[str, int], width: int) -> list[str]:
    return [line for depth, item in _with_depth(items, 0) for line in _wrapped(item, numbers, depth, width)]


def _with_depth(items: Iterable[Item], depth: int) -> Iterator[tuple[int, Item]]:
    for item in items:
        yield depth, item
        yield from _with_depth(item.items, depth + 1)


def _wrapped(item: Item, numbers: Mapping[str, int], depth: int, width: int) -> list[str]:
    indent = " " * min(depth * _STEP, width // _DEEPEST)
    return wrap(words_of(item, numbers), width, first=f"{indent}- ", rest=f"{indent}  ")


def _source_lines(base: Base | None, numbers: Mapping[str, int], width: int) -> list[str]:
    if not numbers:
        return []
    lines = ["Sources"]
    for number, source in enumerate(sources_told(base, numbers), 1):
        mark = f"[{number}] "
        lines += wrap(source.words, width, first=mark, rest=" " * len(mark))
    return lines


def show(tellings: Sequence[Telling], base: Base | None, console: Console) -> None:
    """Print explanations on `console`, in colour where it is a terminal that has them."""
    from rich.text import Text  # noqa: PLC0415 - slow, and not needed for plain text

    width = min(console.width, MAX_WIDTH)
    if not console.is_terminal or console.is_dumb_terminal:
        console.out(to_plain(tellings, base, width), end="", highlight=False)
        return
    numbers = sources_of(tellings)

    def put(lines: Sequence[str], style: str = "") -> Text:
        text = Text("\n".join(lines), style=style)
        console.print(text, highlight=False, emoji=False, markup=False, soft_wrap=True)
        return text

    for telling in tellings:
        put(wrap(telling.title, width), "bold underline")
        if telling.note:
            put(wrap(telling.note, width))
        for depth, item in _with_depth(telling.items, 0):
            text = Text("\n".join(_wrapped(item, numbers, depth, width)))
            _colour(text, item, marks_of(item, numbers))
            console.print(text, highlight=False, emoji=False, markup=False, soft_wrap=True)
        put([""])
    put(_source_lines(base, numbers, width), "dim")


def _colour(text: Text, item: Item, marks: str) -> None:
    """Emphasise the lead of a wrapped line, and quieten its numbers."""
    begin = text.plain.index("- ") + 2
    text.stylize(_COLOURS[item.tone], begin, _end_of(item.lead, text.plain, begin))
    if marks:
        text.stylize("dim", text.plain.rfind("["))


def _end_of(lead: str, wrapped: str, begin: int) -> int:
    """Return where `lead` ends in the wrapped text, which differs from it only in white space."""
    left = sum(not character.isspace() for character in lead)
    for index in range(begin, len(wrapped)):
        if left == 0:
            return index
        left -= not wrapped[index].isspace()
    return len(wrapped)
