"""Questions, replies and conditions read as plain words."""

from __future__ import annotations

import pytest
from small_base import situation, small_base

from expert.grounds import doubts, ground_in_words, grounds
from expert.logic import Outlook
from expert.model import All, Any, Count, Is, Limit, Not
from expert.words import answer_in_words, condition_in_words, question_in_words, reply_in_words, strength_in_words

BASE = small_base()
FEEL, SUN = '"What do your legs feel like?"', '"Do you get hardly any sun?"'
WALK = '"How far can you walk before your legs hurt?"'


@pytest.mark.parametrize(
    ("question", "reply", "words"),
    [
        ("stroke_signs", "no", "no"),
        ("stroke_signs", "not_sure", "not sure"),
        ("feel", ("cramps", "numb"), "Cramps; Numb or tingling"),
        ("feel", ("cramps", "not_sure"), "Cramps; not sure about the rest"),
        ("feel", ("none", "not_sure"), "not sure"),
        ("feel", ("none",), "None of these"),
        ("cramp_time", "night", "At night in bed"),
        ("walk", 200, "200 metres"),
        ("walk", 1.5, "1.5 metres"),
    ],
)
def test_replies(question, reply, words):
    """A reply is said in the words that were chosen; not sure is never turned into no."""
    assert reply_in_words(BASE, question, reply) == words


def test_an_answer_names_its_question_shortly():
    """An item stands for its question, and instructions are left out."""
    assert answer_in_words(BASE, "stroke_signs", "no") == "Face drooped, or speech muddled: no"
    assert answer_in_words(BASE, "feel", ("numb",)) == "What do your legs feel like? Numb or tingling"
    assert answer_in_words(BASE, "stroke_signs", "yes", clinical=True) == "Facial droop or dysarthria: yes"
    assert question_in_words(BASE, "drink_often") == "How often do you drink alcohol?"


@pytest.mark.parametrize(
    ("condition", "words"),
    [
        (Is("cold_leg", ("yes",)), 'yes to "One leg suddenly painful, pale or cold"'),
        (Is("feel", ("numb", "weak")), '"Numb or tingling" or "Weak" to "What do your legs feel like?"'),
        (Limit("drinks", low=5), "Drinking score: 5 or more"),
        (Limit("walk", high=200, high_open=True), f"less than 200 metres to {WALK}"),
        (Limit("walk", low=3, high=7, low_open=True), f"more than 3, at most 7 metres to {WALK}"),
        (Is("poor_food", ("no",)), 'no finding "Eats too little of it"'),
        (
            All((Is("unsteady", ("yes",)), Any((Is("feel", ("numb",)), Not(Is("indoors", ("yes",))))))),
            f'yes to "Unsteady in the dark" and ("Numb or tingling" to {FEEL} or not yes to {SUN})',
        ),
        (
            Count(1, (Is("unsteady", ("yes",)), Is("indoors", ("yes",)))),
            f'at least 1 of these: yes to "Unsteady in the dark"; yes to {SUN}',
        ),
    ],
)  # fmt: skip
def test_conditions(condition, words):
    """A condition reads as what a person would have to answer; negations and limits do not vanish."""
    assert condition_in_words(BASE, condition) == words


def said(name, condition, *, clinical=False):
    outlook = situation(name, BASE).outlook
    found = grounds(outlook, condition, to_findings=clinical)
    return [ground_in_words(outlook, ground, clinical=clinical) for ground in found]


def test_grounds_are_the_answers_that_decided():
    """Only what mattered is repeated: of many options the matching ones, of a score its sum, of a failed part one."""
    rules = BASE.rules
    assert said("b12", rules["flag-unsteady"].condition) == ["Unsteady in the dark", "Numb or tingling"]
    assert said("b12", rules["mg-drink"].condition) == ["Drinking score: 8"]
    assert said("b12", rules["mg-drink"].condition, clinical=True) == ["AUDIT-C 5 or more"]
    assert said("b12", rules["b12-diet"].condition) == ["Vegan: no meat, fish, eggs or milk"]
    assert said("well", rules["flag-unsteady"].condition) == ["Unsteady in the dark: no"]
    assert said("same_day", rules["b12-metformin"].condition) == ["Do you take any of these? None of these"]


def test_a_denied_option_is_a_ground():
    """What was not chosen is said to be so."""
    outlook = Outlook(BASE, {"feel": ("cramps",)})
    (ground,) = grounds(outlook, BASE.rules["b12-no-numbness"].condition)
    assert ground_in_words(outlook, ground) == "not: Numb or tingling"


def test_a_question_that_does_not_apply_rests_on_its_gate():
    """No reply is made up for a question that was never asked."""
    assert said("well", Is("recent_flight", ("yes",))) == ["One leg swollen, warm or sore: no"]


def test_doubts_tell_not_sure_from_not_asked():
    """What leaves a red flag open is named, gates included, each in its own list."""
    outlook = Outlook(BASE, {"swollen_leg": "not_sure", "unsteady": "yes"})
    found = doubts(outlook, [BASE.rules["flag-clot-flight"].condition, BASE.rules["flag-unsteady"].condition])
    assert found.not_sure == ("swollen_leg",)
    assert found.not_asked == ("recent_flight", "feel")


def test_unusual_strengths_keep_their_name():
    """A base may name its own strengths."""
    assert strength_in_words("hallmark", "sign") == "telling sign"
    assert strength_in_words("overwhelming") == "overwhelming point"
