"""The smallest change of answers is a true minimum: beside brute force over all definite replies, on random bases."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cached_property
from itertools import combinations, pairwise, product

from effort import effort
from hypothesis import given, note
from hypothesis import strategies as st
from msgspec.structs import replace
from random_bases import answers_to, bases, conditions, described

from expert.logic import Outlook, leaves
from expert.model import (
    BANDS,
    NONE_OF_THESE,
    NOT_SURE,
    URGENCIES,
    Answers,
    Base,
    Evidence,
    Limit,
    Question,
    Reply,
    Rule,
)
from expert.nearest import (
    Goal,
    Search,
    any_condition_goal,
    band_goal,
    calmer_goal,
    smallest_change,
    urgency_goal,
)
from expert.verdict import Verdict, foresee

#: Changes of more replies than this are not tried by brute force.
LARGEST = 3


class World:
    """Some answers to a base, and everything that changes of a few of them lead to."""

    def __init__(self, base: Base, answers: Answers) -> None:
        """Change `answers`."""
        self.base = base
        self.answers = answers

    def after(self, replies: Answers) -> Outlook:
        """How things stand with some replies in the place of the present ones."""
        return Outlook(self.base, {**self.answers, **replies})

    @cached_property
    def outlooks(self) -> list[list[Outlook]]:
        """All outlooks after changes of 0, 1, ... replies."""
        return [list(map(self.after, self.changes(size))) for size in range(LARGEST + 1)]

    @cached_property
    def verdicts(self) -> list[list[Verdict]]:
        """All verdicts after changes of 0, 1, ... replies."""
        return [[foresee(self.base, outlook) for outlook in outlooks] for outlooks in self.outlooks]

    def changes(self, size: int) -> Iterator[dict[str, Reply]]:
        """All definite replies to so many questions, none as at present."""
        for questions in combinations(self.base.questions, size):
            others = [
                [reply for reply in self.replies(question) if reply != self.answers.get(question)]
                for question in questions
            ]
            for chosen in product(*others):
                yield dict(zip(questions, chosen, strict=True))

    def replies(self, question: str) -> list[Reply]:
        """Definite replies, among numbers one of each range that some rule tells apart."""
        asked = self.base.questions[question]
        if asked.type == "number":
            return self.numbers(asked)
        if asked.type == "many":
            named = [option for option in asked.options if option != NONE_OF_THESE]
            sets = [chosen for size in range(1, len(named) + 1) for chosen in combinations(named, size)]
            return [*sets, (NONE_OF_THESE,)]
        return list(asked.options) or ["yes", "no"]

    def numbers(self, question: Question) -> list[Reply]:
        """The ends of all limits, what lies between, and the ends of what may be said."""
        conditions = [rule.condition for rule in self.base.rules.values()]
        conditions += [other.ask_if for other in self.base.questions.values() if other.ask_if is not None]
        conditions += [scope.condition for scope in self.base.out_of_scope.values()]
        limits = [
            leaf
            for condition in conditions
            for leaf in leaves(condition)
            if isinstance(leaf, Limit) and leaf.subject == question.id
        ]
        ends = {end for limit in limits for end in (limit.low, limit.high) if end is not None}
        low, high = question.min or 0, question.max or 100
        ends = sorted({low, high, *(end for end in ends if low <= end <= high)})
        return [*ends, *((one + other) / 2 for one, other in pairwise(ends))]

    def check(self, goal: Goal, is_so: Callable[[Outlook, Verdict], bool]) -> None:
        """The smallest change is what brute force says; it reaches the goal; and it changes what it says it does."""
        sizes = (size for size in range(LARGEST + 1) if any(map(is_so, self.outlooks[size], self.verdicts[size])))
        smallest = next(sizes, None)
        found = smallest_change(self.base, self.answers, goal, largest=LARGEST)
        note(f"smallest: {smallest}; found: {found}")
        assert Search(self.base, self.answers).reached(goal) is (smallest == 0)
        if smallest is None:
            assert (found.changes, found.none_up_to) == ((), LARGEST)
        elif smallest == 0:
            assert found.changes == ()
        else:
            assert {len(change.replies) for change in found.changes} == {smallest}
            assert found.none_up_to == smallest - 1
        for change in found.changes:
            outlook = self.after(change.replies)
            assert is_so(outlook, foresee(self.base, outlook))
            assert all(self.answers.get(question) != reply for question, reply in change.replies.items())
        assert len({frozenset(change.replies) for change in found.changes}) == len(found.changes)


@st.composite
def worlds(draw) -> World:
    """A small random base and some answers."""
    return draw(answered(draw(bases(size=7))))


@st.composite
def answered(draw, base: Base, said: st.SearchStrategy[Reply | None] | None = None) -> World:
    """Some answers to a base; each question may also get a reply, or none, from what is `said` instead."""
    note(described(base))
    answers = draw(answers_to(base, full=said is not None))
    if said is not None:
        others = {question: draw(said) for question in answers}
        answers = {question: others[question] or reply for question, reply in answers.items() if others[question] != ""}
    note(f"answers: {answers}")
    return World(base, answers)


@st.composite
def argued(draw) -> World:
    """A base with much evidence for and against one hypothesis, and some answers."""
    base = draw(bases(size=6))
    subjects = [*base.questions.values(), *base.scores.values(), *base.findings.values()]
    rules = {}
    for number in range(draw(st.integers(3, 9))):
        against = draw(st.booleans())
        role = None if against else draw(st.sampled_from(("sign", "risk")))
        strength, group = draw(st.sampled_from(tuple(base.strengths))), draw(st.sampled_from((None, "g", "k")))
        told = Evidence("h0", "against" if against else "for", strength, role, group)
        rules[f"more{number}"] = Rule(f"more{number}", draw(conditions(subjects, 1)), told, "", ())
    scopes = {} if draw(st.booleans()) else base.out_of_scope
    return draw(answered(replace(base, rules={**base.rules, **rules}, out_of_scope=scopes)))


@st.composite
def doubtful(draw) -> World:
    """A base with hardly anything but emergencies, and hardly any answer but *not sure*."""
    base = draw(bases(size=7))
    tiers = draw(st.sampled_from((("emergency",), ("emergency", "soon"))))
    flags = {name: replace(flag, urgency=draw(st.sampled_from(tiers))) for name, flag in base.red_flags.items()}
    said = st.sampled_from((NOT_SURE, NOT_SURE, None, None, ""))
    return draw(answered(replace(base, red_flags=flags), said))


def band_of(verdict: Verdict, hypothesis: str) -> int | None:
    """The place of a band, or None where it is not told."""
    return next((BANDS.index(weight.band) for weight in verdict.hypotheses if weight.hypothesis == hypothesis), None)


@effort(60)
@given(st.data())
def test_bands(data: st.DataObject) -> None:
    """A hypothesis reaches a band, from below and from above, by no fewer replies than brute force needs."""
    world = data.draw(worlds() | argued())
    for hypothesis in world.base.hypotheses:
        for place, band in enumerate(BANDS):

            def at_least(_: Outlook, verdict: Verdict, name: str = hypothesis, place: int = place) -> bool:
                told = band_of(verdict, name)
                return told is not None and told <= place

            def at_most(_: Outlook, verdict: Verdict, name: str = hypothesis, place: int = place) -> bool:
                told = band_of(verdict, name)
                return told is not None and told >= place

            note(f"{hypothesis} {band}")
            world.check(band_goal(world.base, hypothesis, band), at_least)
            world.check(band_goal(world.base, hypothesis, band, at_least=False), at_most)


@effort(60)
@given(st.data())
def test_tiers(data: st.DataObject) -> None:
    """A tier is reached from below and from above, also where a *not sure* about an emergency decides it."""
    world = data.draw(worlds() | doubtful())
    for place, tier in enumerate(URGENCIES):

        def at_least(_: Outlook, verdict: Verdict, place: int = place) -> bool:
            return URGENCIES.index(verdict.urgency) <= place

        def at_most(_: Outlook, verdict: Verdict, place: int = place) -> bool:
            return URGENCIES.index(verdict.urgency) >= place

        note(tier)
        world.check(urgency_goal(world.base, tier), at_least)
        world.check(calmer_goal(world.base, tier), at_most)


@effort(60)
@given(st.data())
def test_findings_flags_and_rules(data: st.DataObject) -> None:
    """What rules conclude is reached through any of them."""
    world = data.draw(worlds())
    base = world.base
    for finding, rules in base.finding_rules.items():
        note(finding)
        world.check(
            any_condition_goal(rule.condition for rule in rules), lambda outlook, _, name=finding: outlook.finding(name)
        )
    for flag, rules in base.flag_rules.items():
        note(flag)
        world.check(
            any_condition_goal(rule.condition for rule in rules),
            lambda _, verdict, name=flag: name in verdict.red_flags,
        )
    for rule in base.rules.values():
        note(rule.id)
        world.check(
            any_condition_goal([rule.condition]), lambda outlook, _, rule=rule: outlook.truth(rule.condition) is True
        )
