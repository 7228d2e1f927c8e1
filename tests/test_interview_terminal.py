"""The rich terminal in a real pseudo-terminal: every key at every kind of question."""

from __future__ import annotations

from pathlib import Path

import pytest
from console import BACKSPACE, CTRL_C, CTRL_D, DOWN, ENTER, ESC, LEGS, UP, Terminal, piped

pytestmark = pytest.mark.skipif("sys.platform == 'win32'", reason="needs a pseudo-terminal")

DANGER = "Do you have any of these right now?"
THOUGHTS = "Have you had thoughts of ending your life?"
AGE = "How old are you?"
CRAMPS = "Do your legs cramp?"
TIMING = "When do the cramps come?"
GLASSES = "How many glasses of water"
NUTS = "Do you eat nuts"
LONG = "or anything else of that kind that you can think of, cooked or raw?"
MENU = "What now?"
#: The keys that answer each question in turn, quietly but for the cramps.
WAY = [
    (DANGER, "4 \r"),
    (THOUGHTS, "2\r"),
    (AGE, "2\r"),
    (CRAMPS, "1\r"),
    (TIMING, "1 \r"),
    (GLASSES, "3\r"),
    (NUTS, "1\r"),
]
KINDS = {"checklist": 0, "yes or no": 1, "one": 2, "many": 4, "number": 5}


def interview(folder: Path, *more: str, until: int = 0, **size: int) -> Terminal:
    """Start an interview over the fixture base and answer its first `until` questions."""
    terminal = Terminal(folder, "--rules", str(LEGS), *more, **size)
    terminal.wait_for(WAY[0][0])
    for place in range(until):
        terminal.answer(WAY[place][1], WAY[place + 1][0])
    return terminal


@pytest.fixture(params=KINDS, ids=str)
def place(request: pytest.FixtureRequest) -> int:
    """The place in the interview of each kind of question."""
    return KINDS[request.param]


def test_keys_that_are_no_answer_leave_the_question_open(tmp_path: Path, place: int) -> None:
    """Enter, Esc, `?`, why, help, review and back all come back to the same question, unanswered."""
    with interview(tmp_path, until=place, rows=60) as terminal:
        here = WAY[place][0]
        terminal.answer(ENTER, "Nothing is")
        terminal.answer("?", "see all my answers")
        terminal.press(ESC)
        terminal.answer("w", "What ticking each would do" if place == 0 else "What each answer would do")
        terminal.wait_for(here)
        terminal.answer("h", "then press Enter." if place == 5 else "Up and down (or a number)")
        terminal.answer("r", "Your answers so far." if place else "Nothing has been answered yet.")
        if place:
            terminal.answer("b", "At most" if place < 6 else "last question")
            terminal.wait_for(here)
            terminal.answer("b", WAY[place - 1][0])
            terminal.wait_for("[x]" if place in (1, 5) else "> ")  # the earlier reply, ticked or pointed at
            terminal.answer(ENTER, here)  # and Enter keeps it
        else:
            terminal.answer("b", "This is the first question.")
        terminal.answer(ENTER, "Nothing is")
        assert "Traceback" not in terminal.whole


def test_not_sure_is_a_reply_everywhere(tmp_path: Path, place: int) -> None:
    """`n` answers *not sure*; a checklist is then asked one by one."""
    with interview(tmp_path, until=place) as terminal:
        terminal.press("n")
        terminal.wait_for(
            "= Not sure", "Do you have chest pain?" if place == 0 else "after this." if place < 5 else NUTS
        )


def test_stop_shows_incomplete_and_the_way_back(tmp_path: Path, place: int) -> None:
    """`q` never ends in a result, and a slip of the finger can be undone."""
    with interview(tmp_path, until=place, rows=60) as terminal:
        terminal.press("q")
        terminal.wait_for("INCOMPLETE: not all questions were asked", "It does not mean that all is well.", MENU)
        assert ("Not ruled out so far:" in terminal.text) == (place < 2)
        terminal.answer("1\r", WAY[place][0])


@pytest.mark.parametrize(("key", "code"), [(CTRL_C, 130), (CTRL_D, 1)], ids=["Ctrl-C", "Ctrl-D"])
def test_leaving_is_incomplete(tmp_path: Path, place: int, key: str, code: int) -> None:
    """Ctrl-C and Ctrl-D are never an answer: the result is INCOMPLETE, and the exit code says so."""
    with interview(tmp_path, until=place) as terminal:
        terminal.press(key)
        assert terminal.leave() == code
        assert "INCOMPLETE" in terminal.whole
        assert "Traceback" not in terminal.whole
        assert "No warning sign" not in terminal.whole


def test_ctrl_c_shows_what_was_found_first(tmp_path: Path) -> None:
    """A fever already ticked is said before INCOMPLETE."""
    with interview(tmp_path) as terminal:
        terminal.answer("3 \r", THOUGHTS)
        terminal.press(CTRL_C)
        assert terminal.leave() == 130
        assert terminal.whole.index("SAME DAY: Speak to a doctor today.") < terminal.whole.index("INCOMPLETE")
        assert "Emergency: Thoughts of ending your life." in terminal.whole


def test_whole_interview_with_arrows(tmp_path: Path) -> None:
    """Arrows, Space and Enter alone lead to a result, and leaving from there is exit code 0."""
    with interview(tmp_path) as terminal:
        terminal.answer(DOWN * 4 + " " + ENTER, THOUGHTS)
        terminal.answer(DOWN * 2 + ENTER, AGE)
        terminal.answer(UP * 3 + ENTER, CRAMPS)
        terminal.answer(DOWN + ENTER, TIMING)
        terminal.answer(DOWN + " " + ENTER, GLASSES)
        terminal.answer("155" + BACKSPACE + ENTER, "Routine")
        terminal.wait_for("What fits your answers", whole=True)
        terminal.wait_for("Low magnesium: likely", MENU, whole=True)
        terminal.press("7\r")
        assert terminal.leave() == 0


def test_number_out_of_range_is_refused(tmp_path: Path) -> None:
    """A number question says its limits and takes nothing else."""
    with interview(tmp_path, until=5) as terminal:
        terminal.answer("31\r", "Please type a number from 0 to 30.")
        terminal.answer(BACKSPACE * 2 + "x-\r", "Please type a number in digits")


def test_none_of_these_stands_alone(tmp_path: Path) -> None:
    """Ticking "None of these" takes the others back, and the other way round."""
    with interview(tmp_path) as terminal:
        terminal.answer("1 3 ", "[x] 3. Fever")
        assert "[x] 1. Chest pain" in terminal.text
        terminal.answer("4 ", "[x] 4. None of these")
        assert terminal.text.count("[x]") == 1
        terminal.answer("2 ", "[x] 2. One side")
        assert terminal.text.count("[x]") == 1


def test_emergency_stops_at_once_and_enter_does_not_go_on(tmp_path: Path) -> None:
    """The card stands alone; going on takes a choice; a wrong answer can be taken back."""
    with interview(tmp_path, "--region", "NZ") as terminal:
        terminal.press("1 " + ENTER)
        terminal.wait_for("EMERGENCY", "Call an ambulance now on 111.", "A heart attack", MENU)
        assert "magnesium" not in terminal.text.lower()
        terminal.answer(ENTER, "Nothing is chosen yet.")
        assert THOUGHTS not in terminal.text
        terminal.answer("b", "[x] 1. Chest pain")
        terminal.answer(ENTER, MENU)
        terminal.answer("3" + ENTER, THOUGHTS)
        terminal.wait_for("Get help first: this is only for the sheet.")
        terminal.press("1" + ENTER)
        terminal.wait_for("You are not alone. Call a crisis line now.", MENU)
        terminal.press("1" + ENTER)
        assert terminal.leave() == 0


def test_keys_pressed_ahead_do_not_pass_the_emergency_card(tmp_path: Path) -> None:
    """What was typed before the card could be read does not answer it."""
    with interview(tmp_path) as terminal:
        terminal.press("1 " + ENTER + "3" + ENTER)
        terminal.wait_for("EMERGENCY", MENU)
        terminal.answer(ENTER, "Nothing is chosen yet.")


def test_under_age_is_told_so(tmp_path: Path) -> None:
    """Out of scope: the safety questions, then the base's own words and no hypothesis."""
    with interview(tmp_path, until=2, rows=50) as terminal:
        terminal.press("1" + ENTER)
        terminal.wait_for("This is for adults. Please see a doctor about your legs.", MENU)
        assert "magnesium" not in terminal.text


def test_review_changes_an_answer_and_says_what_it_did(tmp_path: Path) -> None:
    """From the menu after the result, one answer is changed and the difference is told."""
    with interview(tmp_path, until=6, rows=70) as terminal:
        terminal.answer("2" + ENTER, "Low magnesium: likely")
        terminal.answer("2" + ENTER, "Your answers so far.")
        terminal.answer("3" + ENTER, "Do you have a fever?")
        terminal.answer("1" + ENTER, "What your change did")
        terminal.wait_for('points to "An infection"; raises the urgency to same day')


@pytest.mark.parametrize("columns", [40, 80])
def test_nothing_is_cut_off(tmp_path: Path, columns: int) -> None:
    """Long questions wrap; every word of them is on the screen."""
    with interview(tmp_path, until=6, columns=columns) as terminal:
        terminal.wait_for(
            "or anything else of that kind that you can think of, cooked or raw?", "3. Not sure", "q stop"
        )


def test_resize_redraws(tmp_path: Path) -> None:
    """After the window has become narrow, everything is still there."""
    with interview(tmp_path, until=6) as terminal:
        terminal.resize(40, 20)
        terminal.wait_for(LONG, "3. Not sure")
        assert all(len(line) <= 40 for line in terminal.lines)
        terminal.answer("2" + ENTER, MENU)


def test_long_checklist_in_a_small_terminal(tmp_path: Path) -> None:
    """What does not fit scrolls with the pointer, and says so."""
    with interview(tmp_path, columns=40, rows=9) as terminal:
        terminal.wait_for("below", "1. Chest pain")
        terminal.answer("3", "> [ ] 3. Fever or shivering")
        terminal.answer(" ", "[x] 3. Fever")
        terminal.press(ENTER)
        terminal.wait_for("ending your life?")


def test_a_long_explanation_can_be_read(tmp_path: Path) -> None:
    """Why is shown a page at a time where the question would push it off the screen."""
    with interview(tmp_path, rows=12) as terminal:
        terminal.answer("w", "Enter shows more.")
        terminal.wait_for("Your answer helps to decide:")
        terminal.answer(ENTER, "Enter goes back to the question.")
        terminal.wait_for("None of these: leaves no")
        terminal.answer(ENTER, DANGER)


def test_no_color_is_honoured(tmp_path: Path) -> None:
    """With NO_COLOR, no colour is ever set."""
    with Terminal(tmp_path, "--rules", str(LEGS), env={"NO_COLOR": "1"}) as terminal:
        terminal.wait_for(DANGER)
        terminal.answer("4 \r", THOUGHTS)
        colours = {cell.fg for line in terminal._screen.buffer.values() for cell in line.values()}
        assert colours <= {"default"}


def test_dumb_terminals_and_accessible_get_the_line_mode(tmp_path: Path) -> None:
    """The line mode chooses itself where a screen cannot be repainted or should not be."""
    for env in ({"TERM": "dumb"}, {"ACCESSIBLE": "1"}):
        with Terminal(tmp_path, "--rules", str(LEGS), "--no-save", env=env) as terminal:
            terminal.wait_for("Keys: b back, w why", "Numbers, such as 1 3. >")
            terminal.press("4\r")
            terminal.wait_for("= None of these", THOUGHTS)
            terminal.press(CTRL_D)
            assert terminal.leave() == 1
            assert "INCOMPLETE" in terminal.whole


def test_ctrl_c_in_the_line_mode(tmp_path: Path) -> None:
    """Ctrl-C means the same in the line mode."""
    with Terminal(tmp_path, "--plain", "--rules", str(LEGS)) as terminal:
        terminal.wait_for("Numbers, such as 1 3. >")
        terminal.press(CTRL_C)
        assert terminal.leave() == 130
        assert "INCOMPLETE" in terminal.whole
        assert "Traceback" not in terminal.whole


def test_both_modes_give_the_same_result(tmp_path: Path) -> None:
    """The same answers save the same file, byte for byte."""
    (tmp_path / "rich").mkdir()
    (tmp_path / "line").mkdir()
    with interview(tmp_path / "rich", until=6, rows=60) as terminal:
        terminal.answer("2" + ENTER, MENU)
        terminal.answer("6" + ENTER, "Saved as")
        terminal.press("7" + ENTER)
        assert terminal.leave() == 0
    done = piped(tmp_path / "line", "--rules", str(LEGS), typed="4\n2\n2\n1\n1\n3\n2\n6\n7\n")
    assert done.returncode == 0, done.stdout
    (rich,), (line,) = ((tmp_path / mode).glob("legwise-result-*.md") for mode in ("rich", "line"))
    assert rich.read_bytes() == line.read_bytes()
