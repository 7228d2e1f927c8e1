"""Commands for writing a rule base: `new`."""

# ruff: noqa: PLC0415, T201 - imports wait until they are needed, and this is where printing is done

from __future__ import annotations

import argparse
from pathlib import Path

from interview.commands.common import OK, Subparsers, UserError


def add(commands: Subparsers) -> None:
    """Add the commands to the parser."""
    new = commands.add_parser("new", help="begin a rule base: a small commented one that runs")
    new.add_argument("folder", metavar="DIR", help="the folder to write, new or empty")
    new.add_argument("--from", dest="source", metavar="NAME", help="a copy of a base that comes with Legwise instead")
    new.set_defaults(command=_new)


def _new(arguments: argparse.Namespace) -> int:
    import shlex

    from expert.harmless import harmless
    from interview.commands.common import shipped_folder
    from interview.new_base import TEMPLATE, NewBaseError, write_new

    source = shipped_folder("--from", arguments.source) if arguments.source else TEMPLATE
    try:
        written = write_new(Path(arguments.folder), source)
    except NewBaseError as error:
        raise UserError(str(error)) from None
    name = harmless(arguments.folder)
    folder = shlex.quote(name)
    print(f"{len(written)} files are in {name}: a rule base that runs, with cases and examples. Next:")
    print(f"  legwise check {folder}      finds its faults")
    print(f"  legwise --rules {folder}    asks its questions")
    print(f"  legwise watch {folder}      says at each save what changed")
    return OK
