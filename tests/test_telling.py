"""Explanations in words: the same lines in a terminal, in Markdown, in HTML and in a notebook."""

from __future__ import annotations

import io
import re
from html.parser import HTMLParser

import pytest
from golden_files import check_golden
from msgspec.structs import replace
from rich.console import Console
from small_base import SITUATIONS, poisoned, small_base

from expert.answers import ReplyError
from expert.consultation import Consultation, LateReasoner, consult
from expert.explain import Subject, how, one_answer_away, open_flags, what_if, why_not
from expert.model import NOT_SURE, Base, Evidence, Is, Not, Rule
from expert.telling import (
    Item,
    Telling,
    sources_of,
    sources_told,
    tell_nearby,
    tell_open_flags,
    tell_proof,
    tell_verdict,
    tell_what_if,
    tell_why_not,
    to_html,
    to_markdown,
)
from interview.render.proof import show, to_plain, to_unwrapped
from interview.wrapping import columns

BASE = small_base()
REASONER = LateReasoner(BASE)


def held(name: str) -> Consultation:
    return consult(BASE, SITUATIONS[name], REASONER)


def everything(consultation: Consultation) -> list[Telling]:
    """Every explanation that can be given of a consultation."""
    base, answers = consultation.base, consultation.answers
    subjects = [
        Subject("urgency"),
        *(Subject("hypothesis", name) for name in base.hypotheses),
        *(Subject("red_flag", name) for name in base.flag_rules),
        *(Subject("finding", name) for name in base.findings),
        *(Subject("advice", name) for name in base.advice),
        *(Subject("rule", name) for name in base.rules),
    ]
    told = [tell_proof(how(consultation, subject), arithmetic=True) for subject in subjects]
    told += [tell_why_not(why_not(consultation, subject), base, answers) for subject in subjects]
    told.append(tell_what_if(what_if(consultation, {"feel": ("weak",), "diet": ("vegan",)}), base, answers))
    told.append(tell_open_flags(open_flags(consultation), base))
    told.append(tell_nearby(consultation.verdict.urgency, one_answer_away(consultation), base, answers))
    return [*told, tell_verdict(consultation.verdict, base)]


def lines_of(items: tuple[Item, ...]) -> list[str]:
    """Every line, from top to bottom."""
    return [line for item in items for line in (f"{item.lead} {item.text}".strip(), *lines_of(item.items))]


# --- word for word ----------------------------------------------------------------------------------------------------


def chosen(consultation: Consultation) -> list[Telling]:
    """A few explanations of one consultation that between them use every kind of line."""
    base, answers = consultation.base, consultation.answers
    return [
        tell_proof(how(consultation, Subject("urgency"))),
        tell_proof(how(consultation, Subject("hypothesis", "b12")), arithmetic=True),
        tell_proof(how(consultation, Subject("hypothesis", "magnesium"))),
        tell_why_not(why_not(consultation, Subject("hypothesis", "vitamin_d")), base, answers),
        tell_why_not(why_not(consultation, Subject("urgency"), tier="same-day"), base, answers),
        tell_what_if(what_if(consultation, {"unsteady": "no", "diet": ("none",)}), base, answers),
        tell_open_flags(open_flags(consultation), base),
        tell_nearby(consultation.verdict.urgency, one_answer_away(consultation), base, answers),
    ]


@pytest.mark.parametrize("width", [40, 80])
def test_as_it_reads_in_a_terminal(width: int) -> None:
    """The whole text is as reviewed, at both widths."""
    check_golden(f"explain.{width}.txt", to_plain(chosen(held("b12")), BASE, width))


def test_as_it_reads_in_markdown() -> None:
    """So is the Markdown."""
    check_golden("explain.md", to_markdown(chosen(held("b12")), BASE))


def test_what_stays_open_as_it_reads() -> None:
    """And what is said of red flags that hang on not sure, and on what was not asked."""
    told = [tell_open_flags(open_flags(held(name)), BASE) for name in ("not_sure", "interrupted")]
    check_golden("explain.open.txt", to_plain(told, BASE, 80))


# --- layout -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("width", [20, 40, 80])
@pytest.mark.parametrize("name", ["b12", "not_sure", "child"])
def test_no_line_is_too_long_and_no_word_is_lost(name: str, width: int) -> None:
    """Wrapping changes white space only, however deep the tree."""
    told = everything(held(name))
    text = to_plain(told, BASE, width)
    assert max(map(columns, text.splitlines())) <= width
    everything_said = " ".join(line for telling in told for line in (telling.title, *lines_of(telling.items)))
    squeezed = re.sub(r"\s", "", text)
    for word in set(everything_said.split()):
        assert word in squeezed


def test_lines_below_are_indented_and_say_what_they_are() -> None:
    """By eye the tree is a tree; by ear each line begins with what it is."""
    text = to_plain([tell_proof(how(held("b12"), Subject("hypothesis", "magnesium")))], BASE, 80)
    assert "\n- For (strong risk): Alcohol flushes magnesium out." in text
    assert "\n  - Found: Drinking at a risky level\n" in text
    assert "\n      - Score: Drinking score: 8 (needed: 5 or more)\n" in text
    assert "\n        - You said: How often do you drink alcohol? Most days (4 points)\n" in text


def to_screen(told: list[Telling], *, terminal: bool, width: int = 80) -> str:
    file = io.StringIO()
    console = Console(
        file=file, width=width, force_terminal=terminal, color_system="truecolor", _environ={"TERM": "xterm"}
    )
    show(told, BASE, console)
    return file.getvalue()


def test_colour_only_in_a_terminal_and_the_same_words() -> None:
    """Colours are added to the text, never a part of it."""
    told = chosen(held("b12"))
    coloured = to_screen(told, terminal=True)
    assert "\x1b[" in coloured
    assert "\x1b[" not in to_screen(told, terminal=False)
    bare = re.sub(r"\x1b\[[0-9;]*m", "", coloured)
    assert bare.split() == to_plain(told, BASE, 80).split()


def test_the_interview_gets_the_same_lines_unwrapped() -> None:
    """The menu says what the command says."""
    told = chosen(held("b12"))
    unwrapped = re.sub(r"(?m)^(\d+)\. ", r"[\1] ", to_unwrapped(told, BASE))
    assert unwrapped.split() == to_plain(told, BASE, 80).split()


# --- what is said -----------------------------------------------------------------------------------------------------


def test_an_answer_below_a_negation_is_told_as_it_was_given() -> None:
    """What makes a "not" true is somebody's own no, and nothing is said to be needed of it."""
    told = tell_proof(how(held("well"), Subject("rule", "b12-no-numbness")))
    assert lines_of(told.items)[1:] == ["You said: What do your legs feel like? None of these"]


def test_what_a_failed_negation_needs() -> None:
    """Where a "not" fails, it says so once."""
    told = tell_proof(how(held("b12"), Subject("rule", "b12-no-numbness")))
    assert lines_of(told.items)[1:] == [
        'You said: What do your legs feel like? Cramps; Numb or tingling (needed: not "Numb or tingling")'
    ]


def test_negations_within_negations() -> None:
    """Of two nested negations only the outer one speaks of what is needed, and colours follow the outcome."""
    rule = Rule("twice", Not(Not(Is("feel", ("numb",)))), Evidence("b12", "for", "weak", "sign"), "Twice.", ("book",))
    base = replace(BASE, rules={**BASE.rules, "twice": rule})
    told = tell_proof(how(consult(base, SITUATIONS["b12"]), Subject("rule", "twice")))
    (only,) = told.items[0].items
    assert (only.text, only.tone) == ("What do your legs feel like? Cramps; Numb or tingling", "yes")
    told = tell_proof(how(consult(base, SITUATIONS["well"]), Subject("rule", "twice")))
    (only,) = told.items[0].items
    assert only.text.count("needed") == 1
    assert only.tone == "no"


def test_textbook_and_disputed_claims_are_marked_where_they_are_used() -> None:
    """A clinician sees at the claim itself how good it is, and in the sources what was seen."""
    text = to_plain([tell_proof(how(held("b12"), Subject("hypothesis", name))) for name in ("b12", "magnesium")],
                    BASE, 500)  # fmt: skip
    assert "Alcohol flushes magnesium out. (Textbook knowledge.)" in text
    assert "(Disputed: The fall is small, and it is not known whom it harms.)" in text
    assert "Low B12. A health service, 2021. Seen." in text
    assert "A medical textbook. Textbook knowledge, or a page that was not seen." in text


def test_every_number_stands_for_its_source() -> None:
    """The numbers in the text and those of the list agree."""
    told = everything(held("b12"))
    numbers = sources_of(told)
    listed = sources_told(BASE, numbers)
    assert sorted(numbers.values()) == list(range(1, len(numbers) + 1))
    for source, number in numbers.items():
        assert listed[number - 1].words.startswith(BASE.sources[source].title)


def test_a_finding_is_told_in_full_once() -> None:
    """What several rules rest on is proved the first time and named after that."""
    rules = {
        **BASE.rules,
        "again": Rule("again", Is("poor_food", ("yes",)), Evidence("b12", "for", "weak", "risk"), "Again.", ("book",)),
    }
    told = tell_proof(how(consult(replace(BASE, rules=rules), SITUATIONS["b12"]), Subject("hypothesis", "b12")))
    lines = lines_of(told.items)
    assert lines.count("Found: Eats too little of it") == 1
    assert lines.count("Found: Eats too little of it (as above)") == 1


def test_the_arithmetic_is_told_on_request_only() -> None:
    """People see words; whoever asks sees the numbers."""
    proof = how(held("b12"), Subject("hypothesis", "b12"))
    assert "certainty" not in to_plain([tell_proof(proof)], BASE)
    assert "certainty" in to_plain([tell_proof(proof, arithmetic=True)], BASE)


def test_a_smallest_change_is_told_with_the_reply_of_now() -> None:
    """Each reply that would have to change is told beside what it is now."""
    consultation = held("same_day")
    found = why_not(consultation, Subject("red_flag", "cord"))
    lines = lines_of(tell_why_not(found, BASE, consultation.answers).items)
    assert any(line.startswith("Smallest change (2 answers)") for line in lines)
    assert "Unsteady in the dark: yes (now: no; unsteady=yes)" in lines


def test_what_if_tells_everything_that_differs() -> None:
    """Urgency, flags, what is open and bands, each in its own line."""
    consultation = held("not_sure_emergency")
    replies = {"cold_leg": "no", "swollen_leg": "yes", "feel": ("cramps",)}
    lines = lines_of(tell_what_if(what_if(consultation, replies), BASE, consultation.answers).items)
    assert "Ruled out now: A blocked leg artery (emergency)" in lines
    assert "Red flag raised: A blood clot in the leg (same day)" in lines
    assert "Low magnesium: no sign of it, then possible" in lines
    same = what_if(consultation, {"walk": 1999})
    lines = lines_of(tell_what_if(same, BASE, consultation.answers).items)
    assert lines[1:] == ["How soon: Same day, as before.", "Nothing else in the verdict changes."]


def test_one_answer_that_reaches_an_emergency_is_not_told_again_below() -> None:
    """An answer is listed at the most urgent tier that it reaches."""
    consultation = held("well")
    told = tell_nearby("routine", one_answer_away(consultation), BASE, consultation.answers)
    lines = lines_of(told.items)
    assert len(lines) == len(set(lines))


def test_a_sign_that_is_no_longer_known_is_not_denied() -> None:
    """Not sure about the only sign: it cannot be told, which is not "no sign of it"."""
    consultation = consult(BASE, {**SITUATIONS["well"], "feel": ("numb",), "unsteady": "no"}, REASONER)
    lines = lines_of(tell_what_if(what_if(consultation, {"feel": NOT_SURE}), BASE, consultation.answers).items)
    assert "Low vitamin B12: possible, then cannot be told" in lines


# --- hostile texts ----------------------------------------------------------------------------------------------------

POISON = "<script>alert(1)</script>\x1b[31m\u202e[x](javascript:1)"


class _Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.seen: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append((tag, dict(attrs)))


@pytest.fixture(scope="module")
def poisoned_tellings() -> tuple[list[Telling], Base]:
    base = poisoned(BASE, POISON)
    return everything(consult(base, SITUATIONS["b12"])), base


def test_hostile_texts_stay_texts(poisoned_tellings: tuple[list[Telling], Base]) -> None:
    """No text of a base can steer the terminal, open a tag, or make a link."""
    told, base = poisoned_tellings
    plain, markdown, page = to_plain(told, base), to_markdown(told, base), to_html(told, base)
    for text in (plain, markdown, page):
        assert not re.search("[\x00-\x09\x0b-\x1f\x7f\u202a-\u202e]", text)
    assert not re.search(r"(?<!\\)<(?!https?://)", markdown)
    assert not re.search(r"(?<!\\)\]\(", markdown)
    tags = _Tags()
    tags.feed(page)
    assert {tag for tag, _ in tags.seen} <= {"div", "p", "strong", "b", "ul", "ol", "li", "a"}
    assert all(set(attributes) <= {"class", "href"} for _, attributes in tags.seen)
    assert all((attributes.get("href") or "https://").startswith("http") for _, attributes in tags.seen)


# --- notebooks --------------------------------------------------------------------------------------------------------


def test_a_notebook_shows_values_in_words() -> None:
    """Verdict, consultation, proof, why-not and what-if all have both forms; a base is not needed."""
    consultation = held("b12")
    shown = {
        "Low vitamin B12": consultation,
        "b12": consultation.verdict,
        "Numb feet are an early sign.": how(consultation, Subject("hypothesis", "b12")),
        "Why not A stroke?": why_not(consultation, Subject("red_flag", "stroke")),
        "What if?": what_if(consultation, {"unsteady": "no"}),
    }
    for words, value in shown.items():
        assert words in value._repr_markdown_()
        assert words in value._repr_html_()


def test_a_notebook_says_incomplete() -> None:
    """An unfinished consultation does not look like a result."""
    assert held("interrupted")._repr_markdown_().startswith("## INCOMPLETE")
    assert "INCOMPLETE" not in held("well")._repr_markdown_()


def test_explanations_of_a_consultation_name_replies_and_sources() -> None:
    """Asked of a consultation, an explanation has words where the bare data has ids, and says where it is from."""
    consultation = held("b12")
    assert consultation.urgency == consultation.verdict.urgency
    assert consultation.hypotheses[0].hypothesis in ("b12", "magnesium")
    source = BASE.sources[BASE.rules["b12-numb"].sources[0]].title
    for explanation, words in (
        (consultation.how("b12"), source),
        (consultation.why_not("emergency"), BASE.red_flags["stroke"].label),
        (consultation.why_not("vitamin_d", band="possible"), "Shins sore when pressed: yes"),
        (consultation.what_if({"unsteady": "no"}), "Unsteady in the dark: no"),
    ):
        assert words in explanation._repr_html_()
        assert words in explanation._repr_markdown_().replace("\\", "")
    with pytest.raises(KeyError, match=r"'magnesum' is no hypothesis.*Did you mean 'magnesium'"):
        consultation.how("magnesum")
    with pytest.raises(KeyError, match="Did you mean 'emergency'"):
        consultation.why_not("emergncy")
    with pytest.raises(ReplyError):
        consultation.what_if({"unsteady": "perhaps"})
