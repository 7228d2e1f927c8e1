"""The line mode: static lines and numbers, in pipes and in one process."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest
from bases import load_base
from console import LEGS, piped

from expert.cache import default_folder
from expert.consultation import Consultation, LateReasoner
from expert.faults import FaultsError
from expert.harmless import harmless
from expert.load import load
from expert.model import NONE_OF_THESE, Base
from interview.asking import NONE_TICKED, Ask, Choice, Chosen, Key, Number, Pressed, settle
from interview.cards import incomplete_card
from interview.consult import Ending, Interview
from interview.line import LinePrompter, read_reply, wrapped

ONE = Ask("Which?", "one", (Choice("yes", "Yes"), Choice("no", "No"), Choice("not_sure", "Not sure")))
MANY = Ask(
    "Which of them?",
    "many",
    (
        Choice("a", "Apples"),
        Choice("b", "Back"),
        Choice("none", "None of these", alone=True),
        Choice("not_sure", "Not sure"),
    ),
)
NUMBER = Ask("How many?", "number", number=Number("cups", 0, 30))


@pytest.fixture(scope="module")
def legs() -> Base:
    """The fixture base."""
    return load(LEGS)


@pytest.fixture(scope="module")
def reasoner(legs: Base) -> LateReasoner:
    """One engine for all tests."""
    return LateReasoner(legs)


def hold(base: Base, reasoner: LateReasoner, typed: str, width: int = 80) -> tuple[Interview, Ending | None, str]:
    """Hold an interview with lines typed beforehand; the ending is None when they ran out."""
    seen = io.StringIO()
    prompter = LinePrompter(io.StringIO(typed), seen, lambda: width)
    interview = Interview(Consultation.start(base, reasoner), prompter, harmless, lambda _: None)
    try:
        ending: Ending | None = interview.hold()
    except EOFError:
        ending = None
    return interview, ending, seen.getvalue()


# --- what a typed line means ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("ask", "line", "meaning"),
    [
        (ONE, "1", Chosen(("yes",))),
        (ONE, " YES \n", Chosen(("yes",))),
        (ONE, "no", Chosen(("no",))),
        (ONE, "n", Chosen(("not_sure",))),
        (ONE, "not sure", Chosen(("not_sure",))),
        (ONE, "b", Pressed(Key.BACK)),
        (ONE, "WHY", Pressed(Key.WHY)),
        (ONE, "stop", Pressed(Key.STOP)),
        (ONE, "", "Nothing is chosen yet."),
        (ONE, "4", "That was not understood. Type a number from 1 to 3, or ? for the keys."),
        (ONE, "0", "That was not understood. Type a number from 1 to 3, or ? for the keys."),
        (ONE, "1 2", "Please choose one only."),
        (ONE, "\x1b[A", "That was not understood. Type a number from 1 to 3, or ? for the keys."),
        (ONE, "9" * 5000, "That was not understood. Type a number from 1 to 3, or ? for the keys."),
        (MANY, "2, 1", Chosen(("a", "b"))),
        (MANY, "1;4", Chosen(("a", "not_sure"))),
        (MANY, "1 n", Chosen(("a", "not_sure"))),
        (MANY, "3 n", Chosen(("not_sure",))),
        (MANY, "none", Chosen(("none",))),
        (MANY, "1 3", '"None of these" cannot go together with others. Choose it alone, or only the others.'),
        (MANY, "", 'Nothing is chosen yet. If none fits, choose "None of these".'),
        (MANY, "1 x", "That was not understood. Type numbers from 1 to 4 with spaces between, or ? for the keys."),
        (NUMBER, "12", Chosen(("12",))),
        (NUMBER, "1,5", Chosen(("1.5",))),
        (NUMBER, "31", "Please type a number from 0 to 30."),
        (NUMBER, "-1", "Please type a number from 0 to 30."),
        (NUMBER, "1e3", "Please type a number in digits, for example 12."),
        (NUMBER, "nan", "Please type a number in digits, for example 12."),
        (NUMBER, "\N{SUPERSCRIPT TWO}", "Please type a number in digits, for example 12."),
        (NUMBER, "n", Chosen(("not_sure",))),
        (NUMBER, "q", Pressed(Key.STOP)),
        (NUMBER, "", "Nothing is typed yet."),
    ],
)
def test_typed_lines(ask: Ask, line: str, meaning: object) -> None:
    """Every line is a reply, a key, or one sentence that says what is amiss."""
    assert read_reply(ask, line) == meaning


def test_enter_keeps_only_an_earlier_reply() -> None:
    """Enter alone is the reply given before where there is one, and never another."""
    earlier = Ask("Which?", "one", ONE.choices, earlier=("no",))
    assert read_reply(earlier, "\n") == Chosen(("no",))
    assert isinstance(settle(ONE, ()), str)


# --- interviews -------------------------------------------------------------------------------------------------------


def test_checklist_replies(legs: Base, reasoner: LateReasoner) -> None:
    """Ticked is yes, the rest no."""
    interview, _, _ = hold(legs, reasoner, "3\n")
    assert interview.consultation.answers == {"chest_pain": "no", "face_droop": "no", "fever": "yes"}


def test_none_of_these_is_no_to_all(legs: Base, reasoner: LateReasoner) -> None:
    """ "None of these" answers every item."""
    interview, _, _ = hold(legs, reasoner, "4\n")
    assert set(interview.consultation.answers.values()) == {"no"}


def test_not_sure_at_a_checklist_asks_one_by_one(legs: Base, reasoner: LateReasoner) -> None:
    """What was ticked is kept; the others are asked each, and none of them is taken for a no."""
    interview, _, seen = hold(legs, reasoner, "3 n\n")
    assert interview.consultation.answers == {"fever": "yes"}
    assert "Do you have chest pain?" in seen
    interview, _, seen = hold(legs, reasoner, "n\n2\nn\n2\n")
    assert interview.consultation.answers == {"chest_pain": "no", "face_droop": "not_sure", "fever": "no"}
    assert "Thoughts" not in seen


def test_back_offers_the_earlier_reply(legs: Base, reasoner: LateReasoner) -> None:
    """The reply taken back is marked, and Enter keeps it."""
    interview, _, seen = hold(legs, reasoner, "3\nb\n\n")
    assert "  3. Fever or shivering (your earlier answer)" in seen
    assert "Enter keeps." in seen
    assert interview.consultation.answers["fever"] == "yes"


def test_back_to_one_by_one_does_not_become_no(legs: Base, reasoner: LateReasoner) -> None:
    """Going back over *not sure* and pressing Enter leaves it not sure, and what was not yet asked open."""
    interview, _, seen = hold(legs, reasoner, "n\nn\nb\nb\n\n")
    assert "  1. Chest pain (earlier: not sure)" in seen
    assert interview.consultation.answers == {"chest_pain": "not_sure"}
    assert interview.consultation.screen.id == "face_droop"


def test_not_sure_of_one_line_leaves_the_others_answered(legs: Base, reasoner: LateReasoner) -> None:
    """A question mark behind its number; with "None of these", it is an exception to that."""
    for typed in ("3 1?\n", "1?, 3\n"):
        interview, _, _ = hold(legs, reasoner, typed)
        assert interview.consultation.answers == {"chest_pain": "not_sure", "face_droop": "no", "fever": "yes"}
    interview, _, seen = hold(legs, reasoner, "4 1?\n")
    assert interview.consultation.answers == {"chest_pain": "not_sure", "face_droop": "no", "fever": "no"}
    assert "= None of these; Not sure: Chest pain" in seen
    _, _, seen = hold(legs, reasoner, "1 1?\n")
    assert '"Chest pain" cannot be both ticked and not sure.' in seen
    _, _, seen = hold(legs, reasoner, "4?\n")
    assert "That was not understood." in seen


def test_n_for_no_is_pointed_out_once(legs: Base, reasoner: LateReasoner) -> None:
    """Who means No by `n` is told how to say it, once."""
    _, _, seen = hold(legs, reasoner, "4\nn\nn\nn\n")
    assert seen.count("(If you meant No: b goes back, then type no.)") == 1


def test_why_names_rules_and_what_replies_would_do(legs: Base, reasoner: LateReasoner) -> None:
    """Why is taken from the live rules."""
    _, _, seen = hold(legs, reasoner, "4\nw\n")
    assert (
        "Your answer helps to decide:\n"
        "- Thoughts of ending your life (emergency). Such thoughts need help now.\n"
        "\n"
        "What each answer would do now:\n"
        '- Yes: points to "Thoughts of ending your life"; raises the urgency to emergency\n'
        '- No: leaves no reason to suspect "Thoughts of ending your life"\n'
        "- Not sure: raises the urgency to same day\n"
    ) in seen


def test_help_explains_the_question_and_how_to_answer(legs: Base, reasoner: LateReasoner) -> None:
    """Help is the base's own, and how to type an answer."""
    _, _, seen = hold(legs, reasoner, "h\n")
    assert "Tick what is new.\n- Chest pain: Do you have chest pain? A tight or heavy feeling counts too.\n" in seen
    assert "Type the number of every line that fits, with spaces between" in seen


def test_keys_are_shown_once_and_listed_on_demand(legs: Base, reasoner: LateReasoner) -> None:
    """Hints do not come back at every question, but can be found."""
    _, _, seen = hold(legs, reasoner, "4\n2\n?\n")
    assert seen.count("Keys: b back, w why, h help, n not sure, r review, q stop, ? keys") == 1
    assert seen.count("r: see all my answers, and change any of them") == 1


def test_emergency_ends_the_interview(legs: Base, reasoner: LateReasoner) -> None:
    """Nothing more is asked unless the person chooses it."""
    interview, ending, seen = hold(legs, reasoner, "2\n1\n")
    assert ending is Ending.EMERGENCY
    assert "A stroke" in seen
    assert "magnesium" not in seen.lower()
    assert interview.consultation.emergencies == ("stroke",)


def test_the_sheet_can_be_saved_at_an_emergency(tmp_path: Path) -> None:
    """As it stands, without another question; the exit is that of an emergency."""
    done = piped(tmp_path, "--rules", str(LEGS), typed="2\n4\n")
    assert done.returncode == 0
    (sheet,) = tmp_path.glob("legwise-sheet-*.md")
    assert "A stroke" in sheet.read_text(encoding="utf-8")
    assert done.stdout.count("EMERGENCY") == 1


def test_a_broken_off_interview_names_every_emergency_and_counts_the_rest(stiff_legs: Base) -> None:
    """Seventy names would hide what matters; a few are named."""
    start = Consultation.start(stiff_legs)
    card = incomplete_card(start, harmless, can_save=True)
    flags = [stiff_legs.red_flags[flag] for flag in start.verdict.not_ruled_out]
    emergencies = {flag.label for flag in flags if flag.urgency == "emergency"}
    assert [label for label in emergencies if label not in card] == []
    lesser = len({flag.label for flag in flags} - emergencies)
    assert f"\n- And {lesser} less urgent ones. The saved result names them.\n" in card
    assert len(card.splitlines()) < 12


def test_emergency_taken_back_and_given_again_is_told_again(legs: Base, reasoner: LateReasoner) -> None:
    """A card that was seen does not silence a later one."""
    _, _, seen = hold(legs, reasoner, "1\n3\nr\n1\n2\nr\n1\n1\n")
    assert seen.count("EMERGENCY") == 2


def test_emergency_by_review_is_told_at_once(legs: Base, reasoner: LateReasoner) -> None:
    """An edit can raise an emergency as well."""
    _, ending, seen = hold(legs, reasoner, "4\n2\nr\n1\n1\n1\n")
    assert "EMERGENCY" in seen
    assert ending is Ending.EMERGENCY


def test_going_on_asks_the_rest(legs: Base, reasoner: LateReasoner) -> None:
    """On request the interview goes on to its end, reminding at each question."""
    interview, ending, seen = hold(legs, reasoner, "1\n3\n2\n2\n2\n")
    assert ending is Ending.COMPLETE
    assert interview.consultation.complete
    assert "Get help first: this is only for the sheet. Your legs." in seen


def test_review_can_be_left_without_a_change(legs: Base, reasoner: LateReasoner) -> None:
    """Back from the list, and back from one question, change nothing."""
    interview, _, seen = hold(legs, reasoner, "3\nr\n3\nb\nb\n")
    assert interview.consultation.answers["fever"] == "yes"
    assert seen.count("Your answers so far.") == 2


def test_replies_reach_the_consultation_in_their_canonical_form(legs: Base, reasoner: LateReasoner) -> None:
    """Many is a tuple in the order of the options, a whole number an int."""
    interview, ending, _ = hold(legs, reasoner, "4\n2\n2\n1\n2 1 n\n3,0\nno\n")
    answers = interview.consultation.answers
    assert answers["cramp_timing"] == ("night", "exercise", "not_sure")
    assert answers["water_glasses"] == 3
    assert type(answers["water_glasses"]) is int
    assert ending is Ending.COMPLETE


@pytest.mark.parametrize("width", [20, 40, 80])
def test_no_line_is_wider_than_the_terminal(legs: Base, reasoner: LateReasoner, width: int) -> None:
    """Everything wraps, explanations too."""
    _, _, seen = hold(legs, reasoner, "w\nh\n?\n4\nw\n2\n2\n1\nw\n1\nw\n3\nw\nr\n1\nw\n", width)
    prompts = ("Number", "Nothing")
    assert all(len(line) <= width for line in seen.splitlines() if not line.startswith(prompts))


def test_lines_hang_below_their_number() -> None:
    """A choice that wraps is still told from the next one."""
    assert wrapped("  1. one two three", 12) == ["  1. one two", "     three"]


# --- whole runs in pipes ----------------------------------------------------------------------------------------------


def test_a_whole_interview_in_a_pipe(tmp_path: Path) -> None:
    """Numbers in, the result out, exit code 0, nothing on standard error, no escape sequence."""
    done = piped(tmp_path, "--rules", str(LEGS), typed="4\n2\n2\n1\n1\n3\n2\n")
    assert (done.returncode, done.stderr) == (0, "")
    assert "Low magnesium: likely" in done.stdout
    assert "\x1b" not in done.stdout
    assert "call 999." in done.stdout


def test_end_of_input_is_incomplete(tmp_path: Path) -> None:
    """A pipe that ends early is INCOMPLETE, lists what was not asked, and keeps nothing."""
    done = piped(tmp_path, "--rules", str(LEGS), typed="3\n")
    assert done.returncode == 1
    assert (
        "SAME DAY: Speak to a doctor today.\n"
        "Why: your answers can fit:\n"
        "- An infection\n"
        "\n"
        "INCOMPLETE: not all questions were asked, so this is not a result. It does not\n"
        "mean that all is well.\n"
        "\n"
        "Not ruled out so far:\n"
        "- Emergency: Thoughts of ending your life.\n"
        "\n"
        "INCOMPLETE: this is not a result.\n"
        "SAME DAY: Speak to a doctor today.\n"
        "If you feel very ill or get worse: Call an ambulance now on 999.\n"
    ) in done.stdout
    assert not [path for path in (tmp_path / "data").iterdir() if path.suffix == ".json"]


def test_endless_input_ends(tmp_path: Path) -> None:
    """A pipe that never stops does not keep the interview going for ever."""
    done = piped(tmp_path, "--rules", str(LEGS), typed="w\n" * 3000)
    assert done.returncode == 1
    assert "INCOMPLETE" in done.stdout


def test_bytes_that_are_no_text(tmp_path: Path) -> None:
    """Stray bytes are not understood, and no more than that."""
    done = piped(
        tmp_path, "--rules", str(LEGS), typed="\x00\udcff\x1b]0;x\x07\n4\n".encode("utf-8", "replace").decode()
    )
    assert done.returncode == 1
    assert "That was not understood." in done.stdout
    assert "Traceback" not in done.stderr


def test_the_shipped_base_from_end_to_end(tmp_path: Path) -> None:
    """Somebody to whom nothing applies gets through the real base, and the same answers run from a file agree."""
    try:
        base = load(default_folder())
    except FaultsError as error:
        pytest.skip(f"the shipped base does not load: {error}")
    replies = Quiet(base)
    consultation = Consultation.start(base)
    interview = Interview(consultation, replies, harmless, lambda _: None)
    assert interview.hold() is Ending.COMPLETE
    answers = interview.consultation.answers
    (tmp_path / "answers.json").write_text(json.dumps({"answers": answers}), encoding="utf-8")
    done = piped(tmp_path, "run", "answers.json", "--json")
    assert done.returncode == 0, done.stderr
    result = json.loads(done.stdout)
    assert result["complete"]
    assert result["urgency"] == interview.consultation.verdict.urgency


class Quiet:
    """A prompter that answers as somebody whom nothing ails."""

    def __init__(self, base: Base) -> None:
        """Know which replies are quiet."""
        self._base = base
        self.said: list[str] = []

    def say(self, text: str, *, loud: bool = False) -> None:
        """Note what is said."""
        self.said.append(text)

    def explain(self, text: str) -> None:
        """Note what is explained."""
        self.said.append(text)

    def how(self, ask: Ask) -> str:
        """Say nothing."""
        return ""

    def ask(self, ask: Ask) -> Chosen | Pressed:
        """Choose none, no, or the middle."""
        values = [choice.value for choice in ask.choices]
        for value in (NONE_TICKED, NONE_OF_THESE, "no", "no_thoughts", "from_40_to_49", "male", "never"):
            if value in values:
                return Chosen((value,))
        return Chosen((values[0],)) if values else Chosen(("0",))


def test_what_was_said_of_today_is_taken_back_in_words(tmp_path: Path) -> None:
    """Told to get help today, and then that it can wait: the person hears why, and that worry still counts."""
    base = load_base(
        tmp_path,
        rules="""
            rules:
              chest:
                if: {chest_pain: yes, tired: yes}
                then: {red_flag: heart}
                because: Chest pain can come from the heart.
                sources: [book]
              no-meat:
                if: {diet: meat}
                then: {for: low_iron, strength: weak, as: risk}
                because: Meat is rich in iron.
                sources: [book]
            """,
    )
    _, ending, seen = hold(base, LateReasoner(base), "3\n2\n", width=200)
    assert ending is Ending.COMPLETE
    today, back = seen.index("Call your doctor."), seen.index("Your other answers speak against an emergency now.")
    assert today < back
    _, _, still = hold(base, LateReasoner(base), "3\n1\n", width=200)
    assert "speak against an emergency" not in still
