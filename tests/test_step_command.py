"""`legwise step`: its commands, what fits on a screen, the line mode, the terminal, and predicting."""

from __future__ import annotations

import io
import re
from pathlib import Path

import pytest
from bases import load_base, write_base
from console import BACKSPACE, CTRL_C, CTRL_D, ENTER, ESC, LEGS, Terminal, piped
from golden_files import check_golden
from small_base import SITUATIONS, poisoned, situation, small_base

from expert.cache import default_folder
from expert.cases import FOLDER, read_cases
from expert.stepper import Stepper
from expert.strategies import NAMES
from expert.words import urgency_in_words
from interview.asking import Chosen
from interview.predicting import Score, predict
from interview.render.stepping import page_lines, screen, step_lines
from interview.stepping import COMMANDS, LeftError, Session, read_command
from interview.stepping_lines import step_in_lines
from interview.stepping_screen import StepScreen
from interview.wrapping import columns

ANSWERS = """\
answers:
  chest_pain: no
  face_droop: no
  fever: yes
  cramps: yes
  cramp_timing: [night]
  water_glasses: 1
  nuts: not_sure
"""
BOTH = """
    questions:
      chest_pain: {topic: legs, ask: Do you have chest pain?, type: yes_no, kind: symptom}
      tired: {topic: legs, ask: Are you tired?, type: yes_no, kind: symptom}
    """
SIZES = [(80, 24), (40, 24), (40, 12), (120, 40), (20, 6), (200, 60)]


def session_of(name: str = "b12", strategy: str = "ordered", base=None) -> Session:
    """A session over the small base."""
    return Session(Stepper(base or small_base(), SITUATIONS[name], strategy), name)


def do(session: Session, typed: str):
    """Carry out a typed command."""
    command = read_command(typed)
    assert not isinstance(command, str), command
    return session.do(*command)


def texts(lines) -> list[str]:
    """The texts of lines."""
    return ["".join(text for _, text in line) for line in lines]


def to_end(session: Session):
    """Go to the end, a step at a time, and stop at each place."""
    yield session
    while not session.is_at_end:
        session.forward()
        yield session


# --- commands ---------------------------------------------------------------------------------------------------------


def test_forward_and_back_stop_at_the_same_places():
    """Each place is before a step that is shown; going back leads through all of them again."""
    session = session_of()
    forth = [each.stepper.number for each in to_end(session)]
    do(session, "n")
    assert session.message == "This is the end: nothing waits, and no answer is left."
    back = [session.stepper.number]
    while session.message != "This is the beginning.":
        do(session, "b")
        back.append(session.stepper.number)
    assert back[:-1] == forth[::-1]


def test_without_bookkeeping_the_next_to_fire_is_one_that_is_shown():
    """Nothing hidden fires first without being counted; with bookkeeping every step of the engine is a place."""
    session = session_of()
    for each in to_end(session):
        glance = each.glance()
        if glance.state.agenda:
            assert glance.agenda[0] == glance.state.agenda[0]
    do(session, "k")
    do(session, "0")
    assert [each.stepper.number for each in to_end(session)] == list(range(session.stepper.length + 1))
    assert session.glance().hidden_known == 0


def test_another_way_to_what_has_fired_is_bookkeeping(tmp_path):
    """A rule whose condition is met in two ways fires twice in the engine; a person is shown the first."""
    rules = """
        rules:
          either:
            if: {any: [{chest_pain: yes}, {tired: yes}]}
            then: {red_flag: heart}
            because: Either will do.
            sources: [book]
        """
    base = load_base(tmp_path, rules=rules, hypotheses="", questions=BOTH)
    session = Session(Stepper(base, {"chest_pain": "yes", "tired": "yes"}), "both")
    fired = [move.firing.production for move in session.stepper.moves if move.firing is not None]
    assert fired == ["rule:either", "rule:either"]
    assert [each.stepper.number for each in to_end(session)] == [0, 1, 2, 4]
    assert "and 1 step of bookkeeping" in " ".join(texts(step_lines(session, 79)))
    do(session, "k")
    do(session, "b")
    text = "\n".join(texts(step_lines(session, 79)))
    assert "A heart attack: raised (another way to the same)" in text


def test_run_stops_where_a_rule_is_about_to_fire():
    session = session_of()
    do(session, "run b12-numb")
    assert session.glance().state.agenda[0].production == "rule:b12-numb"
    do(session, "run b12-numb")
    assert re.fullmatch(r"Not after this; it was at step \d+\. 0 goes back to the beginning\.", session.message)


@pytest.mark.parametrize("name", ["poor_food", "unsteady", "f-9"])
def test_run_stops_when_a_fact_has_come_in(name):
    session = session_of()
    target = session.stepper.find(name)
    do(session, f"run {name}")
    assert any(target.is_reached(move) for move in session.glance().moves)


def test_run_to_what_never_comes_stays_and_says_so():
    session = session_of()
    do(session, "run flag-stroke")
    assert session.stepper.number == 0
    assert session.message.startswith("It never fires with these answers.")
    do(session, "run b12-num")
    assert session.message == "Nothing is called 'b12-num'. Did you mean 'b12-numb'?"


def test_a_break_stops_at_each_rule_and_can_be_taken_away():
    session = session_of()
    for name in ("b12-unsteady", "b12-numb"):
        do(session, f"break {name}")
    reached = set()
    for _ in range(2):
        do(session, "continue")
        reached.add(session.glance().state.agenda[0].production)
    assert reached == {"rule:b12-unsteady", "rule:b12-numb"}
    do(session, "break b12-numb")
    assert session.message == "Breaks: b12-unsteady. c runs on to the next."
    do(session, "c")
    assert session.is_at_end
    do(session, "break b12-unsteady")
    assert session.message == "No break is left."


def test_another_strategy_is_named_or_corrected():
    session = session_of()
    do(session, "s depht")
    assert session.message.endswith("Did you mean 'depth'?")
    do(session, "s depth")
    assert session.stepper.named.name == "depth"
    assert session.message == "Now depth: the newest fact first. You stand where the last answer came in."


def test_orders_of_two_strategies_and_of_all():
    """Side by side where they differ; the verdict, which is the same, is said."""
    session = session_of()
    two = "\n".join(texts(page_lines(session, do(session, "orders simplicity"), 79)))
    assert "ordered                                | simplicity" in two
    assert "The verdict is the same under both." in two
    every = "\n".join(texts(page_lines(session, do(session, "orders"), 79)))
    assert all(f"\n{name}: " in every for name in NAMES if name != "ordered")
    assert f"The verdict is the same under all {len(NAMES)}." in every


@pytest.mark.parametrize("name", SITUATIONS)
def test_a_verdict_on_some_answers_does_not_reassure(name):
    """At the end of an unfinished consultation it says INCOMPLETE and no tier as if it were the last word."""
    session = session_of(name)
    do(session, "end")
    text = " ".join(" ".join(texts(step_lines(session, 79))).split())
    consultation = situation(name)
    if consultation.complete:
        assert f"Verdict: {urgency_in_words(consultation.urgency)};" in text
    else:
        assert "INCOMPLETE, not all questions are answered: " in text
        assert "Routine" not in text
    if consultation.verdict.not_ruled_out:
        assert f"not ruled out: {len(consultation.verdict.not_ruled_out)}" in text


def test_partial_matches_are_shown_with_what_is_missing():
    session = session_of()
    do(session, "end")
    told = texts(page_lines(session, do(session, "partial flag-stroke"), 79))
    assert told[1:] == [
        "rule:flag-stroke: A stroke: raised. 0 of 1 condition met.",
        '  [ ] yes to "Face drooped, or speech muddled"',
        f"      missing: {next(line for line in memory(session) if 'Face drooped' in line)}",
    ]
    told = texts(page_lines(session, do(session, "partial b12-unsteady"), 79))
    assert "All conditions are met: it has fired." in " ".join(told)
    assert any(line.startswith("      by f-") for line in told)


def memory(session: Session) -> list[str]:
    """Working memory in words."""
    return [f"f-{fact.number} {session.told(fact).words}" for fact in session.glance().memory]


@pytest.mark.parametrize(
    ("typed", "complaint"),
    [
        ("nxt", "No command is called 'nxt'. Did you mean 'next'? ? lists them."),
        ("next 3", "next takes no name."),
        ("run", "run needs a name, as in: r NAME"),
        ("s", "strategy needs a name, as in: s depth"),
        ("r 'half", "Nothing is called ''half'."),
    ],
)
def test_a_command_that_is_not_understood_is_told_why(typed, complaint):
    command = read_command(typed)
    if not isinstance(command, str):
        session = session_of()
        session.do(*command)
        command = session.message
    assert command == complaint


def test_every_command_has_its_own_key_and_word():
    assert len({command.key for command in COMMANDS}) == len({command.word for command in COMMANDS}) == len(COMMANDS)
    for command in COMMANDS:
        for typed in (command.key, command.word):
            assert read_command(f"{typed} x" if command.takes else typed) == (command, "x" if command.takes else "")
    with pytest.raises(LeftError):
        do(session_of(), "q")


# --- what is seen -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("width", "rows"), SIZES)
def test_every_screen_fits(width, rows):
    """At every place of a run, nothing is wider or longer than the window, and the keys are there."""
    session = session_of(strategy="lex")
    for each in to_end(session):
        lines = texts(screen(each, width, rows))
        assert len(lines) <= rows
        assert max(map(columns, lines)) <= width
        assert "q quit" in " ".join(lines[-2:])


@pytest.mark.parametrize(("width", "rows"), [(80, 24), (40, 24)])
def test_a_screen_shows_what_fires_next_what_it_matched_and_what_is_new(width, rows):
    """The first of the agenda with its facts, and each fact that this step added, marked."""
    session = session_of()
    for each in to_end(session):
        glance = each.glance()
        text = " ".join(" ".join(texts(screen(each, width, rows))).split())
        if glance.agenda:
            assert f"Fires next: {glance.agenda[0].production}" in text
            assert all(f"f-{fact.number} " in text for fact in glance.agenda[0].facts[:1])
        assert all(f"+ f-{number} " in text for number in sorted(glance.added)[:1])


@pytest.fixture(scope="module")
def shipped(stiff_legs):
    """The shipped base, and the answers of a demonstration."""
    cases = read_cases(stiff_legs, default_folder() / FOLDER)
    return stiff_legs, next(case.answers for case in cases if case.id == "demo-b12")


def test_the_shipped_base_is_usable_at_80_by_24(shipped):
    """Of hundreds of productions, a person stops at far fewer places, and sees what fires next at each."""
    session = Session(Stepper(*shipped), "b12")
    places = 0
    for each in to_end(session):
        places += 1
        if places % 20 == 0:
            lines = texts(screen(each, 80, 24))
            assert len(lines) <= 24
            assert max(map(columns, lines)) <= 80
            glance = each.glance()
            if glance.agenda:
                assert any(f"Fires next: {glance.agenda[0].production}" in line for line in lines)
    assert places < session.stepper.length * 0.6


def test_no_text_of_a_base_can_steer_the_terminal():
    """Escape sequences in every text of a base come out as harmless marks, on every screen and page."""
    session = session_of(base=poisoned(small_base(), "\x1b[2J\u202e"))
    for each in to_end(session):
        shown = texts([*screen(each, 80, 24), *step_lines(each, 60)])
        for key in "amf?":
            shown += texts(page_lines(each, do(each, key), 60))
        shown += texts(page_lines(each, do(each, "p b12-unsteady"), 60))
        assert not re.search("[\x1b\u202e]", "".join(shown))


# --- the screen's keys ------------------------------------------------------------------------------------------------


def typed(shown: StepScreen, *keys: str) -> None:
    """Press keys."""
    for key in keys:
        shown.press(key)


def test_a_name_is_offered_completed_and_corrected():
    """Names that begin so are offered; a wrong one stays to be mended."""
    shown = StepScreen(session_of())
    typed(shown, "r", *"b12-u")
    assert shown.offered() == ["b12-unsteady"]
    typed(shown, "c-i")
    assert shown.typed == "b12-unsteady"
    typed(shown, "c-h", "i", "c-m")
    assert shown.asking is not None
    assert "Did you mean 'b12-unsteady'?" in " ".join(texts(shown.lines(80, 24)))
    typed(shown, "c-h", *"y", "c-m")
    assert shown.asking is None
    assert shown.session.glance().state.agenda[0].production == "rule:b12-unsteady"


def test_a_page_scrolls_to_its_end_and_closes():
    shown = StepScreen(session_of())
    typed(shown, "?")
    first = texts(shown.lines(60, 10))
    assert "more lines below" in first[-1]
    typed(shown, "end")
    last = texts(shown.lines(60, 10))
    assert "random: by lot" in last[-2]
    typed(shown, "q")
    assert shown.opened is None
    with pytest.raises(LeftError):
        typed(shown, "q")


# --- the line mode ----------------------------------------------------------------------------------------------------


def test_a_session_in_a_pipe(tmp_path):
    """Word for word: steps, a partial match, another strategy, orders, and a mistake; the end of input ends it well."""
    (tmp_path / "ill.yaml").write_text(ANSWERS, encoding="utf-8")
    commands = "n\n\n\nrun magnesium-cramps\np magnesium-night\nn\ns depth\no breadth\nm\nrun cramp\ne\n"
    done = piped(tmp_path, "step", "ill.yaml", "--rules", str(LEGS), typed=commands, env={"COLUMNS": "70"})
    assert (done.returncode, done.stderr) == (0, "")
    check_golden("step.txt", done.stdout)


def test_every_width_wraps():
    """In line mode nothing is wider than asked, down to 30 columns."""
    for width in (30, 40, 80):
        writer = io.StringIO()
        commands = "\n".join(["n"] * 9 + ["a", "m", "f", "?", "p b12-unsteady", "o", "o lex", "e"])
        step_in_lines(session_of(), io.StringIO(commands), writer, lambda width=width: width)
        assert max(map(columns, writer.getvalue().split("\n"))) <= width


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["nobody"], "legwise: 'nobody' is neither a file nor a case of this base.\n"),
        (["-"], "legwise: -: standard input is where the keys come from; name a file of answers or a case.\n"),
        ([], "legwise: test_legs: has no cases; name a file of answers (`legwise questions --blank`).\n"),
        (["ill.yaml", "--count", "3"], "legwise: --count: says how many predictions are asked for; add --predict.\n"),
    ],
)
def test_mistakes_on_the_command_line(tmp_path, arguments, complaint):
    (tmp_path / "ill.yaml").write_text(ANSWERS, encoding="utf-8")
    done = piped(tmp_path, "step", *arguments, "--rules", str(LEGS))
    assert (done.returncode, done.stdout, done.stderr) == (2, "", complaint)


def test_a_wrong_strategy_or_seed(tmp_path):
    assert "Did you mean 'depth'?" in piped(tmp_path, "step", "--strategy", "depht").stderr
    done = piped(tmp_path, "step", "--seed", "two")
    assert done.returncode == 2
    assert "a whole number from 0 to" in done.stderr


def test_a_case_is_found_by_its_name(tmp_path):
    """Without answers the first demonstration is taken, and the others are named; a wrong name gets the nearest."""
    done = piped(tmp_path, "step")
    assert done.returncode == 0
    assert "stiff_legs, demo-b12 | ordered | step 0 of" in done.stdout
    assert "Other cases: demo-bariatric-thiamine" in " ".join(done.stdout.split())
    assert "stiff_legs, demo-emergency | mea" in piped(tmp_path, "step", "emergency", "--strategy", "mea").stdout
    assert "Did you mean 'emergency'?" in piped(tmp_path, "step", "emergancy").stderr


# --- predicting -------------------------------------------------------------------------------------------------------


class Learner:
    """A prompter that answers by a rule of its own, and remembers what it was told."""

    def __init__(self, choose, asks: int = 99) -> None:
        self.choose, self.left = choose, asks
        self.said: list[str] = []
        self.asked: list = []

    def say(self, text: str, *, loud: bool = False) -> None:
        self.said.append(text)

    def ask(self, ask):
        if not self.left:
            raise EOFError
        self.left -= 1
        self.asked.append(ask)
        return Chosen((self.choose([choice.value for choice in ask.choices]),))


@pytest.mark.parametrize("strategy", NAMES)
def test_who_knows_the_strategy_foresees_everything(strategy):
    """The right choice is the activation that the engine fires; it is among the choices, and told to be right."""
    learner = Learner(min)
    score = predict(session_of(strategy=strategy), learner, 5)
    assert score.asked == score.right > 0
    assert learner.said[-1].endswith(f"\nYou foresaw {score.right} of {score.asked}.")
    assert all(said.startswith("Right: ") for said in told(learner))


def told(learner: Learner) -> list[str]:
    """What was said of each prediction: above the next question, or above the score."""
    return [text.split("\n")[0] for text in [*(ask.heading for ask in learner.asked[1:]), learner.said[-1]]]


def test_a_wrong_prediction_is_told_why():
    """The reason compares what fires with what was chosen."""
    learner = Learner(max)
    score = predict(session_of(), learner, 3)
    assert score.right == 0
    for said, ask in zip(told(learner), learner.asked, strict=True):
        fires, why = re.fullmatch(r"No: (\S+) fires\. (.*)", said).groups()
        first = next(choice.text for choice in ask.choices if choice.value == "0")
        chosen = max(ask.choices, key=lambda choice: choice.value).text
        assert first.startswith(fires)
        places = [re.search(r"place (\d+)$", text)[1] for text in (first, chosen)]
        assert why == f"Earlier in the base: place {places[0]} before place {places[1]}."


def test_predictions_come_again_the_same():
    """The same seed asks the same in the same order of choices; where nothing is asked, nothing is scored."""
    first, second = Learner(min), Learner(min)
    for learner in (first, second):
        predict(session_of(strategy="random"), learner, 4)
    assert first.asked == second.asked
    assert predict(session_of("nothing_answered"), Learner(min), 4) == Score()
    assert predict(session_of(), Learner(min, asks=1), 4) == Score(1, 1)


def test_predicting_in_a_pipe(tmp_path):
    """A number a line; the end of the input gives the score so far."""
    write_base(tmp_path / "base")
    (tmp_path / "tired.yaml").write_text("answers: {tired: yes, diet: [meat], chest_pain: yes}\n", encoding="utf-8")
    done = piped(tmp_path, "step", "tired.yaml", "--predict", "--rules", str(tmp_path / "base"), typed="1\n")
    assert done.returncode == 0
    assert "Which fires next? The strategy is ordered: in the order of the base." in done.stdout
    assert re.search(r"You foresaw [01] of 1\.|Nothing was predicted\.", done.stdout)


# --- the terminal -----------------------------------------------------------------------------------------------------


@pytest.fixture
def answers(tmp_path: Path) -> str:
    """A file of answers for the fixture base."""
    (tmp_path / "ill.yaml").write_text(ANSWERS, encoding="utf-8")
    return "ill.yaml"


pty = pytest.mark.skipif("sys.platform == 'win32'", reason="needs a pseudo-terminal")


@pty
@pytest.mark.parametrize("width", [80, 40])
def test_stepping_in_a_terminal(tmp_path, answers, width):
    """Forward, back, run to a rule, a page, another strategy, and out."""
    with Terminal(tmp_path, "step", answers, "--rules", str(LEGS), columns=width) as terminal:
        terminal.wait_for("test_legs, ill | ordered | step 0 of", "Working memory (0)")
        terminal.answer("n", "+ f-1 Chest pain: no")
        terminal.answer("b", "step 0 of")
        terminal.answer("rmagnesium-cr", "magnesium-cramps")
        terminal.answer("\t" + ENTER, "Fires next: rule:magnesium-cramps")
        terminal.answer("p" + "magnesium-nigh" + ENTER, "Did you mean 'magnesium-night'?")
        terminal.answer(BACKSPACE, "magnesium-nig_")
        terminal.press(ESC)
        terminal.wait_gone("magnesium-nig_")
        terminal.answer("?", "one step forward")
        terminal.answer("q", "Fires next: rule:magnesium-cramps")
        terminal.answer("sdepth" + ENTER, "| depth |")
        terminal.press("q")
        assert terminal.leave() == 0


@pty
@pytest.mark.parametrize(("key", "code"), [(CTRL_C, 130), (CTRL_D, 0)])
@pytest.mark.parametrize("before", ["n", "rmag", "?"])
def test_ctrl_c_and_ctrl_d_leave_from_everywhere(tmp_path, answers, key, code, before):
    with Terminal(tmp_path, "step", answers, "--rules", str(LEGS)) as terminal:
        terminal.wait_for("step 0 of")
        terminal.answer(before, {"n": "+ f-1", "rmag": "mag_", "?": "one step forward"}[before])
        terminal.press(key)
        assert terminal.leave() == code


@pty
def test_predicting_in_a_terminal_ends_with_the_score(tmp_path, answers):
    """Also when it is left with Ctrl-C."""
    with Terminal(tmp_path, "step", "emergency", "--predict", rows=40) as terminal:
        terminal.wait_for("Prediction 1 of 10")
        terminal.answer("1" + ENTER, "Prediction 2 of 10")
        terminal.press(CTRL_C)
        terminal.wait_for("of 1.", whole=True)
        assert terminal.leave() == 130
