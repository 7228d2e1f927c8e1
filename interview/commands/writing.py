"""Commands for writing a rule base: `new`, `watch` and `graph`."""

# ruff: noqa: PLC0415, T201 - imports wait until they are needed, and this is where printing is done

from __future__ import annotations

import argparse
from pathlib import Path

from interview.commands.common import Subparsers, UserError, add_base, add_output, base_of, put
from interview.exits import OK

#: Seconds between two looks at the files.
_EVERY = 0.3
#: The forms of a picture, with the endings of file names that ask for them.
_FORMS = {"svg": (".svg",), "mermaid": (".mmd", ".mermaid", ".md", ".txt"), "dot": (".dot", ".gv")}


def add(commands: Subparsers) -> None:
    """Add the commands to the parser."""
    new = commands.add_parser("new", help="begin a rule base: a small commented one that runs")
    new.add_argument("folder", metavar="DIR", help="the folder to write, new or empty")
    new.add_argument("--from", dest="source", metavar="NAME", help="a copy of a base that comes with Legwise instead")
    new.set_defaults(command=_new)

    watch = commands.add_parser("watch", help="check a rule base at each save, and say who is told something else")
    watch.add_argument("folder", metavar="DIR", help="the folder of the rule base")
    watch.set_defaults(command=_watch)

    graph = commands.add_parser("graph", help="a picture of a rule base: which questions feed which conclusions")
    graph.add_argument(
        "--about", metavar="NAME", help="only what hangs together with this topic, finding or hypothesis"
    )
    graph.add_argument("--form", choices=tuple(_FORMS), help="as the name of FILE ends, or else mermaid")
    add_output(graph)
    add_base(graph, region=False)
    graph.set_defaults(command=_graph)


def _new(arguments: argparse.Namespace) -> int:
    import shlex

    from expert.harmless import harmless
    from interview.commands.common import shipped_folder
    from interview.new_base import TEMPLATE, NewBaseError, write_new

    source = shipped_folder("--from", arguments.source) if arguments.source else TEMPLATE
    try:
        written = write_new(Path(arguments.folder), source)
    except NewBaseError as error:
        raise UserError(str(error)) from None
    name = harmless(arguments.folder)
    folder = shlex.quote(name)
    print(f"{len(written)} files are in {name}: a rule base that runs, with cases and examples. Next:")
    print(f"  legwise check {folder}      finds its faults")
    print(f"  legwise --rules {folder}    asks its questions")
    print(f"  legwise watch {folder}      says at each save what changed")
    return OK


def _watch(arguments: argparse.Namespace) -> int:
    import time
    from functools import partial

    from interview.outputs import plain_width
    from interview.watching import watch

    folder = Path(arguments.folder)
    if not folder.is_dir():
        raise UserError(f"{folder}: is no folder; `legwise new {folder}` makes a rule base there.")
    watch(folder, partial(print, flush=True), partial(time.sleep, _EVERY), plain_width)
    return OK


def _graph(arguments: argparse.Namespace) -> int:
    from expert.drawing import to_dot, to_mermaid, to_svg
    from expert.graph import UnknownNameError, part, whole

    base = base_of(arguments)
    try:
        graph = whole(base) if arguments.about is None else part(base, arguments.about)
    except UnknownNameError as error:
        raise UserError(f"--about: {error}") from None
    form = arguments.form or _form_of(arguments.output)
    drawn = {"svg": to_svg, "mermaid": to_mermaid, "dot": to_dot}[form](graph)
    is_markdown = form == "mermaid" and (arguments.output or "").lower().endswith(".md")
    put(arguments, f"```mermaid\n{drawn}```\n" if is_markdown else drawn)
    return OK


def _form_of(file: str | None) -> str:
    ending = Path(file or "").suffix.lower()
    form = next((form for form, endings in _FORMS.items() if ending in endings), None)
    if form is None and file is not None:
        known = ", ".join(each for endings in _FORMS.values() for each in endings)
        raise UserError(f"--output: the name of a picture ends in one of {known}, not in {ending!r}; or add --form.")
    return form or "mermaid"
