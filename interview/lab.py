"""A session of exercises: shows each, reads replies a line at a time, marks them, and keeps the score."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Protocol

from msgspec import Struct

from expert.answers import read_answers
from expert.explain import UnknownNameError, find_subject
from expert.faults import FaultsError, quoted
from expert.files import read_regular, reason
from expert.harmless import harmless
from expert.lab import Exercise, Kind, MissingRule, PlantedBug, SmallestChange
from expert.lab_telling import KIND_TITLES, hints, question_item, tell_mark, tell_solution, tell_task, typed
from expert.model import Base, Reply
from expert.rule_draft import read_draft
from expert.rulebook import rules_about, tell_rules
from expert.telling import Item, Telling
from expert.words import answer_in_words
from interview.asking import Words
from interview.explaining import RequestError, changes_in, filled

#: A line that names a file, whether or not there is one.
_FILE = re.compile(r"\S+\.(ya?ml|json)")
_PROMPTS: dict[Kind, str] = {"bug": "Answers", "rule": "Rule", "change": "Changed answers"}
_HOW: dict[Kind, str] = {
    "bug": "Type answers as question=reply, with spaces between, or the name of a file of answers.",
    "rule": "Type the lines of the rule and then an empty line, or the name of a file that holds it.",
    "change": "Type the new answers as question=reply, with spaces between, or the name of a file of answers.",
}
_COMMANDS = {
    "hint": "the next hint",
    "show NAME": "a question, or the rules about a finding, hypothesis, red flag or advice, or one rule; without NAME, "
    "all findings",
    "answers": "all answers of the person",
    "task": "the exercise once more",
    "solution": "the solution; the exercise counts as not solved",
    "skip": "go on to the next exercise",
    "stop": "end here, with the score so far (or Ctrl-D)",
    "?": "this list",
}
#: All options are told where one question is asked for.
_ALL = 10**6


class Desk(Protocol):
    """Where a session takes place: it shows text and reads lines."""

    def show(self, tellings: Sequence[Telling], base: Base | None = None) -> None:
        """Show what is told."""

    def say(self, text: str) -> None:
        """Show one text, wrapped."""

    def read(self, prompt: str, names: Sequence[str] = ()) -> str:
        """Read one line; `names` can be completed. Raises EOFError, KeyboardInterrupt: the person leaves."""


class Result(Struct):
    """How one exercise went."""

    kind: Kind
    is_solved: bool = False
    tries: int = 0
    hints: int = 0


class _NextError(Exception):
    """The exercise is left."""


class Session:
    """Goes through exercises at a desk. `results` is what was done, at any moment."""

    def __init__(self, exercises: Iterable[Exercise], count: int, desk: Desk, words: Words) -> None:
        """Take the first `count` of some exercises."""
        self._exercises = islice(exercises, count)
        self._count = count
        self._desk = desk
        self._words = words
        self.results: list[Result] = []

    def hold(self) -> bool:
        """Hold the session; return whether it went to its end.

        Raises: KeyboardInterrupt, EOFError: the person left; `results` holds what was done.
        """
        for exercise in self._exercises:
            self.results.append(Result(exercise.kind))
            sitting = _Sitting(exercise, self.results[-1], self._desk, self._words)
            if not sitting.hold(f"Exercise {len(self.results)} of {self._count}"):
                return False
        if len(self.results) < self._count:
            self._desk.say("This base gives no more exercises with this seed.")
        return True

    def score(self) -> Telling:
        """Return the score so far."""
        solved = sum(result.is_solved for result in self.results)
        title = f"Score: {solved} of {len(self.results)} solved"
        return Telling(
            title, tuple(Item(_result_in_words(result), f"{KIND_TITLES[result.kind]}:") for result in self.results)
        )


def _result_in_words(result: Result) -> str:
    counts = [
        _counted(result.tries, "try", "tries"),
        *([_counted(result.hints, "hint", "hints")] if result.hints else []),
    ]
    return f"{'solved' if result.is_solved else 'not solved'}, {', '.join(counts)}"


def _counted(count: int, one: str, many: str) -> str:
    return f"{count} {one if count == 1 else many}"


class _Sitting:
    """One exercise."""

    def __init__(self, exercise: Exercise, result: Result, desk: Desk, words: Words) -> None:
        self._exercise = exercise
        self._base = exercise.given
        self._result = result
        self._desk = desk
        self._words = words
        self._title = ""
        self._names = [*(name.split()[0] for name in _COMMANDS if name != "?"), *self._base.questions]

    def hold(self, title: str) -> bool:
        """Read lines until it is solved or left; return False when the person stops altogether."""
        self._title = title
        self._task()
        while not self._result.is_solved:
            line = self._desk.read(f"{_PROMPTS[self._exercise.kind]} >", self._names).strip()
            if line == "stop":
                return False
            if line == "skip":
                break
            if line == "solution":
                self._show(tell_solution(self._exercise))
                break
            self._take(line)
        return True

    def _task(self) -> None:
        self._show(tell_task(self._exercise, self._title))
        self._desk.say(f"{_HOW[self._exercise.kind]} Other words: hint, show NAME, solution, skip, stop, ?.")

    def _show(self, telling: Telling) -> None:
        self._desk.show([filled(telling, self._words)])

    def _take(self, line: str) -> None:
        """Do what a line says."""
        word, _, rest = line.partition(" ")
        try:
            match word:
                case "":
                    self._desk.say(_HOW[self._exercise.kind])
                case "?" | "help":
                    self._show(
                        Telling(
                            "You can type",
                            tuple(Item(f"{what}", f"{name}:") for name, what in _COMMANDS.items()),
                            _HOW[self._exercise.kind],
                        )
                    )
                case "hint":
                    self._hint()
                case "task":
                    self._task()
                case "answers":
                    self._answers()
                case "show":
                    self._desk.show([filled(telling, self._words) for telling in self._shown(rest.strip())], self._base)
                case _:
                    self._reply(line)
        except (RequestError, FaultsError, UnknownNameError) as error:
            for problem in str(error).split("\n"):
                self._desk.say(harmless(problem))
        except OSError as error:
            self._desk.say(harmless(f"{error.filename}: cannot be read: {reason(error)}."))

    # --- other words ------------------------------------------------------------------------------------------------

    def _hint(self) -> None:
        all_ = hints(self._exercise)
        place = self._result.hints
        if place < len(all_):
            self._result.hints += 1
        last = " That was the last; `solution` tells it." if place + 1 == len(all_) else ""
        self._desk.say(self._words(all_[min(place, len(all_) - 1)]) + last)

    def _answers(self) -> None:
        answers = self._exercise.answers if isinstance(self._exercise, SmallestChange) else {}
        items = tuple(
            Item(f"({typed(question, reply)})", answer_in_words(self._base, question, reply))
            for question, reply in answers.items()
        )
        self._show(Telling("All answers", items, "" if items else "Nothing is answered beforehand in this exercise."))

    def _shown(self, name: str) -> Iterator[Telling]:
        if name in self._base.questions:
            question = self._base.questions[name]
            item = question_item(self._base, question, (), _ALL)
            options = tuple(Item(harmless(option.text), f"{option.id}:") for option in question.options.values())
            yield Telling(f"Question {name}", (item, *options))
            return
        if not name:
            yield self._readable()
            return
        subject = find_subject(self._base, name)
        rules = [self._base.rules[name]] if subject.kind == "rule" else rules_about(self._base, subject.id)
        yield from tell_rules(self._base, rules)
        if not rules:
            yield Telling(f"No rule is about {name}", ())

    def _readable(self) -> Telling:
        """Return what conditions can read beside questions."""
        base = self._base
        findings = tuple(Item(harmless(finding.label), f"{finding.id}:") for finding in base.findings.values())
        scores = tuple(Item(harmless(score.label), f"{score.id}:") for score in base.scores.values())
        items = [Item("", lead, items=of) for lead, of in (("Findings:", findings), ("Scores:", scores)) if of]
        return Telling(
            "Show what?", tuple(items), "Name a question, rule, hypothesis, red flag, advice, or one of these."
        )

    # --- replies ----------------------------------------------------------------------------------------------------

    def _reply(self, line: str) -> None:
        match self._exercise:
            case PlantedBug() | SmallestChange() as exercise:
                replies = self._replies(line)
                self._result.tries += 1
                mark = exercise.mark(replies)
                self._result.is_solved = mark.is_right
                self._show(tell_mark(mark))
            case MissingRule() as exercise:
                name, text = self._draft(line)
                draft = read_draft(self._base, text, exercise.rule, name)
                self._result.tries += 1
                found = exercise.mark(draft)
                self._result.is_solved = found.is_right
                self._show(tell_mark(found))

    def _replies(self, line: str) -> dict[str, Reply]:
        if _names_file(line):
            return read_answers(self._base, Path(line))
        return changes_in(self._base, re.sub(r"\s*([,=])\s*", r"\1", line))

    def _draft(self, line: str) -> tuple[str, str | bytes]:
        """Return what a draft is called in messages, and its text."""
        if _names_file(line):
            path = Path(line)
            return path.name, read_regular(path)
        if ":" not in line:
            raise RequestError(
                f"found {quoted(line)}; lines such as `if: {{question: yes}}` are needed, or the name of a file."
            )
        lines = [line]
        while more := self._desk.read("...").rstrip():
            lines.append(more)
        return "your rule", "\n".join(lines)


def _names_file(line: str) -> bool:
    return _FILE.fullmatch(line) is not None or ("=" not in line and ":" not in line and Path(line).is_file())
