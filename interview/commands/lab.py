"""The command for exercises: `lab`."""

# ruff: noqa: PLC0415 - imports wait until they are needed

from __future__ import annotations

import argparse
import shutil
import sys
from itertools import chain, islice
from typing import TYPE_CHECKING

from interview.commands.common import (
    Subparsers,
    UserError,
    add_base,
    add_output,
    faults_told,
    folder_of,
    is_plain,
    number_of,
    put,
    whole_number,
)
from interview.exits import LEFT, OK

if TYPE_CHECKING:
    from expert.lab import Exercise
    from expert.model import Base
    from interview.asking import Words
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
    lab.add_argument("--seed", metavar="N", type=whole_number(0, _MAX_SEED), default=0, help="which exercises (0)")
    lab.add_argument("--count", metavar="N", type=whole_number(1, _MOST), default=_COUNT, help=f"how many ({_COUNT})")
    lab.add_argument("--key", action="store_true", help="print the teacher's key: the exercises with their solutions")
    lab.add_argument("--json", dest="form", action="store_const", const="json", help="the key as one JSON object")
    add_output(lab)
    add_base(lab)
    lab.set_defaults(command=_lab, form=None)


def _lab(arguments: argparse.Namespace) -> int:
    if not arguments.key and (arguments.form or arguments.output):
        raise UserError(f"{'--json' if arguments.form else '--output'}: is for the teacher's key; add --key.")
    number = number_of(arguments)
    from expert.lab import KINDS as ALL
    from expert.lab import exercises, material_in
    from interview.outputs import words_with

    folder = folder_of(arguments)
    material = faults_told(lambda: material_in(folder))
    kinds = [kind for kind in ALL if arguments.exercise in (None, kind)]
    made = exercises(material, arguments.seed, kinds)
    first = next(made, None)
    if first is None:
        from expert.harmless import harmless

        raise UserError(f"{harmless(material.base.name)}: is too small to make such exercises of.")
    made = chain([first], made)
    words = words_with(number)
    if arguments.key:
        _put_key(arguments, material.base, list(islice(made, arguments.count)), words)
        return OK
    from interview.lab import Session

    plain = arguments.plain or is_plain()
    desk = _desk(plain=plain)
    session = Session(made, arguments.count, desk, words)
    is_done = False
    try:
        is_done = session.hold()
    except EOFError:
        desk.say("")
    finally:
        if session.results:
            desk.show([session.score()])
    return OK if is_done else LEFT


def _put_key(arguments: argparse.Namespace, base: Base, exercises: list[Exercise], words: Words) -> None:
    from interview.explaining import filled
    from interview.outputs import explanation_text, print_explanations
    from interview.render.lab import key_as_json, key_told

    if arguments.form == "json":
        put(arguments, key_as_json(base, arguments.seed, exercises))
        return
    tellings = [filled(telling, words) for telling in key_told(base, arguments.seed, exercises)]
    if arguments.output is not None:
        put(arguments, explanation_text(tellings, base))
    else:
        print_explanations(tellings, base, plain=is_plain())


def _desk(*, plain: bool) -> Desk:
    if plain:
        from interview.lab_lines import LineDesk

        return LineDesk(sys.stdin, sys.stdout, _width)
    from interview.interrupts import ctrl_c_waits

    with ctrl_c_waits():
        from interview.lab_screen import ScreenDesk
    return ScreenDesk()


def _width() -> int:
    return min(shutil.get_terminal_size().columns, 80)
