"""The published cases, coded by readers who had not seen the rules: what they are told, and what is still missed.

A case listed here is an honest failure, with the reason; the test fails when another case is missed, and also when one
of these no longer is, so that the lists stay true. `legwise cases` prints what each was told instead.
"""

from __future__ import annotations

import pytest

from expert.cache import default_folder
from expert.cases import read_cases
from expert.model import Base
from expert.scorecard import Scorecard, score_cases

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
def card(stiff_legs: Base) -> Scorecard:
    """The scores of all published cases."""
    return score_cases(stiff_legs, read_cases(stiff_legs, default_folder() / "cases"))


def test_urgency_is_acceptable(card: Scorecard) -> None:
    """Sent to a doctor in time, and not all to hospital."""
    assert {score.case for score in card.scores if not score.is_acceptable} == WRONG_URGENCY.keys()


def test_the_main_deficiency_comes_first(card: Scorecard) -> None:
    """What the person turned out to lack is the first deficiency that the result names."""
    assert {score.case for score in card.scores if score.has_deficiency and score.place != 1} == NOT_FIRST.keys()


def test_no_mimic_without_an_emergency_is_told_of_a_likely_deficiency(card: Scorecard) -> None:
    """Someone with another illness is not sent after vitamins. (Beside an emergency no deficiency is shown.)"""
    assert [score.case for score in card.scores if score.is_told_wrongly] == []
