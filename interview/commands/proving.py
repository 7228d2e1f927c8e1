"""Commands that show what a rule base can be trusted for: `prove`."""

# ruff: noqa: PLC0415, T201 - imports wait until they are needed, and this is where printing is done

from __future__ import annotations

import argparse
import os
from collections.abc import Collection, Iterable
from importlib.util import find_spec
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING

from interview.commands.common import Subparsers, UserError, add_base, base_of, cases_of, folder_of, theorems_of
from interview.exits import LEFT, OK

if TYPE_CHECKING:
    from expert.model import Base
    from expert.prove.checks import Check
    from expert.prove.theorems import Theorems

#: A statement does not hold.
NOT_PROVED = LEFT


def add(commands: Subparsers) -> None:
    """Add the commands to the parser."""
    prove = commands.add_parser(
        "prove",
        help="prove the theorems of a rule base over every possible answer",
        description="Prove the theorems of a rule base (theorems.yaml in its folder), and that no part of it is idle "
        "or left out wrongly, over every possible answer. Exit code 1 when a statement does not hold.",
    )
    words = "a theorem, or a kind of statement: theorem, reach, rules, options, sparing; can be repeated"
    prove.add_argument("--only", metavar="ID", action="append", help=words)
    prove.add_argument("--json", dest="form", action="store_const", const="json", help="one JSON object")
    prove.add_argument(
        "-o", "--output", metavar="DIR", help="write each counterexample into this folder, to be run by legwise run"
    )
    add_base(prove, region=False)
    prove.set_defaults(command=_prove, form=None)


def _prove(arguments: argparse.Namespace) -> int:
    if find_spec("z3") is None:
        raise UserError("proofs need z3, which is not installed. It comes with: pip install 'legwise[prove]'")
    base = base_of(arguments)
    folder = folder_of(arguments)
    theorems = theorems_of(base, folder)
    only = None if arguments.only is None else _chosen(theorems, arguments.only)
    cases = cases_of(base, folder) if only is None or "sparing" in only else ()
    from expert.prove.bands import TooFineError
    from expert.prove.whole import prove

    found = prove(base, theorems, cases, only)
    try:
        checks = list(found) if arguments.form == "json" else _told(arguments, base, theorems, found)
    except TooFineError as error:
        raise UserError(f"{base.name} cannot be proved: {error}") from None
    if arguments.form == "json":
        from interview.proving import as_json

        print(as_json(base, checks), end="")
    if arguments.output is not None:
        _write(base, checks, Path(arguments.output), quiet=arguments.form == "json")
    return NOT_PROVED if any(check.fails for check in checks) else OK


def _chosen(theorems: Theorems, wanted: Collection[str]) -> frozenset[str]:
    from expert.faults import Faults, listing, quoted, suggestion
    from expert.prove.checks import KINDS

    known = [*KINDS, *(one.id for one in theorems.theorems)]
    for name in wanted:
        if name not in known:
            near = suggestion(Faults().nearest(name, known))
            raise UserError(f"--only: unknown theorem {quoted(name)}; {listing(known)}.{near}")
    return frozenset(wanted)


def _told(arguments: argparse.Namespace, base: Base, theorems: Theorems, found: Iterable[Check]) -> list[Check]:
    from expert.harmless import harmless
    from interview.outputs import plain_width
    from interview.proving import HEADINGS, check_lines, summary, verdict
    from interview.wrapping import wrap

    width = plain_width()
    print(f"Proving {harmless(base.name)} {harmless(base.version)} over every possible answer.", flush=True)
    checks: list[Check] = []
    if not theorems.theorems:
        print("It has no theorems: they stand in theorems.yaml, in its folder.", flush=True)
    for kind, group in groupby(found, key=lambda check: check.kind):
        print("\n" + "\n".join(wrap(f"{HEADINGS[kind]}:", width)), flush=True)
        of_kind = []
        for check in group:
            of_kind.append(check)
            if kind == "theorem" or check.fails:
                print("\n".join(check_lines(base, check, width)), flush=True)
        print("\n".join(wrap(summary(of_kind), width)), flush=True)
        checks += of_kind
    print("\n" + "\n".join(wrap(verdict(checks), width)))
    if arguments.output is None and any(check.fails and check.example for check in checks):
        print("\n".join(wrap("-o DIR writes these answers as files for legwise run.", width)))
    return checks


def _write(base: Base, checks: list[Check], folder: Path, *, quiet: bool) -> None:
    from interview.proving import counterexample_files

    folder.mkdir(parents=True, exist_ok=True)
    for check in checks:
        for name, text in counterexample_files(base, check):
            handle = os.open(folder / name, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                file.write(text)
            if not quiet:
                print(f"Written: {folder / name}")
