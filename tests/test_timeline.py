"""The timeline: what it says at each answer is what the engine did, and where it ends is the verdict."""

from __future__ import annotations

import pytest
from effort import effort
from hypothesis import given
from hypothesis import strategies as st
from random_bases import answers_to, bases
from small_base import SITUATIONS, situation, small_base

from expert.consultation import Consultation, LateReasoner, consult
from expert.infer import Reasoner
from expert.logic import Outlook
from expert.timeline import Timeline, fact_in_words, production_in_words, timeline
from expert.verdict import judge


def check(consultation: Consultation) -> Timeline:
    """Check a timeline against a run of the engine, stage by stage, and return it."""
    base, answers = consultation.base, consultation.answers
    line = timeline(consultation)
    trace = Reasoner(base).infer(answers)
    assert [moment.firing for stage in line.stages for moment in stage.moments] == list(trace.firings)
    assert [stage.question for stage in line.stages] == [None, *answers]
    so_far: dict = {}
    for place, stage in enumerate(line.stages):
        if stage.question is not None:
            so_far[stage.question] = stage.reply
        assert stage.verdict == judge(base, Reasoner(base).infer(so_far), Outlook(base, so_far))
        for fired, moment in enumerate(stage.moments):
            memory = line.memory(place, fired)
            assert line.agenda(place, fired)[0] == moment.firing.production
            assert set(moment.firing.matched) <= set(memory)
            assert moment.firing.declared not in memory
            assert memory == line.facts[: len(memory)]
        assert line.agenda(place, len(stage.moments)) == ()
    assert line.memory(len(line.stages) - 1, 10**6) == line.facts
    assert line.stages[-1].verdict == consultation.verdict
    return line


@pytest.mark.parametrize("name", SITUATIONS)
def test_it_says_what_the_engine_did(name):
    line = check(situation(name))
    for fact in line.facts:
        assert fact_in_words(small_base(), line, fact).words


@effort(60)
@given(st.data())
def test_it_says_what_the_engine_did_on_random_bases(data):
    base = data.draw(bases())
    answers = data.draw(answers_to(base))
    line = check(consult(base, answers, LateReasoner(base)))
    for fact in line.facts:
        assert fact_in_words(base, line, fact).words
    for name in {name for stage in line.stages for moment in stage.moments for name in moment.agenda}:
        assert production_in_words(base, name).words


def test_the_agenda_is_everything_that_waits():
    """An answer that two rules read puts both on the agenda; the first fires, the other still waits."""
    line = timeline(situation("b12"))
    place = next(place for place, stage in enumerate(line.stages) if stage.question == "unsteady")
    assert line.agenda(place, 0) == ("rule:flag-unsteady", "rule:b12-unsteady")
    assert line.agenda(place, 1) == ("rule:b12-unsteady",)
    gained = set(line.memory(place, 2)) - set(line.memory(place, 0))
    assert {fact.subject for fact in gained} == {"rule:flag-unsteady", "rule:b12-unsteady"}


def test_not_sure_adds_no_fact():
    line = timeline(situation("b12"))
    place = next(place for place, stage in enumerate(line.stages) if stage.reply == "not_sure")
    assert line.memory(place) == line.memory(place - 1, 10**6)


def test_in_words():
    """Facts are told as a person would say them; what only the engine needs is called bookkeeping."""
    line = timeline(situation("b12"))
    base = small_base()
    told = {fact.subject: fact_in_words(base, line, fact) for fact in line.facts}
    assert told["unsteady"].words == "Unsteady in the dark: yes"
    assert told["recent_flight"].words.endswith("(does not apply)")
    assert told["rule:b12-numb"].words == "Low vitamin B12: strong sign for it"
    assert told["poor_food"].words == "Eats too little of it: established"
    assert told["red-flag:stroke"].words == "A stroke: ruled out"
    assert told["drinks in [5, inf)"].words == "Drinking score: 5 or more"
    assert {told["false:flag-stroke"].sort, told["drink_much (applies)"].sort} == {"bookkeeping"}
