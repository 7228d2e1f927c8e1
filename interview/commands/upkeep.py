"""Commands about what Legwise keeps on this computer: `forget`."""

# ruff: noqa: PLC0415, T201 - imports wait until they are needed, and this is where printing is done

from __future__ import annotations

import argparse
import os

from interview.commands.common import Subparsers
from interview.exits import OK


def add(commands: Subparsers) -> None:
    """Add the commands to the parser."""
    forget = commands.add_parser("forget", help="remove everything that Legwise keeps on this computer")
    forget.set_defaults(command=_forget)


def _forget(_: argparse.Namespace) -> int:
    from expert.cache import forget as forget_bases
    from interview.store import data_folder, forget

    answers = forget(data_folder(os.environ))
    kept = forget_bases()
    bases = [path for path in kept if path.suffix != ".mutants"]
    if not answers and not kept:
        print("Nothing was kept.")
    for path in answers:
        print(f"Removed answers: {path}")
    if bases:
        print(f"Removed {len(bases)} prepared rule {'base' if len(bases) == 1 else 'bases'}: {bases[0].parent}")
    if len(kept) > len(bases):
        print(f"Removed what was found out about mutants: {kept[0].parent}")
    return OK
