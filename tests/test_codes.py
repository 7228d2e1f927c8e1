"""Codes of other bodies: kept with how far each was confirmed, and never shown without the notice of their licence."""

from __future__ import annotations

import json
import re

import pytest
from bases import write_base
from small_base import SITUATIONS, small_base

from expert.cache import default_folder
from expert.codes import code_in_words, notices_of
from expert.consultation import consult
from expert.lint import check
from expert.model import Base
from interview.cli import main
from interview.html_report import to_html
from interview.render.json import to_json
from interview.render.sheet import to_sheet
from interview.report import build_report

BASE = small_base()
B12 = consult(BASE, SITUATIONS["b12"])
NOTICE = BASE.code_systems["lab"].notice or ""
CODES = """
    code_systems:
      lab: {name: LAB, notice: Say so.}
      other: {name: Other}
    codes:
      used: {system: lab, code: 1-2, name: Iron, status: seen}
      idle: {system: lab, code: 3-4, name: Zinc, status: excerpt}
    """


def test_a_code_is_shown_with_its_doubts() -> None:
    """Nobody takes a code from an excerpt for a confirmed one."""
    assert code_in_words(BASE, BASE.codes["lab-mg"]) == "LAB 1-2 Magnesium"
    doubted = code_in_words(BASE, BASE.codes["lab-b12"])
    assert doubted == "LAB 2132-9 Vitamin B12 (seen in excerpts only: confirm before use; Its unit varies)"


def test_notices_are_those_of_the_systems_shown() -> None:
    """Each once, and none of a system that is not shown."""
    assert notices_of(BASE, ["lab-mg", "lab-b12", "icd-b12"]) == (NOTICE,)
    assert notices_of(BASE, ["icd-b12"]) == ()


@pytest.mark.parametrize("render", [to_json, to_sheet], ids=["json", "sheet"])
def test_whoever_shows_a_code_shows_its_notice(render) -> None:
    """As the licence asks: in the data for programs, and on the sheet for the doctor."""
    shown = " ".join(render(build_report(B12, emergency_number="112")).split())
    assert "2132-9" in shown
    assert NOTICE in shown


def test_the_html_report_shows_codes_and_their_notice() -> None:
    """For a clinician who reads the reasoning."""
    shown = to_html(B12, emergency_number="112")
    assert "LAB 2132-9 Vitamin B12 (seen in excerpts only: confirm before use" in shown
    assert NOTICE in shown


def test_the_sheet_marks_what_is_to_be_confirmed() -> None:
    """The mark is explained right there."""
    sheet = to_sheet(build_report(B12, emergency_number="112"))
    assert "LAB: 2132-9* Vitamin B12" in sheet
    assert "ICD: E53.8 Lack" in sheet
    assert "(*: seen in part, confirm before use)" in sheet


def test_a_code_that_nothing_has_is_a_fault(tmp_path) -> None:
    """And so is a system without codes."""
    folder = write_base(
        tmp_path / "base",
        hypotheses="hypotheses:\n  low_iron: {label: Low iron, kind: deficiency, codes: [used]}\n",
        more=CODES,
    )
    assert [str(fault) for fault in check(folder)] == [
        "zz_more.yaml:3: code system 'other': no code is of it.",
        "zz_more.yaml:6: code 'idle': no hypothesis or advice has it.",
    ]


# --- the shipped codes ------------------------------------------------------------------------------------------------


def test_every_deficiency_and_every_test_has_a_code(stiff_legs: Base) -> None:
    """Except the tests for which the dossier found none."""
    without = [each.id for each in stiff_legs.hypotheses.values() if each.kind == "deficiency" and not each.codes]
    untold = {each.id for each in stiff_legs.advice.values() if each.kind == "test" and not each.codes}
    assert without == []
    assert untold == {"b12-pregnancy-test"}  # no LOINC code was found for active B12


def test_loinc_codes_have_their_check_digit(stiff_legs: Base) -> None:
    """A slip of a digit would send a result to another test."""
    loinc = [code.code for code in stiff_legs.codes.values() if code.system == "loinc"]
    assert loinc
    for code in loinc:
        digits, _, check_digit = code.partition("-")
        odd = str(int(digits[::-1][::2][::-1]) * 2)
        even = digits[::-1][1::2][::-1]
        total = sum(map(int, odd + even))
        assert int(check_digit) == -total % 10, code


def test_icd_codes_look_like_icd_codes(stiff_legs: Base) -> None:
    """A letter, two characters, a dot and up to four more."""
    icd = [code.code for code in stiff_legs.codes.values() if code.system == "icd10"]
    assert [code for code in icd if not re.fullmatch(r"[A-Z]\d[0-9A-Z](\.[0-9A-Z]{1,4})?", code)] == []


def test_rules_about_a_hypothesis_end_with_its_codes(capsys: pytest.CaptureFixture[str], stiff_legs: Base) -> None:
    """With those of the tests for it, their doubts and the notices; the same as data."""
    assert main(["rules", "--about", "iron"]) == 0
    shown = " ".join(capsys.readouterr().out.split())
    assert "ICD-10-CM E61.1 Iron deficiency" in shown
    assert "LOINC 2276-4 Ferritin, ng/mL (seen in excerpts only: confirm before use)" in shown
    for notice in notices_of(stiff_legs, stiff_legs.codes):
        assert " ".join(notice.split()) in shown
    assert main(["rules", "--about", "iron", "--json"]) == 0
    data = json.loads(capsys.readouterr().out)
    assert data["codes"]["icd10-e61-1"]["status"] == "seen"
    assert "Regenstrief" in data["code_systems"]["loinc"]["notice"]


def test_the_notice_file_says_what_the_base_says(repository, stiff_legs: Base) -> None:
    """Whoever passes Legwise on passes the notices on."""
    text = " ".join((repository / "NOTICE").read_text(encoding="utf-8").split()).replace("https://", "")
    for system in stiff_legs.code_systems.values():
        assert " ".join((system.notice or "").split()) in text
    assert default_folder().is_dir()
