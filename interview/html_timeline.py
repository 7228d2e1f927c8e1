"""The timeline of a consultation as plain data, for the script of the HTML report and for its table."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from msgspec import Struct

from expert.model import BANDS, URGENCIES, Band, Base, Urgency
from expert.timeline import Stage, Timeline, Told, fact_in_words, production_in_words
from expert.verdict import Verdict
from expert.words import band_in_words, question_in_words, reply_in_words, urgency_in_words

Words = Callable[[str], str]

#: What the table leaves out: the script shows it.
_MINOR = ("bookkeeping", "answer", "score")


class Row(Struct, frozen=True):
    """One answer in the table: what was asked and replied, what that let rules conclude, and what it moved."""

    question: str
    reply: str
    concluded: tuple[str, ...]
    moved: tuple[str, ...]
    urgency: str


class Run(Struct, frozen=True):
    """Some stages in a row with one level, for a strip: 0 is nothing to show, higher is more."""

    start: int
    length: int
    level: int


class Strip(Struct, frozen=True):
    """How one hypothesis, or the urgency, moved through the consultation."""

    label: str
    end: str
    runs: tuple[Run, ...]


class Replay(Struct, frozen=True):
    """The timeline ready for a page: `data` is for the script, the rest for the reader without one."""

    data: dict[str, Any]
    rows: tuple[Row, ...]
    strips: tuple[Strip, ...]


def replay(base: Base, line: Timeline, words: Words, *, complete: bool) -> Replay:
    """Return the timeline in words. Args: words: makes a text of the base ready to show."""
    return _Teller(base, line, words, complete=complete).replay()


class _Teller:
    def __init__(self, base: Base, line: Timeline, words: Words, *, complete: bool) -> None:
        self.base, self.line, self.words, self.complete = base, line, words, complete
        self.hypotheses = {hypothesis: number for number, hypothesis in enumerate(base.hypotheses)}
        names = dict.fromkeys(name for stage in line.stages for moment in stage.moments for name in moment.agenda)
        self.productions = {name: number for number, name in enumerate(names)}

    def replay(self) -> Replay:
        rows = tuple(self.rows())
        data = {
            "hypotheses": [self.label(hypothesis) for hypothesis in self.hypotheses],
            "words": [band_in_words(band) for band in BANDS],
            "productions": [
                [name, *self.told(production_in_words(self.base, name)), self.line.places[name]]
                for name in self.productions
            ],
            "facts": [[fact.number, *self.told(fact_in_words(self.base, self.line, fact))] for fact in self.line.facts],
            "stages": [self.stage(stage, row) for stage, row in zip(self.line.stages, rows, strict=True)],
        }
        return Replay(data, rows, tuple(self.strips()))

    def told(self, told: Told) -> tuple[str, str]:
        return told.sort, self.words(told.words)

    def stage(self, stage: Stage, row: Row) -> dict[str, Any]:
        return {
            "question": row.question,
            "reply": row.reply,
            "urgency": row.urgency,
            "moved": row.moved,
            "known": stage.known,
            "bands": [
                [self.hypotheses[weight.hypothesis], BANDS.index(weight.band)]
                for weight in stage.verdict.hypotheses
                if weight.band != "none"
            ],
            # Agenda, facts known, facts matched.
            "moments": [
                [
                    [self.productions[name] for name in moment.agenda],
                    moment.known,
                    [fact.number for fact in moment.firing.matched],
                ]
                for moment in stage.moments
            ],
        }

    def label(self, hypothesis: str) -> str:
        return self.words(self.base.hypotheses[hypothesis].label)

    # --- the table ------------------------------------------------------------------------------------------------

    def rows(self) -> Iterator[Row]:
        before: Verdict | None = None
        for stage in self.line.stages:
            told = [production_in_words(self.base, moment.firing.production) for moment in stage.moments]
            asked = "Before the first answer"
            reply = ""
            if stage.question is not None and stage.reply is not None:
                asked = self.words(question_in_words(self.base, stage.question))
                reply = self.words(reply_in_words(self.base, stage.question, stage.reply))
            yield Row(
                question=asked,
                reply=reply,
                concluded=tuple(dict.fromkeys(self.words(each.words) for each in told if each.sort not in _MINOR)),
                moved=() if before is None else tuple(self.moved(before, stage.verdict)),
                urgency=self.urgency(stage),
            )
            before = stage.verdict

    def urgency(self, stage: Stage) -> str:
        """Return the urgency so far; before the end it is only the least that it can be."""
        urgency = stage.verdict.urgency
        if urgency == "emergency" or (self.complete and stage is self.line.stages[-1]):
            return urgency_in_words(urgency)
        return "cannot be said yet" if urgency == "routine" else f"at least {urgency_in_words(urgency).lower()}"

    def moved(self, before: Verdict, after: Verdict) -> Iterator[str]:
        if before.urgency != after.urgency:
            yield f"How soon: {_tier(before.urgency)} → {_tier(after.urgency)}"
        bands: dict[str, Band] = {weight.hypothesis: weight.band for weight in before.hypotheses}
        for weight in after.hypotheses:
            old = bands.get(weight.hypothesis, "none")
            if old != weight.band:
                yield f"{self.label(weight.hypothesis)}: {_band(old)} → {_band(weight.band)}"
        if before.hypotheses and not after.hypotheses:
            yield "Hypotheses are no longer judged"

    # --- the strips -----------------------------------------------------------------------------------------------

    def strips(self) -> Iterator[Strip]:
        stages = self.line.stages
        levels = [len(URGENCIES) - 1 - URGENCIES.index(stage.verdict.urgency) for stage in stages]
        yield Strip("How soon", self.urgency(stages[-1]), _runs(levels))
        bands = [{weight.hypothesis: weight.band for weight in stage.verdict.hypotheses} for stage in stages]
        last = [weight.hypothesis for weight in stages[-1].verdict.hypotheses]
        for hypothesis in dict.fromkeys([*last, *self.base.hypotheses]):
            held: list[Band] = [each.get(hypothesis, "none") for each in bands]
            if any(band != "none" for band in held):
                levels = [len(BANDS) - 1 - BANDS.index(band) for band in held]
                yield Strip(self.label(hypothesis), _band(held[-1]), _runs(levels))


def _tier(urgency: Urgency) -> str:
    return "nothing yet" if urgency == "routine" else urgency_in_words(urgency).lower()


def _band(band: Band) -> str:
    """Return a band on the way: what has no sign yet is not said to have none."""
    return "nothing yet" if band == "none" else band_in_words(band)


def _runs(levels: list[int]) -> tuple[Run, ...]:
    runs: list[Run] = []
    for place, level in enumerate(levels):
        if runs and runs[-1].level == level:
            runs[-1] = Run(runs[-1].start, runs[-1].length + 1, level)
        else:
            runs.append(Run(place, 1, level))
    return tuple(run for run in runs if run.level)
