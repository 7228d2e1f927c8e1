"""A session of exercises in plain lines on two streams: for pipes, screen readers and plain terminals."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TextIO

from expert.model import Base
from expert.telling import Telling
from interview.line import wrapped
from interview.render.proof import to_plain

#: Longest line that is read, and how many from a pipe; an endless one must not make an endless session.
_MAX_LINE = 5000
_MAX_PIPED = 5000


class LineDesk:
    """Shows text as plain lines and reads one line after another."""

    def __init__(self, reader: TextIO, writer: TextIO, width: Callable[[], int]) -> None:
        """Use two open streams; `width` is asked for before every text."""
        self._reader = reader
        self._writer = writer
        self._width = width
        self._read_so_far = 0

    def show(self, tellings: Sequence[Telling], base: Base | None = None) -> None:
        """Show what is told."""
        self._write("\n" + to_plain(tellings, base, self._width()))

    def say(self, text: str) -> None:
        """Show one text, wrapped."""
        self._write("\n".join(wrapped(text, self._width())) + "\n")

    def read(self, prompt: str, names: Sequence[str] = ()) -> str:  # noqa: ARG002 - a plain line completes nothing
        """Read one line."""
        self._write(f"{prompt} ")
        line = self._reader.readline(_MAX_LINE)
        self._read_so_far += 1
        is_piped = not self._reader.isatty()
        if is_piped or not line:  # a terminal has already put what was typed, and Enter, on the screen
            self._write("\n")
        if not line or (is_piped and self._read_so_far > _MAX_PIPED):
            raise EOFError
        return line

    def _write(self, text: str) -> None:
        self._writer.write(text)
        self._writer.flush()
