"""Commands for teaching: `step`."""

# ruff: noqa: PLC0415 - imports wait until they are needed

from __future__ import annotations

import argparse
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from interview.commands.common import (
    OK,
    Subparsers,
    UserError,
    add_base,
    base_of,
    cases_of,
    faults_told,
    folder_of,
    is_plain,
    whole_number,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from expert.cases import Case
    from expert.model import Base, Reply
    from interview.stepping import Session

#: The names of `expert.strategies`, which is not imported yet.
STRATEGIES = ("ordered", "depth", "breadth", "simplicity", "complexity", "lex", "mea", "random")
_MAX_SEED = 10**9
_PREDICTIONS = 10
_MAX_PREDICTIONS = 1000


def add(commands: Subparsers) -> None:
    """Add the commands to the parser."""
    step = commands.add_parser(
        "step",
        help="step through the engine: match, agenda, fire",
        description="Step through the engine: working memory, the agenda and why it is in that order, what fires and "
        "what it asserts. Keys are listed by ?.",
    )
    words = "a file of answers, or the name of a case (the base's first demonstration); they come in as they stand"
    step.add_argument("answers", metavar="ANSWERS", nargs="?", help=words)
    step.add_argument("--strategy", choices=STRATEGIES, default=STRATEGIES[0], help="what fires first (ordered)")
    step.add_argument(
        "--seed", type=whole_number(0, _MAX_SEED), default=0, help="for the strategy random and for --predict (0)"
    )
    step.add_argument("--predict", action="store_true", help="say what fires next, and be told why; with a score")
    words = f"how many predictions are asked for ({_PREDICTIONS})"
    step.add_argument("--count", type=whole_number(0, _MAX_PREDICTIONS), default=None, help=words)
    add_base(step, region=False)
    step.set_defaults(command=_step)


def _step(arguments: argparse.Namespace) -> int:
    if arguments.count is not None and not arguments.predict:
        raise UserError("--count: says how many predictions are asked for; add --predict.")
    base = base_of(arguments)
    answers, title, note = _answers(arguments, base)
    from expert.stepper import Stepper
    from interview.stepping import Session

    session = Session(Stepper(base, answers, arguments.strategy, arguments.seed), title)
    session.message = note
    plain = arguments.plain or is_plain()
    if arguments.predict:
        _predict(session, _PREDICTIONS if arguments.count is None else arguments.count, plain=plain)
    elif plain:
        from interview.stepping_lines import step_in_lines

        step_in_lines(session, sys.stdin, sys.stdout, _width)
    else:
        from interview.interrupts import ctrl_c_waits

        with ctrl_c_waits():
            from interview.stepping_screen import step_on_screen
        step_on_screen(session)
    return OK


def _width() -> int:
    return min(shutil.get_terminal_size().columns, 80)


def _predict(session: Session, most: int, *, plain: bool) -> None:
    from interview.predicting import predict

    if plain:
        from interview.line import LinePrompter

        predict(session, LinePrompter(sys.stdin, sys.stdout, _width), most)
    else:
        from interview.interrupts import ctrl_c_waits

        with ctrl_c_waits():
            from interview.terminal import TerminalPrompter
        predict(session, TerminalPrompter(), most)


def _answers(arguments: argparse.Namespace, base: Base) -> tuple[Mapping[str, Reply], str, str]:
    """Return the answers to step through, what they are called, and what to say of the choice."""
    from expert.answers import read_answers
    from expert.harmless import harmless

    name = arguments.answers
    if name == "-":
        raise UserError("-: standard input is where the keys come from; name a file of answers or a case.")
    if name is not None and Path(name).exists():
        path = Path(name)
        return faults_told(lambda: read_answers(base, path)), harmless(path.stem), ""
    cases = cases_of(base, folder_of(arguments))
    if name is not None:
        case = _case(cases, name)
        return case.answers, harmless(case.id), harmless(case.title)
    demos = [case for case in cases if case.is_demo] or list(cases)
    if not demos:
        raise UserError(f"{harmless(base.name)}: has no cases; name a file of answers (`legwise questions --blank`).")
    case, *others = demos
    more = f" Other cases: {', '.join(harmless(other.id) for other in others)}." if others else ""
    return case.answers, harmless(case.id), f"{harmless(case.title)}.{more}"


def _case(cases: tuple[Case, ...], name: str) -> Case:
    from expert.faults import Faults, quoted, suggestion

    short = {case.id.removeprefix("demo-"): case for case in cases if case.is_demo}
    known = {**short, **{case.id: case for case in cases}}
    if name not in known:
        near = suggestion(Faults().nearest(name, known))
        raise UserError(f"{quoted(name)} is neither a file nor a case of this base.{near}")
    return known[name]
