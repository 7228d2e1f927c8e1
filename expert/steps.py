"""What would have to change for a condition to stand otherwise: how much at the least, and by which first steps.

A search for the smallest change of answers (`expert.nearest`) asks two things of a state, that is, of the answers with
some replies put in the place of the present ones:

- `bound`: the fewest further questions that must change before a condition stands as wanted. It takes the parts of a
  condition as independent, and lets questions that change already do so freely within their tests, so it is never more
  than the truth.
- `steps`: tests, each on one reply. Whatever replies make the condition stand as wanted, and meet the tests of the
  state, meet one of these as well; and the state meets none of them.

The second is what makes the search complete, so where the truth of a condition hangs on two things, both are offered.
The truth itself is found by `expert.logic.Outlook` alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import pairwise
from math import inf

from msgspec import Struct

from expert.logic import Outlook, Truth, parts, reply_meets
from expert.model import (
    NONE_OF_THESE,
    NOT_SURE,
    All,
    Answers,
    Any,
    Base,
    Condition,
    Count,
    Is,
    Limit,
    Not,
    Question,
    Reply,
)

#: The truths that would do.
Want = frozenset[Truth]

TRUE: Want = frozenset({True})
FALSE: Want = frozenset({False})
UNKNOWN: Want = frozenset({None})
NOT_TRUE: Want = frozenset({False, None})
NOT_FALSE: Want = frozenset({True, None})
DECIDED: Want = frozenset({True, False})

#: What is wanted of the part of a negation.
_OPPOSITE = {TRUE: FALSE, FALSE: TRUE, UNKNOWN: UNKNOWN, NOT_TRUE: NOT_FALSE, NOT_FALSE: NOT_TRUE, DECIDED: DECIDED}


class Aim(Struct, frozen=True, eq=False):
    """A condition and how it should stand.

    Where `doubted` is true, unknown will do only if it hangs on a *not sure*; where false, only if it does not.
    Aims are told apart by identity.
    """

    condition: Condition
    want: Want
    doubted: bool | None = None

    def met(self, state: State) -> bool:
        """Tell whether the condition stands so."""
        truth = state.truth(self.condition)
        if truth not in self.want:
            return False
        if truth is not None or self.doubted is None:
            return True
        return state.outlook.hangs_on_not_sure(self.condition) is self.doubted


#: A test on the reply to a question: the leaf is, or is not, met by it.
Test = tuple[Is | Limit, bool]


class Step(Struct, frozen=True):
    """One test more on the reply to a question; and what else holds of the replies that take this step."""

    question: str
    test: Test
    pledges: tuple[Aim, ...] = ()


class Bound(Struct, frozen=True):
    """The fewest further questions that must change; which ones (`must`), and among which (`may`), as bits."""

    least: int
    must: int = 0
    may: int = 0


_NOTHING = Bound(0)


class Ground:
    """What stays the same during a search: the base, the present answers, and what follows from them."""

    def __init__(self, base: Base, answers: Answers) -> None:
        """Stand on `answers` (valid)."""
        self.base = base
        self.answers = answers
        self.bits = {question: 1 << place for place, question in enumerate(base.questions)}
        self.unsure = sum(self.bits[question] for question, reply in answers.items() if is_unsure(reply))
        self._reads: dict[int, int] = {}
        self._kept: list[Condition] = []
        self._replies: dict[tuple[str, frozenset[Test]], Reply | None] = {}

    def reads(self, condition: Condition) -> int:
        """Return the questions that a condition reads, through findings, scores and gates, as bits."""
        key = id(condition)
        if key not in self._reads:
            self._kept.append(condition)  # so that its id stays its own
            self._reads[key] = self._find_reads(condition)
        return self._reads[key]

    def _find_reads(self, condition: Condition) -> int:
        found = 0
        for part in parts(condition):
            found |= self.reads(part)
        if isinstance(condition, Is | Limit):
            subject = condition.subject
            for rule in self.base.finding_rules.get(subject, ()):
                found |= self.reads(rule.condition)
            for question in items_of(self.base, subject):
                gate = self.base.questions[question].ask_if
                found |= self.bits[question] | (0 if gate is None else self.reads(gate))
        return found

    def reply(self, question: str, tests: frozenset[Test]) -> Reply | None:
        """Return the definite reply nearest to the present one that meets some tests; None when there is none."""
        key = (question, tests)
        if key not in self._replies:
            self._replies[key] = nearest_reply(self.base.questions[question], self.answers.get(question), tests)
        return self._replies[key]


def items_of(base: Base, subject: str) -> tuple[str, ...]:
    """Return the questions that a leaf about `subject` reads itself: none for a finding, several for a score."""
    if subject in base.scores:
        return base.scores[subject].sum
    return (subject,) if subject in base.questions else ()


class State:
    """The answers with some replies changed: the nearest that meet the tests made so far."""

    def __init__(self, ground: Ground, tests: Mapping[str, frozenset[Test]], first: State | None = None) -> None:
        """Change the present answers so that they meet `tests` (there must be replies that do).

        `first` is the state without tests: what reads no question that changed stands as it does there.
        """
        self.ground = ground
        self.base = ground.base
        self.tests = tests
        self.first = first or self
        self.changed = sum(ground.bits[question] for question in tests)
        found = ((question, ground.reply(question, each)) for question, each in tests.items())
        self.replies = {question: reply for question, reply in found if reply is not None}
        self.answers = {**ground.answers, **self.replies}
        self.outlook = Outlook(self.base, self.answers)
        self._bounds: dict[tuple[int, Want], Bound | None] = {}

    def taking(self, step: Step) -> State | None:
        """Return the state with one test more, or None when no reply meets it."""
        tests = self.tests.get(step.question, frozenset()) | {step.test}
        if self.ground.reply(step.question, tests) is None:
            return None
        return State(self.ground, {**self.tests, step.question: tests}, self.first)

    def truth(self, condition: Condition) -> Truth:
        """Return the truth of a condition under the changed answers."""
        if self.ground.reads(condition) & self.changed:
            return self.outlook.truth(condition)
        return self.first.outlook.truth(condition)

    # --- how much at the least ------------------------------------------------------------------------------------

    def bound_of(self, aim: Aim) -> Bound | None:
        """Return a bound on what an aim takes, or None when no change reaches it."""
        bound, reads = self.bound(aim.condition, aim.want), self.ground.reads(aim.condition)
        if bound is _NOTHING and aim.doubted is not None and not reads & self.changed and not aim.met(self):
            return Bound(1, 0, reads)
        return bound

    def bound(self, condition: Condition, want: Want) -> Bound | None:
        """Return a bound on what it takes to make a condition stand as wanted, or None when no change does."""
        if self is not self.first and not self.ground.reads(condition) & self.changed:
            return self.first.bound(condition, want)
        key = (id(condition), want)
        if key not in self._bounds:
            self._bounds[key] = self._find_bound(condition, want)
        return self._bounds[key]

    def _find_bound(self, condition: Condition, want: Want) -> Bound | None:
        if want == DECIDED:
            return some([self.bound(condition, TRUE), self.bound(condition, FALSE)], 1)
        if want == UNKNOWN:
            return some([self.bound(condition, NOT_TRUE), self.bound(condition, NOT_FALSE)], 2)
        match condition:
            case Not(of):
                return self.bound(of, _OPPOSITE[want])
            case All(of) | Any(of) | Count(of=of):
                return some([self.bound(part, want) for part in of], _needed(condition, want))
            case Is() | Limit():
                return self._bound_of_leaf(condition, want)

    def _bound_of_leaf(self, leaf: Is | Limit, want: Want) -> Bound | None:
        if isinstance(leaf, Is) and leaf.subject in self.base.findings:
            want = want if leaf.values == ("yes",) else _OPPOSITE[want]
            rules = self.base.finding_rules[leaf.subject]
            if not rules:
                return _NOTHING if None in want else None
            return some([self.bound(rule.condition, want) for rule in rules], 1 if True in want else len(rules))
        if leaf.subject in self.base.scores:
            return self._bound_of_score(leaf, want)
        own = self._bound_of_reply(leaf, want)
        gate = self.base.questions[leaf.subject].ask_if
        if gate is None:
            return own
        if False in want:
            return some([own, self.bound(gate, want)], 1)
        both = some([own, self.bound(gate, want)], 2)
        return both if want == TRUE else some([both, self.bound(gate, UNKNOWN)], 1)

    def _bound_of_reply(self, leaf: Is | Limit, want: Want) -> Bound | None:
        question = leaf.subject
        now = self.tests.get(question)
        if now is None and reply_meets(leaf, self.ground.answers.get(question, NOT_SURE)) in want:
            return _NOTHING
        for value in want:
            if value is not None and self.ground.reply(question, (now or frozenset()) | {(leaf, value)}) is not None:
                bit = self.ground.bits[question]
                return _NOTHING if now is not None else Bound(1, bit, bit)
        return None

    def _bound_of_score(self, leaf: Is | Limit, want: Want) -> Bound:
        reads = self.ground.reads(leaf)
        return _NOTHING if reads & self.changed or self.truth(leaf) in want else Bound(1, 0, reads)

    # --- by which steps -------------------------------------------------------------------------------------------

    def steps(self, aim: Aim) -> Iterator[Step]:
        """Yield steps towards an aim that is not met."""
        if aim.doubted is None:
            yield from self._steps(aim.condition, aim.want, (aim,))
        elif aim.doubted:
            if True in aim.want:
                yield from self._steps(aim.condition, TRUE, (aim,))
            yield from self._steps_into_doubt(aim)
        elif self.truth(aim.condition) is True:
            yield from self._steps(aim.condition, NOT_TRUE, (aim,))
        else:
            yield from self._steps_out_of_doubt(aim)

    def _steps(self, condition: Condition, want: Want, pledges: tuple[Aim, ...]) -> Iterator[Step]:
        if want == DECIDED:
            yield from self._steps(condition, TRUE, pledges)
            yield from self._steps(condition, FALSE, pledges)
            return
        if want == UNKNOWN:
            want = NOT_FALSE if self.truth(condition) is False else NOT_TRUE
        match condition:
            case Not(of):
                yield from self._steps(of, _OPPOSITE[want], pledges)
            case All(of) | Any(of) | Count(of=of):
                yield from self._steps_of_parts(of, _needed(condition, want), want, pledges)
            case Is() | Limit():
                yield from self._steps_of_leaf(condition, want, pledges)

    def _steps_of_parts(
        self, of: Sequence[Condition], needed: int, want: Want, pledges: tuple[Aim, ...]
    ) -> Iterator[Step]:
        """Yield steps towards `needed` of some parts: of the unmet ones, at most so many can stay so, any one more not.

        The dearest are looked at, since they leave the fewest ways; the cheapest of these first.
        """
        unmet = [(self._cost(part, want), part) for part in of if self.truth(part) not in want]
        dearest = sorted(unmet, key=lambda pair: -pair[0])[: len(of) - needed + 1]
        for cost, part in sorted(dearest, key=lambda pair: pair[0]):
            if cost < inf:
                more = () if len(of) == needed else (Aim(part, want),)
                yield from self._steps(part, want, (*pledges, *more))

    def _cost(self, condition: Condition, want: Want) -> float:
        bound = self.bound(condition, want)
        return inf if bound is None else bound.least

    def _steps_of_leaf(self, leaf: Is | Limit, want: Want, pledges: tuple[Aim, ...]) -> Iterator[Step]:
        if isinstance(leaf, Is) and leaf.subject in self.base.findings:
            want = want if leaf.values == ("yes",) else _OPPOSITE[want]
            rules = [rule.condition for rule in self.base.finding_rules[leaf.subject]]
            yield from self._steps_of_parts(rules, 1 if True in want else len(rules), want, pledges)
        elif isinstance(leaf, Limit) and leaf.subject in self.base.scores:
            yield from self._steps_of_score(leaf, pledges)
        else:
            yield from self._steps_of_question(leaf, want, pledges)

    def _steps_of_question(self, leaf: Is | Limit, want: Want, pledges: tuple[Aim, ...]) -> Iterator[Step]:
        own, applies = reply_meets(leaf, self._reply(leaf.subject)), self.outlook.applies(leaf.subject)
        gate = self.base.questions[leaf.subject].ask_if
        reply = Step(leaf.subject, (leaf, True in want), pledges)
        if want == TRUE and own is not True:
            yield reply
        elif want == NOT_FALSE and applies is not False:
            yield reply
            if gate is not None:
                yield from self._steps_otherwise(gate, pledges)
        elif True in want:
            assert gate is not None  # the reply is as it should be, or cannot help
            yield from self._steps(gate, want, (*pledges, Aim(gate, want)))
        else:
            if own is not False:
                yield reply
            if gate is not None and own is False:  # only that it is unknown whether the question applies is in the way
                yield from self._steps(gate, DECIDED, (*pledges, Aim(gate, DECIDED)))
            elif gate is not None:
                yield from self._steps(gate, want, (*pledges, Aim(gate, want)))

    def _steps_otherwise(self, condition: Condition, pledges: tuple[Aim, ...]) -> Iterator[Step]:
        """Yield steps towards any other truth of a condition than it has."""
        now = self.truth(condition)
        for want in (TRUE, FALSE) if now is None else (NOT_TRUE,) if now else (NOT_FALSE,):
            yield from self._steps(condition, want, (*pledges, Aim(condition, want)))

    def _steps_of_score(self, limit: Limit, pledges: tuple[Aim, ...]) -> Iterator[Step]:
        """Yield steps towards any other points of any of the questions summed."""
        for item in self.base.scores[limit.subject].sum:
            options, now = self.base.questions[item].options, self._reply(item)
            by_points: dict[int, list[str]] = {}
            for name, option in options.items():
                by_points.setdefault(option.points or 0, []).append(name)
            for names in by_points.values():
                if now not in names:
                    yield Step(item, (Is(item, tuple(names)), True), pledges)
            gate = self.base.questions[item].ask_if
            if gate is not None:
                yield from self._steps_otherwise(gate, pledges)

    def _reply(self, question: str) -> Reply:
        return self.answers.get(question, NOT_SURE)

    # --- doubts ---------------------------------------------------------------------------------------------------

    def _steps_into_doubt(self, aim: Aim) -> Iterator[Step]:
        """Yield steps towards a condition that hangs on a *not sure* said already.

        It does so along a path of conditions, each part of the one before, all of them unknown.
        """
        unsure = self.ground.unsure & ~self.changed
        for path in self._paths(aim.condition, lambda condition: bool(self.ground.reads(condition) & unsure)):
            pledges = (aim, *(Aim(each, UNKNOWN) for each in path))
            known = next((each for each in path if self.truth(each) is not None), None)
            if known is not None:
                yield from self._steps(known, UNKNOWN, pledges)
            else:
                yield from self._steps_at_gates(path[-1], pledges)

    def _steps_out_of_doubt(self, aim: Aim) -> Iterator[Step]:
        """Yield steps by which a condition no longer hangs on a *not sure*, along one of the paths on which it does."""
        path = next(self._paths(aim.condition, self.outlook.hangs_on_not_sure))
        yield from self._steps(aim.condition, FALSE, (aim,))
        for each in path[1:]:
            yield from self._steps(each, DECIDED, (aim, Aim(each, DECIDED)))
        yield from self._steps_at_gates(path[-1], (aim,))

    def _steps_at_gates(self, leaf: Condition, pledges: tuple[Aim, ...]) -> Iterator[Step]:
        assert isinstance(leaf, Is | Limit)
        for question in items_of(self.base, leaf.subject):
            gate = self.base.questions[question].ask_if
            if gate is not None:
                yield from self._steps_otherwise(gate, pledges)

    def _paths(self, condition: Condition, leads: Callable[[Condition], bool]) -> Iterator[tuple[Condition, ...]]:
        """Yield the paths down from a condition, through such as lead there, to leaves with a reply of *not sure*."""
        for part in self._below(condition):
            if leads(part):
                for path in self._paths(part, leads):
                    yield (condition, *path)
        if isinstance(condition, Is | Limit):
            questions = [question for question in items_of(self.base, condition.subject) if question in self.answers]
            if any(is_unsure(self.answers[question]) for question in questions):
                yield (condition,)

    def _below(self, condition: Condition) -> Iterator[Condition]:
        yield from parts(condition)
        if isinstance(condition, Is | Limit):
            for rule in self.base.finding_rules.get(condition.subject, ()):
                yield rule.condition
            for question in items_of(self.base, condition.subject):
                gate = self.base.questions[question].ask_if
                if gate is not None:
                    yield gate


def _needed(condition: All | Any | Count, want: Want) -> int:
    """Return how many parts must stand as wanted for the whole to."""
    size = len(condition.of)
    enough = {All: size, Any: 1}.get(type(condition), 0)
    if isinstance(condition, Count):
        enough = condition.count
    return enough if True in want else size - enough + 1


def some(bounds: Sequence[Bound | None], needed: int) -> Bound | None:
    """Return the bound on reaching at least `needed` of several things."""
    if needed <= 0:
        return _NOTHING
    possible = sorted((bound for bound in bounds if bound is not None), key=lambda bound: bound.least)
    if len(possible) < needed:
        return None
    if not possible[needed - 1].least:
        return _NOTHING
    must, may = 0, 0
    if len(possible) == needed:
        for bound in possible:
            must |= bound.must
    elif needed == 1:
        must = possible[0].must
        for bound in possible:
            must &= bound.must
    for bound in possible:
        may |= bound.may
    return Bound(max(possible[needed - 1].least, must.bit_count()), must, may)


# --- replies ----------------------------------------------------------------------------------------------------------


def is_unsure(reply: Reply) -> bool:
    """Tell whether a reply is *not sure*, or that beside some choices."""
    return reply == NOT_SURE or (isinstance(reply, tuple) and NOT_SURE in reply)


def meets(reply: Reply, tests: frozenset[Test]) -> bool:
    """Tell whether a definite reply meets all of some tests."""
    return all(reply_meets(leaf, reply) is value for leaf, value in tests)


def nearest_reply(question: Question, now: Reply | None, tests: frozenset[Test]) -> Reply | None:
    """Return a definite reply that meets some tests, as near to the present one as can be; None when there is none."""
    candidates: Iterator[Reply]
    if question.type == "yes_no":
        candidates = iter(("no", "yes"))
    elif question.type == "one":
        candidates = iter(question.options)
    elif question.type == "number":
        candidates = _numbers(question, now, tests)
    else:
        candidates = _choices(question, now, tests)
    return next((reply for reply in candidates if meets(reply, tests)), None)


def _numbers(question: Question, now: Reply | None, tests: frozenset[Test]) -> Iterator[int | float]:
    """Yield a number at, below, above and between all the ends that tests set, the nearest to the present one first."""
    ends = {end for leaf, _ in tests if isinstance(leaf, Limit) for end in (leaf.low, leaf.high) if end is not None}
    ends |= {end for end in (question.min, question.max) if end is not None}
    if isinstance(now, int | float):
        ends.add(now)
    ordered = sorted(ends or {0.0})
    numbers = {*ordered, ordered[0] - 1, ordered[-1] + 1, *((low + high) / 2 for low, high in pairwise(ordered))}
    numbers |= {number for end in ordered for number in (end - 1, end + 1)}
    here = now if isinstance(now, int | float) else ordered[0]
    # A whole number before one that lies between; then the nearest.
    for number in sorted(numbers, key=lambda number: (not float(number).is_integer(), abs(number - here), number)):
        if (question.min is None or number >= question.min) and (question.max is None or number <= question.max):
            yield int(number) if float(number).is_integer() else number


def _choices(question: Question, now: Reply | None, tests: frozenset[Test]) -> Iterator[tuple[str, ...]]:
    """Yield the present choice without what is unwanted and with one of each that is wanted; none; one alone."""
    wanted = sorted((leaf.values for leaf, value in tests if isinstance(leaf, Is) and value), key=len)
    unwanted = {option for leaf, value in tests if isinstance(leaf, Is) and not value for option in leaf.values}
    free = [option for option in question.options if option not in unwanted and option != NONE_OF_THESE]
    chosen = {option for option in free if isinstance(now, tuple) and option in now}
    for options in wanted:
        if chosen.isdisjoint(options):
            chosen.update([option for option in free if option in options][:1])
    if chosen:
        yield tuple(option for option in question.options if option in chosen)
    yield (NONE_OF_THESE,)
    for option in free:
        yield (option,)
