"""What a result says, and above all what it never says, in every rendering."""

from __future__ import annotations

import io
import json
import re

import pytest
from golden_files import check_golden
from msgspec.structs import replace
from rich.console import Console
from small_base import SITUATIONS, poisoned, situation, small_base

from expert.consultation import Consultation, LateReasoner, consult
from expert.model import NONE_OF_THESE, NOT_SURE, Question, Reply
from interview.render.json import to_json
from interview.render.layout import lay_out
from interview.render.markdown import to_markdown
from interview.render.plain import to_plain
from interview.render.screen import show
from interview.render.sheet import to_sheet
from interview.report import Report, build_report
from interview.wrapping import columns

BASE = small_base()
REASONER = LateReasoner(BASE)


def report_of(name: str) -> Report:
    return build_report(consult(BASE, SITUATIONS[name], REASONER), emergency_number="112")


REPORTS = {name: report_of(name) for name in SITUATIONS}


def to_screen(report: Report, width: int = 80, *, colour: bool = False) -> str:
    file = io.StringIO()
    system = "truecolor" if colour else None
    console = Console(file=file, width=width, force_terminal=True, color_system=system, _environ={"TERM": "xterm"})
    show(report, console)
    return file.getvalue()


FOR_A_PERSON = {"screen": to_screen, "plain": to_plain, "markdown": to_markdown}
RENDERINGS = {**FOR_A_PERSON, "sheet": to_sheet, "json": to_json}


def one_line(text: str) -> str:
    """Undo wrapping and frames."""
    return " ".join(re.sub("[│┃╭╮╰╯─━┏┓┗┛>*#]", " ", text).split())


# --- word for word ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", SITUATIONS)
def test_plain_text_as_it_reads(name):
    """The whole text of each situation is as reviewed."""
    check_golden(f"{name}.txt", to_plain(REPORTS[name]))


@pytest.mark.parametrize("rendering", ["screen", "markdown", "sheet", "json"])
@pytest.mark.parametrize("name", ["b12", "emergency", "interrupted"])
def test_renderings_as_they_read(name, rendering):
    """The other renderings are as reviewed."""
    ending = {"screen": "screen.txt", "markdown": "md", "sheet": "sheet.txt", "json": "json"}[rendering]
    check_golden(f"{name}.{ending}", RENDERINGS[rendering](REPORTS[name]))


# --- an interview that was stopped early never reassures --------------------------------------------------------------

#: What would be heard as "nothing is wrong" by somebody who was not asked everything.
REASSURING = re.compile(
    r"no sign|no warning|nothing fits|routine|less likely|all clear|normal appointment", re.IGNORECASE
)


def every_prefix() -> list[Consultation]:
    """Return a well person's consultation as it stands after each screen but the last."""
    consultation = Consultation.start(BASE, REASONER)
    stages = []
    while (screen := consultation.screen) is not None:
        stages.append(consultation)
        wanted = {question.id: SITUATIONS["well"][question.id] for question in screen.questions}
        consultation = consultation.answer(wanted)
    assert consultation.complete
    return stages


@pytest.mark.parametrize("rendering", [*FOR_A_PERSON, "sheet"])
def test_interrupted_never_reassures(rendering):
    """Wherever a person who has denied everything so far stops, the result says INCOMPLETE and nothing soothing."""
    for stage in every_prefix():
        report = build_report(stage, emergency_number="112")
        words = one_line(RENDERINGS[rendering](report))
        assert "INCOMPLETE" in words
        assert not REASSURING.search(words), REASSURING.search(words)


@pytest.mark.parametrize("rendering", [*FOR_A_PERSON, "sheet"])
def test_interrupted_names_every_red_flag_not_asked_about(rendering):
    """Each red flag that an unasked question leaves open is named (on the sheet, of many only some are)."""
    for stage in every_prefix():
        report = build_report(stage, emergency_number="112")
        words = one_line(RENDERINGS[rendering](report))
        for flag in report.not_ruled_out:
            assert flag.not_asked
            assert flag.label in words


def test_a_risk_alone_is_not_called_signless_before_the_signs_were_asked():
    """In an unfinished interview a risk is worth mentioning, but nobody is told that there is no sign."""
    report = build_report(consult(BASE, {"indoors": "yes"}, REASONER), emergency_number="112")
    assert report.hypotheses[-1].worth_mentioning or any(h.worth_mentioning for h in report.hypotheses)
    assert not REASSURING.search(one_line(to_plain(report)))


def test_a_program_is_not_told_that_unfinished_answers_can_wait() -> None:
    """The ready-made words of the JSON do not say "in the coming weeks" before all was asked."""
    whole, unfinished = (json.loads(to_json(report_of(name)))["what_to_do"] for name in ("well", "nothing_answered"))
    assert whole["when"] == "in the coming weeks"
    assert unfinished["when"] == "cannot be said yet"
    assert whole["do"] != unfinished["do"]


def test_incomplete_is_the_first_thing_said():
    """Nobody reads a result that was stopped early before reading that it was."""
    for stage in every_prefix():
        assert to_plain(build_report(stage, emergency_number="112")).startswith(
            "INCOMPLETE\nThe interview stopped early."
        )


# --- emergencies ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("rendering", FOR_A_PERSON)
def test_an_emergency_stands_alone(rendering):
    """Beside an emergency a person reads of no deficiency, no lesser flag, no test, food or supplement."""
    words = one_line(RENDERINGS[rendering](REPORTS["emergency"]))
    assert "Call an ambulance now on 112." in words
    assert "A stroke can be treated only in the first hours. You said: Face drooped, or speech muddled." in words
    assert "sheet for the doctor" in words
    others = [
        *(hypothesis.label for hypothesis in BASE.hypotheses.values()),
        *(hypothesis.about for hypothesis in BASE.hypotheses.values()),
        *(advice.text for advice in BASE.advice.values()),
        *(flag.label for flag in BASE.red_flags.values() if flag.urgency != "emergency"),
    ]
    assert [text for text in others if text in words] == []


def test_the_emergency_comes_before_anything_else():
    """What to do is in the first lines, at any width."""
    for width in (40, 80, 200):
        assert to_plain(REPORTS["emergency"], width).startswith("EMERGENCY: now\nCall an ambulance now on 112.")


@pytest.mark.parametrize("rendering", ["sheet", "json"])
def test_the_doctor_and_programs_get_everything_beside_an_emergency(rendering):
    """The sheet and JSON leave nothing out."""
    words = one_line(RENDERINGS[rendering](REPORTS["emergency"]))
    for label in ("A stroke", "A blood clot in the leg", "Low vitamin B12"):
        assert label in words


@pytest.mark.parametrize("rendering", FOR_A_PERSON)
def test_not_sure_about_an_emergency_says_so(rendering):
    """Who is not sure about an emergency item is told that this is why they should call today."""
    words = one_line(RENDERINGS[rendering](REPORTS["not_sure_emergency"]))
    assert "Same day: today" in words
    assert (
        'You were not sure about "One leg suddenly painful, pale or cold". '
        "Until it is ruled out, speak to a doctor today." in words
    )
    assert "Emergency: A blocked leg artery." in words
    assert "No warning sign" not in words


def test_the_cause_of_the_urgency():
    """Data tell a raised flag from a not sure."""
    assert REPORTS["same_day"].urgency_cause == "red_flags"
    assert REPORTS["not_sure_emergency"].urgency_cause == "not_sure"
    assert REPORTS["well"].urgency_cause == "none"


def test_only_true_rules_are_reasons():
    """A flag is explained by what the person said, never by a rule that merely could have raised it."""
    consultation = consult(BASE, {**SITUATIONS["same_day"], "recent_flight": "no"}, REASONER)
    words = one_line(to_plain(build_report(consultation, emergency_number="112"), full=True))
    assert "A clot can break loose" in words
    assert "Sitting still" not in words


# --- honest words -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("rendering", RENDERINGS)
@pytest.mark.parametrize("name", SITUATIONS)
def test_nothing_is_diagnosed(name, rendering):
    """Nobody is told what they have, except by their own question."""
    words = one_line(RENDERINGS[rendering](REPORTS[name])).lower()
    assert not re.search(r"(?<!do )(?<!if )\byou (have|suffer|are deficient)\b", words)
    assert "diagnosed" not in words


def test_not_sure_is_never_no_sign():
    """A deficiency whose signs were answered not sure is not listed among those without a sign."""
    words = one_line(to_plain(REPORTS["not_sure"]))
    assert "No sign" not in words
    assert "Your answers cannot tell: Low vitamin B12; Low magnesium; Low vitamin D." in words


@pytest.mark.parametrize("name", ["well", "not_sure"])
def test_grave_illnesses_are_not_excluded_by_name(name):
    """ "No sign of" is said of deficiencies only, not of other illnesses that were hardly asked about."""
    assert BASE.hypotheses["artery"].label not in to_plain(REPORTS[name])


def test_a_flag_left_open_is_never_called_no_warning_sign():
    """With something not ruled out, the person hears that, not that nothing came up."""
    report = build_report(
        consult(BASE, {**SITUATIONS["well"], "unsteady": "yes", "feel": "not_sure"}, REASONER), emergency_number="112"
    )
    words = one_line(to_plain(report))
    assert report.urgency == "routine"
    assert "No warning sign" not in words
    assert "Some warning signs could not be ruled out" in words
    assert 'Soon: Spinal cord damage. You were not sure about "What do your legs feel like?"' in words


def test_textbook_and_disputed_claims_are_marked():
    """A reader can tell what was seen, what is textbook knowledge, and what is disputed."""
    words = one_line(to_plain(REPORTS["b12"], full=True))
    assert "Alcohol flushes magnesium out. You said: Drinking score: 8. (Textbook knowledge.)" in words
    assert "(Disputed: The fall is small, and it is not known whom it harms.)" in words
    assert "A medical textbook. Textbook knowledge, or a page that was not seen." in words


def test_every_reason_has_its_source():
    """Each number in brackets stands for a listed source, and each listed source is used."""
    for name in SITUATIONS:
        page = lay_out(REPORTS[name], full=True)
        lines = [line for block in page.blocks for line in getattr(block, "lines", (block,))]
        used = {number for line in lines for number in line.sources}
        assert used == set(range(1, len(page.sources) + 1))


def test_a_caution_that_may_apply_is_checked_first():
    """Who was not sure about kidney disease is told to check before taking magnesium; who has none is not troubled."""
    assert "Check first, if this fits you (Kidney disease): Magnesium tablets" in one_line(to_plain(REPORTS["b12"]))
    healthy = consult(BASE, {**SITUATIONS["b12"], "illness": ("none",)}, REASONER)
    assert "Magnesium tablets" not in to_plain(build_report(healthy, emergency_number="112"))
    ill = consult(BASE, {**SITUATIONS["b12"], "illness": ("kidney",)}, REASONER)
    assert "kidney disease. You said: Kidney disease." in one_line(to_plain(build_report(ill, emergency_number="112")))


def test_out_of_scope_gives_no_hypothesis():
    """A child's result names none, but says what to do."""
    words = one_line(to_plain(REPORTS["child"]))
    assert "This is made for adults. See a doctor or nurse." in words
    assert not any(hypothesis.label in words for hypothesis in BASE.hypotheses.values())


# --- the sheet --------------------------------------------------------------------------------------------------------


def test_the_sheet_is_a_page():
    """About sixty lines of 80 columns."""
    for report in REPORTS.values():
        lines = to_sheet(report).splitlines()
        assert len(lines) <= 60
        assert max(map(columns, lines)) <= 80


def test_the_sheet_separates_yes_no_and_not_sure():
    """A doctor sees positives, denials and unknowns apart, in clinical words."""
    words = one_line(to_sheet(REPORTS["not_sure_emergency"]))
    assert "SAFETY ITEMS NOT SURE: Suspected acute limb ischaemia" in words
    assert "SAFETY ITEMS DENIED: Facial droop or dysarthria; Unilateral leg swelling" in words
    assert "NOT RULED OUT (emergency): A blocked leg artery" in words
    assert "SHA-256 0123456789abcdef" in words


def test_an_answer_taken_out_of_play_is_not_on_the_sheet():
    """A reply to a question that no longer applies stays in the data, and out of what a doctor reads."""
    consultation = situation("b12", BASE).change("feel", ("numb",))
    report = build_report(consultation, emergency_number="112")
    assert "Timing of cramps" not in to_sheet(report)
    assert json.loads(to_json(report))["not_applying"] == ["cramp_time"]


# --- JSON -------------------------------------------------------------------------------------------------------------


def keys_in(value: object, path: str = "") -> set[str]:
    """Return the paths of all keys; ids under which entries stand are written as `*`."""
    found: set[str] = set()
    if isinstance(value, dict):
        for key, part in value.items():
            step = "*" if path in ("rules", "sources", "answers", "codes", "code_systems") else key
            here = f"{path}.{step}" if path else step
            found |= {here} | keys_in(part, here)
    elif isinstance(value, list):
        for part in value:
            found |= keys_in(part, f"{path}[]")
    return found


def test_every_key_is_documented(repository):
    """Each key of the result stands in its reference page, with a meaning, and the page has no others."""
    page = (repository / "docs" / "reference" / "result-json.md").read_text(encoding="utf-8")
    documented = set(re.findall(r"^\| `([^`]+)` \| [^|]+ \| \S", page, re.MULTILINE))
    produced = set().union(*(keys_in(json.loads(to_json(report))) for report in REPORTS.values()))
    assert produced == documented


def test_the_same_answers_give_the_same_bytes():
    """JSON is a function of the answers, whatever order they came in."""
    forwards = SITUATIONS["b12"]
    backwards = dict(reversed(forwards.items()))
    first = build_report(consult(BASE, forwards), emergency_number="112")
    second = build_report(consult(BASE, backwards), emergency_number="112")
    assert to_json(first) == to_json(second)
    assert first == second


# --- the real base ----------------------------------------------------------------------------------------------------


def extreme_reply(question: Question, reply: str) -> Reply:
    """Return the reply that says yes to all a question offers, no to all of it, or not sure."""
    options = tuple(option for option in question.options if option != NONE_OF_THESE)
    if reply == NOT_SURE or question.type == "number":
        return NOT_SURE
    if question.type == "many":
        return options if reply == "yes" else (NONE_OF_THESE,)
    if question.type == "one":
        return options[-1 if reply == "yes" else 0]
    return reply


@pytest.mark.parametrize("reply", ["yes", "no", NOT_SURE])
def test_the_real_base_at_its_extremes(stiff_legs, stiff_legs_reasoner, reply):
    """Even with every flag raised or open, what to do comes first, the short form stays short, and JSON is JSON."""
    answers = {question.id: extreme_reply(question, reply) for question in stiff_legs.questions.values()}
    answers["age"] = "from_40_to_49"
    report = build_report(consult(stiff_legs, answers, stiff_legs_reasoner), emergency_number="999")
    plain = to_plain(report)
    assert report.do in one_line(plain)[: len(report.do) + 60]
    assert len(plain.splitlines()) <= 110
    if reply != "yes":  # what was answered yes is never cut
        assert len(to_sheet(report).splitlines()) <= 75
    assert json.loads(to_json(report))["urgency"] == report.urgency
    for rendering in RENDERINGS.values():
        assert "{emergency_number}" not in rendering(report)


# --- hostile text, narrow terminals -----------------------------------------------------------------------------------

POISON = "\x1b[31m\x1b]8;;http://evil.example\x07\x9b2J\x00\r\n\u202e[bold]<script>alert(1)</script>![p](//evil)**{0}"
FORBIDDEN = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


@pytest.mark.parametrize("rendering", RENDERINGS)
@pytest.mark.parametrize("name", SITUATIONS)
def test_hostile_text_is_harmless(name, rendering):
    """Text from a base that somebody else wrote cannot steer the terminal, in no situation and no rendering."""
    base = poisoned(BASE, POISON)
    report = build_report(consult(base, SITUATIONS[name], REASONER), emergency_number="112" + POISON)
    text = RENDERINGS[rendering](report)
    assert not FORBIDDEN.search(text)
    assert "script" in text  # it was there to be shown
    if rendering == "markdown":
        assert not re.search(r"(?<!\\)[<`]script|(?<!\\)!\[|(?<!\\)\]\(", text)
    if rendering == "screen":
        assert "[bold]" in one_line(text).replace(" ", "")
        coloured = to_screen(report, colour=True)
        assert set(re.findall("\x1b(.)", coloured)) <= {"["}
        assert set(re.findall("\x1b\\[[0-9;]*(.)", coloured)) <= {"m"}


@pytest.mark.parametrize("width", [20, 40, 60, 80])
@pytest.mark.parametrize("name", SITUATIONS)
def test_narrow_terminals(name, width):
    """Nothing runs over the edge, and no word is lost."""
    for text in (to_screen(REPORTS[name], width), to_plain(REPORTS[name], width)):
        assert max(columns(line) for line in text.splitlines()) <= width
    unwrapped = one_line(to_plain(REPORTS[name], 500))
    assert one_line(to_plain(REPORTS[name], width)).replace(" ", "") == unwrapped.replace(" ", "")
    assert one_line(to_screen(REPORTS[name], width)).replace(" ", "") == unwrapped.replace(" ", "")


def test_wide_letters_keep_within_the_frame():
    """Chinese and Japanese take two columns a letter."""
    base = replace(BASE, urgencies={**BASE.urgencies, "routine": replace(BASE.urgencies["routine"], do="請" * 60)})
    report = build_report(consult(base, SITUATIONS["well"], REASONER), emergency_number="112")
    assert max(columns(line) for line in to_screen(report, 40).splitlines()) <= 40


def test_without_a_terminal_there_are_no_boxes_and_no_colours():
    """A pipe or a dumb terminal gets the plain text."""
    for console in (
        Console(file=io.StringIO(), width=80, _environ={}),
        Console(file=io.StringIO(), width=80, force_terminal=True, _environ={"TERM": "dumb"}),
    ):
        show(REPORTS["b12"], console)
        assert console.file.getvalue() == to_plain(REPORTS["b12"], console.width)


def test_plain_text_needs_only_ascii_beyond_the_base():
    """Nothing that this project adds is lost on a terminal that shows only ASCII."""
    for report in REPORTS.values():
        assert to_plain(report).isascii()
        assert to_sheet(report).isascii()


# --- several red flags about one thing --------------------------------------------------------------------------------


def test_of_flags_about_one_thing_only_the_most_urgent_is_shown():
    """Flags with one `ref` are shown once, by the most urgent; JSON and the full form have them all."""
    answers = {**SITUATIONS["b12"], "swollen_leg": "yes", "recent_flight": "no"}
    red_flags = {
        **BASE.red_flags,
        "clot": replace(BASE.red_flags["clot"], ref="RF-09"),
        "cord": replace(BASE.red_flags["cord"], ref="RF-09"),
    }
    report = build_report(consult(replace(BASE, red_flags=red_flags), answers), emergency_number="112")
    assert [(flag.id, flag.outranked) for flag in report.red_flags] == [("clot", False), ("cord", True)]
    short, full = to_plain(report), to_plain(report, full=True)
    assert "Spinal cord damage" not in short
    assert "This is the short form" in short
    assert "Spinal cord damage" in full
    assert [flag["outranked"] for flag in json.loads(to_json(report))["red_flags"]] == [False, True]


def test_flags_about_different_things_are_all_shown():
    """Without a shared `ref` nothing is left out."""
    answers = {**SITUATIONS["b12"], "swollen_leg": "yes", "recent_flight": "no"}
    report = build_report(consult(BASE, answers, REASONER), emergency_number="112")
    assert "Spinal cord damage" in to_plain(report)
