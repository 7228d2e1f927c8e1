"""The command line.

Exit codes: 0 done (also an interview that ended at an emergency card); 1 an interview that was left before its end, or
output that nobody read; 2 bad input or a file that cannot be read or written; 70 a fault of Legwise itself; 130 Ctrl-C.

Everything but the parser is imported where it is used: the first line should be on the screen before that.
"""

# ruff: noqa: PLC0415, T201 - imports wait until they are needed, and this is where printing is done

from __future__ import annotations

import argparse
import os
import re
import signal
import sys
from collections.abc import Sequence
from typing import NoReturn

from interview.commands import bases, classroom, lab, library, mutating, proving, results, upkeep, writing
from interview.commands.common import (
    BAD_INPUT,
    CTRL_C,
    LEFT,
    OK,
    Subparsers,
    UserError,
    add_base,
    base_of,
    is_plain,
    number_of,
)

#: Short lines: nothing that could wrap them is imported yet.
_WELCOME = "Legwise asks questions. It is no doctor.\nNothing you answer leaves this computer."
_WELCOME_TO_OTHERS = "Legwise asks. Its rules can be wrong.\nNothing you answer leaves this computer."


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code."""
    try:
        _prepare_streams()
        arguments = parser().parse_args(argv)
        code: int = arguments.command(arguments)
        sys.stdout.flush()
    except BrokenPipeError:
        _drop_output()  # nobody reads any more
        return LEFT
    except KeyboardInterrupt:
        _complain("stopped.")
        code = CTRL_C
    except UserError as fault:
        _complain(str(fault))
        return BAD_INPUT
    except OSError as error:
        _complain(f"{error.filename or 'output'}: {(error.strerror or str(error)).lower()}.")
        if error.filename is None:
            _drop_output()
        return BAD_INPUT
    if code == CTRL_C and argv is None:
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # pressed again while Python ends, it would only make noise
    return code


def _prepare_streams() -> None:
    """Make sure that there are three streams, and that no letter or stray byte can break them."""
    for name in ("stdin", "stdout", "stderr"):
        if getattr(sys, name) is None:  # closed by whoever started us
            handle = os.open(os.devnull, os.O_RDWR)
            setattr(sys, name, os.fdopen(handle, "r" if name == "stdin" else "w", encoding="utf-8"))
        stream = getattr(sys, name)
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")


def _drop_output() -> None:
    """Throw away what could not be written, or Python would fail over it once more when it ends."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _complain(message: str) -> None:
    from expert.harmless import harmless

    first, *more = message.split("\n")
    print("\n".join([f"legwise: {harmless(first)}", *(f"  {harmless(line)}" for line in more)]), file=sys.stderr)


class _Parser(argparse.ArgumentParser):
    """A parser that names the nearest command or choice beside a wrong one."""

    def error(self, message: str) -> NoReturn:
        import difflib

        from expert.harmless import harmless

        wrong = re.search(r"invalid choice: '(.*?)' \(choose from (.*)\)", message)
        if wrong is None:
            super().error(message)
        name, known = wrong[1], re.findall(r"[\w-]+", wrong[2])
        near = difflib.get_close_matches(name, known, n=1)
        hint = f" Did you mean {near[0]!r}?" if near else ""
        option = re.match(r"argument ([\w-]+)", message)
        what = f"a choice of {option[1]}" if option else "a command"
        self.exit(BAD_INPUT, f"legwise: {harmless(repr(name))} is not {what}.{hint} There are: {', '.join(known)}.\n")


def parser() -> argparse.ArgumentParser:
    """Return the parser of the whole command line."""
    parser: argparse.ArgumentParser = _Parser(
        prog="legwise",
        description="An interview about stiff, cramping, weak or numb legs. It is not a diagnosis.",
        epilog="Without a command, the interview starts. Exit codes: 0 done, 1 left early, 2 bad input, 130 Ctrl-C.",
    )
    parser.add_argument("--version", action="store_true", help="print the version and leave")
    parser.add_argument("--plain", action="store_true", help="plain lines and numbers, for screen readers and pipes")
    parser.add_argument("--no-save", action="store_true", help="do not keep the answers for the case of a crash")
    parser.add_argument("--no-color", action="store_true", help="no colours (also with NO_COLOR set)")
    add_base(parser)
    parser.set_defaults(command=_interview)
    commands: Subparsers = parser.add_subparsers(title="commands", metavar="")
    for group in (results, library, lab, classroom, bases, writing, proving, mutating, upkeep):
        group.add(commands)
    return parser


def _interview(arguments: argparse.Namespace) -> int:
    if arguments.version:
        return _version()
    plain = arguments.plain or is_plain()
    if arguments.no_color:
        os.environ["NO_COLOR"] = "1"
    is_other = "rules" in arguments or "base" in arguments  # of those we do not know yet what they are about
    print(_WELCOME_TO_OTHERS if is_other else _WELCOME, flush=True)
    from interview.interrupts import ctrl_c_waits

    with ctrl_c_waits():
        from interview.sitting import sit

        if not plain:
            import interview.terminal  # noqa: F401 - for `sit`, which runs when Ctrl-C no longer waits
        base = base_of(arguments)
        number = number_of(arguments)
    return sit(base, number, plain=plain, save=not arguments.no_save)


def _version() -> int:
    from importlib.metadata import PackageNotFoundError, version

    try:
        print(f"legwise {version('legwise')}")
    except PackageNotFoundError:
        print("legwise (run from its source, not installed)")
    return OK
