"""Conflict resolution: which of the activations on the agenda fires first, and why, in words.

A strategy is a list of criteria, read in turn: the first in which two activations differ decides. `depth` to `random`
are those of CLIPS (Basic Programming Guide, section 5.3). CLIPS leaves some ties to chance; here the rule's place in
the base decides them, so that each order is exact and total. Where CLIPS asks when an activation came about, its newest
fact answers: facts that are never retracted hold together from the moment in which the last of them is there.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any

from msgspec import Struct

from expert.engine import OrderedStrategy

#: The strategy of every consultation.
OWN = "ordered"


class Traits(Struct, frozen=True):
    """What conflict resolution may look at in an activation.

    `place` counts productions from 1 in their order; `conditions` is how many there are to meet (the specificity);
    `facts` are the numbers of the facts matched, rising, and `first` that of the one that meets the first condition.
    """

    production: str
    place: int
    salience: int
    conditions: int
    facts: tuple[int, ...]
    first: int


class Criterion(Struct, frozen=True):
    """One thing that two activations are compared in: the larger `key` fires first.

    `wins` says what the one that fires first has more of, and `told` what an activation has.
    """

    key: Callable[[Traits], Any]
    wins: str
    told: Callable[[Traits], str]


class Named(Struct, frozen=True):
    """A strategy: its name, what it prefers in a few words, and its criteria, the weightiest first."""

    name: str
    prefers: str
    criteria: tuple[Criterion, ...]

    def key(self, traits: Traits) -> tuple[Any, ...]:
        """Return the sort key of an activation; the one that sorts last fires next."""
        return tuple(criterion.key(traits) for criterion in self.criteria)

    def why(self, first: Traits, second: Traits) -> str:
        """Say why the first of two activations fires before the second: "newer fact: f-14 before f-9"."""
        for criterion in self.criteria:
            if criterion.key(first) != criterion.key(second):
                return f"{criterion.wins}: {criterion.told(first)} before {criterion.told(second)}"
        return "nothing tells them apart"


class NamedStrategy(OrderedStrategy):
    """A named strategy for the engine; how the agenda is kept is that of `OrderedStrategy`."""

    def __init__(self, named: Named) -> None:
        """Order activations as `named` does."""
        super().__init__()
        self.named = named

    def get_key(self, activation: Any) -> tuple[Any, ...]:
        """Return the sort key of an activation; the one that sorts last fires next."""
        return self.named.key(traits_of(activation))


def traits_of(activation: Any) -> Traits:
    """Return what conflict resolution may look at in an activation of the engine."""
    production = activation.rule
    pattern = next(iter(production))
    facts = sorted(activation.facts, key=lambda fact: fact["__factid__"])
    return Traits(
        production=production.__name__,
        place=production.rank + 1,
        salience=production.salience,
        conditions=len(production),
        facts=tuple(fact["__factid__"] for fact in facts),
        first=next(fact["__factid__"] for fact in facts if type(fact) is pattern.fact_type and pattern.test(fact["v"])),
    )


def _numbers(*facts: int) -> str:
    return " ".join(f"f-{number}" for number in facts)


_SALIENCE = Criterion(lambda each: each.salience, "higher salience", lambda each: str(each.salience))
_PLACE = Criterion(lambda each: -each.place, "earlier in the base", lambda each: f"place {each.place}")
_NEWER = Criterion(lambda each: each.facts[-1], "newer fact", lambda each: _numbers(each.facts[-1]))
_OLDER = Criterion(lambda each: -each.facts[-1], "waiting since an older fact", lambda each: _numbers(each.facts[-1]))
_FEWER = Criterion(lambda each: -each.conditions, "fewer conditions", lambda each: str(each.conditions))
_MORE = Criterion(lambda each: each.conditions, "more conditions", lambda each: str(each.conditions))
_FIRST = Criterion(lambda each: each.first, "newer fact for the first condition", lambda each: _numbers(each.first))
_NEWEST = Criterion(
    lambda each: each.facts[::-1], "newer facts, the newest compared first", lambda each: _numbers(*each.facts[::-1])
)
#: What is left when one production matches twice.
_OLDEST = Criterion(
    lambda each: tuple(-number for number in each.facts), "older facts", lambda each: _numbers(*each.facts)
)


def _lot(seed: int) -> Criterion:
    def drawn(each: Traits) -> int:
        ticket = f"{seed} {each.production} {each.place} {each.facts}"
        return int.from_bytes(hashlib.sha256(ticket.encode()).digest()[:8])

    return Criterion(drawn, "higher lot", lambda each: f"{drawn(each) / 2**64:.3f}")


def strategies(seed: int = 0) -> dict[str, Named]:
    """Return every strategy by name; `seed` is for the one that draws lots."""
    last = (_PLACE, _OLDEST)
    listed = (
        Named(OWN, "in the order of the base", (_SALIENCE, *last)),
        Named("depth", "the newest fact first", (_SALIENCE, _NEWER, *last)),
        Named("breadth", "what has waited longest first", (_SALIENCE, _OLDER, *last)),
        Named("simplicity", "the fewest conditions first, then the newest fact", (_SALIENCE, _FEWER, _NEWER, *last)),
        Named("complexity", "the most conditions first, then the newest fact", (_SALIENCE, _MORE, _NEWER, *last)),
        Named("lex", "the newest facts first, one by one, then most conditions", (_SALIENCE, _NEWEST, _MORE, *last)),
        Named(
            "mea",
            "the newest fact for the first condition first, then as lex",
            (_SALIENCE, _FIRST, _NEWEST, _MORE, *last),
        ),
        Named("random", f"by lot (seed {seed})", (_SALIENCE, _lot(seed), *last)),
    )
    return {each.name: each for each in listed}


#: The names, Legwise's own first.
NAMES = tuple(strategies())
