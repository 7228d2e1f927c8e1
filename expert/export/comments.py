"""What both exports share: filling their frames, and what they say in comments."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator, Mapping
from pathlib import Path

from expert.harmless import harmless
from expert.language import MAX_NUMBER
from expert.model import Base, Question, Rule
from expert.proof import cite
from expert.telling import because, source_told

#: What stands in texts of a base for the number that brings an ambulance.
PLACEHOLDER = "{emergency_number}"


def filled(text: str, emergency_number: str = PLACEHOLDER) -> str:
    """Return a text on one line, harmless, with the emergency number in it."""
    return harmless(text.replace(PLACEHOLDER, emergency_number))


def about_rule(rule: Rule) -> str:
    """Return why a rule holds, and its sources."""
    told = because(harmless(rule.because), cite(rule))
    return f"{told}\n    Sources: {', '.join(rule.sources)}." if rule.sources else told


def fill(frame: Path, parts: Mapping[str, str]) -> str:
    """Return a frame with its places, lines such as `[[rules]]`, filled in; an empty part leaves no line."""

    def part(place: re.Match[str]) -> str:
        return f"{parts[place[1]]}\n" if parts[place[1]] else ""

    return re.sub(r"^\[\[(\w+)\]\]\n", part, frame.read_text(encoding="utf-8"), flags=re.MULTILINE)


def about_sources(base: Base) -> Iterator[str]:
    """Yield a line for each source of a base."""
    for source in base.sources.values():
        told = source_told(source)
        yield f"{source.id}: {told.words} {told.url or ''}".strip()


def asked(question: Question) -> tuple[float, float]:
    """Return the lowest and highest number that a question allows."""
    low = -MAX_NUMBER if question.min is None else question.min
    high = MAX_NUMBER if question.max is None else question.max
    return low, high


def number(value: float) -> str:
    """Return a number as programs write it, whole ones without a point."""
    return str(int(value)) if float(value).is_integer() else repr(float(value))


def commented(text: str, mark: str, width: int) -> str:
    """Return lines of comment; nothing of no text.

    A blank line begins a paragraph, and one indented by four spaces stands as it is. What is not `harmless` could end a
    comment by itself.
    """
    lines: list[str] = []
    for paragraph in re.split(r"\n\n|\n(?=    )", text) if text else []:
        indent = "    " if paragraph.startswith("    ") else ""
        if lines and not indent:
            lines.append(mark)
        words = filled(paragraph)
        wrapped = textwrap.wrap(words, width - len(mark) - 5, break_long_words=False, break_on_hyphens=False)
        lines += [f"{mark} {indent}{line}" for line in wrapped]
    return "".join(f"{line}\n" for line in lines)
