"""A proof of a base as lines on the screen, as JSON, and its counterexamples as files of answers."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any

import msgspec

from expert.answers import write_answers
from expert.harmless import harmless
from expert.model import Base
from expert.prove.checks import Check, Kind
from expert.prove.replay import in_words
from interview.wrapping import wrap

#: What is proved, by kind: the heading, and what is said when all of it holds.
HEADINGS: dict[Kind, str] = {
    "theorem": "Theorems",
    "reach": "Every part can come to be",
    "rules": "Every rule adds something and none contradicts itself",
    "options": "Every choice can matter",
    "sparing": "No question left out could have mattered",
}
_INDENT = "    "


def check_lines(base: Base, check: Check, width: int) -> Iterator[str]:
    """Yield a check in words: whether it holds, and if not, why."""
    word = "excused" if check.excused and not check.holds else "holds" if not check.fails else "FAILS"
    yield from wrap(check.says, width, first=f"- {word}: ", rest="  ")
    if check.holds and check.excused:
        yield from wrap("It is excused, but holds; take the excuse out.", width, first=_INDENT, rest=_INDENT)
        return
    if check.excused:
        yield from wrap(f"Why: {harmless(check.excused)}", width, first=_INDENT, rest=_INDENT)
    lines = list(check.why)
    if check.example is not None:
        lines += ["It does not hold, for example, with these answers:", *in_words(base, check.example)]
    if check.fails or check.example is not None:
        for line in lines:
            yield from wrap(harmless(line), width, first=_INDENT, rest=_INDENT)


def summary(checks: Iterable[Check]) -> str:
    """Return in one line how many statements hold."""
    listed = list(checks)
    holding = sum(check.holds for check in listed)
    excused = sum(bool(check.excused) and not check.holds for check in listed)
    failing = sum(check.fails for check in listed)
    parts = [f"{holding} of {len(listed)} statements hold"]
    parts += [f"{excused} excused by name"] if excused else []
    parts += [f"{failing} FAIL" + "S" * (failing == 1)] if failing else []
    return ", ".join(parts) + "."


def verdict(checks: Iterable[Check]) -> str:
    """Return in one line what the whole proof comes to."""
    listed = list(checks)
    failing = sum(check.fails for check in listed)
    excused = sum(bool(check.excused) for check in listed)
    if not failing:
        but = f", but for what is excused by name ({excused})" if excused else ""
        return f"Proved, for every possible answer{but}."
    return f"Not proved: {failing} of {len(listed)} statements {'fails' if failing == 1 else 'fail'}."


def counterexample_files(base: Base, check: Check) -> Iterator[tuple[str, str]]:
    """Yield the files of answers of a counterexample, with their names."""
    if check.example is None:
        return
    name = check.id.split("/", 1)[-1].replace("/", "-")
    before, after = check.example.before, check.example.answers
    for answers, mark, words in ((before, "-before", " (before)"), (after, "-after" if before is not None else "", "")):
        if answers is not None:
            head = f"# Does not hold{words or (' (after)' if before is not None else '')}: {harmless(check.says)}\n"
            yield f"{name}{mark}.yaml", head + write_answers(base, answers)


def as_json(base: Base, checks: Iterable[Check]) -> str:
    """Return a proof as one JSON object, in ASCII, ending in a newline."""
    listed = list(checks)
    whole = {
        "format": "legwise-proof",
        "format_version": 1,
        "base": {"name": base.name, "version": base.version, "digest": base.digest},
        "proved": not any(check.fails for check in listed),
        "checks": [_check(check) for check in listed],
    }
    return json.dumps(whole, indent=2, ensure_ascii=True, allow_nan=False) + "\n"


def _check(check: Check) -> dict[str, Any]:
    found: dict[str, Any] = msgspec.to_builtins(check)
    return {**found, "fails": check.fails}
