"""Replies and files of answers: one canonical form, all faults at once, and what is written reads back the same."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from bases import load_base
from hypothesis import given
from hypothesis import strategies as st

from expert.answers import AnswersError, ReplyError, blank_answers, check_reply, read_answers, write_answers
from expert.model import Base, Reply

MORE = """
questions:
  often:
    topic: legs
    ask: How often?
    type: one
    kind: risk
    options: {never: Never, weekly: Once a week, yes: "Yes, daily"}
  height: {topic: legs, ask: How tall are you?, type: number, kind: about, unit: cm, min: 50, max: 250}
  drinks: {topic: legs, ask: How many drinks?, type: number, kind: about, min: 0}
  debt: {topic: legs, ask: How much?, type: number, kind: about}
"""


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Base:
    return load_base(tmp_path_factory.mktemp("base"), more=MORE)


def faults_of(base: Base, text: str) -> list[str]:
    with pytest.raises(AnswersError) as caught:
        read_answers(base, text)
    return [str(fault) for fault in caught.value.faults]


# --- one reply --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("question", "value", "reply"),
    [
        ("tired", "yes", "yes"),
        ("tired", "not_sure", "not_sure"),
        ("tired", True, "yes"),
        ("tired", False, "no"),
        ("often", "weekly", "weekly"),
        ("often", "yes", "yes"),
        ("diet", "meat", ("meat",)),
        ("diet", ["milk", "meat"], ("meat", "milk")),
        ("diet", ["not_sure", "milk"], ("milk", "not_sure")),
        ("diet", ["milk", "milk"], ("milk",)),
        ("diet", "none", ("none",)),
        ("diet", ["not_sure", "none"], ("none", "not_sure")),
        ("diet", "not_sure", ("not_sure",)),
        ("height", 170, 170),
        ("height", 170.0, 170),
        ("height", 170.5, 170.5),
        ("height", 50, 50),
        ("height", 250.0, 250),
        ("height", "not_sure", "not_sure"),
    ],
)
def test_a_reply_has_one_form(base: Base, question: str, value: object, reply: Reply) -> None:
    found = check_reply(base, question, value)
    assert (found, type(found)) == (reply, type(reply))
    assert check_reply(base, question, found) == found


@pytest.mark.parametrize(
    ("question", "value", "message"),
    [
        ("tired", "ye", "found 'ye'; allowed: yes, no, not_sure. Did you mean 'yes'?"),
        ("tired", "YES", "found 'YES'; allowed: yes, no, not_sure. Did you mean 'yes'?"),
        ("tired", 1, "found 1; allowed: yes, no, not_sure."),
        ("tired", ["yes"], "found a list; allowed: yes, no, not_sure."),
        ("tired", None, "found nothing; allowed: yes, no, not_sure."),
        ("often", True, "found true; allowed: never, weekly, yes, not_sure."),
        ("often", "wekly", "found 'wekly'; allowed: never, weekly, yes, not_sure. Did you mean 'weekly'?"),
        ("diet", "mlik", "found 'mlik'; allowed: meat, milk, none, not_sure. Did you mean 'milk'?"),
        ("diet", "Mil", "found 'Mil'; allowed: meat, milk, none, not_sure. Did you mean 'milk'?"),
        ("diet", "meat, milk", "found 'meat, milk'; several replies are written as a list: [meat, milk]."),
        ("diet", ["meat", "none", "milk"], "found 'none' beside 'meat', 'milk'; 'none' stands alone."),
        (
            "diet",
            [],
            "found an empty list; say 'none' for none of these, or leave the question unanswered (null).",
        ),
        ("diet", [["meat"]], "found a list; allowed: meat, milk, none, not_sure."),
        ("diet", {"meat": True}, "found a mapping; allowed: meat, milk, none, not_sure."),
        ("height", 251, "found 251; a number from 50 to 250 (cm) is needed, or not_sure."),
        ("height", "170", "found '170'; a number from 50 to 250 (cm) is needed, or not_sure."),
        ("height", True, "found true; a number from 50 to 250 (cm) is needed, or not_sure."),
        ("height", float("nan"), "found nan; a number from 50 to 250 (cm) is needed, or not_sure."),
        ("drinks", float("inf"), "found a number far too large; a number of at least 0 is needed, or not_sure."),
        ("drinks", -0.5, "found -0.5; a number of at least 0 is needed, or not_sure."),
        ("tierd", "yes", "unknown question 'tierd'. Did you mean 'tired'?"),
        ("debt", 10**400, "found a number far too large; a number is needed, or not_sure."),
    ],
)
def test_a_reply_that_is_not_allowed_is_told_whole(base: Base, question: str, value: object, message: str) -> None:
    with pytest.raises(ReplyError) as caught:
        check_reply(base, question, value)
    assert str(caught.value) == message


# --- a file -----------------------------------------------------------------------------------------------------------


def test_answers_are_read_in_their_order_and_null_is_left_out(base: Base, tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text("base: tiny\nanswers:\n  height: 170\n  tired: yes\n  often: null\n  diet: [milk, not_sure]\n")
    answers = read_answers(base, path)
    assert list(answers.items()) == [("height", 170), ("tired", "yes"), ("diet", ("milk", "not_sure"))]


def test_json_is_read_too_also_when_tabs_indent_it(base: Base) -> None:
    data = {"answers": {"tired": True, "diet": ["milk"], "height": 170.5, "often": None}}
    for text in (json.dumps(data), json.dumps(data, indent="\t")):
        assert read_answers(base, text) == {"tired": "yes", "diet": ("milk",), "height": 170.5}


def test_no_answers_yet_is_not_a_fault(base: Base) -> None:
    assert read_answers(base, "answers:\n") == {}
    assert read_answers(base, "answers: {}") == {}


def test_all_faults_come_together_with_their_places(base: Base) -> None:
    text = """\
bse: tiny
base: other
answers:
  tierd: yes
  tired: maybe
  diet: [none,
         meat]
  height: 12
  height: 13
  often: weekly
"""
    assert faults_of(base, text) == [
        "answers:1: unknown key 'bse'; allowed: base, answers, assume. Did you mean 'base'?",
        "answers:2: base: found 'other'; these answers are being read for the base 'tiny'.",
        "answers:4: answers, tierd: unknown question 'tierd'. Did you mean 'tired'?",
        "answers:5: answers, tired: found 'maybe'; allowed: yes, no, not_sure.",
        "answers:6: answers, diet: found 'none' beside 'meat'; 'none' stands alone.",
        "answers:8: answers, height: found 12; a number from 50 to 250 (cm) is needed, or not_sure.",
        "answers:9: the key 'height' is there twice, first on line 8.",
    ]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "answers:1: has no `answers:`; below it stand question ids with their replies."),
        ("- yes", "answers:1: has no `answers:`; below it stand question ids with their replies."),
        ("tired: yes", "answers:1: has no `answers:`; below it stand question ids with their replies."),
        ("answers: yes", "answers:1: answers: found 'yes'; a mapping (question: reply) is needed."),
        ("answers: [tired]", "answers:1: answers: found a list; a mapping (question: reply) is needed."),
        ("answers: {tired: &a yes}", "answers:1: sets the anchor '&a'; anchors are not allowed, write the value out."),
        (
            "answers:\n  tired: 'a\x1b[2J'",
            "answers:2: holds the control character U+001B; only printable text is allowed.",
        ),
        ("answers: {tired", "answers:1: is not YAML: did not find expected ',' or '}' (while parsing a flow mapping)."),
    ],
)
def test_what_is_not_a_file_of_answers(base: Base, text: str, message: str) -> None:
    assert faults_of(base, text) == [message]


def test_a_file_that_is_not_there(base: Base, tmp_path: Path) -> None:
    with pytest.raises(AnswersError) as caught:
        read_answers(base, tmp_path / "nowhere.yaml")
    assert str(caught.value) == "nowhere.yaml: cannot be read: no such file or directory."


# --- writing ----------------------------------------------------------------------------------------------------------

REPLIES = {
    "tired": st.sampled_from(["yes", "no", "not_sure"]),
    "often": st.sampled_from(["never", "weekly", "yes", "not_sure"]),
    "diet": st.one_of(
        st.sampled_from(["none", "not_sure"]),
        st.lists(st.sampled_from(["meat", "milk", "not_sure"]), min_size=1),
    ),
    "height": st.one_of(st.integers(50, 250), st.floats(50, 250)),
    "drinks": st.floats(0, 1e9),
    "debt": st.floats(-1e9, 1e9),
}


@given(st.lists(st.sampled_from(sorted(REPLIES)), unique=True).flatmap(
    lambda names: st.tuples(*(st.tuples(st.just(name), REPLIES[name]) for name in names))
))  # fmt: skip
def test_what_is_written_reads_back_the_same(base: Base, given_: tuple[tuple[str, object], ...]) -> None:
    answers = {name: check_reply(base, name, value) for name, value in given_}
    read = read_answers(base, write_answers(base, answers))
    assert list(read.items()) == list(answers.items())
    assert list(map(type, read.values())) == list(map(type, answers.values()))


def test_answers_are_written_as_a_person_would(base: Base) -> None:
    text = write_answers(base, {"tired": "no", "diet": ("milk", "not_sure"), "height": 170})
    assert text == "base: tiny\nanswers:\n  tired: no\n  diet: [milk, not_sure]\n  height: 170\n"


def test_a_blank_says_all_that_is_needed_to_fill_it_in(base: Base) -> None:
    assert (
        blank_answers(base)
        == """\
# Tired legs. Fill in what you know; null means not answered.
base: tiny
answers:

  # --- Safety

  # Do you have chest pain?
  # yes, no or not_sure
  chest_pain: null

  # --- Your legs

  # Are your legs tired?
  # yes, no or not_sure
  tired: null

  # What do you leave out?
  # a list of these, such as [meat, milk], also with not_sure:
  #   meat: Meat
  #   milk: Milk
  #   none: None of these
  diet: null

  # How often?
  # one of these, or not_sure:
  #   never: Never
  #   weekly: Once a week
  #   yes: Yes, daily
  often: null

  # How tall are you?
  # a number from 50 to 250 (cm), or not_sure
  height: null

  # How many drinks?
  # a number of at least 0, or not_sure
  drinks: null

  # How much?
  # a number, or not_sure
  debt: null
"""
    )
    assert read_answers(base, blank_answers(base)) == {}


def test_a_text_of_several_lines_cannot_end_its_comment(tmp_path: Path) -> None:
    more = """
questions:
  q:
    topic: legs
    ask: |
      First line?

      chest_pain: no
    type: yes_no
    kind: risk
"""
    base = load_base(tmp_path, more=more)
    assert read_answers(base, blank_answers(base)) == {}


def test_what_a_published_account_leaves_out_is_assumed(base: Base) -> None:
    """A symptom would have been told, so it is no; a habit would not, so it is not sure; what is told stands."""
    assumed = read_answers(base, "assume: published account\nanswers: {diet: meat}")
    assert (assumed["diet"], assumed["chest_pain"], assumed["tired"]) == (("meat",), "no", "no")
    assert {assumed["often"], assumed["height"]} == {"not_sure"}


def test_an_unknown_convention_is_refused(base: Base) -> None:
    """Nobody gets answers assumed by a rule that does not exist."""
    assert faults_of(base, "assume: everything\nanswers: {}") == [
        "answers:1: assume: found 'everything'; 'published account' is needed, or no `assume`."
    ]
