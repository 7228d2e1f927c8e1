"""What the commands share: exit codes, reading a rule base, and writing what was asked for."""

# ruff: noqa: PLC0415 - imports wait until they are needed

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias, TypeVar

if TYPE_CHECKING:
    from expert.cases import Case
    from expert.dossier import Dossier
    from expert.examples import Example
    from expert.faults import Fault
    from expert.model import Base
    from expert.prove.theorems import Theorems

T = TypeVar("T")
Subparsers: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"  # noqa: SLF001 - it has no other name

OK, LEFT, BAD_INPUT, OUR_FAULT, CTRL_C = 0, 1, 2, 70, 130

#: The bands of `expert.model.BANDS`, which is not imported yet.
BANDS = ("likely", "possible", "less_likely", "none")
#: Largest file of answers read from standard input.
_MAX_INPUT = 1_000_000


class UserError(Exception):
    """Bad input; the message is for the person."""


def add_base(parser: argparse.ArgumentParser, *, region: bool = True) -> None:
    """Let a command take another rule base: one that comes with Legwise, or a folder; and the emergency region."""
    # Suppressed defaults: a command must not undo what stood before it (`legwise --rules X run …`).
    parser.add_argument("--rules", metavar="DIR", default=argparse.SUPPRESS, help="use the rule base in this folder")
    words = "use a rule base that comes with Legwise, such as stiff_legs"
    parser.add_argument("--base", metavar="NAME", default=argparse.SUPPRESS, help=words)
    if region:
        words = "whose emergency number to show, such as GB, EU or US"
        parser.add_argument("--region", metavar="CODE", default=argparse.SUPPRESS, help=words)


def add_output(parser: argparse.ArgumentParser) -> None:
    """Let a command write to a file."""
    parser.add_argument("-o", "--output", metavar="FILE", help="write to a file, readable by you only")


def whole_number(least: int, most: int) -> Callable[[str], int]:
    """Return what reads the value of an option that takes a whole number."""

    def read(text: str) -> int:
        if not (text.isascii() and text.isdigit() and least <= int(text[:12]) <= most):
            raise argparse.ArgumentTypeError(f"a whole number from {least} to {most} is needed, not {text!r}")
        return int(text)

    return read


def is_plain() -> bool:
    """Tell whether the line mode is the right one here: no terminal, a dumb one, or the person asked for it."""
    return (
        not (sys.stdin.isatty() and sys.stdout.isatty())
        or os.environ.get("TERM", "") in ("", "dumb", "unknown")
        or bool(os.environ.get("ACCESSIBLE"))
    )


def base_of(arguments: argparse.Namespace) -> Base:
    """Return the rule base asked for. Raises UserError with all its faults."""
    from expert.cache import cached_load

    return faults_told(lambda: cached_load(folder_of(arguments)))


def folder_of(arguments: argparse.Namespace) -> Path:
    """Return the folder of the rule base asked for. Raises UserError for a name that no base has."""
    folder, name = getattr(arguments, "rules", None), getattr(arguments, "base", None)
    if folder and name:
        raise UserError("--base and --rules: each names a rule base; give one of them.")
    if name is None:
        from expert.cache import default_folder

        return Path(folder or default_folder())
    return shipped_folder("--base", name)


def shipped_folder(option: str, name: str) -> Path:
    """Return the folder of a base that comes with Legwise. Raises UserError for a name that no base has."""
    from expert.cache import shipped_bases

    shipped = shipped_bases()
    if name not in shipped:
        from expert.faults import Faults, listing, quoted, suggestion

        near = suggestion(Faults().nearest(name.replace("-", "_"), shipped))
        raise UserError(f"{option}: no rule base is called {quoted(name)}; {listing(shipped)}.{near}")
    return shipped[name]


def cases_of(base: Base, folder: Path) -> tuple[Case, ...]:
    """Return the cases of a base in a folder; their faults are told like those of the base."""
    from expert.cases import FOLDER, read_cases

    return faults_told(lambda: read_cases(base, folder / FOLDER))


def examples_of(base: Base, folder: Path) -> tuple[Example, ...]:
    """Return the examples of a base's rules in a folder; their faults are told like those of the base."""
    from expert.examples import FOLDER, read_examples

    return faults_told(lambda: read_examples(base, folder / FOLDER))


def dossier_of(base: Base, folder: Path) -> Dossier:
    """Return the evidence dossier of a base in a folder, empty where it has none; its faults are told like others."""
    from expert.dossier import FOLDER, read_dossier

    return faults_told(lambda: read_dossier(base, folder / FOLDER))


def theorems_of(base: Base, folder: Path) -> Theorems:
    """Return the theorems of a base in a folder; their faults are told like those of the base."""
    from expert.prove.theorems import read_theorems

    return faults_told(lambda: read_theorems(base, folder))


def faults_told(read: Callable[[], T]) -> T:
    """Return what `read` returns; the faults that it raises become one UserError."""
    from expert.faults import FaultsError

    try:
        return read()
    except FaultsError as error:
        raise as_user_error(error.faults) from None


def as_user_error(faults: Sequence[Fault]) -> UserError:
    """Return faults as one error, each on a line of its own whatever is in it."""
    listed = "\n".join(" ".join(str(fault).split()) for fault in faults)
    return UserError(f"{len(faults)} faults:\n{listed}" if len(faults) > 1 else listed)


def number_of(arguments: argparse.Namespace) -> str:
    """Return the emergency number to show. Raises UserError for a region that is not known."""
    from interview.region import RegionError, choose, emergency_number

    try:
        return emergency_number(choose(getattr(arguments, "region", None), os.environ))
    except RegionError as error:
        raise UserError(str(error)) from None


def standard_input() -> str:
    """Return what stands in standard input. Raises UserError when it is too long or no text."""
    content = sys.stdin.buffer.read(_MAX_INPUT + 1)
    if len(content) > _MAX_INPUT:
        raise UserError(f"standard input: is larger than {_MAX_INPUT:,} bytes, the most that is read.")
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        raise UserError(f"standard input: byte {error.start + 1} is not UTF-8 text.") from None


def put(arguments: argparse.Namespace, text: str) -> None:
    """Print a text, or write it to the file that was asked for."""
    if arguments.output is None:
        sys.stdout.write(text)
        return
    handle = os.open(arguments.output, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(text)
