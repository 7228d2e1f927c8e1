"""Every reply that a question allows, as formulas, and back to a reply."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import pairwise

from msgspec import Struct

from expert.language import MAX_NUMBER
from expert.logic import leaves
from expert.model import NONE_OF_THESE, NOT_SURE, Answers, Base, Condition, Is, Limit, Question, Reply
from expert.prove.formula import (
    Formula,
    at_most_one,
    conjunction,
    disjunction,
    implication,
    negation,
    variable,
)

#: One number of every range that a base tells apart, by a name.
Ranges = dict[str, float | int]


class Said(Struct, frozen=True):
    """What is replied to a question: which options are chosen, and whether the person is not sure.

    Of a number the options are its `ranges`: every value, or stretch between two values, that the base tells apart.
    Unless something is chosen or not sure, the question is not answered.
    """

    question: Question
    chosen: dict[str, Formula]
    not_sure: Formula
    ranges: Ranges = {}

    @property
    def answered(self) -> Formula:
        """Whether there is any reply."""
        return disjunction(*self.chosen.values(), self.not_sure)

    def meets(self, leaf: Is | Limit) -> tuple[Formula, Formula]:
        """Return when the reply makes a leaf true, and when false; the question is taken to apply."""
        values = self._values(leaf)
        met = {option: chosen for option, chosen in self.chosen.items() if option in values}
        if self.question.type != "many":
            return disjunction(*met.values()), disjunction(
                *(chosen for option, chosen in self.chosen.items() if option not in values)
            )
        sure = negation(self.not_sure)
        # "None of these" beside "not sure" takes the none back.
        none = conjunction(met.pop(NONE_OF_THESE, False), sure)
        return disjunction(*met.values(), none), conjunction(
            sure, disjunction(*self.chosen.values()), *(negation(chosen) for chosen in (*met.values(), none))
        )

    def _values(self, leaf: Is | Limit) -> frozenset[str]:
        if isinstance(leaf, Is):
            return frozenset(leaf.values)
        return frozenset(name for name, number in self.ranges.items() if leaf.holds(number))

    def allowed(self) -> Formula:
        """Return what holds of every reply that the question allows."""
        if self.question.type != "many":
            return at_most_one([*self.chosen.values(), self.not_sure])
        others = disjunction(*(chosen for option, chosen in self.chosen.items() if option != NONE_OF_THESE))
        return implication(self.chosen[NONE_OF_THESE], negation(others))

    def reply(self, holds: Callable[[Formula], bool]) -> Reply | None:
        """Return the reply that a valuation of formulas gives; None when the question is not answered."""
        chosen = [option for option, formula in self.chosen.items() if holds(formula)]
        not_sure = holds(self.not_sure)
        if self.question.type == "many":
            return (*chosen, *[NOT_SURE] * not_sure) or None
        if not_sure:
            return NOT_SURE
        if not chosen:
            return None
        return self.ranges[chosen[0]] if self.question.type == "number" else chosen[0]


def anything(question: Question, numbers: Ranges, mark: str = "") -> Said:
    """Return a question whose reply is open; `mark` tells apart two replies to the same question."""
    options = tuple(numbers) if question.type == "number" else tuple(question.options) or ("yes", "no")
    name = f"{mark}{question.id}="
    chosen = {option: variable(name + option) for option in options}
    return Said(question, chosen, variable(name + NOT_SURE), numbers)


def exactly(question: Question, reply: Reply | None) -> Said:
    """Return a question with a given reply, or none."""
    if question.type == "number":
        # One range, which is the very number given: nothing needs to be told apart any more.
        is_number = isinstance(reply, int | float)
        return Said(question, {"number": is_number}, reply == NOT_SURE, {"number": reply if is_number else 0})  # type: ignore[dict-item]
    given = reply if isinstance(reply, tuple) else (reply,)
    options = tuple(question.options) or ("yes", "no")
    return Said(question, {option: option in given for option in options}, NOT_SURE in given)


def one_more(said: Said, option: str) -> Iterator[Said]:
    """Yield replies of rising alarm: no, *not sure* and yes; of an option of many also a yes without a *not sure*.

    The other options stay as they are in `said`; *not sure* leaves open all that are not chosen.
    """
    if said.question.type == "yes_no":
        yield from (exactly(said.question, reply) for reply in ("no", NOT_SURE, "yes"))
        return
    others = {name: chosen for name, chosen in said.chosen.items() if name not in (option, NONE_OF_THESE)}
    nothing = conjunction(*(negation(chosen) for chosen in others.values()))
    for is_chosen, none, not_sure in (
        (False, nothing, False),
        (False, False, True),
        (True, False, True),
        (True, False, False),
    ):
        chosen = {**others, option: is_chosen, NONE_OF_THESE: none}
        yield Said(said.question, {name: chosen[name] for name in said.chosen}, not_sure)


def numbers_told_apart(base: Base) -> dict[str, Ranges]:
    """Return, for each number asked for, one number of every range that the base tells apart, by a name."""
    ends: dict[str, set[float]] = {one.id: set() for one in base.questions.values() if one.type == "number"}
    for condition in _conditions(base) if ends else ():
        for leaf in leaves(condition):
            if isinstance(leaf, Limit) and leaf.subject in ends:
                ends[leaf.subject] |= {end for end in (leaf.low, leaf.high) if end is not None}
    return {question: _ranges(base.questions[question], found) for question, found in ends.items()}


def _ranges(question: Question, ends: set[float]) -> Ranges:
    lowest = -MAX_NUMBER if question.min is None else question.min
    highest = MAX_NUMBER if question.max is None else question.max
    fixed = sorted({lowest, highest, *(end for end in ends if lowest <= end <= highest)})
    between = [_between(low, high) for low, high in pairwise(fixed)]
    numbers = sorted({*fixed, *(number for number in between if number is not None)})
    return {f"{number:g}": int(number) if float(number).is_integer() else number for number in numbers}


def _between(low: float, high: float) -> float | None:
    """Return a number between two others, a whole one if there is one; None where there is no room."""
    whole = float(int(low // 1) + 1)
    if whole < high:
        return whole
    middle = (low + high) / 2
    return middle if low < middle < high else None


def _conditions(base: Base) -> Iterator[Condition]:
    yield from (rule.condition for rule in base.rules.values())
    yield from (scope.condition for scope in base.out_of_scope.values())
    yield from (question.ask_if for question in base.questions.values() if question.ask_if is not None)


def answers_from(said: dict[str, Said], holds: Callable[[Formula], bool]) -> Answers:
    """Return the answers that a valuation of formulas gives, in the order of `said`."""
    replies = {question: one.reply(holds) for question, one in said.items()}
    return {question: reply for question, reply in replies.items() if reply is not None}
