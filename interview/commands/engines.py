"""The command about other engines: `export`."""

# ruff: noqa: PLC0415 - imports wait until they are needed

from __future__ import annotations

import argparse

from interview.commands.common import Subparsers, add_base, add_output, base_of, number_of, put
from interview.exits import OK


def add(commands: Subparsers) -> None:
    """Add the command to the parser."""
    export = commands.add_parser(
        "export",
        help="write the rule base as a program for another engine",
        description="Write the rule base as a program that needs nothing of Legwise: `clips` as CLIPS 6.4 source, "
        "`experta` as a plain experta program. Both take the answers of one person and print what follows.",
    )
    export.add_argument("language", metavar="LANGUAGE", choices=("clips", "experta"), help="clips or experta")
    add_output(export)
    add_base(export)
    export.set_defaults(command=_export)


def _export(arguments: argparse.Namespace) -> int:
    number = number_of(arguments)
    base = base_of(arguments)
    if arguments.language == "clips":
        from expert.export.clips import to_clips as write
    else:
        from expert.export.experta import to_experta as write
    put(arguments, write(base, number))
    return OK
