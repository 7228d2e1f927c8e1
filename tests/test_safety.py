"""What the stiff-legs base may never do: reassure someone in danger, or alarm everyone.

These hold over chosen corners of the answer space; the laws hold over random answers.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

import pytest

from expert.consultation import LateReasoner, consult
from expert.logic import Outlook
from expert.model import (
    NONE_OF_THESE,
    NOT_SURE,
    All,
    Any,
    Base,
    Condition,
    Count,
    Is,
    Limit,
    Not,
    Option,
    Question,
    Raise,
    Reply,
)


def quiet_reply(question: Question) -> Reply:
    """Return the reply of somebody whom nothing ails."""
    if question.type == "yes_no":
        return "no"
    if question.type == "many":
        return (NONE_OF_THESE,)
    quiet = ("no_thoughts", "from_40_to_49", "not_pregnant", "never", "male")
    return next((option for option in quiet if option in question.options), next(iter(question.options)))


def quiet(base: Base) -> dict[str, Reply]:
    """Return a whole set of answers in which nothing is wrong and nothing is a risk."""
    return {question.id: quiet_reply(question) for question in base.questions.values() if question.type != "number"}


def without_symptoms(base: Base) -> dict[str, Reply]:
    """Return answers without any symptom, where every risk, illness and medicine is *not sure*."""
    answers = quiet(base)
    for question in base.questions.values():
        is_background = question.kind == "risk" or (question.kind == "safety" and question.type == "many")
        if is_background:
            answers[question.id] = (NOT_SURE,) if question.type == "many" else NOT_SURE
    return answers


def test_a_well_person_is_not_alarmed(stiff_legs: Base, stiff_legs_reasoner: LateReasoner) -> None:
    """Nothing wrong, nothing raised, nothing left open."""
    consultation = consult(stiff_legs, quiet(stiff_legs), stiff_legs_reasoner)
    assert consultation.complete
    assert consultation.verdict.urgency == "routine"
    assert consultation.verdict.red_flags == ()
    assert consultation.verdict.not_ruled_out == ()


def test_unknown_risks_alone_alarm_nobody(stiff_legs: Base, stiff_legs_reasoner: LateReasoner) -> None:
    """Without a symptom, not knowing one's medicines or illnesses is no emergency."""
    verdict = consult(stiff_legs, without_symptoms(stiff_legs), stiff_legs_reasoner).verdict
    assert verdict.unsure_emergencies == ()
    assert verdict.urgency == "routine"


def test_not_sure_of_anything_is_never_reassured(stiff_legs: Base, stiff_legs_reasoner: LateReasoner) -> None:
    """Somebody who is sure of nothing is sent to a doctor the same day, and every flag is listed as open."""
    answers = {q.id: (NOT_SURE,) if q.type == "many" else NOT_SURE for q in stiff_legs.questions.values()}
    verdict = consult(stiff_legs, answers, stiff_legs_reasoner).verdict
    assert verdict.urgency == "same-day"
    assert set(verdict.not_ruled_out) == set(stiff_legs.flag_rules)
    assert all(weight.band == "none" for weight in verdict.hypotheses)


def emergency_rules(base: Base) -> list[str]:
    return [
        rule.id
        for flag, rules in base.flag_rules.items()
        if base.red_flags[flag].urgency == "emergency"
        for rule in rules
    ]


def test_every_emergency_can_be_reached_and_stops_the_interview(
    stiff_legs: Base, stiff_legs_reasoner: LateReasoner
) -> None:
    """For each emergency rule there are answers that raise it, whatever else is quiet, and it then is the urgency."""
    for rule in emergency_rules(stiff_legs):
        answers = answers_for(stiff_legs, rule)
        consultation = consult(stiff_legs, answers, stiff_legs_reasoner)
        raised = stiff_legs.rules[rule].conclusion
        assert isinstance(raised, Raise)
        assert raised.red_flag in consultation.emergencies, f"{rule} is not raised by {answers}"
        assert consultation.verdict.urgency == "emergency"


@pytest.mark.parametrize("bystander", ["vegan, drinking", "unsure of all risks"])
def test_nothing_said_beside_an_emergency_lowers_it(
    stiff_legs: Base, stiff_legs_reasoner: LateReasoner, bystander: str
) -> None:
    """A deficiency that would explain the symptom, or a doubt about it, does not lower a red flag."""
    for rule in emergency_rules(stiff_legs):
        answers = answers_for(stiff_legs, rule)
        for question in stiff_legs.questions.values():
            if question.kind == "risk" and answers[question.id] in ("no", (NONE_OF_THESE,), quiet_reply(question)):
                answers[question.id] = louder(question) if bystander == "vegan, drinking" else unsure(question)
        assert consult(stiff_legs, answers, stiff_legs_reasoner).verdict.urgency == "emergency", rule


def unsure(question: Question) -> Reply:
    return (NOT_SURE,) if question.type == "many" else NOT_SURE


def louder(question: Question) -> Reply:
    if question.type == "yes_no":
        return "yes"
    options = [option for option in question.options if option != NONE_OF_THESE]
    return tuple(options) if question.type == "many" else options[-1]


def answers_for(base: Base, rule: str) -> dict[str, Reply]:
    """Return quiet answers changed just enough to make a rule true, gates included."""
    return Satisfier(base).satisfy(base.rules[rule].condition)


class Satisfier:
    """Makes a condition true by changing replies, trying the parts of an `any` in turn."""

    def __init__(self, base: Base) -> None:
        self.base = base

    def satisfy(self, condition: Condition) -> dict[str, Reply]:
        for answers in self.ways(condition, quiet(self.base)):
            if Outlook(self.base, answers).truth(condition) is True:
                return answers
        raise AssertionError(f"no answers make it true: {condition}")

    def ways(self, condition: Condition, answers: dict[str, Reply]) -> Iterator[dict[str, Reply]]:
        match condition:
            case All(of):
                yield from self.every(of, answers)
            case Any(of):
                for part in of:
                    yield from self.ways(part, answers)
            case Count(count, of):
                for chosen in combinations(of, count):
                    yield from self.every(chosen, answers)
            case Not():
                yield answers  # quiet answers make nearly every negation true; `satisfy` checks
            case Is() | Limit():
                yield from self.leaf(condition, answers)

    def every(self, of: tuple[Condition, ...], answers: dict[str, Reply]) -> Iterator[dict[str, Reply]]:
        if not of:
            yield answers
            return
        for changed in self.ways(of[0], answers):
            yield from self.every(of[1:], changed)

    def leaf(self, leaf: Is | Limit, answers: dict[str, Reply]) -> Iterator[dict[str, Reply]]:
        if leaf.subject in self.base.findings:
            if leaf.values != ("yes",):
                yield answers
                return
            for rule in self.base.finding_rules[leaf.subject]:
                yield from self.ways(rule.condition, answers)
        elif leaf.subject in self.base.scores:
            items = self.base.scores[leaf.subject].sum
            most = {item: max(self.options(item), key=lambda option: option.points or 0).id for item in items}
            yield {**answers, **most}
        else:
            question = self.base.questions[leaf.subject]
            for opened in [answers] if question.ask_if is None else self.ways(question.ask_if, answers):
                for value in leaf.values:
                    yield {**opened, question.id: self.reply(question, value, opened)}

    def options(self, question: str) -> list[Option]:
        return list(self.base.questions[question].options.values())

    @staticmethod
    def reply(question: Question, value: str, answers: dict[str, Reply]) -> Reply:
        if question.type != "many":
            return value
        others = answers[question.id]
        chosen = {value, *(others if isinstance(others, tuple) else ())} - {NONE_OF_THESE}
        return tuple(option for option in question.options if option in chosen)
