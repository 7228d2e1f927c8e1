"""The parser of the whole command line."""

# ruff: noqa: PLC0415 - imports wait until they are needed

from __future__ import annotations

import argparse
import re
from collections.abc import Callable
from typing import NoReturn

from interview.commands import bases, classroom, engines, lab, library, mutating, proving, results, upkeep, writing
from interview.commands.common import Subparsers, add_base
from interview.exits import BAD_INPUT


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
        where = re.match(r"argument (?:(--[\w-]+)|([A-Z]+))", message)
        option, argument = where.groups() if where else (None, None)
        noun = argument.lower() if argument else "command"
        what = f"a choice of {option}" if option else f"{'an' if noun[0] in 'aeiou' else 'a'} {noun}"
        self.exit(BAD_INPUT, f"legwise: {harmless(repr(name))} is not {what}.{hint} There are: {', '.join(known)}.\n")


def parser(interview: Callable[[argparse.Namespace], int]) -> argparse.ArgumentParser:
    """Return the parser of the whole command line; `interview` is run when no command is named."""
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
    parser.set_defaults(command=interview)
    commands: Subparsers = parser.add_subparsers(title="commands", metavar="")
    for group in (results, library, lab, classroom, bases, writing, proving, mutating, engines, upkeep):
        group.add(commands)
    return parser
