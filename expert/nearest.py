"""The smallest change of answers that would reach a goal: a true minimum, found by branch and bound.

The cost of a change is the number of questions whose reply is another. Replies are changed to definite ones only, never
to *not sure*. Changes of one reply are looked for first, then of two, and so on.

Why nothing smaller is missed: let C be a smallest change. The search begins with no test on any reply, which C meets.
While the replies at hand, the nearest that meet the tests, do not reach the goal, something that has to stand otherwise
does so under C. `expert.steps` yields tests of which C meets one; the search takes each in turn, so on one of its ways
C meets all of the tests. No question is changed that C does not change, for one changes only when its present reply
fails a test. A way is given up only when bounds say that nothing on it reaches the goal at this cost.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from math import log

from msgspec import Struct
from msgspec.structs import replace

from expert.certainty import weigh
from expert.model import URGENCIES, Answers, Band, Base, Condition, Evidence, Reply, Rule, Urgency
from expert.steps import NOT_TRUE, TRUE, UNKNOWN, Aim, Bound, Ground, State, Want, some


class Change(Struct, frozen=True):
    """A smallest set of replies that, put in the place of the present ones, reaches a goal."""

    replies: dict[str, Reply]


class Found(Struct, frozen=True):
    """The smallest changes that reach a goal, and the size up to which it is proved that no others do.

    `changes` all have one size, and no two change the same questions. There are none when the goal is reached already,
    and none when no change of at most `none_up_to` replies reaches it.
    """

    changes: tuple[Change, ...]
    none_up_to: int


#: The search is given up after this many states; on the shipped base a few hundred are looked at.
MAX_STATES = 20_000
#: Once a smallest change is found, so many states more are looked at for each other one of its size that is wanted.
MORE_STATES = 100


# --- goals ------------------------------------------------------------------------------------------------------------


class Argument(Struct, frozen=True, eq=False):
    """A rule about a hypothesis and how it should stand to help: true or, where it speaks the other way, not true.

    `weight` is -log(1 - factor), which adds up.
    """

    aim: Aim
    rule: Rule
    evidence: Evidence
    weight: float

    @property
    def adds(self) -> bool:
        """Whether it helps by being true."""
        return self.aim.want == TRUE


class Scale(Struct, frozen=True, eq=False):
    """A demand on the certainty of a hypothesis: at least `limit`, or below it."""

    base: Base
    hypothesis: str
    limit: float
    at_least: bool
    arguments: tuple[Argument, ...]

    @property
    def needed(self) -> float:
        """How far the weights that help must outweigh the others; negative where the certainty is to fall.

        Certainty is 1 - doubt/trust, each a product (see `expert.certainty`): it reaches a limit just when the weights
        for the hypothesis outweigh those against it by -log(1 - limit).
        """
        return -log(1 - self.limit) if self.at_least else log(1 - self.limit)

    def reached(self, state: State) -> bool:
        """Tell whether the certainty is as demanded."""
        return self.would_do(one for one in self.arguments if state.truth(one.rule.condition) is True)

    def would_do(self, true: Iterable[Argument]) -> bool:
        """Tell whether the certainty is as demanded if just these rules are true."""
        certainty = weigh(self.base, self.hypothesis, [(one.rule, one.evidence) for one in true]).certainty
        return certainty >= self.limit if self.at_least else certainty < self.limit


class Route(Struct, frozen=True, eq=False):
    """One way to reach a goal: of each of the `needs` at least one aim must be met, and the scale reached."""

    needs: tuple[tuple[Aim, ...], ...]
    scale: Scale | None = None

    def reached(self, state: State) -> bool:
        """Tell whether all of it is met."""
        needs_met = all(any(aim.met(state) for aim in need) for need in self.needs)
        return needs_met and (self.scale is None or self.scale.reached(state))


#: What is to be reached, by any of some routes.
Goal = tuple[Route, ...]


def any_condition_goal(conditions: Iterable[Condition]) -> Goal:
    """Return the goal that at least one of some conditions is true."""
    return (Route((tuple(Aim(condition, TRUE) for condition in conditions),)),)


def urgency_goal(base: Base, urgency: Urgency, *, exactly: bool = False) -> Goal:
    """Return the goal of a tier or a more urgent one, or (`exactly`) of just that tier.

    What leads there is a red flag that is raised and, to same-day, an emergency that hangs on a *not sure*.
    """
    tiers = (urgency,) if exactly else URGENCIES[: URGENCIES.index(urgency) + 1]
    if "routine" in tiers:
        return calmer_goal(base, urgency) if exactly else (Route(()),)
    aims = []
    # What leads to the tier itself comes first: a change is looked for there before one that goes further.
    for rule, tier in sorted(_flag_rules(base), key=lambda pair: -URGENCIES.index(pair[1])):
        want = (TRUE if tier in tiers else frozenset()) | (
            UNKNOWN if tier == "emergency" and "same-day" in tiers else frozenset()
        )
        if want:
            aims.append(Aim(rule.condition, want, doubted=True if None in want else None))
    (above,) = calmer_goal(base, urgency) if exactly else (Route(()),)
    return (Route((tuple(aims), *above.needs)),)


def calmer_goal(base: Base, urgency: Urgency) -> Goal:
    """Return the goal of a tier or a less urgent one.

    No red flag above it is raised; and, below same-day, no emergency hangs on a *not sure*.
    """
    below_same_day = URGENCIES.index(urgency) > URGENCIES.index("same-day")
    needs = [
        (Aim(rule.condition, NOT_TRUE, doubted=False if below_same_day and tier == "emergency" else None),)
        for rule, tier in _flag_rules(base)
        if URGENCIES.index(tier) < URGENCIES.index(urgency)
    ]
    return (Route(tuple(needs)),)


def _flag_rules(base: Base) -> Iterator[tuple[Rule, Urgency]]:
    for flag, rules in base.flag_rules.items():
        for rule in rules:
            yield rule, base.red_flags[flag].urgency


def band_goal(base: Base, hypothesis: str, band: Band, *, at_least: bool = True) -> Goal:
    """Return the goal that a hypothesis is told in a band or a more certain one (or, else, a less certain one)."""
    # Out of scope, no hypothesis is told.
    scope = tuple((Aim(scope.condition, NOT_TRUE),) for scope in base.out_of_scope.values())
    if at_least:
        roles = {"likely": ("sign", "risk"), "none": ()}.get(band, ("sign",))
        arguments = _arguments(base, hypothesis, TRUE, NOT_TRUE)
        scale = Scale(base, hypothesis, base.bands[band], True, arguments) if band in base.bands else None
        return (Route((*scope, *(tuple(_with_role(arguments, role)) for role in roles)), scale),)
    arguments = _arguments(base, hypothesis, NOT_TRUE, TRUE)
    lacking = {"possible": ("sign", "risk"), "likely": ()}.get(band, ("sign",))
    routes = [Route((*scope, *((aim,) for aim in _with_role(arguments, role)))) for role in lacking]
    above = {"possible": "likely", "less_likely": "possible"}.get(band)
    if above is not None:
        routes.append(Route(scope, Scale(base, hypothesis, base.bands[above], False, arguments)))
    return tuple(routes) or (Route(scope),)


def _arguments(base: Base, hypothesis: str, supporting: Want, opposing: Want) -> tuple[Argument, ...]:
    return tuple(
        Argument(
            Aim(rule.condition, supporting if evidence.direction == "for" else opposing),
            rule,
            evidence,
            -log(1 - base.strengths[evidence.strength]),
        )
        for rule, evidence in base.evidence_rules[hypothesis]
    )


def _with_role(arguments: Iterable[Argument], role: str) -> Iterator[Aim]:
    return (one.aim for one in arguments if one.evidence.role == role)


def advice_goal(base: Base, advice: str) -> Goal:
    """Return the goal that a piece of advice applies (see `expert.verdict.advice_for`)."""
    given = base.advice[advice]
    rules = base.advice_rules[advice]
    own = () if given.always or (given.for_ and not rules) else (tuple(Aim(rule.condition, TRUE) for rule in rules),)
    if not given.for_:
        return (Route(own),)
    shown = (route for hypothesis in given.for_ for route in band_goal(base, hypothesis, "possible"))
    return tuple(Route((*own, *route.needs), route.scale) for route in shown)


# --- the search -------------------------------------------------------------------------------------------------------


def smallest_change(base: Base, answers: Answers, goal: Goal, *, most: int = 3, largest: int = 6) -> Found:
    """Return the smallest sets of replies that would reach a goal: up to `most` of them.

    Changes of more than `largest` replies are not looked for.
    """
    return Search(base, answers).smallest(goal, most=most, largest=largest)


class _Place(Struct, frozen=True):
    """Where a search is: what it has changed, and what is taken to hold of the change sought.

    That has `size` replies, meets the `pledges`, and meets nothing that is `out`.
    """

    route: Route
    size: int
    state: State
    pledges: tuple[Aim, ...] = ()
    out: frozenset[Aim] = frozenset()

    @property
    def spare(self) -> int:
        """How many questions more may change."""
        return self.size - self.state.changed.bit_count()

    def within(self, aim: Aim) -> Bound | None:
        """Return the bound on an aim, or None when it takes more questions than may change."""
        bound = self.state.bound_of(aim)
        return bound if bound is not None and bound.least <= self.spare else None


class _GivenUpError(Exception):
    """Too many states were looked at."""


class Search:
    """Searches from some answers, one for each goal; what they share is found out once."""

    def __init__(self, base: Base, answers: Answers) -> None:
        """Search from `answers` (valid)."""
        self.first = State(Ground(base, answers), {})
        self._states = 0
        self._most_states = MAX_STATES
        self._done: set[int] = set()

    def reached(self, goal: Goal) -> bool:
        """Tell whether the answers reach a goal as they are."""
        return any(route.reached(self.first) for route in goal)

    def smallest(self, goal: Goal, *, most: int = 3, largest: int = 6, states: int = MAX_STATES) -> Found:
        """Return the smallest changes that reach a goal; see `smallest_change`. At most `states` are looked at."""
        if self.reached(goal):
            return Found((), 0)
        self._states, self._most_states = 0, states
        self._done.clear()
        found: list[Change] = []
        size = 0
        try:
            for size in range(1, largest + 1):
                for route in goal:
                    for state in self._from(_Place(route, size, self.first)):
                        found.append(Change(state.replies))
                        if len(found) == most:
                            return Found(tuple(found), size - 1)
                        self._done.add(state.changed)
                        self._most_states = min(self._most_states, self._states + MORE_STATES * most)
                if found:
                    break
            else:
                return Found((), largest)
        except _GivenUpError:
            pass
        return Found(tuple(found), size - 1)

    def _from(self, place: _Place) -> Iterator[State]:
        """Yield the states of full size, from a place on, that reach its route."""
        self._states += 1
        if self._states > self._most_states:
            raise _GivenUpError
        state, scale = place.state, place.route.scale
        if state.changed in self._done or (demands := _demands(place)) is None:
            return
        must, choices = demands
        if scale is not None and not _in_reach(scale, place, must):
            return
        broken = next((aim for aim in reversed(place.pledges) if not aim.met(state)), None)
        if broken is not None:
            yield from self._towards(place, broken)
        elif choices is not None:
            for number, aim in enumerate(choices):
                yield from self._towards(replace(place, out=place.out.union(choices[:number])), aim)
        elif scale is None or scale.reached(state):
            yield state
        elif (best := _best_argument(scale, place)) is not None:
            yield from self._towards(place, best)
            yield from self._from(replace(place, out=place.out | {best}))

    def _towards(self, place: _Place, aim: Aim) -> Iterator[State]:
        """Yield what is found where an unmet aim is met as well."""
        for step in place.state.steps(aim):
            after = place.state.taking(step)
            if after is not None and after.changed.bit_count() <= place.size:
                new = (each for each in step.pledges if each not in place.pledges)
                yield from self._from(replace(place, state=after, pledges=(*place.pledges, *new)))


def _demands(place: _Place) -> tuple[int, list[Aim] | None] | None:
    """Return the questions that must change, and the choices for the unmet need that has fewest (None: all are met).

    None when what is pledged and needed takes more questions than may change.
    """
    bounds = [place.within(aim) for aim in place.pledges]
    fewest: list[Aim] | None = None
    for need in place.route.needs:
        if not any(aim.met(place.state) for aim in need):
            choices = {aim: place.within(aim) for aim in need if aim not in place.out}
            bounds.append(some(list(choices.values()), 1))
            possible = [aim for aim, bound in choices.items() if bound is not None]
            fewest = possible if fewest is None or len(possible) < len(fewest) else fewest
    must, apart, total = 0, 0, 0
    for bound in sorted((bound for bound in bounds if bound is not None), key=lambda bound: bound.may.bit_count()):
        must |= bound.must
        if not bound.may & apart:  # what draws on other questions adds up
            apart |= bound.may
            total += bound.least
    return None if None in bounds or max(total, must.bit_count()) > place.spare else (must, fewest)


# --- certainty --------------------------------------------------------------------------------------------------------


def _best_argument(scale: Scale, place: _Place) -> Aim | None:
    """Return the weightiest argument that does not help yet but can."""
    can = (
        one
        for one in scale.arguments
        if one.aim not in place.out and not one.aim.met(place.state) and place.within(one.aim) is not None
    )
    best = max(can, key=lambda one: one.weight, default=None)
    return None if best is None else best.aim


def _in_reach(scale: Scale, place: _Place, must: int) -> bool:
    """Tell whether a scale could be reached by the questions that may still change, `must` among them.

    What is `out` does not help; the rest does if enough of its questions change. Each question is credited with the
    most it could add: the weight of an argument, shared out among as many questions as it takes at the least.
    """
    bounds = {one: None if one.aim in place.out else place.within(one.aim) for one in scale.arguments}
    # Those that can help do: what adds is true, and what takes off is not.
    if not scale.would_do(one for one, bound in bounds.items() if (bound is not None) is one.adds):
        return False
    groups: dict[tuple[bool, str], list[Argument]] = {}
    for one in scale.arguments:
        groups.setdefault((one.adds, one.evidence.group or f"rule {one.rule.id}"), []).append(one)
    total = 0.0
    credit: dict[int, float] = {}
    for (adds, _), group in groups.items():
        now, gains = (_gains_by_adding if adds else _gains_by_removing)({one: bounds[one] for one in group})
        total += now
        for question, gain in gains.items():
            credit[question] = credit.get(question, 0.0) + gain
    others = sorted((gain for question, gain in credit.items() if not question & must), reverse=True)
    total += sum(gain for question, gain in credit.items() if question & must)
    total += sum(others[: place.spare - must.bit_count()])
    return total >= scale.needed - _ROUNDING


#: Sums of logarithms may differ by so much from the product that counts.
_ROUNDING = 1e-9


def _gains_by_adding(group: dict[Argument, Bound | None]) -> tuple[float, dict[int, float]]:
    """Return what a group (the strongest counts) adds with no further change, and what each question could add."""
    free = [one.weight for one, bound in group.items() if bound is not None and not bound.least]
    now = max(free, default=0.0)
    gains: dict[int, float] = {}
    for one, bound in group.items():
        if bound is not None and one.weight > now:
            _credit(gains, bound, one.weight - now)
    return now, gains


def _gains_by_removing(group: dict[Argument, Bound | None]) -> tuple[float, dict[int, float]]:
    """Return what a group takes off (negative) with no further change, and what each question could save of that.

    Only if the strongest goes is anything saved; and at the most, all but the strongest that cannot go.
    """
    stays = max((one.weight for one, bound in group.items() if bound is None), default=0.0)
    can_go = [(one.weight, bound) for one, bound in group.items() if bound is not None and bound.least]
    now, strongest = max(can_go, key=lambda pair: pair[0], default=(0.0, None))
    gains: dict[int, float] = {}
    if strongest is not None and now > stays:
        _credit(gains, strongest, now - stays)
    return -max(now, stays), gains


def _credit(gains: dict[int, float], bound: Bound, gain: float) -> None:
    rest = bound.may
    while rest:
        question = rest & -rest
        rest ^= question
        gains[question] = max(gains.get(question, 0.0), gain / bound.least)
