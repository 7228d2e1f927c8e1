"""What shares a screen: lines of checklists, a few short questions, and the lines that stand for larger questions."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import pytest
from bases import load_base

from expert.consultation import Consultation, consult
from expert.harmless import harmless
from expert.inquiry import Screen
from expert.model import Base, Reply
from interview.asking import NONE_TICKED, Ask, Chosen, Key, ask_screen, drafts_for, replies_on, settle, unsure
from interview.line import read_reply
from interview.terminal import View, entered, how_to, lines_of, moved, pressed, toggled, view_of, with_digit
from interview.why import help_screen, why_screen

_TOPICS = "topics: {safety: {title: Safety}, legs: {title: Legs}, body: {title: Body}, life: {title: Life}}\n"
#: The lines of two checklists, more than one screen holds.
_LINES = {"pattern": [f"a{n}" for n in range(4)], "signs": [f"b{n}" for n in range(7)]}
_LARGE = {
    "pills": "{iron: Iron, none: None}, gist: Any tablet",
    "drops": "{eye: Eye drops, none: None}, line_with: pills",
    "food": "{salt: Salt, none: None}, gist: Food you leave out",
    "work": "{mine: Mine, none: None}, gist: Hard work",
}


@pytest.fixture
def base(tmp_path: Path) -> Base:
    """Two short questions, two checklists, and a checklist of larger questions; a red flag hangs on every reply."""
    questions = [
        "chest_pain: {topic: safety, kind: safety, type: yes_no, ask: Chest pain?}",
        "side: {topic: legs, kind: symptom, type: one, ask: Which side?, options: {left: Left, right: Right}}",
        "since: {topic: legs, kind: symptom, type: one, ask: Since when?, options: {days: Days, weeks: Weeks}}",
        *(
            f"{item}: {{topic: {topic}, kind: symptom, type: yes_no, ask: Is it {item}?, item: Line {item}}}"
            for topic, items in (("legs", _LINES["pattern"]), ("body", _LINES["signs"]))
            for item in items
        ),
        *(
            f"{name}: {{topic: life, kind: risk, type: many, ask: 'Which {name}?', options: {rest}}}"
            for name, rest in _LARGE.items()
        ),
        (
            "drink: {topic: life, kind: risk, type: one, ask: How often?, options: {never: Never, daily: Daily}, "
            "gist: Alcohol, unticked: never}"
        ),
    ]
    checklists = [
        f"pattern: {{topic: legs, ask: Which fit?, items: [{', '.join(_LINES['pattern'])}]}}",
        f"signs: {{topic: body, ask: Have you noticed any?, items: [{', '.join(_LINES['signs'])}]}}",
        f"life: {{topic: life, ask: Which apply?, items: [{', '.join(_LARGE)}, drink]}}",
    ]
    conditions = {
        "heart": "{chest_pain: yes}",
        "salts": "{a0: yes, food: salt}",
        "side": "{side: left}",
        "since": "{since: days}",
        "drink": "{drink: daily}",
        **{item: f"{{{item}: yes}}" for items in _LINES.values() for item in items},
        **{name: f"{{{name}: {rest[1 : rest.index(':')]}}}" for name, rest in _LARGE.items()},
    }
    flags = [
        f"{name}: {{label: {name}, urgency: {'emergency' if name in ('heart', 'salts') else 'soon'}}}"
        for name in conditions
    ]
    rules = [
        f"r-{name}: {{if: {condition}, then: {{red_flag: {name}}}, because: So., sources: [book]}}"
        for name, condition in conditions.items()
    ]
    sections = {"questions": questions, "checklists": checklists, "red_flags": flags, "rules": rules}
    written = {name: _section(name, entries) for name, entries in sections.items()}
    return load_base(tmp_path / "base", topics=_TOPICS, hypotheses="", **written)


def _section(name: str, entries: Iterable[str]) -> str:
    return "\n".join([f"{name}:", *(f"  {entry}" for entry in entries)]) + "\n"


def answers(base: Base, **more: Reply) -> dict[str, Reply]:
    """The answers of somebody whom nothing ails, but for some."""
    well = {"side": "right", "since": "weeks", "drink": "never"}
    replies = {question.id: question.reply_if_unticked for question in base.questions.values()}
    return {name: reply or "no" for name, reply in {**replies, **well, **more}.items()}


def screens(base: Base, **more: Reply) -> list[str]:
    """The ids of the screens that somebody sees."""
    return [turn.screen for turn in consult(base, answers(base, **more)).turns]


def on(base: Base, screen: str, **more: Reply) -> Consultation:
    """The consultation of somebody who has come to a screen."""
    consultation, given = Consultation.start(base), answers(base, **more)
    while consultation.screen is not None and consultation.screen.id != screen:
        taken = consultation.screen.taken(given)
        consultation = consultation.answer(taken, one_by_one=len(taken) < len(consultation.screen.questions))
    assert consultation.screen is not None, f"there is no screen {screen}"
    return consultation


def asked(base: Base, screen: str, **more: Reply) -> tuple[Consultation, Screen, Ask]:
    """A screen, and what is put before the person."""
    consultation = on(base, screen, **more)
    assert consultation.screen is not None
    drafts = drafts_for(consultation, consultation.screen)
    return consultation, consultation.screen, ask_screen(consultation.screen, drafts, "", harmless)


# --- what is on a screen ----------------------------------------------------------------------------------------------


def test_screens_of_a_well_person(base: Base) -> None:
    """Two short questions, nine lines of two checklists, the rest of these, and one look at the larger questions."""
    assert screens(base) == ["chest_pain", "side+since", "pattern+signs", "signs", "life"]
    assert [len(on(base, one).screen.questions) for one in ("pattern+signs", "signs")] == [9, 2]
    assert on(base, "pattern+signs").screen.topics == ("legs", "body")


def test_a_line_that_is_ticked_leads_to_its_questions(base: Base) -> None:
    """To all that share it, and to no others."""
    assert screens(base, drops=("eye",))[4:] == ["life", "pills", "drops"]
    assert screens(base, drink="daily", work="not_sure")[4:] == ["life", "drink"]


def test_what_an_emergency_hangs_on_is_asked_in_full(base: Base) -> None:
    """Not by a line that could be passed over, and before anything less urgent."""
    assert screens(base, a0="yes")[3:5] == ["food", "signs"]


def test_a_few_larger_questions_are_asked_straight_away(base: Base) -> None:
    """To ask first which concern the person would be one screen more."""
    known = Consultation.start(base).add({"food": ("none",), "pills": ("none",), "drops": ("none",)})
    assert [screen.id for screen in known.inquiry.screens()][-2:] == ["work", "drink"]


def test_safety_questions_keep_to_their_own_screens(base: Base) -> None:
    """Nothing is put beside them."""
    assert Consultation.start(base).screen.id == "chest_pain"


# --- what a reply means -----------------------------------------------------------------------------------------------


def test_replies_on_lines_of_larger_questions(base: Base) -> None:
    """Unticked is none, or the reply that the base names; ticked stays open; not sure is a reply to all on the line."""
    _, screen, _ = asked(base, "life")
    replies, one_by_one = replies_on(screen, ("food", unsure("pills")))
    assert replies == {"pills": ("not_sure",), "drops": ("not_sure",), "work": ("none",), "drink": "never"}
    assert one_by_one
    assert replies_on(screen, (NONE_TICKED,)) == (
        {"pills": ("none",), "drops": ("none",), "food": ("none",), "work": ("none",), "drink": "never"},
        False,
    )
    assert replies_on(screen, ("not_sure",)) == ({}, True)


def test_replies_to_several_short_questions(base: Base) -> None:
    """One for each, by numbers; one that is missing is asked for by name."""
    _, screen, ask = asked(base, "side+since")
    outcome = read_reply(ask, "2 4\n")
    assert isinstance(outcome, Chosen)
    assert replies_on(screen, outcome.values) == ({"side": "right", "since": "days"}, False)
    assert read_reply(ask, "2\n") == 'Please choose one for "Since when?"'
    assert read_reply(ask, "1 2 4\n") == 'Please choose one only for "Which side?"'
    outcome = read_reply(ask, "n\n")
    assert isinstance(outcome, Chosen)
    assert replies_on(screen, outcome.values)[0] == {"side": "not_sure", "since": "not_sure"}


@pytest.mark.parametrize(
    ("screen", "more"),
    [("side+since", {}), ("pattern+signs", {"a1": "yes", "b0": "not_sure"}), ("life", {"pills": "not_sure"})],
)
def test_going_back_and_enter_keeps_every_reply(base: Base, screen: str, more: dict[str, Reply]) -> None:
    """What was said before is marked, and Enter gives the very same replies."""
    consultation, shown, _ = asked(base, screen, **more)
    given = shown.taken(answers(base, **more))
    again = consultation.answer(given, one_by_one=len(given) < len(shown.questions)).back()
    ask = ask_screen(shown, drafts_for(again, shown), "", harmless)
    outcome = settle(ask, ask.earlier)
    assert isinstance(outcome, Chosen)
    kept = replies_on(shown, outcome.values)[0]
    assert {name: kept[name] in (reply, (reply,)) for name, reply in given.items()} == dict.fromkeys(given, True)


def test_going_back_over_a_ticked_line_keeps_it_ticked(base: Base) -> None:
    """Also while its question was not yet answered."""
    consultation, shown, _ = asked(base, "life")
    again = consultation.answer(replies_on(shown, ("food",))[0], one_by_one=True).back()
    assert ask_screen(shown, drafts_for(again, shown), "", harmless).earlier == ("food",)


# --- how it looks, and its keys ---------------------------------------------------------------------------------------


def shown(view: View, columns: int = 80, rows: int = 24) -> list[str]:
    """The lines of a view."""
    return [text for _, text in lines_of(view, columns, rows)]


def test_a_screen_of_two_checklists_has_both_their_questions(base: Base) -> None:
    """Each above its own lines."""
    _, _, ask = asked(base, "pattern+signs")
    assert [line.strip() for line in shown(view_of(ask))][:7] == [
        "Which fit?",
        *(f"[ ]  {n + 1}. Line a{n}" for n in range(4)),
        "Have you noticed any?",
        "[ ]  5. Line b0",
    ]


def test_n_on_a_line_marks_it_and_nothing_else(base: Base) -> None:
    """Pressed again it takes the mark back; a tick replaces it, and the other way round."""
    _, _, ask = asked(base, "pattern+signs")
    view = moved(view_of(ask), 1)
    marked = pressed(view, Key.NOT_SURE)
    assert isinstance(marked, View)
    assert "> [?]  1. Line a0" in shown(marked)
    assert pressed(marked, Key.NOT_SURE).ticked == ()
    assert toggled(marked).ticked == ("a0",)
    assert pressed(toggled(marked), Key.NOT_SURE).ticked == (unsure("a0"),)
    assert entered(marked) == Chosen((unsure("a0"),))
    none = toggled(with_digit(with_digit(marked, "1"), "0"))
    assert none.ticked == (unsure("a0"), NONE_TICKED)
    assert isinstance(entered(none), Chosen)


def test_n_before_any_line_is_about_the_whole_list(base: Base) -> None:
    """It is then asked one by one."""
    _, _, ask = asked(base, "pattern+signs")
    assert pressed(view_of(ask), Key.NOT_SURE) == Chosen(("not_sure",))


def test_enter_on_a_line_that_is_not_ticked_says_how_to_tick_it(base: Base) -> None:
    """A bare Enter never means no, and the way on is named."""
    _, _, ask = asked(base, "pattern+signs")
    view = entered(with_digit(with_digit(view_of(ask), "1"), "0"))
    assert isinstance(view, View)
    assert view.message == 'Nothing is ticked yet. Space ticks "None of these"; then Enter goes on.'


def test_keys_where_each_of_several_questions_has_one_reply(base: Base) -> None:
    """Enter chooses the line pointed at and asks for the other question; n is about the question pointed at."""
    _, _, ask = asked(base, "side+since")
    view = entered(with_digit(view_of(ask), "2"))
    assert isinstance(view, View)
    assert view.message == 'Please choose one for "Since when?"'
    assert "> (x) 2. Right" in shown(view)
    assert entered(view) == view  # Enter again chooses nothing more
    assert toggled(with_digit(view, "1")).ticked == ("side:left",)
    assert entered(with_digit(view, "5")) == Chosen(("side:right", "since:weeks"))
    assert pressed(with_digit(view, "4"), Key.NOT_SURE) == Chosen(("side:right", "since:not_sure"))
    assert pressed(view_of(ask), Key.NOT_SURE) == Chosen(("side:not_sure", "since:not_sure"))


def test_a_narrow_terminal_still_names_the_keys_that_matter(base: Base) -> None:
    """As many as one line holds, and the one that shows all."""
    _, _, ask = asked(base, "pattern+signs")
    assert shown(view_of(ask), 40, 12)[-1] == "n not sure, b back, q stop, ? keys"


def test_why_and_help_on_shared_screens(base: Base) -> None:
    """Each question is explained by its own words."""
    consultation, screen, ask = asked(base, "side+since")
    why = why_screen(consultation, screen, harmless)
    assert why.startswith("Which side?\n")
    assert "\n\nSince when?\n" in why
    assert "one for each question" in how_to(ask)
    consultation, screen, _ = asked(base, "life")
    why = why_screen(consultation, screen, harmless)
    assert "- Any tablet: is asked about next\n" in why
    assert "- None of these: " in why
    assert "- Food you leave out: Which food?" in help_screen(screen, harmless)
