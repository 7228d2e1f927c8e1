"""From the knowledge of a rule base to experta productions.

Three values without negation as failure: a condition compiles to what makes it true and, where something reads its
falsehood, to what makes it false. Both only ever grow as answers come in, so nothing need be retracted, and firing as
each answer arrives is sound. A disjunction inside a conjunction becomes a step of its own, so the number of productions
stays linear in the size of the rules.

Kinds of production, by the prefix of their name:
    rule:ID           a rule of the base is true
    false:ID          no alternative of a rule can be true any more (only where a finding or red flag reads it)
    ruled-out:ID      a finding, or `red-flag-out:ID` a red flag, whose rules are all false
    applies:ID / does-not-apply:ID    the `ask_if` of an answered question is true / of any question is false
    opens:ID          the `ask_if` of a question that a score sums is true, answered or not
    scope:ID          the person is out of scope
    step:N            part of a condition, shared by every rule that contains it
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from functools import cached_property
from itertools import combinations
from typing import Any as Anything

from expert.engine import Fact, Pattern, Production
from expert.model import (
    NONE_OF_THESE,
    NOT_SURE,
    All,
    Any,
    Base,
    Condition,
    Count,
    Establish,
    Is,
    Limit,
    Not,
    Raise,
)

#: The value of a question that does not apply.
NOT_APPLICABLE = "not applicable"


class Test:
    """A test of a fact's value; equal tests are one object, so that Rete shares their node."""

    __slots__ = ("leaf", "want")

    def __init__(self, leaf: Is | Limit, want: bool) -> None:
        """Test that a value makes `leaf` true (or false, with `want` False)."""
        self.leaf = leaf
        self.want = want

    def __call__(self, value: Anything) -> bool:
        """Tell whether a fact's value meets the test; an undecided option meets neither."""
        if value == NOT_APPLICABLE:
            return not self.want
        leaf = self.leaf
        if isinstance(leaf, Limit):
            return leaf.holds(value) is self.want
        if isinstance(value, tuple):
            if NOT_SURE in value:
                return self.want and any(option in leaf.values and option != NONE_OF_THESE for option in value)
            return any(option in leaf.values for option in value) is self.want
        return (value in leaf.values) is self.want


class Program:
    """A rule base compiled: the productions, and the fact types they match.

    `reply_types` are the facts that an answer declares; for a gated question that is not yet its effective value, which
    `applies:` copies once the gate is true. `score_limits` are the tests on scores, which the caller declares as soon
    as the answers decide them. `concludes` gives, by production name, the fact that firing declares.
    """

    def __init__(self, base: Base) -> None:
        """Compile `base`; its names have been checked by the loader."""
        self.base = base
        self.productions: list[Production] = []
        self.concludes: dict[str, Anything] = {}
        self.reply_types: dict[str, type[Fact]] = {}
        self.score_limits: dict[str, dict[Limit, type[Fact]]] = defaultdict(dict)
        self._types: dict[str, type[Fact]] = {}
        self._tests: dict[Anything, Test] = {}
        self._patterns: dict[Anything, Pattern] = {}
        self._steps: dict[tuple[Condition, bool], Pattern] = {}
        self._compile()

    @cached_property
    def steps(self) -> dict[str, tuple[Condition, bool]]:
        """What each `step:N` stands for: a condition, and whether it is to be true or false."""
        return {pattern.fact_type.__name__: step for step, pattern in self._steps.items()}

    @cached_property
    def limits(self) -> dict[str, tuple[str, Limit]]:
        """The score and the limit that a fact about a score tells of, by the subject of the fact."""
        return {
            fact_type.__name__: (score, limit)
            for score, by_limit in self.score_limits.items()
            for limit, fact_type in by_limit.items()
        }

    def _compile(self) -> None:
        base = self.base
        for question in base.questions.values():
            self.reply_types[question.id] = self.fact_type(question.id)
            if question.ask_if is not None:
                self._compile_gate(question.id, question.ask_if)
        for scope in base.out_of_scope.values():
            self._add(f"scope:{scope.id}", scope.condition, True, f"scope:{scope.id}", "yes")
        concluding: dict[str, list[str]] = defaultdict(list)
        for rule in base.rules.values():
            if isinstance(rule.conclusion, Establish):
                self._add(f"rule:{rule.id}", rule.condition, True, rule.conclusion.finding, "yes")
                concluding[rule.conclusion.finding].append(rule.id)
            else:
                self._add(f"rule:{rule.id}", rule.condition, True, f"rule:{rule.id}", "yes")
            if isinstance(rule.conclusion, Raise):
                concluding[f"red-flag:{rule.conclusion.red_flag}"].append(rule.id)
        self._compile_ruling_out(concluding)

    def _compile_gate(self, question: str, ask_if: Condition) -> None:
        self.reply_types[question] = replied = self.fact_type(f"{question} (reply)")
        name = f"applies:{question}"
        for alternative in self._alternatives(ask_if, want=True):
            self._produce(name, [Pattern(replied, _anything), *alternative])
        self.concludes[name] = (self.fact_type(question), replied)
        self._add(f"does-not-apply:{question}", ask_if, False, question, NOT_APPLICABLE)
        if any(question in score.sum for score in self.base.scores.values()):
            self._add(f"opens:{question}", ask_if, True, f"{question} (applies)", "yes")

    def _compile_ruling_out(self, concluding: dict[str, list[str]]) -> None:
        """Rule a finding or a red flag out when every rule for it is false."""
        for subject, rules in concluding.items():
            is_flag = subject.startswith("red-flag:")
            patterns = []
            for rule in rules:
                self._add(f"false:{rule}", self.base.rules[rule].condition, False, f"false:{rule}", "yes")
                patterns.append(self._pattern(Is(f"false:{rule}", ("yes",)), want=True))
            name = f"red-flag-out:{subject.removeprefix('red-flag:')}" if is_flag else f"ruled-out:{subject}"
            self._produce(name, patterns)
            self.concludes[name] = self.fact_type(subject), "no"

    def fact_type(self, name: str) -> type[Fact]:
        """Return the fact type for `name`: one for each question, finding, rule and step."""
        if name not in self._types:
            self._types[name] = type(name, (Fact,), {})
        return self._types[name]

    def _add(self, name: str, condition: Condition, want: bool, subject: str, value: str) -> None:
        for alternative in self._alternatives(condition, want):
            self._produce(name, alternative)
        self.concludes[name] = self.fact_type(subject), value

    def _produce(self, name: str, patterns: Iterable[Pattern]) -> None:
        self.productions.append(Production(name, len(self.productions), list(dict.fromkeys(patterns))))

    # --- conditions -----------------------------------------------------------------------------------------------

    def _alternatives(self, condition: Condition, want: bool) -> list[list[Pattern]]:
        """Return the conjunctions of patterns any of which makes `condition` true (or false)."""
        match condition:
            case Not(of):
                return self._alternatives(of, not want)
            case All(of):
                return self._conjunction(of, want=True) if want else self._disjunction(of, want=False)
            case Any(of):
                return self._disjunction(of, want=True) if want else self._conjunction(of, want=False)
            case Count(count, of):
                needed = count if want else len(of) - count + 1
                return [
                    alternative
                    for chosen in combinations(of, needed)
                    for alternative in self._conjunction(chosen, want=want)
                ]
            case Is() | Limit():
                question = self.base.questions.get(condition.subject)
                if want or question is None or question.ask_if is None or question.id in self.base.follow_ups:
                    return [[self._pattern(condition, want=want)]]
                # False because it does not apply, or by its reply, whether or not it turns out to apply.
                return [[self._inapplicable(question.id)], [self._replied(condition)]]

    def _disjunction(self, of: tuple[Condition, ...], *, want: bool) -> list[list[Pattern]]:
        return [alternative for part in of for alternative in self._alternatives(part, want)]

    def _conjunction(self, of: tuple[Condition, ...], *, want: bool) -> list[list[Pattern]]:
        return [[pattern for part in of for pattern in self._as_patterns(part, want)]]

    def _as_patterns(self, condition: Condition, want: bool) -> list[Pattern]:
        alternatives = self._alternatives(condition, want)
        return alternatives[0] if len(alternatives) == 1 else [self._step(condition, want, alternatives)]

    def _step(self, condition: Condition, want: bool, alternatives: list[list[Pattern]]) -> Pattern:
        key = (condition, want)
        if key not in self._steps:
            name = f"step:{len(self._steps) + 1}"
            for alternative in alternatives:
                self._produce(name, alternative)
            self.concludes[name] = self.fact_type(name), "yes"
            self._steps[key] = self._pattern(Is(name, ("yes",)), want=True)
        return self._steps[key]

    def _pattern(self, leaf: Is | Limit, *, want: bool) -> Pattern:
        key = (leaf, want)
        if key not in self._patterns:
            if leaf.subject in self.base.scores:
                assert isinstance(leaf, Limit)
                limits = self.score_limits[leaf.subject]
                fact_type = limits.setdefault(leaf, self.fact_type(f"{leaf.subject} {_interval(leaf)}"))
                test: Anything = _is_true if want else _is_false
            elif leaf.subject in self.base.findings:
                assert isinstance(leaf, Is)
                value = leaf.values[0] if want else {"yes": "no", "no": "yes"}[leaf.values[0]]
                fact_type, test = self.fact_type(leaf.subject), self._test(Is(leaf.subject, (value,)), want=True)
            else:
                fact_type, test = self.fact_type(leaf.subject), self._test(leaf, want=want)
            self._patterns[key] = Pattern(fact_type, test)
        return self._patterns[key]

    def _inapplicable(self, question: str) -> Pattern:
        key = (question, NOT_APPLICABLE)
        return self._patterns.setdefault(key, Pattern(self.fact_type(question), _does_not_apply))

    def _replied(self, leaf: Is | Limit) -> Pattern:
        """Match a reply that makes a test of a gated question false."""
        replied = self.fact_type(f"{leaf.subject} (reply)")
        return self._patterns.setdefault((leaf, False), Pattern(replied, self._test(leaf, want=False)))

    def _test(self, leaf: Is | Limit, *, want: bool) -> Test:
        return self._tests.setdefault((leaf, want), Test(leaf, want))


def _interval(limit: Limit) -> str:
    """Return a range in interval notation: every other range has another name."""
    low = "(" if limit.low_open or limit.low is None else "["
    high = ")" if limit.high_open or limit.high is None else "]"
    start = "-inf" if limit.low is None else f"{limit.low:.17g}"
    end = "inf" if limit.high is None else f"{limit.high:.17g}"
    return f"in {low}{start}, {end}{high}"


def _anything(_value: Anything) -> bool:
    return True


def _does_not_apply(value: Anything) -> bool:
    return bool(value == NOT_APPLICABLE)


def _is_true(value: Anything) -> bool:
    return value is True


def _is_false(value: Anything) -> bool:
    return value is False
