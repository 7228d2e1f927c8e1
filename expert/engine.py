"""experta, cured and tuned: the only module, beside `expert.compile`, that knows it.

What is changed, and why, is measured in docs/decisions: experta 1.9.4 pins a frozendict that no longer imports; its
agenda keeps activations whose conditions no longer hold and orders ties by memory address; and its alpha network offers
every fact to every fact type. Matching, joining and firing stay experta's own.
"""

from __future__ import annotations

import bisect
import collections
import collections.abc
import logging
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Self


def _import_experta() -> Any:
    """Import experta with `collections.Mapping` present only while frozendict reads it; leave no logging handler."""
    handlers = list(logging.root.handlers)
    missing = not hasattr(collections, "Mapping")
    if missing:
        collections.Mapping = collections.abc.Mapping  # type: ignore[attr-defined]
    try:
        import frozendict  # noqa: F401, PLC0415
    finally:
        if missing:
            del collections.Mapping  # type: ignore[attr-defined]
    import experta  # noqa: PLC0415

    if not hasattr(experta, "KnowledgeEngine"):  # experta/__init__ swallows ImportError
        raise ImportError("experta is installed but did not import completely; reinstall Legwise's dependencies")
    logging.root.handlers[:] = handlers
    return experta


experta = _import_experta()

from experta import Fact, KnowledgeEngine, Rule  # noqa: E402
from experta.abstract import Strategy  # noqa: E402
from experta.activation import Activation  # noqa: E402
from experta.agenda import Agenda  # noqa: E402
from experta.fact import InitialFact  # noqa: E402
from experta.matchers.rete import ReteMatcher  # noqa: E402
from experta.matchers.rete.check import SameContextCheck  # noqa: E402
from experta.matchers.rete.nodes import (  # noqa: E402
    BusNode,
    ConflictSetNode,
    FeatureTesterNode,
    OrdinaryMatchNode,
)
from experta.matchers.rete.token import Token  # noqa: E402

__all__ = [
    "Activation",
    "DirectMatcher",
    "Fact",
    "InitialFact",
    "KnowledgeEngine",
    "OrderedStrategy",
    "Pattern",
    "Production",
    "Rule",
    "ThreeValuedEngine",
]


class OrderedStrategy(Strategy):  # type: ignore[misc]
    """Conflict resolution by an exact, total order: salience, then rule order, then oldest facts first.

    `rank` of a rule is its place in the rule base (experta rules without one rank equal). An activation whose
    conditions no longer hold is found by its key and identity and always leaves the agenda.
    """

    def get_key(self, activation: Any) -> tuple[Any, ...]:
        """Return the sort key of an activation; the one that sorts last fires next."""
        rule = activation.rule
        facts = sorted(fact["__factid__"] for fact in activation.facts)
        return rule.salience, -getattr(rule, "rank", 0), rule.__name__, tuple(-index for index in facts)

    def _update_agenda(self, agenda: Any, added: Iterable[Any], removed: Iterable[Any]) -> None:
        activations = agenda.activations
        for activation in removed:
            activation.key = self.get_key(activation)
            place = bisect.bisect_left(activations, activation)
            while place < len(activations) and activations[place].key == activation.key:
                if activations[place].rule is activation.rule and activations[place].facts == activation.facts:
                    del activations[place]
                    break
                place += 1
        for activation in added:
            activation.key = self.get_key(activation)
            bisect.insort(activations, activation)


class Pattern:
    """One condition of a production: a fact of `fact_type` whose value meets `test`. Equal tests share a node."""

    __slots__ = ("fact_type", "test")

    def __init__(self, fact_type: type[Fact], test: Callable[[Any], bool]) -> None:
        """Describe facts of one type by a test of their value `v`."""
        self.fact_type = fact_type
        self.test = test


class Production(Rule):  # type: ignore[misc]
    """An experta rule whose left-hand side is a conjunction of patterns, with one generic right-hand side."""

    def __new__(cls, name: str, rank: int, patterns: Sequence[Pattern]) -> Self:
        """Make the production `name`; `rank` is its place in the total order."""
        production: Self = super().__new__(cls, *patterns)
        production.__name__ = name
        production.rank = rank
        return production

    def __call__(self, engine: Any) -> None:
        """Fire: hand the production to the engine, which records the firing and declares its conclusion."""
        engine.fire(self)

    def __hash__(self) -> int:
        return id(self)

    def __eq__(self, other: object) -> bool:
        return self is other


class _Root(BusNode):  # type: ignore[misc]
    """Offers a fact only to the branches of its own type."""

    def __init__(self) -> None:
        super().__init__()
        self.branches: dict[type, _Root] = collections.defaultdict(BusNode)

    def add(self, fact: Any) -> None:
        if type(fact) in self.branches:
            self.branches[type(fact)].add(fact)

    def remove(self, fact: Any) -> None:
        if type(fact) in self.branches:
            self.branches[type(fact)].remove(fact)

    def reset(self) -> None:
        for branch in self.branches.values():
            branch.reset()


# Patterns of ours bind no variables, so a token's context is always empty and no node changes a token. The nodes below
# do what experta's do without copying tokens and contexts at every step, which is most of its time.


class _ValueNode(FeatureTesterNode):  # type: ignore[misc]
    """An alpha node that tests the value of a fact."""

    def activate(self, token: Any) -> None:
        (fact,) = token.data
        if self.matcher(fact["v"]):
            for child in self.children:
                child.callback(token)


class _JoinNode(OrdinaryMatchNode):  # type: ignore[misc]
    """A join of two branches: every token of the one goes with every token of the other."""

    def activate_left(self, token: Any) -> None:
        self._pair(token, self.left_memory, self.right_memory)

    def activate_right(self, token: Any) -> None:
        self._pair(token, self.right_memory, self.left_memory)

    def _pair(self, token: Any, own: list[Any], other: list[Any]) -> None:
        if token.is_valid():
            own.append(token.data)
        else:
            own.remove(token.data)
        for data in other:
            # Token's own constructor checks every fact again.
            joined = tuple.__new__(Token, (token.tag, token.data | data, token.context))
            for child in self.children:
                child.callback(joined)


class _ReportingConflictSetNode(ConflictSetNode):  # type: ignore[misc]
    """A conflict-set node that says when it was touched, so that not every one is asked after every firing."""

    def __init__(self, rule: Rule, touched: dict[Any, None]) -> None:
        super().__init__(rule)
        self.touched = touched

    def activate(self, token: Any) -> None:
        self._activate(token)
        self.touched[self] = None


class DirectMatcher(ReteMatcher):  # type: ignore[misc]
    """experta's Rete, wired straight from conjunctions of patterns instead of through its rewriting of conditions."""

    def build_network(self) -> None:
        """Build the alpha and beta network for the engine's productions."""
        self.root_node = _Root()
        self.touched: dict[Any, None] = {}
        self._memories: list[Any] = []
        self._paths: dict[Rule, tuple[tuple[Any, ...], Any]] = {}
        alpha: dict[tuple[type, Any], Any] = {}
        joins: dict[tuple[Any, ...], Any] = {}
        for rule in self.engine.get_rules():
            node = None
            path: tuple[Any, ...] = ()
            prefix: tuple[Any, ...] = ()
            for pattern in rule:
                key = (pattern.fact_type, pattern.test)
                terminal = alpha.get(key)
                if terminal is None:
                    terminal = alpha[key] = _ValueNode(pattern.test)
                    self.root_node.branches[pattern.fact_type].add_child(terminal, terminal.activate)
                prefix = (*prefix, key)
                if node is None:
                    node = terminal
                else:
                    node = self._join(joins, prefix, node, terminal)
                    path = (*path, node)
            conflict_set = _ReportingConflictSetNode(rule, self.touched)
            self._memories.append(conflict_set)
            self._paths[rule] = (path, conflict_set)
            node.add_child(conflict_set, conflict_set.activate)  # type: ignore[union-attr]

    def _join(self, joins: dict[tuple[Any, ...], Any], prefix: tuple[Any, ...], left: Any, right: Any) -> Any:
        """Return the join of two branches; rules that begin with the same patterns share it."""
        if prefix not in joins:
            node = joins[prefix] = _JoinNode(SameContextCheck())
            self._memories.append(node)
            left.add_child(node, node.activate_left)
            right.add_child(node, node.activate_right)
        return joins[prefix]

    def memories(self, rule: Rule) -> list[tuple[list[Any], int]]:
        """Return what the network remembers of each condition of a rule, read off its nodes.

        For each: the facts that meet it, and in how many ways it and all conditions before it are met together. Only a
        join or a conflict-set node has a memory, so a condition's facts are read where they arrive.
        """
        path, conflict_set = self._paths[rule]
        whole = [info.data for info in conflict_set.memory]
        alone = [path[0].left_memory, *(node.right_memory for node in path)] if path else [whole]
        together = [*(node.left_memory for node in path), whole]
        return [
            ([fact for data in met for fact in data], len(joined)) for met, joined in zip(alone, together, strict=True)
        ]

    def changes(self, adding: Any = None, deleting: Any = None) -> tuple[list[Any], list[Any]]:
        """Pass changed facts through the network; return activations added and removed."""
        for fact in deleting or ():
            self.root_node.remove(fact)
        for fact in adding or ():
            self.root_node.add(fact)
        added: list[Any] = []
        removed: list[Any] = []
        for node in self.touched:
            node_added, node_removed = node.get_activations()
            added.extend(node_added)
            removed.extend(node_removed)
        self.touched.clear()
        return added, removed

    def reset(self) -> None:
        """Forget all facts; experta's own walk comes to a shared node once for each way to it."""
        for node in self._memories:
            node._reset()  # noqa: SLF001 - experta's own name for it
        self.touched.clear()


class _Agenda(Agenda):  # type: ignore[misc]
    """An agenda that remembers the activation that is firing."""

    current: Any = None

    def get_next(self) -> Any:
        self.current = super().get_next()
        return self.current


class ThreeValuedEngine(KnowledgeEngine):  # type: ignore[misc]
    """A knowledge engine over given productions; `fire` is called for every production that fires."""

    __matcher__ = DirectMatcher
    __strategy__ = OrderedStrategy

    def __init__(
        self,
        productions: Sequence[Production],
        fire: Callable[[Production, list[Fact]], None],
        strategy: OrderedStrategy | None = None,
    ) -> None:
        """Build the network for `productions`, in their order.

        Args: fire: gets each firing and the facts matched; strategy: chooses what fires next; an `OrderedStrategy` if
        none is given.
        """
        self._productions = tuple(productions)
        self._fire = fire
        super().__init__()
        if strategy is not None:
            self.strategy = strategy

    def get_rules(self) -> tuple[Production, ...]:
        """Return the productions in their order (experta's own look-up is by name, among the class's members)."""
        return self._productions

    def get_deffacts(self) -> list[Any]:
        """Return none: looking for them among the class's members at every reset is slow."""
        return []

    def reset(self, **_kwargs: Any) -> None:
        """Empty working memory and the agenda."""
        super().reset()
        self.agenda = _Agenda()
        self.facts.declare(InitialFact())  # as experta and CLIPS do; without it the first `declare` warns

    def fire(self, production: Production) -> None:
        """Hand the production, with the facts that matched it, to whoever asked to be told."""
        self._fire(production, sorted(self.agenda.current.facts, key=lambda fact: fact["__factid__"]))

    def run(self, steps: float = float("inf")) -> None:
        """Fire until the agenda is empty, or `steps` times: experta's loop without its log lines and look-ups."""
        self.running = True
        while steps > 0 and (activation := self.next_activation()) is not None:
            self.agenda.get_next()
            activation.rule(self)
            steps -= 1
        self.running = False

    def waiting(self) -> list[str]:
        """Return the names of the productions whose activations are on the agenda, the next to fire first."""
        return [activation.rule.__name__ for activation in reversed(self.agenda.activations)]

    def next_activation(self) -> Any:
        """Return the activation that will fire next, or None; the agenda is brought up to date first."""
        added, removed = self.get_activations()
        self.strategy.update_agenda(self.agenda, added, removed)
        agenda: Agenda = self.agenda
        return agenda.activations[-1] if agenda.activations else None
