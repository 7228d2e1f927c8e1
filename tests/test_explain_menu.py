"""The menu "Explain something" after the result."""

from __future__ import annotations

import io

import pytest
from console import LEGS, piped
from small_base import SITUATIONS, small_base

from expert.consultation import LateReasoner, consult
from expert.harmless import harmless
from interview.explain_menu import explain_chosen
from interview.line import LinePrompter

BASE = small_base()
REASONER = LateReasoner(BASE)


def hold(name: str, typed: str) -> tuple[bool, str]:
    """Hold the menu over one situation; return whether to go on, and what was seen."""
    writer = io.StringIO()
    prompter = LinePrompter(io.StringIO(typed), writer, lambda: 80)
    return explain_chosen(consult(BASE, SITUATIONS[name], REASONER), prompter, harmless), writer.getvalue()


def number_of(line: str, seen: str) -> str:
    """The number of a line of the menu."""
    return next(row.split(".")[0].strip() for row in seen.splitlines() if row.strip().endswith(line))


def test_everything_shown_can_be_opened() -> None:
    """The urgency, each red flag raised, and each hypothesis that has a sign."""
    _, seen = hold("b12", "b\n")
    for line in ("Why this soon: Soon", "To be checked: Spinal cord damage", "Low vitamin B12: likely"):
        _, told = hold("b12", f"{number_of(line, seen)}\nb\n")
        assert "- You said: Unsteady in the dark: yes" in told
    assert "(rule " not in told


def test_beside_an_emergency_no_deficiency_is_offered() -> None:
    """The card stands alone, also in this menu."""
    _, seen = hold("emergency", "b\n")
    assert "To be checked: A stroke" in seen
    assert "Low vitamin B12" not in seen
    _, seen = hold("emergency", f"{number_of('Why not something else?', seen)}\nb\nb\n")
    assert "Low " not in seen


def test_why_not_something_else() -> None:
    """A tier, or what is not shown as likely or possible."""
    _, seen = hold("b12", "b\n")
    place = number_of("Why not something else?", seen)
    _, seen = hold("b12", f"{place}\nb\nb\n")
    tier, vitamin = number_of("Why not same day?", seen), number_of("Why not Low vitamin D?", seen)
    _, seen = hold("b12", f"{place}\n{tier}\nb\n")
    assert "Why not Same day?\n- Smallest change (1 answer)" in seen
    _, seen = hold("b12", f"{place}\n{vitamin}\nb\n")
    assert "Why not Low vitamin D: possible?" in seen


def test_another_answer_is_tried_and_nothing_is_changed() -> None:
    """What if: the person picks an answer, replies otherwise, and sees what it would do."""
    _, seen = hold("b12", "b\n")
    place = number_of("What if I had answered something else?", seen)
    _, seen = hold("b12", f"{place}\nb\nb\n")
    answer = number_of("Unsteady in the dark: yes", seen)
    _, seen = hold("b12", f"{place}\n{answer}\n2\nb\n")
    assert "- Red flag no longer raised: Spinal cord damage (soon)" in seen


def test_what_stays_open_and_what_is_near() -> None:
    """Both have their line, the first only when something is open."""
    _, seen = hold("not_sure_emergency", "b\n")
    _, told = hold("not_sure_emergency", f"{number_of('What could not be ruled out?', seen)}\nb\n")
    assert "- You were not sure: One leg suddenly painful, pale or cold" in told
    _, seen = hold("well", "b\n")
    assert "What could not be ruled out?" not in seen
    _, told = hold("well", f"{number_of('What single answer would make it more urgent?', seen)}\nb\n")
    assert "- One answer from emergency:" in told


@pytest.mark.parametrize(("typed", "goes_on"), [("b\n", True), ("q\n", False), ("1\nb\n", True), ("1\nq\n", False)])
def test_back_returns_to_the_result_and_stop_stops(typed: str, goes_on: bool) -> None:
    """As in every menu."""
    assert hold("b12", typed)[0] is goes_on


def test_from_the_result_and_back(tmp_path) -> None:
    """In the interview itself, in line mode: the result, the explanation, everything, and the menu again."""
    done = piped(tmp_path, "--rules", str(LEGS), typed="4\n2\n2\n1\n1\n3\n2\n3\n2\nb\n4\n7\n")
    assert done.returncode == 0, done.stdout
    assert "- You said: Do your legs cramp? Yes" in done.stdout
    assert done.stdout.count("What now?") == 3
    assert "Night cramps fit a little better." in done.stdout.split("What shall be explained?")[-1]
