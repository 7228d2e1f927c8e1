"""From answers to a trace: experta runs, and every firing is recorded.

Answers are declared one after another and the agenda is run to the end after each; because conclusions only ever grow
(see `expert.compile`), the order of the answers can change the order of the firings but not what is concluded.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from msgspec import Struct

from expert.compile import Program
from expert.engine import InitialFact, Production, ThreeValuedEngine
from expert.model import NOT_SURE, Answers, Base, Limit, Reply


class FactSeen(Struct, frozen=True):
    """A fact in working memory: its number in this run, what it is about, and its value."""

    number: int
    subject: str
    value: Any


class Firing(Struct, frozen=True):
    """One production that fired: its name (see `expert.compile`), the facts that matched, and the fact it declared."""

    production: str
    matched: tuple[FactSeen, ...]
    declared: FactSeen | None

    @property
    def rule(self) -> str | None:
        """The id of the rule of the base that fired, or None for a derived production."""
        kind, _, name = self.production.partition(":")
        return name if kind == "rule" else None


class Step(Struct, frozen=True):
    """One answer and what followed from it."""

    question: str
    reply: Reply
    declared: tuple[FactSeen, ...]
    firings: tuple[Firing, ...]


class Trace(Struct, frozen=True):
    """A whole run: for each answer, the facts it declared and the firings, in order.

    `opening` are the firings that need no answer (a score that cannot but reach a limit).
    """

    steps: tuple[Step, ...]
    opening: tuple[Firing, ...] = ()

    @property
    def firings(self) -> tuple[Firing, ...]:
        """All firings, in order."""
        return self.opening + tuple(firing for step in self.steps for firing in step.firings)

    def named(self, prefix: str) -> tuple[str, ...]:
        """Return the ids of the productions with a given prefix that fired, in firing order, each once."""
        start = prefix + ":"
        names = (firing.production for firing in self.firings)
        return tuple(dict.fromkeys(name.removeprefix(start) for name in names if name.startswith(start)))

    @property
    def true_rules(self) -> tuple[str, ...]:
        """The ids of the rules that fired, in firing order."""
        return self.named("rule")


class Reasoner:
    """An engine for one rule base, to be used again and again (building it costs far more than a run).

    One thread at a time.
    """

    def __init__(self, base: Base, watch: Callable[[tuple[str, ...], int], None] | None = None) -> None:
        """Compile `base` and build its network.

        Args: watch: told before each firing the productions on the agenda, the one that fires first, and the number
        that the next fact will get.
        """
        self.base = base
        self.program = Program(base)
        self._engine = ThreeValuedEngine(self.program.productions, self._on_fire)
        self._firings: list[Firing] = []
        self._fired: set[str] = set()
        self._steps: list[Step] = []
        self._replies: dict[str, Reply] = {}
        self._decided: dict[tuple[str, Limit], bool] = {}
        self._opening: tuple[Firing, ...] = ()
        self._is_torn = False
        self._watch = watch
        self._empty()

    def infer(self, answers: Answers) -> Trace:
        """Run the base over `answers`, declared in their order, and return the trace.

        If the last run was over the beginning of these answers, only the rest is run.
        """
        replies = list(answers.items())
        was_torn, self._is_torn = self._is_torn, True
        if was_torn:  # Ctrl-C, say, ended the last run midway: nothing in that engine can be relied on
            self._engine = ThreeValuedEngine(self.program.productions, self._on_fire)
        if was_torn or not _begins_with(replies, list(self._replies.items())):
            self._empty()
        for question, reply in replies[len(self._replies) :]:
            self._take(question, reply)
        self._is_torn = False
        return Trace(tuple(self._steps), self._opening)

    def memory(self) -> tuple[FactSeen, ...]:
        """Return working memory as the last run left it, in the order in which it came about."""
        return tuple(_seen(fact) for fact in self._engine.facts.values() if type(fact) is not InitialFact)

    def _empty(self) -> None:
        self._engine.reset()
        self._fired.clear()
        self._replies.clear()
        self._decided.clear()
        self._steps = []
        self._firings = []
        self._run()
        self._opening = tuple(self._firings)

    def _take(self, question: str, reply: Reply) -> None:
        self._replies[question] = reply
        declared: list[FactSeen] = []
        self._firings = []
        if reply != NOT_SURE:
            fact = self._engine.declare(self.program.reply_types[question](v=reply))
            declared.append(_seen(fact))
        declared += self._run()
        self._steps.append(Step(question, reply, tuple(declared), tuple(self._firings)))

    def _run(self) -> list[FactSeen]:
        """Run to the end; declare what the answers now decide about scores, and run again, until nothing is new."""
        declared: list[FactSeen] = []
        while True:
            self._engine.run()
            decided = list(self._newly_decided_scores())
            if not decided:
                return declared
            for (score, limit), value in decided:
                self._decided[score, limit] = value
                fact = self._engine.declare(self.program.score_limits[score][limit](v=value))
                declared.append(_seen(fact))

    def _newly_decided_scores(self) -> Iterable[tuple[tuple[str, Limit], bool]]:
        for score, limits in self.program.score_limits.items():
            undecided = [limit for limit in limits if (score, limit) not in self._decided]
            if undecided:
                low, high = self._score_range(score)
                for limit in undecided:
                    if (value := limit.over(low, high)) is not None:
                        yield (score, limit), value

    def _score_range(self, score: str) -> tuple[float, float]:
        low = high = 0.0
        for question in map(self.base.questions.__getitem__, self.base.scores[score].sum):
            if f"does-not-apply:{question.id}" in self._fired:
                continue
            opened = question.ask_if is None or f"opens:{question.id}" in self._fired
            counts = opened or question.id not in self.base.follow_ups
            reply = self._replies.get(question.id, NOT_SURE) if counts else NOT_SURE
            chosen = question.options.values() if reply == NOT_SURE else (question.options[str(reply)],)
            points = [float(option.points or 0) for option in chosen]
            if not opened:
                points.append(0.0)
            low, high = low + min(points), high + max(points)
        return low, high

    def _on_fire(self, production: Production, matched: list[Any]) -> None:
        name = production.__name__
        if name in self._fired:  # another alternative of the same condition
            return
        self._fired.add(name)
        if self._watch is not None:
            waiting = (each for each in self._engine.waiting() if each not in self._fired)
            self._watch((name, *dict.fromkeys(waiting)), self._engine.facts.last_index)
        fact_type, value = self.program.concludes[name]
        if isinstance(value, type):  # `applies:` copies the reply
            replied = value
            value = next(fact["v"] for fact in matched if type(fact) is replied)  # type: ignore[index]
        fact = self._engine.declare(fact_type(v=value))
        self._firings.append(Firing(name, tuple(map(_seen, matched)), None if fact is None else _seen(fact)))


def _begins_with(replies: list[tuple[str, Reply]], beginning: list[tuple[str, Reply]]) -> bool:
    """Tell whether `replies` begin so; 1 and 1.0 are equal, but a trace shows which."""
    start = replies[: len(beginning)]
    return start == beginning and [type(reply) for _, reply in start] == [type(reply) for _, reply in beginning]


def _seen(fact: Any) -> FactSeen:
    return FactSeen(fact["__factid__"], type(fact).__name__, fact["v"])
