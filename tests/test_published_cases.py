"""The published cases, coded by readers who had not seen the rules: what they are told, and what is still missed.

A case in MISSED is an honest failure, with the reason; the test fails when another case is missed, and also when one of
these no longer is, so that the list stays true.
"""

from __future__ import annotations

import pytest

from expert.cache import default_folder
from expert.cases import Case, read_cases
from expert.consultation import Consultation, LateReasoner, consult
from expert.model import Base

WRONG_URGENCY = {
    "published-004": "sustained spasm of untold length on acid tablets alone: no row of the dossier makes that urgent",
    "published-043": "bone pain in the chest is told as chest pain, which is always an emergency",
}
#: Adults whose main deficiency is not the first deficiency named.
NOT_FIRST = {
    "published-014": "thiamine stands behind magnesium and potassium, which share its risks; the cause is not known",
    "published-029": "only 'pain in hips and feet' is told: nothing says bone, weakness or a risk",
    "published-055": "six years of muscle ache without cramp, tingling or a risk",
}


@pytest.fixture(scope="module")
def consultations(stiff_legs: Base, stiff_legs_reasoner: LateReasoner) -> dict[str, tuple[Case, Consultation]]:
    cases = read_cases(stiff_legs, default_folder() / "cases")
    published = [case for case in cases if case.id.startswith("published-")]
    return {case.id: (case, consult(stiff_legs, case.answers, stiff_legs_reasoner)) for case in published}


def test_urgency_is_acceptable(consultations) -> None:
    """Sent to a doctor in time, and not all to hospital."""
    wrong = {
        name
        for name, (case, consultation) in consultations.items()
        if consultation.verdict.urgency not in case.expected.urgency_acceptable
    }
    assert wrong == WRONG_URGENCY.keys()


def test_the_main_deficiency_comes_first(stiff_legs: Base, consultations) -> None:
    """What the person turned out to lack is the first deficiency that the result names."""
    missed = set()
    for name, (case, consultation) in consultations.items():
        if not case.expected.deficiencies or consultation.verdict.out_of_scope:
            continue
        named = [
            weight.hypothesis
            for weight in consultation.verdict.hypotheses
            if weight.band != "none" and stiff_legs.hypotheses[weight.hypothesis].kind == "deficiency"
        ]
        if named[:1] != [case.expected.deficiencies[0]]:
            missed.add(name)
    assert missed == NOT_FIRST.keys()


def test_no_mimic_without_an_emergency_is_told_of_a_likely_deficiency(stiff_legs: Base, consultations) -> None:
    """Someone with another illness is not sent after vitamins. (Beside an emergency no deficiency is shown.)"""
    told = {
        name
        for name, (case, consultation) in consultations.items()
        if not case.expected.deficiencies and consultation.verdict.urgency != "emergency"
        for weight in consultation.verdict.hypotheses
        if weight.band == "likely" and stiff_legs.hypotheses[weight.hypothesis].kind == "deficiency"
    }
    assert told == set()
