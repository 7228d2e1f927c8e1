"""The command line.

Exit codes: 0 done (also an interview that ended at an emergency card); 1 an interview that was left before its end, or
output that nobody read; 2 bad input or a file that cannot be read or written; 70 a fault of Legwise itself; 130 Ctrl-C.

Everything is imported where it is used, the parser too: the first line should be on the screen before that.
"""

# ruff: noqa: PLC0415, T201 - imports wait until they are needed, and this is where printing is done

from __future__ import annotations

import os
import sys

from interview.exits import BAD_INPUT, CTRL_C, LEFT, OK

TYPE_CHECKING = False  # `typing` costs as much as all the rest here
if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence

#: Short lines: nothing that could wrap them is imported yet.
_WELCOME = "Legwise asks questions. It is no doctor.\nNothing you answer leaves this computer."
_WELCOME_TO_OTHERS = "Legwise asks. Its rules can be wrong.\nNothing you answer leaves this computer."


#: With nothing but these, what comes is an interview over the base that comes with Legwise.
_PLAIN_START = ("--plain", "--no-save", "--no-color")


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code."""
    given = sys.argv[1:] if argv is None else argv
    try:
        _prepare_streams()
        is_greeted = all(word in _PLAIN_START for word in given)
        if is_greeted:
            print(_WELCOME, flush=True)
        code = _run(given, is_greeted=is_greeted)
        sys.stdout.flush()
    except BrokenPipeError:
        _drop_output()  # nobody reads any more
        return LEFT
    except KeyboardInterrupt:
        _complain("stopped.")
        code = CTRL_C
    except OSError as error:
        _complain(f"{error.filename or 'output'}: {(error.strerror or str(error)).lower()}.")
        if error.filename is None:
            _drop_output()
        return BAD_INPUT
    if code == CTRL_C and argv is None:
        import signal

        signal.signal(signal.SIGINT, signal.SIG_IGN)  # pressed again while Python ends, it would only make noise
    return code


def _run(given: Sequence[str], *, is_greeted: bool) -> int:
    from interview.commands.common import UserError
    from interview.parser import parser

    try:
        arguments = parser(_interview).parse_args(given)
        arguments.is_greeted = is_greeted
        code: int = arguments.command(arguments)
    except UserError as fault:
        _complain(str(fault))
        return BAD_INPUT
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


def is_plain() -> bool:
    """Tell whether the line mode is the right one here; see `interview.commands.common`."""
    from interview.commands import common

    return common.is_plain()


def _interview(arguments: argparse.Namespace) -> int:
    if arguments.version:
        return _version()
    plain = arguments.plain or is_plain()
    if arguments.no_color:
        os.environ["NO_COLOR"] = "1"
    if not arguments.is_greeted:
        is_other = "rules" in arguments or "base" in arguments  # of those we do not know yet what they are about
        print(_WELCOME_TO_OTHERS if is_other else _WELCOME, flush=True)
    from interview.commands.common import base_of, number_of
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
