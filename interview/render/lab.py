"""The teacher's key to exercises: as lines, and as one JSON object."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

import msgspec

from expert.harmless import harmless
from expert.lab import Exercise, MissingRule, PlantedBug, SmallestChange, about
from expert.lab_telling import KIND_TITLES, hints, tell_solution, tell_task, wish_in_words
from expert.model import Base
from expert.telling import Item, Telling
from expert.written import conclusion_as_written, condition_as_written

FORMAT = "legwise-lab-key"
FORMAT_VERSION = 1


def key_told(base: Base, seed: int, exercises: Sequence[Exercise]) -> list[Telling]:
    """Return every exercise with its solution and hints."""
    title = f"Teacher's key: {harmless(base.name)} {harmless(base.version)}, seed {seed}"
    told = [Telling(title, (), f"{len(exercises)} {'exercise' if len(exercises) == 1 else 'exercises'}.")]
    for number, exercise in enumerate(exercises, 1):
        task = tell_task(exercise, f"Exercise {number}")
        solution = Item("", "Solution:", items=tell_solution(exercise).items)
        helps = Item("", "Hints:", items=tuple(map(Item, hints(exercise))))
        told.append(Telling(task.title, (*task.items, solution, helps), task.note))
    return told


def key_as_json(base: Base, seed: int, exercises: Sequence[Exercise]) -> str:
    """Return the same as one JSON object, in ASCII, ending in a newline."""
    whole = {
        "format": FORMAT,
        "format_version": FORMAT_VERSION,
        "base": {"name": base.name, "version": base.version, "digest": base.digest},
        "seed": seed,
        "exercises": [dict(_as_object(number, exercise)) for number, exercise in enumerate(exercises, 1)],
    }
    return json.dumps(whole, indent=2, ensure_ascii=True, allow_nan=False) + "\n"


def _as_object(number: int, exercise: Exercise) -> Iterator[tuple[str, Any]]:
    yield from {"number": number, "kind": exercise.kind, "title": KIND_TITLES[exercise.kind]}.items()
    yield "about", about(exercise) or None
    match exercise:
        case PlantedBug(mutant=mutant):
            yield "rules_shown", list(exercise.shown)
            yield "mutant", {"name": mutant.name, "what": mutant.what, "before": mutant.before, "after": mutant.after}
            yield "exposed_by", exercise.exposed_by
        case MissingRule(rule=rule):
            yield "if", condition_as_written(rule.condition)
            yield "then", conclusion_as_written(rule.conclusion)
            yield "because", rule.because
        case SmallestChange():
            yield "wish", wish_in_words(exercise.base, exercise.wish)
            yield "answers", exercise.answers
            yield "fewest", exercise.fewest
            yield "ways", [msgspec.to_builtins(way.replies) for way in exercise.ways]
    yield "hints", list(hints(exercise))
