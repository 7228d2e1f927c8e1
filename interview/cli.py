"""The command line.

Exit codes: 0 done (also an interview that ended at an emergency card); 1 an interview that was left before its end, or
output that nobody read; 2 bad input or a file that cannot be read or written; 70 a fault of Legwise itself; 130 Ctrl-C.

Everything but the parser is imported where it is used: the first line should be on the screen before that.
"""

# ruff: noqa: PLC0415, T201 - imports wait until they are needed, and this is where printing is done

from __future__ import annotations

import argparse
import os
import signal
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from expert.cases import Case
    from expert.consultation import Consultation
    from expert.model import Base

T = TypeVar("T")

OK, LEFT, BAD_INPUT, OUR_FAULT, CTRL_C = 0, 1, 2, 70, 130

#: The bands of `expert.model.BANDS`, which is not imported yet.
BANDS = ("likely", "possible", "less_likely", "none")
#: Short lines: nothing that could wrap them is imported yet.
_WELCOME = "Legwise asks questions. It is no doctor.\nNothing you answer leaves this computer."
#: Largest file of answers read from standard input.
_MAX_INPUT = 1_000_000


class _Fault(Exception):  # noqa: N818 - not for others to catch
    """Bad input; the message is for the person."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code."""
    try:
        _prepare_streams()
        arguments = _parser().parse_args(argv)
        code: int = arguments.command(arguments)
        sys.stdout.flush()
    except BrokenPipeError:
        _drop_output()  # nobody reads any more
        return LEFT
    except KeyboardInterrupt:
        _complain("stopped.")
        code = CTRL_C
    except _Fault as fault:
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


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="legwise",
        description="An interview about stiff, cramping, weak or numb legs. It is not a diagnosis.",
        epilog="Without a command, the interview starts. Exit codes: 0 done, 1 left early, 2 bad input, 130 Ctrl-C.",
    )
    parser.add_argument("--version", action="store_true", help="print the version and leave")
    parser.add_argument("--plain", action="store_true", help="plain lines and numbers, for screen readers and pipes")
    parser.add_argument("--no-save", action="store_true", help="do not keep the answers for the case of a crash")
    parser.add_argument("--no-color", action="store_true", help="no colours (also with NO_COLOR set)")
    _add_base(parser)
    parser.set_defaults(command=_interview)
    commands = parser.add_subparsers(title="commands", metavar="")

    run = commands.add_parser("run", help="work out the result of a file of answers")
    run.add_argument("answers", metavar="ANSWERS", help="a YAML or JSON file of answers, or - for standard input")
    form = run.add_mutually_exclusive_group()
    form.add_argument("--json", dest="form", action="store_const", const="json", help="one JSON object")
    form.add_argument("--markdown", dest="form", action="store_const", const="markdown", help="the result as Markdown")
    form.add_argument("--sheet", dest="form", action="store_const", const="sheet", help="the sheet for the doctor")
    run.add_argument("--full", action="store_true", help="every reason, source and piece of advice, not one page")
    _add_output(run)
    _add_base(run)
    run.set_defaults(command=_run)

    _add_explain(commands)

    report = commands.add_parser("report", help="write the result and the whole reasoning as one HTML file")
    report.add_argument("answers", metavar="ANSWERS", help="a YAML or JSON file of answers, or - for standard input")
    _add_output(report)
    _add_base(report)
    report.set_defaults(command=_report)

    _add_library(commands)

    questions = commands.add_parser("questions", help="print every question, as a person would see it")
    form = questions.add_mutually_exclusive_group()
    form.add_argument("--json", dest="form", action="store_const", const="json", help="one JSON object")
    form.add_argument("--blank", dest="form", action="store_const", const="blank", help="a file of answers to fill in")
    _add_output(questions)
    _add_base(questions, region=False)
    questions.set_defaults(command=_questions)

    check = commands.add_parser("check", help="check a rule base and print all its faults")
    check.add_argument("folder", metavar="DIR", nargs="?", help="the folder of the rule base (the one of Legwise)")
    check.set_defaults(command=_check)

    schema = commands.add_parser("schema", help="print the JSON Schema of rule base files, for editors")
    _add_output(schema)
    schema.set_defaults(command=_schema)

    forget = commands.add_parser("forget", help="remove everything that Legwise keeps on this computer")
    forget.set_defaults(command=_forget)
    return parser


def _add_explain(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
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
    explain.add_argument("--band", choices=BANDS, default="likely", help="the band that --why-not asks about (likely)")
    explain.add_argument("--not-ruled-out", action="store_true", help="each red flag left open, and what settles it")
    explain.add_argument("--near", action="store_true", help="single answers that would make it more urgent")
    explain.add_argument("--arithmetic", action="store_true", help="with --how, how a certainty was worked out")
    form = explain.add_mutually_exclusive_group()
    form.add_argument("--json", dest="form", action="store_const", const="json", help="one JSON object")
    form.add_argument("--markdown", dest="form", action="store_const", const="markdown", help="as Markdown")
    _add_output(explain)
    _add_base(explain)
    explain.set_defaults(command=_explain)


def _add_library(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    demo = commands.add_parser("demo", help="list the worked cases, or run one and explain its point")
    demo.add_argument("name", metavar="NAME", nargs="?", help="the case to run")
    _add_base(demo)
    demo.set_defaults(command=_demo)

    rules = commands.add_parser("rules", help="read the rules as sentences, with their sources")
    chosen = rules.add_mutually_exclusive_group()
    chosen.add_argument("rule", metavar="ID", nargs="?", help="one rule in full: what feeds it, and what it feeds")
    chosen.add_argument("--about", metavar="NAME", help="those about a hypothesis, red flag, finding or advice")
    chosen.add_argument("--source", metavar="SOURCE", help="those that rest on a source")
    chosen.add_argument("--claim", metavar="CLAIM", help="those that carry a claim of the evidence dossier (VD-01)")
    form = rules.add_mutually_exclusive_group()
    form.add_argument("--json", dest="form", action="store_const", const="json", help="one JSON object")
    form.add_argument("--markdown", dest="form", action="store_const", const="markdown", help="as Markdown")
    _add_output(rules)
    _add_base(rules, region=False)
    rules.set_defaults(command=_rules)

    compare = commands.add_parser("compare", help="compare two versions of a rule base over a folder of cases")
    compare.add_argument("first", metavar="BASE_A", help="the folder of the earlier version")
    compare.add_argument("second", metavar="BASE_B", help="the folder of the later version")
    compare.add_argument("--cases", metavar="DIR", help="the folder of cases (that of BASE_B, or else of BASE_A)")
    compare.add_argument("--json", dest="form", action="store_const", const="json", help="one JSON object")
    _add_output(compare)
    compare.set_defaults(command=_compare, form=None)


def _add_base(parser: argparse.ArgumentParser, *, region: bool = True) -> None:
    # Suppressed defaults: a command must not undo what stood before it (`legwise --rules X run …`).
    parser.add_argument("--rules", metavar="DIR", default=argparse.SUPPRESS, help="use the rule base in this folder")
    if region:
        words = "whose emergency number to show, such as GB, EU or US"
        parser.add_argument("--region", metavar="CODE", default=argparse.SUPPRESS, help=words)


def _add_output(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("-o", "--output", metavar="FILE", help="write to a file, readable by you only")


# --- commands ---------------------------------------------------------------------------------------------------------


def _interview(arguments: argparse.Namespace) -> int:
    if arguments.version:
        return _version()
    plain = arguments.plain or is_plain()
    if arguments.no_color:
        os.environ["NO_COLOR"] = "1"
    print(_WELCOME, flush=True)
    from interview.interrupts import ctrl_c_waits

    with ctrl_c_waits():
        from interview.sitting import sit

        if not plain:
            import interview.terminal  # noqa: F401 - for `sit`, which runs when Ctrl-C no longer waits
        base = _base(arguments)
        number = _number(arguments)
    return sit(base, number, plain=plain, save=not arguments.no_save)


def is_plain() -> bool:
    """Tell whether the line mode is the right one here: no terminal, a dumb one, or the person asked for it."""
    return (
        not (sys.stdin.isatty() and sys.stdout.isatty())
        or os.environ.get("TERM", "") in ("", "dumb", "unknown")
        or bool(os.environ.get("ACCESSIBLE"))
    )


def _version() -> int:
    from importlib.metadata import PackageNotFoundError, version

    try:
        print(f"legwise {version('legwise')}")
    except PackageNotFoundError:
        print("legwise (run from its source, not installed)")
    return OK


def _run(arguments: argparse.Namespace) -> int:
    from interview.outputs import as_text, print_screen

    number = _number(arguments)
    consultation = _consultation(arguments)
    if arguments.form is None and arguments.output is None:
        print_screen(consultation, number, plain=is_plain(), full=arguments.full)
    else:
        _put(arguments, as_text(consultation, number, arguments.form or "markdown"))
    return OK


def _report(arguments: argparse.Namespace) -> int:
    from interview.html_report import to_html

    number = _number(arguments)
    _put(arguments, to_html(_consultation(arguments), emergency_number=number))
    return OK


def _explain(arguments: argparse.Namespace) -> int:
    from interview.explaining import RequestError, Wanted, explained, tellings_of, to_json
    from interview.outputs import explanation_text, print_explanations, words_with

    consultation = _consultation(arguments)
    wanted = Wanted(
        why=tuple(arguments.why),
        how=tuple(arguments.how),
        why_not=tuple(arguments.why_not),
        band=arguments.band,
        what_if=tuple(arguments.what_if),
        not_ruled_out=arguments.not_ruled_out,
        near=arguments.near,
        arithmetic=arguments.arithmetic,
    )
    try:
        explanations = explained(consultation, wanted, words_with(_number(arguments)))
    except RequestError as error:
        raise _Fault(str(error)) from None
    tellings = tellings_of(consultation, explanations)
    if arguments.form == "json":
        _put(arguments, to_json(consultation, explanations))
    elif arguments.form == "markdown" or arguments.output is not None:
        _put(arguments, explanation_text(tellings, consultation.base))
    else:
        print_explanations(tellings, consultation.base, plain=is_plain())
    return OK


def _demo(arguments: argparse.Namespace) -> int:
    from expert.consultation import consult
    from interview.explaining import RequestError
    from interview.library import demo_opening, demo_point, demos_told, find_demo
    from interview.outputs import print_explanations, print_screen, words_with

    base = _base(arguments)
    cases = _cases(base, _folder(arguments))
    plain = is_plain()
    if arguments.name is None:
        print_explanations(demos_told(cases), base, plain=plain)
        return OK
    try:
        case = find_demo(cases, arguments.name)
    except RequestError as error:
        raise _Fault(str(error)) from None
    number = _number(arguments)
    consultation = consult(base, case.answers)
    print_explanations([demo_opening(base, case)], base, plain=plain)
    print_screen(consultation, number, plain=plain)
    if point := demo_point(consultation, case, words_with(number)):
        print()
        print_explanations(point, base, plain=plain)
    return OK


def _rules(arguments: argparse.Namespace) -> int:
    from interview.explaining import RequestError
    from interview.library import choose_rules, rules_as_json, rules_told
    from interview.outputs import explanation_text, print_explanations

    base = _base(arguments)
    try:
        rules = choose_rules(
            base, rule=arguments.rule, about=arguments.about, source=arguments.source, claim=arguments.claim
        )
    except RequestError as error:
        raise _Fault(str(error)) from None
    is_one = arguments.rule is not None
    # Only these name the cases; reading them takes a moment.
    cases = _cases(base, _folder(arguments)) if is_one or arguments.form == "json" else ()
    if arguments.form == "json":
        _put(arguments, rules_as_json(base, rules, cases))
        return OK
    tellings = rules_told(base, rules, cases, is_one=is_one)
    if arguments.form == "markdown" or arguments.output is not None:
        _put(arguments, explanation_text(tellings, base))
    else:
        print_explanations(tellings, base, plain=is_plain())
    return OK


def _compare(arguments: argparse.Namespace) -> int:
    from expert.cache import cached_load
    from expert.cases import FOLDER
    from expert.compare import compare, tell_comparison
    from interview.library import comparison_as_json
    from interview.outputs import explanation_text, print_explanations

    first = _faults_told(lambda: cached_load(arguments.first))
    second = _faults_told(lambda: cached_load(arguments.second))
    own = Path(arguments.second) / FOLDER
    folder = Path(arguments.cases) if arguments.cases else own if own.is_dir() else Path(arguments.first) / FOLDER
    if not folder.is_dir():
        raise _Fault(f"{folder}: is no folder of cases; name one with --cases.")
    comparison = _faults_told(lambda: compare(first, second, folder))
    if arguments.form == "json":
        _put(arguments, comparison_as_json(comparison, first, second))
        return OK
    tellings = tell_comparison(comparison, first, second)
    if arguments.output is not None:
        _put(arguments, explanation_text(tellings, second))
    else:
        print_explanations(tellings, second, plain=is_plain())
    return OK


def _cases(base: Base, folder: Path) -> tuple[Case, ...]:
    """Return the cases of a base in a folder; their faults are told like those of the base."""
    from expert.cases import FOLDER, read_cases

    return _faults_told(lambda: read_cases(base, folder / FOLDER))


def _consultation(arguments: argparse.Namespace) -> Consultation:
    """Return the consultation that a file of answers leads to."""
    from expert.answers import read_answers
    from expert.consultation import consult

    base = _base(arguments)
    source = _standard_input() if arguments.answers == "-" else Path(arguments.answers)
    return consult(base, _faults_told(lambda: read_answers(base, source)))


def _questions(arguments: argparse.Namespace) -> int:
    base = _base(arguments)
    if arguments.form == "blank":
        from expert.answers import blank_answers

        text = blank_answers(base)
    elif arguments.form == "json":
        from interview.questionnaire import as_json

        text = as_json(base)
    else:
        from interview.questionnaire import as_text

        text = as_text(base)
    _put(arguments, text)
    return OK


def _check(arguments: argparse.Namespace) -> int:
    from expert.cache import default_folder
    from expert.harmless import harmless
    from expert.lint import check

    folder = Path(arguments.folder) if arguments.folder else default_folder()
    faults = _faults_told(lambda: check(folder))
    for fault in faults:
        print(harmless(str(fault)))
    if faults:
        return BAD_INPUT
    from expert.load import load

    base = load(folder)
    cases = _cases(base, folder)
    print(
        f"{harmless(base.name)} {harmless(base.version)} has no faults: {len(base.questions)} questions, "
        f"{len(base.rules)} rules, {len(base.hypotheses)} hypotheses, {len(base.red_flags)} red flags"
        f"{f', {len(cases)} cases' if cases else ''}."
    )
    return OK


def _schema(arguments: argparse.Namespace) -> int:
    import json

    from expert.schema import json_schema

    _put(arguments, json.dumps(json_schema(), indent=2, ensure_ascii=False) + "\n")
    return OK


def _forget(_: argparse.Namespace) -> int:
    from expert.cache import forget as forget_bases
    from interview.store import data_folder, forget

    answers = forget(data_folder(os.environ))
    bases = forget_bases()
    if not answers and not bases:
        print("Nothing was kept.")
    for path in answers:
        print(f"Removed answers: {path}")
    if bases:
        print(f"Removed {len(bases)} prepared rule {'base' if len(bases) == 1 else 'bases'}: {bases[0].parent}")
    return OK


# --- helpers ----------------------------------------------------------------------------------------------------------


def _base(arguments: argparse.Namespace) -> Base:
    from expert.cache import cached_load

    return _faults_told(lambda: cached_load(_folder(arguments)))


def _folder(arguments: argparse.Namespace) -> Path:
    from expert.cache import default_folder

    return Path(getattr(arguments, "rules", None) or default_folder())


def _faults_told(read: Callable[[], T]) -> T:
    from expert.faults import FaultsError

    try:
        return read()
    except FaultsError as error:
        count = len(error.faults)
        # Each on one line, whatever is in it.
        listed = "\n".join(" ".join(str(fault).split()) for fault in error.faults)
        raise _Fault(f"{count} faults:\n{listed}" if count > 1 else listed) from None


def _number(arguments: argparse.Namespace) -> str:
    from interview.region import RegionError, choose, emergency_number

    try:
        return emergency_number(choose(getattr(arguments, "region", None), os.environ))
    except RegionError as error:
        raise _Fault(str(error)) from None


def _standard_input() -> str:
    content = sys.stdin.buffer.read(_MAX_INPUT + 1)
    if len(content) > _MAX_INPUT:
        raise _Fault(f"standard input: is larger than {_MAX_INPUT:,} bytes, the most that is read.")
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        raise _Fault(f"standard input: byte {error.start + 1} is not UTF-8 text.") from None


def _put(arguments: argparse.Namespace, text: str) -> None:
    """Print a text, or write it to the file that was asked for."""
    if arguments.output is None:
        sys.stdout.write(text)
        return
    handle = os.open(arguments.output, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(text)
