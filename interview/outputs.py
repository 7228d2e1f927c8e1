"""The seam to the reports: a consultation as a screen or as a text."""

# ruff: noqa: PLC0415, T201 - only what is asked for is imported, and this prints

from __future__ import annotations

import shutil

from expert.consultation import Consultation
from interview.interrupts import ctrl_c_waits
from interview.report import build_report


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


def print_screen(consultation: Consultation, emergency_number: str, *, plain: bool) -> None:
    """Print the result on standard output; plainly means without colours and drawn lines."""
    report = build_report(consultation, emergency_number=emergency_number)
    if plain:
        with ctrl_c_waits():
            from interview.render.plain import to_plain
        print("\n" + to_plain(report, min(shutil.get_terminal_size().columns, 80)), end="")
    else:
        with ctrl_c_waits():
            from rich.console import Console

            from interview.render.screen import show
        show(report, Console())
