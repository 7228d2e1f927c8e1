"""What is said around the conclusions: in the words of the base, and in words that fit any field where it has none."""

from __future__ import annotations

from pathlib import Path

import pytest
from bases import SECTIONS, load_base, write_base

from expert.cases import FOLDER, CasesError, read_cases
from expert.consultation import consult
from expert.load import BaseErrors, load
from expert.model import Base, Wording
from interview.cards import emergency_card, incomplete_card
from interview.outputs import as_text, words_with

WORDS = """
  words:
    is_not: A horoscope
    in_emergency: When the stars fall
    sheet: sheet for the astrologer
    stopped_early: Ask {emergency_number} what the stars say.
"""


def told(base: Base, **answers: str) -> str:
    """All that a person may be told of a consultation, on cards and in the result."""
    consultation, words = consult(base, answers), words_with("999")
    cards = [emergency_card(base, consultation.verdict, words), incomplete_card(consultation, words)]
    return "\n".join([*cards, *(as_text(consultation, "999", form) for form in ("markdown", "sheet"))])


def test_a_base_has_its_own_words(tmp_path: Path) -> None:
    """On the cards, in the result and on the sheet, with the number filled in."""
    text = SECTIONS["base"].replace("\n        ", "\n") + WORDS.lstrip("\n")
    base = load_base(tmp_path / "base", base=text)
    said = told(base, tired="yes")
    assert "A horoscope, but it must be checked now." in said
    assert "When the stars fall: Call 999." in said
    assert "Ask 999 what the stars say." in said
    assert "SHEET FOR THE ASTROLOGER: Tired legs" in said


def test_without_words_it_sounds_like_no_field(tmp_path: Path) -> None:
    """And still says what to do in an emergency when the interview was stopped."""
    base = load_base(tmp_path / "base")
    assert base.words == Wording()
    said = told(base, tired="yes")
    assert "Rules can be wrong." in said
    assert said.count("In an emergency: Call 999.") == 2  # on the card, and in the result
    assert "diagnosis" not in said
    assert "SHEET TO HAND ON" in said


def test_the_stiff_legs_base_leaves_no_word_to_chance(stiff_legs: Base) -> None:
    """A medical base that forgot one would sound neutral where a doctor should be named."""
    neutral = Wording()
    forgotten = [
        field for field in Wording.__struct_fields__ if getattr(stiff_legs.words, field) == getattr(neutral, field)
    ]
    assert forgotten == []


def test_a_misspelt_word_is_a_fault(tmp_path: Path) -> None:
    """As any other key, with the nearest one."""
    text = SECTIONS["base"].replace("\n        ", "\n") + "  words: {is_nott: Nothing}\n"
    with pytest.raises(BaseErrors, match=r"unknown key 'is_nott'.* Did you mean 'is_not'\?"):
        load(write_base(tmp_path / "base", base=text))


def test_a_hypothesis_need_not_be_a_deficiency(tmp_path: Path) -> None:
    """Without a kind it is what the base looks for, and is told like one."""
    base = load_base(tmp_path / "base", hypotheses="hypotheses:\n  low_iron: {label: Low iron}\n")
    assert base.hypotheses["low_iron"].kind == "main"
    answers = {"chest_pain": "no", "tired": "yes", "diet": ("meat",)}
    assert "No sign in your answers of" not in as_text(consult(base, answers), "999", "markdown")
    assert "Low iron: possible" in as_text(consult(base, answers), "999", "markdown")


@pytest.mark.parametrize(
    ("expected", "is_fault"),
    [
        ("{hypotheses: [low_iron], urgency: routine}", False),
        ("{deficiencies: [low_iron], urgency: routine}", False),
        ("{hypotheses: [low_iron], deficiencies: [low_iron], urgency: routine}", True),
        ("{urgency: routine}", True),
    ],
)
def test_a_case_names_hypotheses_once(expected: str, is_fault: bool, tmp_path: Path) -> None:
    """Under either name, but not under both, nor under none."""
    folder = write_base(tmp_path / "base")
    (folder / FOLDER).mkdir()
    case = f"id: a\ntitle: A\nsource: Made up\nanswers: {{tired: yes}}\nexpected: {expected}\n"
    (folder / FOLDER / "a.yaml").write_text(case, encoding="utf-8")
    if is_fault:
        with pytest.raises(CasesError, match=r"a\.yaml:5: expected: needs one of 'hypotheses' and 'deficiencies'"):
            read_cases(load(folder), folder / FOLDER)
    else:
        assert read_cases(load(folder), folder / FOLDER)[0].expected.deficiencies == ("low_iron",)
