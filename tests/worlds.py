"""Small worlds: random bases with random answers, and by brute force what every change of a few answers leads to."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from itertools import combinations, pairwise, product

from hypothesis import note
from hypothesis import strategies as st
from msgspec.structs import replace
from random_bases import answers_to, bases, conditions, described

from expert.logic import Outlook, leaves
from expert.model import NONE_OF_THESE, NOT_SURE, Answers, Any, Base, Evidence, Is, Limit, Question, Reply, Rule
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


@st.composite
def worlds(draw) -> World:
    """A small random base and some answers; in some bases, follow-ups wait for their gates."""
    base = draw(bases(size=7))
    if draw(st.booleans()):
        return draw(answered(base))
    gates = [Is("q0", ("yes",)), Any((Is("q0", ("yes",)), Is("q1", ("a",))))]
    questions = {}
    for question in base.questions.values():
        gate = question.ask_if or draw(st.sampled_from((*gates, None))) if question.id not in ("q0", "q1") else None
        questions[question.id] = replace(question, kind="risk", ask_if=gate)
    return draw(answered(replace(base, questions=questions)))


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
