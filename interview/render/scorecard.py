"""How a base does on a library of cases: the totals as a table where there is room for one, and what is missed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from expert.model import Base
from expert.scorecard import Scorecard, heading, tell_emergencies, tell_missed, tell_totals
from expert.telling import Telling
from interview.render import proof

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

#: A narrower table would break its numbers; lines are easier to read then.
_LEAST_WIDTH = 72


def scorecard_told(card: Scorecard, base: Base) -> list[Telling]:
    """Return all of it as lines; the totals come last, for the end is what a terminal shows."""
    return [heading(card, base), tell_missed(card, base), tell_emergencies(card, base), tell_totals(card)]


def show(card: Scorecard, base: Base, console: Console) -> None:
    """Print it on `console`."""
    *lines, totals = scorecard_told(card, base)
    if not console.is_terminal or console.is_dumb_terminal or console.width < _LEAST_WIDTH:
        proof.show([*lines, totals], base, console)
        return
    proof.show(lines, base, console)
    console.print(_table(card), highlight=False)


def _table(card: Scorecard) -> Table:
    from rich import box  # noqa: PLC0415 - slow, and not needed for plain text
    from rich.table import Table  # noqa: PLC0415
    from rich.text import Text  # noqa: PLC0415

    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1), pad_edge=False)
    for name in ("What", "Got", "Wanted", ""):
        table.add_column(name)
    marks = {True: Text("reached", "green"), False: Text("missed", "bold red"), None: Text("")}
    for total in card.totals:
        table.add_row(total.label, total.got_in_words, total.wanted_in_words, marks[total.is_met])
    return table
