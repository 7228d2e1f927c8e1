"""The seam to the reports: a consultation as a screen or as a text."""

# ruff: noqa: PLC0415, T201 - only what is asked for is imported, and this prints

from __future__ import annotations

import shutil
from collections.abc import Sequence
from typing import TYPE_CHECKING

from expert.consultation import Consultation
from expert.harmless import harmless
from expert.model import Base
from interview.asking import Words
from interview.interrupts import ctrl_c_waits
from interview.region import PLACEHOLDER
from interview.report import build_report

if TYPE_CHECKING:
    from expert.mutation import Measurement
    from expert.scorecard import Scorecard
    from expert.telling import Telling

#: Longer lines are tiring to read.
_MAX_PLAIN = 80


def words_with(emergency_number: str) -> Words:
    """Return what makes a text of a base ready to be shown, with the emergency number filled in."""

    def words(text: str) -> str:
        return harmless(text.replace(PLACEHOLDER, emergency_number))

    return words


def as_text(consultation: Consultation, emergency_number: str, form: str) -> str:
    """Return a consultation as `json`, `markdown` or `sheet`."""
    report = build_report(consultation, emergency_number=emergency_number)
    if form == "json":
        from interview.render.json import to_json

        return to_json(report)
    if form == "sheet":
        from interview.render.sheet import to_sheet

        return to_sheet(report)
    from interview.render.markdown import to_markdown

    return to_markdown(report)


def print_screen(consultation: Consultation, emergency_number: str, *, plain: bool, full: bool = False) -> None:
    """Print the result on standard output; plainly means without colours and drawn lines."""
    report = build_report(consultation, emergency_number=emergency_number)
    if plain:
        with ctrl_c_waits():
            from interview.render.plain import to_plain
        print("\n" + to_plain(report, plain_width(), full=full), end="")
    else:
        with ctrl_c_waits():
            from rich.console import Console

            from interview.render.screen import show
        show(report, Console(), full=full)


def plain_width() -> int:
    """Return how wide plain text is to be."""
    return min(shutil.get_terminal_size().columns, _MAX_PLAIN)


def explanation_text(tellings: Sequence[Telling], base: Base) -> str:
    """Return explanations as Markdown."""
    from expert.telling import to_markdown

    return to_markdown(tellings, base)


def print_explanations(tellings: Sequence[Telling], base: Base, *, plain: bool) -> None:
    """Print explanations on standard output; plainly means without colours."""
    from interview.render.proof import show, to_plain

    if plain:
        print(to_plain(tellings, base, plain_width()), end="")
        return
    from rich.console import Console

    show(tellings, base, Console())


def print_scorecard(card: Scorecard, base: Base, *, plain: bool) -> None:
    """Print how a base does on its cases; plainly means as lines, without a table."""
    from interview.render.scorecard import scorecard_told, show

    if plain:
        print_explanations(scorecard_told(card, base), base, plain=True)
        return
    from rich.console import Console

    show(card, base, Console())


def print_mutation(found: Measurement, base: Base, least: float, *, plain: bool) -> None:
    """Print how well a base is tried; plainly means as lines, without a table."""
    from interview.render.mutation import mutation_told, show

    if plain:
        print_explanations(mutation_told(found, base, least), base, plain=True)
        return
    from rich.console import Console

    show(found, base, least, Console())
