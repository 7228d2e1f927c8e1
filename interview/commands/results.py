"""Commands about the answers of one person: `run`, `report` and `explain`."""

# ruff: noqa: PLC0415, T201 - imports wait until they are needed, and this is where printing is done

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from interview.commands.common import (
    BANDS,
    Subparsers,
    UserError,
    add_base,
    add_output,
    base_of,
    faults_told,
    is_plain,
    number_of,
    put,
    standard_input,
)
from interview.exits import OK

if TYPE_CHECKING:
    from expert.consultation import Consultation, LateReasoner
    from expert.model import Base

#: Unanswered questions of a file that are named.
_MOST_UNANSWERED = 6


def add(commands: Subparsers) -> None:
    """Add the commands to the parser."""
    run = commands.add_parser("run", help="work out the result of a file of answers")
    run.add_argument("answers", metavar="ANSWERS", help="a YAML or JSON file of answers, or - for standard input")
    form = run.add_mutually_exclusive_group()
    form.add_argument("--json", dest="form", action="store_const", const="json", help="one JSON object")
    form.add_argument("--markdown", dest="form", action="store_const", const="markdown", help="the result as Markdown")
    form.add_argument("--sheet", dest="form", action="store_const", const="sheet", help="the sheet for the doctor")
    run.add_argument("--full", action="store_true", help="every reason, source and piece of advice, not one page")
    words = "the engine that concludes: experta, or clips, which needs the extra `clips`"
    run.add_argument("--engine", choices=("experta", "clips"), default="experta", help=words)
    add_output(run)
    add_base(run)
    run.set_defaults(command=_run)

    _add_explain(commands)

    report = commands.add_parser("report", help="write the result and the whole reasoning as one HTML file")
    report.add_argument("answers", metavar="ANSWERS", help="a YAML or JSON file of answers, or - for standard input")
    add_output(report)
    add_base(report)
    report.set_defaults(command=_report)


def _add_explain(commands: Subparsers) -> None:
    explain = commands.add_parser(
        "explain",
        help="explain the result of a file of answers",
        description="Explain the result of a file of answers. Without options: how the urgency and each hypothesis "
        "shown were concluded. Options can be combined, and those with a name can be repeated.",
    )
    explain.add_argument("answers", metavar="ANSWERS", help="a YAML or JSON file of answers, or - for standard input")
    for option, metavar, words in (
        ("--why", "QUESTION", "why a question is asked, and what each reply would do"),
        ("--how", "NAME", "how something was concluded: urgency, a hypothesis, red flag, finding, advice or rule"),
        (
            "--why-not",
            "NAME",
            "why something was not concluded, or a tier not reached, and the smallest change that does it",
        ),
        ("--what-if", "QUESTION=REPLY", "what another reply would change; several are changed together"),
    ):
        explain.add_argument(option, metavar=metavar, action="append", default=[], help=words)
    explain.add_argument("--band", choices=BANDS, help="the band that --why-not asks about (likely)")
    explain.add_argument("--not-ruled-out", action="store_true", help="each red flag left open, and what settles it")
    explain.add_argument("--near", action="store_true", help="single answers that would make it more urgent")
    explain.add_argument("--arithmetic", action="store_true", help="with --how, how a certainty was worked out")
    form = explain.add_mutually_exclusive_group()
    form.add_argument("--json", dest="form", action="store_const", const="json", help="one JSON object")
    form.add_argument("--markdown", dest="form", action="store_const", const="markdown", help="as Markdown")
    add_output(explain)
    add_base(explain)
    explain.set_defaults(command=_explain)


def _run(arguments: argparse.Namespace) -> int:
    from interview.outputs import as_text, print_screen

    number = number_of(arguments)
    consultation = consultation_of(arguments, engine=arguments.engine)
    if arguments.form is None and arguments.output is None:
        print_screen(consultation, number, plain=is_plain(), full=arguments.full)
        if not consultation.complete and not consultation.emergencies:
            _print_unanswered(consultation)
    else:
        put(arguments, as_text(consultation, number, arguments.form or "markdown"))
    return OK


def _print_unanswered(consultation: Consultation) -> None:
    """Name the questions to answer next, in the order in which they are asked."""
    from expert.harmless import harmless
    from interview.outputs import plain_width
    from interview.wrapping import wrap

    open_ = consultation.inquiry.open_questions()
    kinds = ("safety", "about", "symptom", "risk")
    questions = [question for question in consultation.base.questions.values() if question.id in open_]
    first = [harmless(question.id) for question in sorted(questions, key=lambda one: kinds.index(one.kind))]
    more = len(first) - _MOST_UNANSWERED
    named = ", ".join(first[:_MOST_UNANSWERED]) + (f" and {more} more" if more > 0 else "")
    text = f"Not answered: {named}. `legwise questions --blank` writes a file with every question, to fill in."
    print("\n" + "\n".join(wrap(text, plain_width())))


def _report(arguments: argparse.Namespace) -> int:
    from interview.html_report import to_html

    number = number_of(arguments)
    put(arguments, to_html(consultation_of(arguments), emergency_number=number))
    return OK


def _explain(arguments: argparse.Namespace) -> int:
    from interview.explaining import RequestError, Wanted, explained, tellings_of, to_json
    from interview.outputs import explanation_text, print_explanations, words_with

    if arguments.band and not arguments.why_not:
        raise UserError("--band: says which band --why-not asks about; add --why-not and the name of a hypothesis.")
    consultation = consultation_of(arguments)
    wanted = Wanted(
        why=tuple(arguments.why),
        how=tuple(arguments.how),
        why_not=tuple(arguments.why_not),
        band=arguments.band or "likely",
        what_if=tuple(arguments.what_if),
        not_ruled_out=arguments.not_ruled_out,
        near=arguments.near,
        arithmetic=arguments.arithmetic,
    )
    try:
        explanations = explained(consultation, wanted, words_with(number_of(arguments)))
    except RequestError as error:
        raise UserError(str(error)) from None
    tellings = tellings_of(consultation, explanations)
    if arguments.form == "json":
        put(arguments, to_json(consultation, explanations))
    elif arguments.form == "markdown" or arguments.output is not None:
        put(arguments, explanation_text(tellings, consultation.base))
    else:
        print_explanations(tellings, consultation.base, plain=is_plain())
    return OK


def _reasoner(base: Base, engine: str) -> LateReasoner | None:
    """Return the reasoner of the engine asked for, or None for the usual one. Raises UserError when it is not there."""
    if engine == "experta":
        return None
    try:
        from expert.clips_engine import ClipsReasoner
    except ImportError as error:
        if error.name != "clips":
            raise
        raise UserError(
            "--engine clips: needs clipspy, which is not installed. Install it with: pip install 'legwise[clips]'"
        ) from None
    return ClipsReasoner(base)


def consultation_of(arguments: argparse.Namespace, *, engine: str = "experta") -> Consultation:
    """Return the consultation that a file of answers leads to."""
    from expert.answers import read_answers
    from expert.consultation import consult

    base = base_of(arguments)
    reasoner = _reasoner(base, engine)
    source = standard_input() if arguments.answers == "-" else Path(arguments.answers)
    return consult(base, faults_told(lambda: read_answers(base, source)), reasoner)
