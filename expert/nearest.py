"""The smallest change of answers that would reach a goal: a true minimum, found by branch and bound.

The cost of a change is the number of questions whose reply is another. Replies are changed to definite ones only, never
to *not sure*. Changes of one reply are looked for first, then of two, and so on.

Why nothing smaller is missed: let C be a smallest change. The search begins with no test on any reply, which C meets.
While the replies at hand, the nearest that meet the tests, do not reach the goal, something that has to stand otherwise
does so under C. `expert.steps` yields tests of which C meets one; the search takes each in turn, so on one of its ways
C meets all of the tests. No question is changed that C does not change, for one changes only when its present reply
fails a test. Ways are given up only when bounds say that nothing on them reaches the goal at this cost.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from math import inf, log

from msgspec import Struct

from expert.certainty import weigh
from expert.model import BANDS, URGENCIES, Answers, Band, Base, Condition, Evidence, Reply, Rule, Urgency
from expert.steps import FALSE, NOT_TRUE, TRUE, Aim, Bound, Ground, State, Step


class Change(Struct, frozen=True):
    """A smallest set of replies that, put in the place of the present ones, reaches a goal."""

    replies: dict[str, Reply]


class Found(Struct, frozen=True):
    """The smallest changes that reach a goal, and the size up to which it is proved that no others do.

    `changes` all have one size. It is empty when the goal is reached already, and when there is no change of at most
    `none_up_to` replies.
    """

    changes: tuple[Change, ...]
    none_up_to: int


#: The search is given up after this many states; the shipped base stays far below it.
MAX_STATES = 20_000
#: Once a smallest change is found, so many states more are looked at for others of its size.
MORE_STATES = 100


# --- goals ------------------------------------------------------------------------------------------------------------


class Argument(Struct, frozen=True, eq=False):
    """A rule about a hypothesis, and how it should stand to help: true or, where it speaks the other way, not true."""

    aim: Aim
    rule: Rule
    evidence: Evidence
    weight: float

    @property
    def adds(self) -> bool:
        """Whether it helps by being true."""
        return self.aim.want == TRUE


class Scale(Struct, frozen=True, eq=False):
    """A demand on the certainty of a hypothesis: at least `limit`, or below it.

    The certainty factor is 1 - doubt/trust (see `expert.certainty`), so it reaches a limit just when the sum of the
    weights -log(1 - factor) of what counts for it, less those of what counts against it, reaches `needed`.
    """

    base: Base
    hypothesis: str
    limit: float
    at_least: bool
    arguments: tuple[Argument, ...]

    @property
    def needed(self) -> float:
        """The sum of weights to be reached by what helps; the other way round where the certainty is to fall."""
        return -log(1 - self.limit) * (1 if self.at_least else -1)

    def reached(self, state: State) -> bool:
        """Tell whether the certainty is as demanded."""
        return self.satisfied([one for one in self.arguments if state.truth(one.rule.condition) is True])

    def satisfied(self, true: Iterable[Argument]) -> bool:
        """Tell whether the certainty is as demanded if just these rules are true."""
        certainty = weigh(self.base, self.hypothesis, [(one.rule, one.evidence) for one in true]).certainty
        return certainty >= self.limit if self.at_least else certainty < self.limit


class Route(Struct, frozen=True, eq=False):
    """One way to reach a goal: of each of the `needs` at least one aim must be met, and the scale reached."""

    needs: tuple[tuple[Aim, ...], ...]
    scale: Scale | None = None

    def reached(self, state: State) -> bool:
        """Tell whether all of it is met."""
        return all(any(aim.met(state) for aim in need) for need in self.needs) and (
            self.scale is None or self.scale.reached(state)
        )


class Goal(Struct, frozen=True, eq=False):
    """What is to be reached, by any of some routes."""

    routes: tuple[Route, ...]

    def reached(self, base: Base, answers: Answers) -> bool:
        """Tell whether some answers reach it."""
        state = State(Ground(base, answers), {})
        return any(route.reached(state) for route in self.routes)


def any_condition_goal(conditions: Iterable[Condition]) -> Goal:
    """Return the goal that at least one of some conditions is true."""
    return Goal((Route((tuple(Aim(condition, TRUE) for condition in conditions),)),))


def urgency_goal(base: Base, urgency: Urgency, *, exactly: bool = False) -> Goal:
    """Return the goal of a tier or a more urgent one (`exactly`: by what leads to that very tier, whatever else holds).

    A red flag of the tier is raised; or, for all tiers but the first, an emergency hangs on a *not sure*.
    """
    tiers = (urgency,) if exactly else URGENCIES[: URGENCIES.index(urgency) + 1]
    if "routine" in tiers:
        return Goal((Route(()),))
    doubtful = urgency == "same-day" if exactly else urgency != "emergency"
    aims = []
    for rule, tier in _flag_rules(base):
        if doubtful and tier == "emergency":
            aims.append(Aim(rule.condition, frozenset({True, None} if tier in tiers else {None}), doubted=True))
        elif tier in tiers:
            aims.append(Aim(rule.condition, TRUE))
    return Goal((Route((tuple(aims),)),))


def calmer_goal(base: Base, urgency: Urgency) -> Goal:
    """Return the goal of a tier or a less urgent one.

    No red flag above it is raised; and, if it is calmer than same-day, no emergency hangs on a *not sure*.
    """
    doubtful = URGENCIES.index(urgency) > URGENCIES.index("same-day")
    above = [(rule, tier) for rule, tier in _flag_rules(base) if URGENCIES.index(tier) < URGENCIES.index(urgency)]
    return Goal(
        (
            Route(
                tuple(
                    (Aim(rule.condition, NOT_TRUE, doubted=False if doubtful and tier == "emergency" else None),)
                    for rule, tier in above
                )
            ),
        )
    )


def _flag_rules(base: Base) -> Iterator[tuple[Rule, Urgency]]:
    for flag, rules in base.flag_rules.items():
        for rule in rules:
            yield rule, base.red_flags[flag].urgency


def band_goal(base: Base, hypothesis: str, band: Band, *, at_least: bool = True) -> Goal:
    """Return the goal that a hypothesis is told in a band or a more certain one (or, else, a less certain one)."""
    rules = base.evidence_rules[hypothesis]
    # Out of scope, no hypothesis is told.
    scope = tuple((Aim(scope.condition, NOT_TRUE),) for scope in base.out_of_scope.values())
    place = BANDS.index(band)

    def with_role(role: str, want: frozenset[bool | None]) -> tuple[Aim, ...]:
        return tuple(Aim(rule.condition, want) for rule, evidence in rules if evidence.role == role)

    if at_least:
        needs = [*scope]
        if band != "none":
            needs.append(with_role("sign", TRUE))
        if band == "likely":
            needs.append(with_role("risk", TRUE))
        scale = None if band in ("none", "less_likely") else _scale(base, hypothesis, base.bands[band], at_least=True)
        return Goal((Route(tuple(needs), scale),))
    if band == "likely":
        return Goal((Route(scope),))
    routes = [Route((*scope, *((aim,) for aim in with_role("sign", NOT_TRUE))))]
    if band == "possible":
        routes.append(Route((*scope, *((aim,) for aim in with_role("risk", NOT_TRUE)))))
    if band != "none":
        above = base.bands["likely" if band == "possible" else "possible"]
        routes.append(Route(scope, _scale(base, hypothesis, above, at_least=False)))
    return Goal(tuple(routes))


def _scale(base: Base, hypothesis: str, limit: float, *, at_least: bool) -> Scale:
    arguments = (
        Argument(
            Aim(rule.condition, TRUE if (evidence.direction == "for") is at_least else NOT_TRUE),
            rule,
            evidence,
            -log(1 - base.strengths[evidence.strength]),
        )
        for rule, evidence in base.evidence_rules[hypothesis]
    )
    return Scale(base, hypothesis, limit, at_least, tuple(arguments))


# --- the search -------------------------------------------------------------------------------------------------------


def smallest_change(base: Base, answers: Answers, goal: Goal, *, most: int = 3, largest: int = 6) -> Found:
    """Return the smallest sets of replies that would reach a goal: up to `most`, no two of the same questions.

    Changes of more than `largest` replies are not looked for.
    """
    return _Search(base, answers, goal).found(most, largest)


class _GivenUpError(Exception):
    """Too many states were looked at."""


class _Search:
    def __init__(self, base: Base, answers: Answers, goal: Goal) -> None:
        self.goal = goal
        self.first = State(Ground(base, answers), {})
        self.states = 0
        self.most_states = MAX_STATES
        self.done: set[int] = set()

    def found(self, most: int, largest: int) -> Found:
        if any(route.reached(self.first) for route in self.goal.routes):
            return Found((), 0)
        changes: list[Change] = []
        size = 0
        try:
            for size in range(1, largest + 1):
                for route in self.goal.routes:
                    for state in self._from(route, size, self.first, (), frozenset()):
                        self.done.add(state.changed)
                        changes.append(Change(state.replies))
                        self.most_states = min(self.most_states, self.states + MORE_STATES)
                        if len(changes) == most:
                            return Found(tuple(changes), size - 1)
                if changes:
                    return Found(tuple(changes), size - 1)
        except _GivenUpError:
            return Found(tuple(changes), size - 1)
        return Found((), largest)

    def _from(
        self, route: Route, size: int, state: State, pledges: tuple[Aim, ...], out: frozenset[Aim]
    ) -> Iterator[State]:
        """Yield the states of some size that reach a route from here.

        The changes sought meet the `pledges`, and none of what is `out`.
        """
        self.states += 1
        if self.states > self.most_states:
            raise _GivenUpError
        if state.changed in self.done:
            return
        spare = size - state.changed.bit_count()
        must = _must(state, pledges, spare)
        if must is None or (route.scale is not None and not _in_reach(route.scale, state, pledges, out, spare, must)):
            return
        unmet = next((aim for aim in reversed(pledges) if not aim.met(state)), None)
        if unmet is not None:
            yield from self._taking(route, size, state, unmet, pledges, out)
            return
        choices = _fewest_choices(route, state, out, spare)
        if choices is not None:
            for place, aim in enumerate(choices):
                yield from self._taking(route, size, state, aim, (*pledges, aim), out.union(choices[:place]))
        elif route.scale is None or route.scale.reached(state):
            yield state
        else:
            best = _best_argument(route.scale, state, out, spare)
            if best is not None:
                yield from self._taking(route, size, state, best, (*pledges, best), out)
                yield from self._from(route, size, state, pledges, out | {best})

    def _taking(
        self, route: Route, size: int, state: State, aim: Aim, pledges: tuple[Aim, ...], out: frozenset[Aim]
    ) -> Iterator[State]:
        for step in state.steps(aim):
            after = state.taking(step)
            if after is not None and after.changed.bit_count() <= size:
                yield from self._from(route, size, after, _joined(pledges, step.pledges), out)


def _joined(pledges: tuple[Aim, ...], more: Sequence[Aim]) -> tuple[Aim, ...]:
    return (*pledges, *(aim for aim in more if aim not in pledges))


def _within(state: State, aim: Aim, spare: int) -> Bound | None:
    """Return the bound on an aim, or None when it takes more than `spare` questions."""
    bound = state.bound_of(aim)
    return bound if bound is not None and bound.least <= spare else None


def _must(state: State, pledges: Collection[Aim], spare: int) -> int | None:
    """Return the questions that must change for all pledges, or None when more than `spare` would have to."""
    must = 0
    for aim in pledges:
        bound = _within(state, aim, spare)
        if bound is None:
            return None
        must |= bound.must
    return must if must.bit_count() <= spare else None


def _fewest_choices(route: Route, state: State, out: frozenset[Aim], spare: int) -> list[Aim] | None:
    """Return how the unmet need with the fewest choices can be met; None when all needs are met."""
    fewest: list[Aim] | None = None
    for need in route.needs:
        if not any(aim.met(state) for aim in need):
            choices = [aim for aim in need if aim not in out and _within(state, aim, spare) is not None]
            if fewest is None or len(choices) < len(fewest):
                fewest = choices
    return fewest


# --- certainty --------------------------------------------------------------------------------------------------------


def _best_argument(scale: Scale, state: State, out: frozenset[Aim], spare: int) -> Aim | None:
    """Return the weightiest argument that does not help yet but can."""
    open_ = [
        one
        for one in scale.arguments
        if one.aim not in out and not one.aim.met(state) and _within(state, one.aim, spare) is not None
    ]
    return max(open_, key=lambda one: one.weight).aim if open_ else None


def _in_reach(
    scale: Scale, state: State, pledges: Collection[Aim], out: frozenset[Aim], spare: int, must: int
) -> bool:
    """Tell whether a scale could be reached by changing `spare` questions more, `must` among them.

    What is `out` does not help. The rest helps if enough of its questions change. To each question goes the most it
    could add: the weight of an argument, shared out among as many questions as it takes at the least.
    """
    bounds = {one: None if one.aim in out else _within(state, one.aim, spare) for one in scale.arguments}
    # `bounds` says who can help: those that add are then true, those that detract are not.
    if not scale.satisfied([one for one, bound in bounds.items() if (bound is not None) is one.adds]):
        return False
    groups: dict[tuple[bool, object], list[Argument]] = {}
    for one in scale.arguments:
        groups.setdefault((one.adds, one.evidence.group or one.rule.id), []).append(one)
    total = 0.0
    most: dict[int, float] = {}
    for (adds, _), group in groups.items():
        free, gains = (_gains_by_adding if adds else _gains_by_removing)(group, bounds)
        total += free
        for bit, gain in gains.items():
            most[bit] = most.get(bit, 0.0) + gain
    total += sum(gain for bit, gain in most.items() if bit & must)
    others = sorted((gain for bit, gain in most.items() if not bit & must), reverse=True)
    total += sum(others[: spare - must.bit_count()])
    return total >= scale.needed - 1e-9


def _gains_by_adding(
    group: Collection[Argument], bounds: dict[Argument, Bound | None]
) -> tuple[float, dict[int, float]]:
    """Return what a group adds without a further change, and the most that each question could add to that."""
    free = max((one.weight for one in group if (bound := bounds[one]) is not None and not bound.least), default=0.0)
    gains: dict[int, float] = {}
    for one in group:
        bound = bounds[one]
        if bound is not None and bound.least and one.weight > free:
            _share(gains, bound, one.weight - free)
    return free, gains


def _gains_by_removing(
    group: Collection[Argument], bounds: dict[Argument, Bound | None]
) -> tuple[float, dict[int, float]]:
    """Return what a group takes off (negative), and the most of it that a change of each question could save.

    Only if its strongest argument goes is anything saved; at the most, all but what cannot go.
    """
    stays = max((one.weight for one in group if bounds[one] is None), default=0.0)
    strongest, most = None, stays
    for one in group:
        bound = bounds[one]
        if bound is not None and bound.least and one.weight > most:
            strongest, most = bound, one.weight
    gains: dict[int, float] = {}
    if strongest is not None:
        _share(gains, strongest, most - stays)
    return -most, gains


def _share(gains: dict[int, float], bound: Bound, gain: float) -> None:
    rest = bound.may
    while rest:
        bit = rest & -rest
        rest ^= bit
        gains[bit] = max(gains.get(bit, 0.0), gain / bound.least)
