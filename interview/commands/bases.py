"""Commands for whoever writes a rule base: `questions`, `check` and `schema`."""

# ruff: noqa: PLC0415, T201 - imports wait until they are needed, and this is where printing is done

from __future__ import annotations

import argparse
from pathlib import Path

from interview.commands.common import (
    Subparsers,
    add_base,
    add_output,
    as_user_error,
    base_of,
    faults_told,
    folder_of,
    put,
)
from interview.exits import BAD_INPUT, OK


def add(commands: Subparsers) -> None:
    """Add the commands to the parser."""
    questions = commands.add_parser("questions", help="print every question, as a person would see it")
    form = questions.add_mutually_exclusive_group()
    form.add_argument("--json", dest="form", action="store_const", const="json", help="one JSON object")
    form.add_argument("--blank", dest="form", action="store_const", const="blank", help="a file of answers to fill in")
    add_output(questions)
    add_base(questions, region=False)
    questions.set_defaults(command=_questions)

    check = commands.add_parser("check", help="check a rule base and print all its faults")
    check.add_argument("folder", metavar="DIR", nargs="?", help="the folder of the rule base (the one of Legwise)")
    add_base(check, region=False)
    check.set_defaults(command=_check)

    schema = commands.add_parser("schema", help="print the JSON Schema of rule base files, for editors")
    add_output(schema)
    schema.set_defaults(command=_schema)


def _questions(arguments: argparse.Namespace) -> int:
    base = base_of(arguments)
    if arguments.form == "blank":
        from expert.answers import blank_answers

        text = blank_answers(base)
    elif arguments.form == "json":
        from interview.questionnaire import as_json

        text = as_json(base)
    else:
        from interview.questionnaire import as_text

        text = as_text(base)
    put(arguments, text)
    return OK


def _check(arguments: argparse.Namespace) -> int:
    from expert.harmless import harmless
    from expert.lint import check

    folder = Path(arguments.folder) if arguments.folder else folder_of(arguments)
    faults = faults_told(lambda: check(folder))
    for fault in faults:
        print(harmless(str(fault)))
    if faults:
        return BAD_INPUT
    from expert.beside import read_beside
    from expert.load import load

    base = load(folder)
    beside = read_beside(base, folder)
    if beside.faults:
        raise as_user_error(beside.faults)
    counts = [
        _counted(len(base.questions), "question"),
        _counted(len(base.rules), "rule"),
        _counted(len(base.hypotheses), "hypothesis", "hypotheses"),
        _counted(len(base.red_flags), "red flag"),
        *([_counted(len(beside.cases), "case")] if beside.cases else []),
        *([_counted(len(beside.examples), "example")] if beside.examples else []),
        *([f"{_counted(len(beside.dossier.claims), 'claim')} of the dossier"] if beside.dossier else []),
        *([_counted(len(beside.theorems), "theorem")] if beside.theorems else []),
    ]
    print(f"{harmless(base.name)} {harmless(base.version)} has no faults: {', '.join(counts)}.")
    return OK


def _counted(count: int, one: str, many: str = "") -> str:
    return f"{count} {one if count == 1 else many or one + 's'}"


def _schema(arguments: argparse.Namespace) -> int:
    import json

    from expert.schema import json_schema

    put(arguments, json.dumps(json_schema(), indent=2, ensure_ascii=False) + "\n")
    return OK
