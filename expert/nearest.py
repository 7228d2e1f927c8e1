"""The smallest change of answers that would reach a goal: a true minimum, found by uniform-cost search.

A goal is reached by making some conditions true, false, or no longer true. For each of these the search knows the
*requirements* that bring it about: tests that replies must meet. It joins requirements, cheapest first, where the cost
is the number of questions whose reply has to change; the first replies that reach the goal are therefore smallest.

Why nothing smaller is missed: let C be a smallest change. While the replies at hand do not reach the goal, some rule
stands better under C than under them; C meets one of the requirements for that rule, so joining it leads to a state
that C still agrees with, and that costs no more than C. Replies are changed to definite ones only, never to *not sure*.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import combinations, count, product

from msgspec import Struct

from expert.certainty import Weight, weigh
from expert.logic import Outlook, Truth, reply_meets
from expert.model import (
    BANDS,
    NONE_OF_THESE,
    NOT_SURE,
    URGENCIES,
    All,
    Answers,
    Any,
    Band,
    Base,
    Condition,
    Count,
    Is,
    Limit,
    Not,
    Option,
    Question,
    Reply,
    Urgency,
)


class Want(Struct, frozen=True):
    """A truth value to bring about: exactly `value`, or, when not strict, anything but its opposite."""

    value: bool
    strict: bool = True

    def met_by(self, truth: Truth) -> bool:
        """Tell whether a truth is what is wanted."""
        return truth is self.value if self.strict else truth is not (not self.value)

    @property
    def opposite(self) -> Want:
        """What is wanted of the part of a negation."""
        return Want(not self.value, self.strict)


TRUE, FALSE, NOT_TRUE = Want(True), Want(False), Want(False, strict=False)

#: Tests on the reply to one question.
Tests = frozenset[tuple[Is | Limit, Want]]
#: Tests by question.
Requirement = Mapping[str, Tests]

#: The search ends without an answer after this many states; no shipped base comes near it.
MAX_STATES = 200_000


class Change(Struct, frozen=True):
    """A smallest set of replies that, put in the place of the present ones, reaches a goal."""

    replies: dict[str, Reply]


class Goal:
    """What is to be reached: `reached` tells, `wanted` names what would bring it nearer.

    `wanted` must name every condition that could stand better under some answers that reach the goal.
    """

    def __init__(
        self,
        reached: Callable[[Outlook], bool],
        wanted: Callable[[Outlook], Iterable[tuple[Condition, Want]]],
    ) -> None:
        """Make a goal of two functions of the outlook over some answers."""
        self.reached = reached
        self.wanted = wanted


def any_condition_goal(conditions: Sequence[Condition]) -> Goal:
    """Return the goal that at least one of some conditions is true."""
    return Goal(
        lambda outlook: any(map(outlook.truth, conditions)), lambda _: [(condition, TRUE) for condition in conditions]
    )


def urgency_goal(base: Base, urgency: Urgency) -> Goal:
    """Return the goal that a red flag of a tier, or a more urgent one, is raised."""
    tiers = URGENCIES[: URGENCIES.index(urgency) + 1]
    flags = [flag for flag in base.flag_rules if base.red_flags[flag].urgency in tiers]
    return any_condition_goal([rule.condition for flag in flags for rule in base.flag_rules[flag]])


def calmer_goal(base: Base, urgency: Urgency) -> Goal:
    """Return the goal that no red flag above a tier is raised, nor left open by a *not sure* about an emergency."""
    above = [
        (rule, base.red_flags[flag].urgency == "emergency")
        for flag, rules in base.flag_rules.items()
        for rule in rules
        if URGENCIES.index(base.red_flags[flag].urgency) < URGENCIES.index(urgency)
    ]

    def in_the_way(outlook: Outlook) -> list[tuple[Condition, Want]]:
        return [
            (rule.condition, FALSE if is_emergency else NOT_TRUE)
            for rule, is_emergency in above
            if outlook.truth(rule.condition) or (is_emergency and outlook.hangs_on_not_sure(rule.condition))
        ]

    return Goal(lambda outlook: not in_the_way(outlook), in_the_way)


def band_goal(base: Base, hypothesis: str, band: Band, *, at_least: bool = True) -> Goal:
    """Return the goal that a hypothesis reaches a band or a more certain one (or, else, a less certain one)."""
    rules = base.evidence_rules[hypothesis]

    def weight(outlook: Outlook) -> Weight:
        return weigh(base, hypothesis, [pair for pair in rules if outlook.truth(pair[0].condition)])

    def reached(outlook: Outlook) -> bool:
        found, wanted_band = BANDS.index(weight(outlook).band), BANDS.index(band)
        return found <= wanted_band if at_least else found >= wanted_band

    def wanted(outlook: Outlook) -> Iterator[tuple[Condition, Want]]:
        found = weight(outlook)
        # Without a sign nothing else helps, and "likely" needs a risk: what must become true in any case comes first.
        role = None
        if at_least and band != "none" and not found.has_sign:
            role = "sign"
        elif at_least and band == "likely" and not found.has_risk:
            role = "risk"
        for rule, evidence in rules:
            is_true = outlook.truth(rule.condition) is True
            helps = (evidence.direction == "for") is at_least
            if role is not None and evidence.role != role:
                continue
            if is_true is not helps:
                yield rule.condition, TRUE if helps else NOT_TRUE

    return Goal(reached, wanted)


def smallest_change(base: Base, answers: Answers, goal: Goal, *, most: int = 3, largest: int = 6) -> tuple[Change, ...]:
    """Return smallest sets of replies that would reach a goal: up to `most`, all of one size.

    Empty when the answers reach it already, or when more than `largest` replies would have to change.
    """
    if goal.reached(Outlook(base, answers)):
        return ()
    found: list[Change] = []
    tried: set[frozenset[tuple[str, Reply]]] = set()
    queue = _Queue(base, answers, largest)
    while (requirement := queue.cheapest()) is not None:
        for replies in _ways_to_meet(base, answers, requirement):
            key = frozenset(replies.items())
            if key in tried or (found and len(replies) > len(found[0].replies)):
                continue
            tried.add(key)
            outlook = Outlook(base, {**answers, **replies})
            if goal.reached(outlook):
                found.append(Change(replies))
            else:
                queue.add(requirement, goal.wanted(outlook))
        if len(found) >= most or (found and queue.least_cost > len(found[0].replies)):
            break
    return tuple(found[:most])


class _Queue:
    """Requirements still to be looked at, cheapest first, each once."""

    def __init__(self, base: Base, answers: Answers, largest: int) -> None:
        self._base, self._answers, self._largest = base, answers, largest
        self._ways = _Ways(base)
        self._ticket = count()
        self._heap: list[tuple[int, int, Requirement]] = [(0, next(self._ticket), {})]
        self._seen: set[frozenset[tuple[str, Tests]]] = set()

    @property
    def least_cost(self) -> int:
        """The cost of the next requirement; beyond any when there is none."""
        return self._heap[0][0] if self._heap else self._largest + 1

    def cheapest(self) -> Requirement | None:
        """Take the next requirement out."""
        return heapq.heappop(self._heap)[2] if self._heap and len(self._seen) < MAX_STATES else None

    def add(self, requirement: Requirement, wanted: Iterable[tuple[Condition, Want]]) -> None:
        """Add what a requirement becomes together with each way to bring a wanted condition about."""
        for condition, want in wanted:
            for way in self._ways.to(condition, want):
                joined = _join(requirement, way)
                identity = frozenset(joined.items())
                if identity not in self._seen:
                    self._seen.add(identity)
                    cost = _cost(self._base, self._answers, joined)
                    if cost is not None and cost <= self._largest:
                        heapq.heappush(self._heap, (cost, next(self._ticket), joined))


# --- requirements -----------------------------------------------------------------------------------------------------


class _Ways:
    """The minimal requirements that bring a truth of a condition about."""

    def __init__(self, base: Base) -> None:
        self._base = base
        self._known: dict[tuple[Condition, Want], list[Requirement]] = {}

    def to(self, condition: Condition, want: Want) -> list[Requirement]:
        """Return the ways to bring about that `condition` is as wanted."""
        key = (condition, want)
        if key not in self._known:
            self._known[key] = _without_supersets(self._find(condition, want))
        return self._known[key]

    def _find(self, condition: Condition, want: Want) -> Iterable[Requirement]:
        match condition:
            case Not(of):
                return self.to(of, want.opposite)
            case All(of):
                return self._every(of, want) if want.value else self._some(of, want)
            case Any(of):
                return self._some(of, want) if want.value else self._every(of, want)
            case Count(needed, of):
                size = needed if want.value else len(of) - needed + 1
                return (way for chosen in combinations(of, size) for way in self._every(chosen, want))
            case Is() | Limit():
                return self._leaf(condition, want)

    def _every(self, of: tuple[Condition, ...], want: Want) -> list[Requirement]:
        ways: list[Requirement] = [{}]
        for part in of:
            ways = _without_supersets(_join(way, more) for way in ways for more in self.to(part, want))
        return ways

    def _some(self, of: tuple[Condition, ...], want: Want) -> list[Requirement]:
        return [way for part in of for way in self.to(part, want)]

    def _leaf(self, leaf: Is | Limit, want: Want) -> Iterable[Requirement]:
        if isinstance(leaf, Is) and leaf.subject in self._base.findings:
            of_rules = want if leaf.values == ("yes",) else want.opposite
            rules = tuple(rule.condition for rule in self._base.finding_rules[leaf.subject])
            return self._some(rules, of_rules) if of_rules.value else self._every(rules, of_rules)
        if isinstance(leaf, Limit) and leaf.subject in self._base.scores:
            return self._score(leaf, want)
        return self._question(leaf, want)

    def _question(self, leaf: Is | Limit, want: Want) -> list[Requirement]:
        own: Requirement = {leaf.subject: frozenset({(leaf, want)})}
        ask_if = self._base.questions[leaf.subject].ask_if
        if ask_if is None:
            return [own]
        gates = self.to(ask_if, want)
        return [_join(own, gate) for gate in gates] if want.value else [own, *gates]

    def _score(self, limit: Limit, want: Want) -> Iterator[Requirement]:
        """Yield every choice of options whose total is as wanted (for a score, no longer true is taken as false)."""
        items = [self._base.questions[item] for item in self._base.scores[limit.subject].sum]
        for chosen in product(*([None, *item.options.values()] for item in items)):
            total = sum(float(option.points or 0) for option in chosen if option is not None)
            if limit.holds(total) is want.value:
                ways: list[Requirement] = [{}]
                for item, option in zip(items, chosen, strict=True):
                    ways = [_join(way, more) for way in ways for more in self._item(item, option)]
                yield from ways

    def _item(self, item: Question, option: Option | None) -> list[Requirement]:
        if option is not None:
            return self._question(Is(item.id, (option.id,)), TRUE)
        return [] if item.ask_if is None else self.to(item.ask_if, FALSE)  # what does not apply counts nothing


def _join(one: Requirement, other: Requirement) -> Requirement:
    joined = dict(one)
    for question, tests in other.items():
        joined[question] = joined.get(question, frozenset()) | tests
    return joined


def _without_supersets(ways: Iterable[Requirement]) -> list[Requirement]:
    """Leave out a requirement that demands all that another does, and more."""
    kept: list[Requirement] = []
    for way in sorted(ways, key=lambda way: sum(map(len, way.values()))):
        if not any(all(tests <= way.get(question, frozenset()) for question, tests in other.items()) for other in kept):
            kept.append(way)
    return kept


# --- replies that meet a requirement ----------------------------------------------------------------------------------


def _cost(base: Base, answers: Answers, requirement: Requirement) -> int | None:
    """Return how many replies must change to meet a requirement, or None when no replies meet it."""
    cost = 0
    for question, tests in requirement.items():
        if not _meets(answers.get(question, NOT_SURE), tests):
            if not any(True for _ in _replies_meeting(base.questions[question], answers.get(question), tests)):
                return None
            cost += 1
    return cost


def _ways_to_meet(base: Base, answers: Answers, requirement: Requirement) -> Iterator[dict[str, Reply]]:
    """Yield sets of replies, for the questions that must change only, that meet a requirement."""
    changing = [name for name, tests in requirement.items() if not _meets(answers.get(name, NOT_SURE), tests)]
    choices = [
        list(_replies_meeting(base.questions[question], answers.get(question), requirement[question]))
        for question in changing
    ]
    for chosen in product(*choices):
        yield dict(zip(changing, chosen, strict=True))


def _meets(reply: Reply, tests: Tests) -> bool:
    return all(want.met_by(reply_meets(leaf, reply)) for leaf, want in tests)


def _replies_meeting(question: Question, now: Reply | None, tests: Tests) -> Iterator[Reply]:
    for reply in _candidate_replies(question, now, tests):
        if _meets(reply, tests):
            yield reply


def _candidate_replies(question: Question, now: Reply | None, tests: Tests) -> Iterator[Reply]:
    """Yield replies that differ for some rule; for `many`, those next to the present one."""
    if question.type == "yes_no":
        yield from ("yes", "no")
    elif question.type == "one":
        yield from question.options
    elif question.type == "number":
        yield from _numbers(question, tests)
    else:
        yield from _sets_of_options(question, now, tests)


def _numbers(question: Question, tests: Tests) -> Iterator[int | float]:
    for leaf, _ in tests:
        if isinstance(leaf, Limit):
            for end in (leaf.low, leaf.high):
                for number in () if end is None else (end, end - 1, end + 1):
                    low = question.min is None or number >= question.min
                    if low and (question.max is None or number <= question.max):
                        yield int(number) if float(number).is_integer() else number


def _sets_of_options(question: Question, now: Reply | None, tests: Tests) -> Iterator[tuple[str, ...]]:
    chosen = set(now) - {NOT_SURE} if isinstance(now, tuple) else set()
    banned = {value for leaf, want in tests if not want.value and isinstance(leaf, Is) for value in leaf.values}
    needed = [leaf.values for leaf, want in tests if want.value and isinstance(leaf, Is)]
    for picks in product(*needed):
        wanted = set(picks)
        if wanted == {NONE_OF_THESE}:
            yield (NONE_OF_THESE,)
            continue
        options = (chosen | wanted) - banned - {NONE_OF_THESE}
        if not wanted & banned and NONE_OF_THESE not in wanted:
            yield tuple(option for option in question.options if option in options) or (NONE_OF_THESE,)
