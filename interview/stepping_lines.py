"""The stepper in line mode: a typed command, what changed, and the next; for screen readers, pipes and scripts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TextIO

from interview.render.stepping import Line, folded, page_lines, step_lines
from interview.stepping import LeftError, Session, read_command

#: Longest line of input that is looked at.
_MAX_LINE = 2000


def step_in_lines(session: Session, reader: TextIO, writer: TextIO, width: Callable[[], int]) -> None:
    """Step until the person leaves or the input ends. Args: width: is asked for before everything that is shown."""
    _write(writer, folded("", "Enter goes on a step; ? lists the commands; q leaves.", width()))
    _write(writer, step_lines(session, width()))
    _write(writer, folded("message", session.message, width()) if session.message else [])
    while True:
        writer.write("> ")
        writer.flush()
        line = reader.readline(_MAX_LINE)
        if not line or not reader.isatty():  # a terminal has already put what was typed on the screen
            writer.write("\n")
        if not line:
            return
        command = read_command(line)
        if isinstance(command, str):
            _write(writer, folded("message", command, width()))
            continue
        before = _place(session)
        try:
            opened = session.do(*command)
        except LeftError:
            return
        if opened is not None:
            _write(writer, page_lines(session, opened, width()))
        elif _place(session) != before:
            _write(writer, step_lines(session, width()))
        if session.message:
            _write(writer, folded("message", session.message, width()))


def _place(session: Session) -> tuple[int, str, bool]:
    return session.stepper.number, session.stepper.named.name, session.shows_bookkeeping


def _write(writer: TextIO, lines: Sequence[Line]) -> None:
    writer.write("".join("".join(text for _, text in line) + "\n" for line in lines))
    writer.flush()
