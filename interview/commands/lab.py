"""The command for exercises: `lab`."""

# ruff: noqa: PLC0415 - imports wait until they are needed

from __future__ import annotations

import argparse
import shutil
import sys
from typing import TYPE_CHECKING

from interview.commands.common import (
    LEFT,
    OK,
    Subparsers,
    UserError,
    add_base,
    add_output,
    base_of,
    cases_of,
    examples_of,
    folder_of,
    is_plain,
    number_of,
    put,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from interview.lab import Desk

#: The kinds of `expert.lab`, which is not imported yet.
KINDS = ("bug", "rule", "change")
_MAX_SEED = 10**9
_MOST = 100
_COUNT = 3


def add(commands: Subparsers) -> None:
    """Add the command to the parser."""
    lab = commands.add_parser(
        "lab",
        help="exercises about a rule base, marked by running it",
        description="Exercises about a rule base: find the planted bug (bug), write the missing rule (rule), make the "
        "smallest change (change). They are marked by running the base. One seed gives the same exercises everywhere.",
    )
    lab.add_argument("exercise", metavar="EXERCISE", nargs="?", choices=KINDS, help="only this kind: bug, rule, change")
    lab.add_argument("--seed", metavar="N", type=_from(0, _MAX_SEED), default=0, help="which exercises (0)")
    lab.add_argument("--count", metavar="N", type=_from(1, _MOST), default=_COUNT, help=f"how many ({_COUNT})")
    lab.add_argument("--key", action="store_true", help="print the teacher's key: the exercises with their solutions")
    lab.add_argument("--json", dest="form", action="store_const", const="json", help="the key as one JSON object")
    add_output(lab)
    add_base(lab)
    lab.set_defaults(command=_lab, form=None)


def _from(least: int, most: int) -> Callable[[str], int]:
    def whole(text: str) -> int:
        if not (text.isascii() and text.isdigit() and least <= int(text[:12]) <= most):
            raise argparse.ArgumentTypeError(f"a whole number from {least} to {most} is needed, not {text!r}")
        return int(text)

    return whole


def _lab(arguments: argparse.Namespace) -> int:
    if not arguments.key and (arguments.form or arguments.output):
        raise UserError(f"{'--json' if arguments.form else '--output'}: is for the teacher's key; add --key.")
    number = number_of(arguments)
    base, folder = base_of(arguments), folder_of(arguments)
    cases, examples = cases_of(base, folder), examples_of(base, folder)
    from expert.lab import Material, exercises

    kinds = [kind for kind in KINDS if arguments.exercise in (None, kind)]
    made = exercises(Material(base, cases, examples), arguments.seed, kinds)
    first = next(made, None)
    if first is None:
        from expert.harmless import harmless

        raise UserError(f"{harmless(base.name)}: has nothing to make such exercises of; it is too small.")
    ...
