"""A report as plain text that reads well from top to bottom, by eye or by ear: no colour, no boxes, no repainting."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from interview.render.layout import Card, Line, lay_out, source_in_words
from interview.report import Cited, Report
from interview.wrapping import wrap

_BULLET = "- "


def to_plain(report: Report, width: int = 80, *, full: bool = False) -> str:
    """Return the report as text with lines of at most `width` columns, ending in a newline."""
    page = lay_out(report, full=full)
    lines: list[str] = []
    for block in page.blocks:
        if isinstance(block, Card):
            lines += ["", *wrap(block.title, width)]
            for line in block.lines:
                lines += plain_line(line, width)
            lines.append("")
        else:
            lines += plain_line(block, width)
    if page.sources:
        lines += ["", "Sources", *plain_sources(page.sources, width)]
    lines += plain_line(page.last, width)
    return "\n".join(squeezed(lines)) + "\n"


def plain_line(line: Line, width: int) -> list[str]:
    """Return one line wrapped, with an empty line before what begins something new."""
    if line.style == "item":
        return wrap(line.words, width, first=_BULLET, rest=" " * len(_BULLET))
    return (
        ["", *wrap(line.words, width)]
        if line.style in ("heading", "name", "apart", "quiet")
        else wrap(line.words, width)
    )


def plain_sources(sources: Iterable[Cited], width: int) -> list[str]:
    """Return numbered sources, wrapped."""
    lines: list[str] = []
    for number, source in enumerate(sources, 1):
        mark = f"[{number}] "
        lines += wrap(source_in_words(source), width, first=mark, rest=" " * len(mark))
    return lines


def squeezed(lines: list[str]) -> Iterator[str]:
    """Yield lines without empty ones at either end, and never two empty ones in a row."""
    waiting = False
    begun = False
    for line in lines:
        if not line:
            waiting = begun
            continue
        if waiting:
            yield ""
        yield line
        waiting, begun = False, True
