"""How well a base is tried: the score of its mutants as tables where there is room for them, and the survivors."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

import msgspec

from expert.harmless import for_markdown, harmless
from expert.model import Base
from expert.mutants import KIND_WORDS, KINDS, Mutant
from expert.mutation import Measurement, Outcome, Tally, file_of
from expert.telling import Item, Telling
from expert.written import answers_as_written
from interview.render import proof

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

#: A narrower table would break its numbers; lines are easier to read then.
_LEAST_WIDTH = 72
#: Survivors told on a screen; a file has all.
MOST_TOLD = 40
#: What is changed, of a long condition, on a screen.
_LONGEST = 200


def mutation_told(found: Measurement, base: Base, least: float, most: int = MOST_TOLD) -> list[Telling]:
    """Return all of it as lines; the score comes last, for the end is what a terminal shows."""
    return [*_survivors_told(found, most), *_excused_told(found), *_tallies_told(found), _heading(found, base, least)]


def show(found: Measurement, base: Base, least: float, console: Console) -> None:
    """Print it on `console`."""
    if not console.is_terminal or console.is_dumb_terminal or console.width < _LEAST_WIDTH:
        proof.show(mutation_told(found, base, least), base, console)
        return
    proof.show([*_survivors_told(found, MOST_TOLD), *_excused_told(found)], base, console)
    for title, tallies in _tallies(found):
        console.print(_table(title, tallies), highlight=False)
    proof.show([_heading(found, base, least)], base, console)


def is_enough(found: Measurement, least: float) -> bool:
    """Tell whether the score reaches a percentage."""
    return found.total.score * 100 >= least


# --- the score --------------------------------------------------------------------------------------------------------


def _heading(found: Measurement, base: Base, least: float) -> Telling:
    total = found.total
    survive = len(found.survivors)
    reached = "reached" if is_enough(found, least) else "not reached"
    items = [
        Item(f"{total.killed} of {_counted(total)}, {_percent(total)}; {least:g} % is wanted: {reached}.", "Killed:"),
        Item(", ".join(f"{count} by {name}" for name, count in found.killed_by.items()), "First killed:"),
        Item(f"{survive}{f', and {total.excused} that are excused' if total.excused else ''}.", "Survive:"),
    ]
    if found.same:
        items.append(Item(f"{found.same} more, which mean the same as the rule or as another mutant.", "Passed over:"))
    return Telling(f"Mutants of {harmless(base.name)} {harmless(base.version)}", tuple(items))


def _counted(tally: Tally) -> str:
    return f"{tally.mutants - tally.excused} mutants"


def _percent(tally: Tally) -> str:
    """Return a score so that only a full one reads as 100 %."""
    return f"{int(tally.score * 1000) / 10:g} %"


def _tallies(found: Measurement) -> Iterator[tuple[str, Sequence[Tally]]]:
    by_kind = found.by(lambda mutant: mutant.kind, KINDS)
    yield "Mistake", [msgspec.structs.replace(tally, name=_kind_in_words(tally.name)) for tally in by_kind]
    yield "File", [msgspec.structs.replace(tally, name=harmless(tally.name)) for tally in found.by(file_of)]


def _kind_in_words(kind: str) -> str:
    return next(words for name, words in KIND_WORDS.items() if name == kind)


def _tallies_told(found: Measurement) -> Iterator[Telling]:
    for title, tallies in _tallies(found):
        lines = (
            Item(
                f"{tally.killed} of {_counted(tally)}, {_percent(tally)}"
                f"{f' ({tally.excused} excused)' if tally.excused else ''}",
                f"{tally.name}:",
            )
            for tally in tallies
        )
        yield Telling(f"Killed by {title.lower()}", tuple(lines))


def _table(title: str, tallies: Iterable[Tally]) -> Table:
    from rich import box  # noqa: PLC0415 - slow, and not needed for plain text
    from rich.table import Table  # noqa: PLC0415

    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1), pad_edge=False)
    table.add_column(title)
    for name in ("Mutants", "Killed", "Excused", "Survive", "Score"):
        table.add_column(name, justify="right")
    for tally in tallies:
        numbers = (tally.mutants, tally.killed, tally.excused, tally.survivors)
        table.add_row(tally.name, *map(str, numbers), _percent(tally))
    return table


# --- survivors --------------------------------------------------------------------------------------------------------


def _survivors_told(found: Measurement, most: int) -> Iterator[Telling]:
    shown = found.survivors[:most]
    for file, outcomes in _by_file(shown).items():
        yield Telling(f"Survivors in {harmless(file)}", tuple(map(_survivor, outcomes)))
    if more := len(found.survivors) - len(shown):
        yield Telling(f"And {more} more survivors", (), "-o FILE or --json lists all; --rule ID those of one rule.")


def _by_file(outcomes: Iterable[Outcome]) -> dict[str, list[Outcome]]:
    files: dict[str, list[Outcome]] = {}
    for outcome in outcomes:
        files.setdefault(file_of(outcome.mutant), []).append(outcome)
    return files


def _survivor(outcome: Outcome) -> Item:
    mutant = outcome.mutant
    change = f"{_shortened(mutant.before)} -> {_shortened(mutant.after)}"
    lines = [Item(harmless(change), "Changed:")] if mutant.before else []
    lines.append(Item(harmless(missing_in_words(outcome)), "Missing:"))
    return Item(harmless(mutant.what), f"{harmless(mutant.name)}:", items=tuple(lines))


def _shortened(written: str) -> str:
    return written if len(written) <= _LONGEST else f"{written[: _LONGEST - 4]} ..."


def missing_in_words(outcome: Outcome) -> str:
    """Return what would kill a survivor: an example or a case, with answers that tell it from the base."""
    mutant, found = outcome.mutant, outcome.witness
    assert found is not None
    answers = answers_as_written(found.answers)
    words = {
        "fires": f"an example of {found.rule} under 'fires': {answers}",
        "not": f"an example of {found.rule} under 'not': {answers}",
        "unknown": f"a case where {mutant.id} is ruled out or stays open, on {answers}",
        "asked": f"an example or a case in which the reply to {mutant.id} counts, on {answers}",
        "holds": f"a case, a theorem or a claim that expects something of it; it holds on {answers}",
        "same": "nothing: it is proved that no answers tell the two apart; the part changed is needless",
        "none": "no answers were found that tell the two apart",
    }[found.kind]
    told = f"; told otherwise, but nothing is expected of it: {', '.join(outcome.cases)}" if outcome.cases else ""
    return f"{words}{told}"


def _excused_told(found: Measurement) -> Iterator[Telling]:
    if found.excused:
        lines = (
            Item(harmless(found.excuses[each.mutant.name].reason), f"{harmless(each.mutant.name)}:")
            for each in found.excused
        )
        yield Telling(f"Excused ({len(found.excused)})", tuple(lines))


# --- in full ----------------------------------------------------------------------------------------------------------


def to_markdown(found: Measurement, base: Base, least: float) -> str:
    """Return all of it as Markdown, with the survivors of each file as a table."""
    heading = _heading(found, base, least)
    lines = [
        f"# {for_markdown(heading.title)}",
        "",
        *(f"- {for_markdown(f'{i.lead} {i.text}')}" for i in heading.items),
    ]
    for title, tallies in _tallies(found):
        rows = (
            (t.name, t.mutants, t.killed, t.excused, t.mutants - t.killed - t.excused, _percent(t)) for t in tallies
        )
        lines += ["", *_markdown_table((title, "Mutants", "Killed", "Excused", "Survive", "Score"), rows)]
    for file, outcomes in _by_file(found.survivors).items():
        survivors = (
            (each.mutant.name, each.mutant.what, each.mutant.before, each.mutant.after, missing_in_words(each))
            for each in outcomes
        )
        head = ("Mutant", "What was changed", "Before", "After", "Missing")
        lines += ["", f"## Survivors in {for_markdown(file)} ({len(outcomes)})", "", *_markdown_table(head, survivors)]
    if found.excused:
        excused = ((each.mutant.name, found.excuses[each.mutant.name].reason) for each in found.excused)
        lines += ["", "## Excused", "", *_markdown_table(("Mutant", "Why it may survive"), excused)]
    return "\n".join(lines) + "\n"


def _markdown_table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> Iterator[str]:
    yield f"| {' | '.join(head)} |"
    yield f"|{'---|' * len(head)}"
    for row in rows:
        yield f"| {' | '.join(for_markdown(str(cell)) for cell in row)} |"


def as_object(found: Measurement, base: Base, least: float) -> dict[str, Any]:
    """Return all of it as plain data."""
    return {
        "format": "legwise-mutants",
        "format_version": 1,
        "base": {"name": base.name, "version": base.version, "digest": base.digest},
        "total": _tally_as_object(found.total),
        "least": least,
        "reached": is_enough(found, least),
        "passed_over": found.same,
        "killed_by": found.killed_by,
        "kinds": [_tally_as_object(tally) for tally in found.by(lambda mutant: mutant.kind, KINDS)],
        "files": [_tally_as_object(tally) for tally in found.by(file_of)],
        "survivors": [_survivor_as_object(outcome) for outcome in found.survivors],
        "excused": {each.mutant.name: found.excuses[each.mutant.name].reason for each in found.excused},
        "killed": {each.mutant.name: {"judge": each.judge, "by": each.by} for each in found.outcomes if each.judge},
        "faults": list(map(str, found.faults)),
    }


def _tally_as_object(tally: Tally) -> dict[str, object]:
    return {**msgspec.to_builtins(tally), "score": tally.score}


def _survivor_as_object(outcome: Outcome) -> dict[str, object]:
    mutant: Mutant = outcome.mutant
    return {
        "mutant": mutant.name,
        "kind": mutant.kind,
        "section": mutant.section,
        "id": mutant.id,
        "place": mutant.place,
        "what": mutant.what,
        "before": mutant.before,
        "after": mutant.after,
        "missing": missing_in_words(outcome),
        "witness": msgspec.to_builtins(outcome.witness),
        "cases_told_otherwise": list(outcome.cases),
    }
