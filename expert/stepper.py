"""The engine one step at a time: a run that can be stopped anywhere, and everything the engine holds there as values.

A step is an answer (or a decided score) that comes in, or one activation that fires. What is shown is read off experta:
its facts, its agenda and the memories of its Rete nodes. Nothing is ever retracted, so going back runs the engine again
from the start: where it stands is a function of base, answers, strategy and the number of steps.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterator
from typing import Any

from msgspec import Struct

from expert.compile import Test
from expert.faults import Faults, quoted, suggestion
from expert.infer import FactSeen, Move, Reasoner, Trace, seen
from expert.logic import Outlook
from expert.model import Advise, Answers, Base, Establish, Evidence, Limit, Raise
from expert.strategies import OWN, Named, NamedStrategy, Traits, strategies, traits_of
from expert.timeline import pattern_in_words
from expert.verdict import Verdict, judge

_FACT = re.compile(r"f-?([0-9]{1,6})")


class UnknownNameError(ValueError):
    """Nothing in the base has that name; the message says what is near."""


class Waiting(Struct, frozen=True):
    """An activation on the agenda. `repeats` is whether its production has fired already, by another alternative."""

    production: str
    traits: Traits
    facts: tuple[FactSeen, ...]
    repeats: bool


class State(Struct, frozen=True):
    """What the engine holds after a number of steps: working memory, oldest first, and the agenda, next first."""

    number: int
    memory: tuple[FactSeen, ...]
    agenda: tuple[Waiting, ...]


class Met(Struct, frozen=True):
    """One condition of a production and what the network remembers of it.

    `facts` meet it; `ways` is in how many ways it and all conditions before it are met together; `others` are facts
    about the same thing that do not meet it. `part` is the production that would conclude it, for a shared part.
    """

    words: str
    facts: tuple[FactSeen, ...]
    ways: int
    others: tuple[FactSeen, ...]
    part: str | None


class Matched(Struct, frozen=True):
    """The partial matches of one production, condition by condition; `stands` says how it stands in words."""

    production: str
    conditions: tuple[Met, ...]
    stands: str


class Target(Struct, frozen=True):
    """What a name stands for: productions that may fire, and subjects of facts that may be asserted."""

    productions: frozenset[str] = frozenset()
    subjects: frozenset[str] = frozenset()
    number: int | None = None

    def is_reached(self, move: Move) -> bool:
        """Tell whether a step has asserted a fact of this name, or taken in the answer to that question."""
        return move.question in self.subjects or any(
            fact.subject in self.subjects or fact.number == self.number for fact in move.added
        )

    def is_next(self, move: Move) -> bool:
        """Tell whether a step fires a production of this name."""
        return move.firing is not None and move.firing.production in self.productions


class Order(Struct, frozen=True):
    """One strategy's whole run: every step, and the verdict it comes to."""

    strategy: str
    moves: tuple[Move, ...]
    verdict: Verdict

    def stages(self) -> Iterator[tuple[str | None, tuple[Move, ...]]]:
        """Yield each question, None first for what needs no answer, and the steps that followed its answer."""
        question: str | None = None
        so_far: list[Move] = []
        for move in self.moves:
            if move.question is not None:
                yield question, tuple(so_far)
                question, so_far = move.question, []
            else:
                so_far.append(move)
        yield question, tuple(so_far)


class Stepper:
    """One run over some answers, standing at one of its steps."""

    def __init__(self, base: Base, answers: Answers, strategy: str = OWN, seed: int = 0) -> None:
        """Compile the base and stand at the beginning. Args: strategy: a name of `expert.strategies`."""
        self.base = base
        self.answers = dict(answers)
        self.named = strategies(seed)[strategy]
        self.seed = seed
        self.number = 0
        self._reasoner = Reasoner(base)
        self.limits = self._reasoner.program.limits
        self._productions: dict[str, list[Any]] = {}
        for production in self._reasoner.program.productions:
            self._productions.setdefault(production.__name__, []).append(production)
        self._names = _names(base, self._productions, self.limits)
        self._begin()

    def _begin(self) -> None:
        self.moves = self._run(self.named)
        self._walk = self._reasoner.walk(self.answers)
        self.number = 0

    def _run(self, named: Named) -> tuple[Move, ...]:
        return tuple(self._reasoner.walk(self.answers, NamedStrategy(named)))

    # --- going ----------------------------------------------------------------------------------------------------

    @property
    def length(self) -> int:
        """How many steps the whole run has."""
        return len(self.moves)

    def to(self, number: int) -> None:
        """Stand after so many steps (at most all of them); going back runs the engine again from the start."""
        number = min(max(number, 0), self.length)
        if number < self.number:
            self._walk = self._reasoner.walk(self.answers)
            self.number = 0
        for _ in range(number - self.number):
            next(self._walk)
        self.number = number

    def use(self, strategy: str) -> None:
        """Choose by another strategy, and stand where the answer that came in last has just come in."""
        known = sum(move.question is not None for move in self.moves[: self.number])
        self.named = strategies(self.seed)[strategy]
        self._begin()
        answered = [number for number, move in enumerate(self.moves, 1) if move.question is not None]
        self.to(answered[known - 1] if known else 0)

    # --- looking --------------------------------------------------------------------------------------------------

    @property
    def engine(self) -> Any:
        """The engine itself, as it stands."""
        return self._reasoner.engine

    def state(self) -> State:
        """Return what the engine holds now."""
        self.engine.next_activation()  # brings its agenda up to date
        agenda = tuple(map(self._waiting, reversed(self.engine.agenda.activations)))
        return State(self.number, self._reasoner.memory(), agenda)

    def _waiting(self, activation: Any) -> Waiting:
        facts = sorted(map(seen, activation.facts), key=lambda fact: fact.number)
        production = activation.rule.__name__
        return Waiting(production, traits_of(activation), tuple(facts), self._reasoner.has_fired(production))

    def matches(self, production: str) -> tuple[Matched, ...]:
        """Return the partial matches of a production: one for each alternative of its condition."""
        self.engine.next_activation()
        known: dict[str, list[FactSeen]] = defaultdict(list)
        for fact in self._reasoner.memory():
            known[fact.subject].append(fact)
        return tuple(self._matched(each, known) for each in self._productions[production])

    def _matched(self, production: Any, known: dict[str, list[FactSeen]]) -> Matched:
        memories = self.engine.matcher.memories(production)
        conditions = tuple(
            self._met(pattern, tuple(map(seen, facts)), ways, known)
            for pattern, (facts, ways) in zip(production, memories, strict=True)
        )
        waits = any(activation.rule is production for activation in self.engine.agenda.activations)
        if waits:
            stands = "all conditions are met: it is on the agenda"
        elif conditions[-1].ways:
            stands = "all conditions are met: it has fired"
        else:
            met = sum(bool(condition.facts) for condition in conditions)
            stands = f"{met} of {len(conditions)} {'condition' if len(conditions) == 1 else 'conditions'} met"
        return Matched(production.__name__, conditions, stands)

    def _met(self, pattern: Any, facts: tuple[FactSeen, ...], ways: int, known: dict[str, list[FactSeen]]) -> Met:
        subject = pattern.fact_type.__name__
        others = tuple(fact for fact in known.get(subject, ()) if fact not in facts)
        words = pattern_in_words(self.base, self._reasoner.program, pattern)
        is_part = isinstance(pattern.test, Test) and subject in self._productions
        return Met(words, facts, ways, others, subject if is_part else None)

    # --- names ----------------------------------------------------------------------------------------------------

    @property
    def names(self) -> Collection[str]:
        """Every name that `find` knows."""
        return self._names

    def find(self, name: str) -> Target:
        """Return what a name stands for: a production, a fact (f-12), or the id of a rule, question or conclusion.

        Raises: UnknownNameError.
        """
        if numbered := _FACT.fullmatch(name):
            return Target(number=int(numbered[1]))
        if name not in self._names:
            near = suggestion(Faults().nearest(name, self._names))
            raise UnknownNameError(f"Nothing is called {quoted(name)}.{near}")
        return self._names[name]

    def find_productions(self, name: str) -> tuple[str, ...]:
        """Return the productions that a name stands for, in their order; a finding stands for the rules behind it.

        Raises: UnknownNameError: nothing has that name, or it is no rule.
        """
        target = self.find(name)
        concludes = self._reasoner.program.concludes
        concluding = {each for each in self._productions if concludes[each][0].__name__ in target.subjects}
        found = tuple(each for each in self._productions if each in target.productions | concluding)
        if not found:
            raise UnknownNameError(f"{quoted(name)} is concluded by no rule: it is an answer.")
        return found

    # --- other orders ---------------------------------------------------------------------------------------------

    def orders(self, *names: str) -> tuple[Order, ...]:
        """Return the whole run under some strategies; where this one stands does not change."""
        found = []
        for name in names:
            moves = self._run(strategies(self.seed)[name])
            found.append(Order(name, moves, self._verdict(moves)))
        number = self.number
        self._begin()
        self.to(number)
        return tuple(found)

    def verdict(self) -> Verdict:
        """Return the verdict on all the answers."""
        return self._verdict(self.moves)

    def _verdict(self, moves: tuple[Move, ...]) -> Verdict:
        """Return the verdict of a whole run; what fired is all that it takes of a trace."""
        firings = tuple(move.firing for move in moves if move.firing is not None)
        return judge(self.base, Trace((), firings), Outlook(self.base, self.answers))


def _names(base: Base, productions: Collection[str], limits: dict[str, tuple[str, Limit]]) -> dict[str, Target]:
    """Return what every name stands for; one that several kinds of things share stands for all of them."""
    fired: dict[str, set[str]] = defaultdict(set)
    asserted: dict[str, set[str]] = defaultdict(set)
    for production in productions:
        fired[production].add(production)
    for rule in base.rules.values():
        fired[rule.id].add(f"rule:{rule.id}")
        if not isinstance(rule.conclusion, Establish):
            fired[_concluded(rule.conclusion)].add(f"rule:{rule.id}")
    for scope in base.out_of_scope:
        fired[scope].add(f"scope:{scope}")
    for finding in base.findings:
        asserted[finding].add(finding)
    for question in base.questions:
        asserted[question].update((question, f"{question} (reply)"))
    for subject, (score, _) in limits.items():
        asserted[score].add(subject)
    return {name: Target(frozenset(fired[name]), frozenset(asserted[name])) for name in [*fired, *asserted]}


def _concluded(conclusion: Evidence | Raise | Advise) -> str:
    match conclusion:
        case Evidence(hypothesis):
            return hypothesis
        case Raise(red_flag):
            return red_flag
        case Advise(advice):
            return advice
