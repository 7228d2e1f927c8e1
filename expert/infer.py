"""From answers to a trace: experta runs, and every firing is recorded.

Answers are declared one after another and the agenda is run to the end after each; because conclusions only ever grow
(see `expert.compile`), the order of the answers can change the order of the firings but not what is concluded.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from expert.compile import Program
from expert.engine import InitialFact, OrderedStrategy, Production, ThreeValuedEngine
from expert.model import NOT_SURE, Answers, Base, Limit, Reply
from expert.notebook import InNotebook

if TYPE_CHECKING:
    from expert.telling import Telling


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


class Move(Struct, frozen=True):
    """One step of a run told as it goes: either facts were declared from outside, or an activation fired.

    An answer has its `question` and `reply`; scores that the answers so far decide have only the facts `declared`. A
    firing that declared nothing concluded what was known already; one that `repeats` is another alternative of a
    condition whose production has fired.
    """

    question: str | None = None
    reply: Reply | None = None
    declared: tuple[FactSeen, ...] = ()
    firing: Firing | None = None
    repeats: bool = False

    @property
    def added(self) -> tuple[FactSeen, ...]:
        """The facts that it added to working memory."""
        if self.firing is None:
            return self.declared
        return () if self.firing.declared is None else (self.firing.declared,)


class Trace(InNotebook, Struct, frozen=True):
    """A whole run: for each answer, the facts it declared and the firings, in order.

    `opening` are the firings that need no answer (a score that cannot but reach a limit).
    """

    steps: tuple[Step, ...]
    opening: tuple[Firing, ...] = ()

    def _told(self) -> tuple[list[Telling], Base | None]:
        from expert.telling import tell_trace  # noqa: PLC0415 - only a notebook needs it

        return [tell_trace(self)], None

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

    def __init__(
        self,
        base: Base,
        watch: Callable[[tuple[str, ...], int], None] | None = None,
        strategy: OrderedStrategy | None = None,
    ) -> None:
        """Compile `base` and build its network.

        Args: watch: told before each firing the productions on the agenda, the one that fires first, and the number
        that the next fact will get; strategy: chooses what fires next (see `expert.strategies`).
        """
        self.base = base
        self.program = Program(base)
        self._strategy = strategy
        self._engine = self._new_engine()
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
            self._engine = self._new_engine()
        if was_torn or not _begins_with(replies, list(self._replies.items())):
            self._empty()
        for question, reply in replies[len(self._replies) :]:
            self._take(question, reply)
        self._is_torn = False
        return Trace(tuple(self._steps), self._opening)

    @property
    def engine(self) -> ThreeValuedEngine:
        """The engine itself, for who shows it: look, but do not touch."""
        return self._engine

    def has_fired(self, production: str) -> bool:
        """Tell whether a production has fired in this run."""
        return production in self._fired

    def walk(self, answers: Answers, strategy: OrderedStrategy | None = None) -> Iterator[Move]:
        """Run as `infer` does, and yield after each step; the engine waits there. It is emptied at once.

        Args: strategy: chooses from now on what fires next; the one before goes on if none is given.
        """
        self._is_torn = True  # whoever walks may stop midway
        if strategy is not None:
            self._strategy = self._engine.strategy = strategy
        self._forget()
        return self._walked(answers)

    def _walked(self, answers: Answers) -> Iterator[Move]:
        yield from self._walk_to_the_end()
        for question, reply in answers.items():
            yield Move(question, reply, self._declare(question, reply))
            yield from self._walk_to_the_end()

    def memory(self) -> tuple[FactSeen, ...]:
        """Return working memory as the last run left it, in the order in which it came about."""
        return tuple(seen(fact) for fact in self._engine.facts.values() if type(fact) is not InitialFact)

    def _new_engine(self) -> ThreeValuedEngine:
        return ThreeValuedEngine(self.program.productions, self._on_fire, self._strategy)

    def _forget(self) -> None:
        self._engine.reset()
        self._fired.clear()
        self._replies.clear()
        self._decided.clear()
        self._steps = []
        self._firings = []

    def _empty(self) -> None:
        self._forget()
        self._run()
        self._opening = tuple(self._firings)

    def _take(self, question: str, reply: Reply) -> None:
        self._firings = []
        declared = [*self._declare(question, reply), *self._run()]
        self._steps.append(Step(question, reply, tuple(declared), tuple(self._firings)))

    def _declare(self, question: str, reply: Reply) -> tuple[FactSeen, ...]:
        self._replies[question] = reply
        if reply == NOT_SURE:
            return ()
        return (seen(self._engine.declare(self.program.reply_types[question](v=reply))),)

    def _run(self) -> list[FactSeen]:
        """Run to the end; declare what the answers now decide about scores, and run again, until nothing is new."""
        declared: list[FactSeen] = []
        while True:
            self._engine.run()
            decided = self._declare_scores()
            if not decided:
                return declared
            declared += decided

    def _walk_to_the_end(self) -> Iterator[Move]:
        """Do what `_run` does, a step at a time."""
        while True:
            while (activation := self._engine.next_activation()) is not None:
                production, matched = activation.rule.__name__, _in_order(activation.facts)
                self._firings = []
                self._engine.run(1)
                if self._firings:
                    yield Move(firing=self._firings[0])
                else:
                    yield Move(firing=Firing(production, matched, None), repeats=True)
            decided = self._declare_scores()
            if not decided:
                return
            yield Move(declared=tuple(decided))

    def _declare_scores(self) -> list[FactSeen]:
        declared = []
        for (score, limit), value in list(self._newly_decided_scores()):
            self._decided[score, limit] = value
            declared.append(seen(self._engine.declare(self.program.score_limits[score][limit](v=value))))
        return declared

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
        self._firings.append(Firing(name, tuple(map(seen, matched)), None if fact is None else seen(fact)))


def _begins_with(replies: list[tuple[str, Reply]], beginning: list[tuple[str, Reply]]) -> bool:
    """Tell whether `replies` begin so; 1 and 1.0 are equal, but a trace shows which."""
    start = replies[: len(beginning)]
    return start == beginning and [type(reply) for _, reply in start] == [type(reply) for _, reply in beginning]


def _in_order(facts: Iterable[Any]) -> tuple[FactSeen, ...]:
    return tuple(sorted(map(seen, facts), key=lambda fact: fact.number))


def seen(fact: Any) -> FactSeen:
    """Return a fact of the engine as a value."""
    return FactSeen(fact["__factid__"], type(fact).__name__, fact["v"])
