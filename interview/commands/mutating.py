"""The command that tells how well a rule base is tried: `mutate`."""

# ruff: noqa: PLC0415, T201 - imports wait until they are needed, and this is where printing is done

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from interview.commands.common import (
    Subparsers,
    UserError,
    add_base,
    add_output,
    as_user_error,
    base_of,
    cases_of,
    dossier_of,
    examples_of,
    faults_told,
    folder_of,
    is_plain,
    put,
    theorems_of,
)
from interview.exits import LEFT, OK

if TYPE_CHECKING:
    from expert.judges import Material
    from expert.model import Base
    from expert.mutants import Entry

_LEAST = 95.0
_WIDEST = 100.0
_MOST_JOBS = 64


def add(commands: Subparsers) -> None:
    """Add the commands to the parser."""
    mutate = commands.add_parser("mutate", help="make small mistakes in a rule base, and tell which go unnoticed")
    mutate.add_argument("--rule", metavar="ID", nargs="+", action="extend", help="only those of these rules")
    mutate.add_argument("--since", metavar="DIR", help="only those of rules that differ from an earlier version in DIR")
    mutate.add_argument("--least", metavar="PERCENT", type=float, default=_LEAST, help="the score wanted (95)")
    mutate.add_argument("--jobs", metavar="N", type=int, help="how many processes (as many as there are processors)")
    mutate.add_argument("--json", dest="form", action="store_const", const="json", help="one JSON object")
    add_output(mutate)
    add_base(mutate, region=False)
    mutate.set_defaults(command=_mutate, form=None)


def _mutate(arguments: argparse.Namespace) -> int:
    import json

    from expert.judges import Material, judge_makers
    from expert.mutation import measure
    from interview.outputs import print_mutation
    from interview.render import mutation

    if not 0 <= arguments.least <= _WIDEST:
        raise UserError(f"--least: found {arguments.least:g}; a percentage from 0 to 100 is needed.")
    if arguments.jobs is not None and not 1 <= arguments.jobs <= _MOST_JOBS:
        raise UserError(f"--jobs: found {arguments.jobs}; a number from 1 to {_MOST_JOBS} is needed.")
    base, folder = base_of(arguments), folder_of(arguments)
    only = _only(base, arguments)
    material = Material(
        folder,
        base,
        examples=examples_of(base, folder),
        cases=cases_of(base, folder),
        dossier=dossier_of(base, folder),
        theorems=theorems_of(base, folder).theorems,
    )
    _warn_of_failing(material)
    makers = judge_makers()
    with _progress() as progress:
        found = faults_told(lambda: measure(material, makers, only=only, jobs=arguments.jobs, progress=progress))
    if not found.outcomes:
        raise UserError("there are no mutants to make: nothing that was asked for differs.")
    if arguments.form == "json":
        put(arguments, json.dumps(mutation.as_object(found, base, arguments.least), indent=2) + "\n")
    elif arguments.output is not None:
        put(arguments, mutation.to_markdown(found, base, arguments.least))
    else:
        print_mutation(found, base, arguments.least, plain=is_plain())
    if found.faults:
        raise as_user_error(found.faults)
    return OK if mutation.is_enough(found, arguments.least) else LEFT


def _only(base: Base, arguments: argparse.Namespace) -> frozenset[Entry] | None:
    """Return the entries asked for; None for all."""
    from expert.mutants import entries_of, name_of

    if arguments.rule is None and arguments.since is None:
        return None
    entries = {name_of(entry): entry for entry in entries_of(base)}
    chosen = [_named(entries, name) for name in arguments.rule or entries]
    if arguments.since is not None:
        from expert.cache import cached_load
        from expert.mutants import differs

        earlier = faults_told(lambda: cached_load(Path(arguments.since)))
        chosen = [entry for entry in chosen if differs(base, earlier, entry)]
    return frozenset(chosen)


def _named(entries: dict[str, Entry], name: str) -> Entry:
    from expert.faults import Faults, quoted, suggestion

    if name not in entries:
        raise UserError(f"unknown rule {quoted(name)}.{suggestion(Faults().nearest(name, entries))}")
    return entries[name]


def _warn_of_failing(material: Material) -> None:
    from expert.examples import failing

    if count := len(failing(material.base, material.examples)):
        what = f"{count} examples do not hold and kill" if count > 1 else "1 example does not hold and kills"
        print(f"legwise: {what} nothing; see `legwise check`.", file=sys.stderr)


@contextmanager
def _progress() -> Iterator[Callable[[int, int], None]]:
    """Tell on a terminal how far the work is, on one line that is gone when it ends."""
    if not sys.stderr.isatty():
        yield lambda _done, _all: None
        return

    def tell(done: int, total: int) -> None:
        print(f"\r{done} of {total}", end="", file=sys.stderr, flush=True)

    try:
        yield tell
    finally:
        print("\r" + " " * 20 + "\r", end="", file=sys.stderr, flush=True)
