"""Commands over the rules and cases of a base: `demo`, `rules`, `cases` and `compare`."""

# ruff: noqa: PLC0415, T201 - imports wait until they are needed, and this is where printing is done

from __future__ import annotations

import argparse
from pathlib import Path

from interview.commands.common import (
    Subparsers,
    UserError,
    add_base,
    add_output,
    base_of,
    cases_of,
    dossier_of,
    examples_of,
    faults_told,
    folder_of,
    is_plain,
    number_of,
    put,
)
from interview.exits import OK


def add(commands: Subparsers) -> None:
    """Add the commands to the parser."""
    demo = commands.add_parser("demo", help="list the worked cases, or run one and explain its point")
    demo.add_argument("name", metavar="NAME", nargs="?", help="the case to run")
    add_base(demo)
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
    add_output(rules)
    add_base(rules, region=False)
    rules.set_defaults(command=_rules)

    cases = commands.add_parser("cases", help="score the rule base on a library of cases")
    cases.add_argument("folder", metavar="DIR", nargs="?", help="the folder of cases (that of the rule base)")
    cases.add_argument("--demos", action="store_true", help="count the demonstrations too")
    cases.add_argument("--json", dest="form", action="store_const", const="json", help="one JSON object")
    add_output(cases)
    add_base(cases, region=False)
    cases.set_defaults(command=_cases, form=None)

    compare = commands.add_parser("compare", help="compare two versions of a rule base over a folder of cases")
    compare.add_argument("first", metavar="BASE_A", help="the folder of the earlier version")
    compare.add_argument("second", metavar="BASE_B", help="the folder of the later version")
    compare.add_argument("--cases", metavar="DIR", help="the folder of cases (that of BASE_B, or else of BASE_A)")
    compare.add_argument("--json", dest="form", action="store_const", const="json", help="one JSON object")
    add_output(compare)
    compare.set_defaults(command=_compare, form=None)


def _demo(arguments: argparse.Namespace) -> int:
    from expert.consultation import consult
    from interview.explaining import RequestError
    from interview.library import demo_opening, demo_point, demos_told, find_demo
    from interview.outputs import print_explanations, print_screen, words_with

    base = base_of(arguments)
    cases = cases_of(base, folder_of(arguments))
    plain = is_plain()
    if arguments.name is None:
        print_explanations(demos_told(cases), base, plain=plain)
        return OK
    try:
        case = find_demo(cases, arguments.name)
    except RequestError as error:
        raise UserError(str(error)) from None
    number = number_of(arguments)
    consultation = consult(base, case.answers)
    print_explanations([demo_opening(base, case)], base, plain=plain)
    print_screen(consultation, number, plain=plain)
    if point := demo_point(consultation, case, words_with(number)):
        print()
        print_explanations(point, base, plain=plain)
    return OK


def _rules(arguments: argparse.Namespace) -> int:
    from expert.rulebook import tell_codes
    from interview.explaining import RequestError
    from interview.library import choose_rules, claim_as_object, claim_told, rules_as_json, rules_told
    from interview.outputs import explanation_text, print_explanations

    base = base_of(arguments)
    # Only a claim asks what the dossier says of it.
    dossier = dossier_of(base, folder_of(arguments)) if arguments.claim is not None else None
    try:
        rules = choose_rules(
            base,
            rule=arguments.rule,
            about=arguments.about,
            source=arguments.source,
            claim=arguments.claim,
            dossier=dossier,
        )
    except RequestError as error:
        raise UserError(str(error)) from None
    is_one = arguments.rule is not None
    # Only these name the cases and examples; reading them takes a moment.
    is_full = is_one or arguments.form == "json"
    cases = cases_of(base, folder_of(arguments)) if is_full else ()
    examples = examples_of(base, folder_of(arguments)) if is_full else ()
    if arguments.form == "json":
        claim = claim_as_object(base, dossier, arguments.claim)
        put(arguments, rules_as_json(base, rules, cases, examples, claim=claim, about=arguments.about))
        return OK
    tellings = [
        *claim_told(base, dossier, arguments.claim),
        *rules_told(base, rules, cases, examples, is_one=is_one),
        *(tell_codes(base, arguments.about) if arguments.about is not None else ()),
    ]
    if arguments.form == "markdown" or arguments.output is not None:
        put(arguments, explanation_text(tellings, base))
    else:
        print_explanations(tellings, base, plain=is_plain())
    return OK


def _cases(arguments: argparse.Namespace) -> int:
    from expert.cases import FOLDER, read_cases
    from expert.scorecard import score_cases
    from interview.library import scorecard_as_json
    from interview.outputs import explanation_text, print_scorecard
    from interview.render.scorecard import scorecard_told

    base = base_of(arguments)
    folder = Path(arguments.folder) if arguments.folder else folder_of(arguments) / FOLDER
    if not folder.is_dir():
        raise UserError(f"{folder}: is no folder of cases; name one, as in `legwise cases DIR`.")
    cases = faults_told(lambda: read_cases(base, folder))
    card = score_cases(base, cases, with_demonstrations=arguments.demos)
    if not card.scores:
        hint = " but demonstrations; --demos counts them" if card.demonstrations else ""
        raise UserError(f"{folder}: has no cases{hint}.")
    if arguments.form == "json":
        put(arguments, scorecard_as_json(card, base))
    elif arguments.output is not None:
        put(arguments, explanation_text(scorecard_told(card, base), base))
    else:
        print_scorecard(card, base, plain=is_plain())
    return OK


def _compare(arguments: argparse.Namespace) -> int:
    from expert.cache import cached_load
    from expert.cases import FOLDER
    from expert.compare import compare, tell_comparison
    from interview.library import comparison_as_json
    from interview.outputs import explanation_text, print_explanations

    first = faults_told(lambda: cached_load(arguments.first))
    second = faults_told(lambda: cached_load(arguments.second))
    own = Path(arguments.second) / FOLDER
    folder = Path(arguments.cases) if arguments.cases else own if own.is_dir() else Path(arguments.first) / FOLDER
    if not folder.is_dir():
        raise UserError(f"{folder}: is no folder of cases; name one with --cases.")
    comparison = faults_told(lambda: compare(first, second, folder))
    if arguments.form == "json":
        put(arguments, comparison_as_json(comparison, first, second))
        return OK
    tellings = tell_comparison(comparison, first, second)
    if arguments.output is not None:
        put(arguments, explanation_text(tellings, second))
    else:
        print_explanations(tellings, second, plain=is_plain())
    return OK
