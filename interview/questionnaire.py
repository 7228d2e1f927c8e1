"""The whole questionnaire: every question by topic, what can be answered, and when it is asked."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any

from expert.harmless import harmless
from expert.logic import leaves
from expert.model import NONE_OF_THESE, Base, Checklist, Condition, Question
from expert.words import condition_in_words
from interview.asking import plain_number
from interview.region import ALL_NUMBERS, PLACEHOLDER
from interview.wrapping import wrap

_WIDTH = 88
#: When a question of each kind comes up.
_WHEN = {
    "safety": "Always asked.",
    "about": "Always asked.",
    "symptom": "Asked while it could change the result.",
    "risk": "Asked while it could change the result, after the signs.",
}
_HOW = """\
Each question has its id, then its words, then what can be answered: the id to write in a file of answers, with its
words. Every question can also be answered not_sure. A question left out counts as not answered, which is never taken
for a no. In the interview a checklist is one screen: what is ticked is a yes, what is not ticked a no; a
larger question that is ticked there is asked next, one that is not is answered none. In a file, give each of its
questions its own answer. `legwise questions --blank` prints a file of answers to fill in, and
`legwise run FILE` reads it."""


def as_text(base: Base) -> str:
    """Return the questionnaire to be read."""
    lines = [harmless(f"{base.title} ({base.name} {base.version})"), ""]
    for paragraph in (_clean(base.about), _HOW):
        lines += [*wrap(harmless(paragraph), _WIDTH), ""]
    lines += ["A file of answers:", "", *(f"  {line}" for line in _example(base)), ""]
    checklist_of = {item: checklist for checklist in base.checklists.values() for item in checklist.items}
    for number, topic in enumerate(base.topics.values(), 1):
        title = harmless(f"{number}. {topic.title}")
        lines += ["", title, "=" * len(title), ""]
        seen: set[str] = set()
        for question in base.questions.values():
            if question.topic != topic.id:
                continue
            checklist = checklist_of.get(question.id)
            if checklist is None:
                lines += [*_question_lines(base, question), ""]
            elif checklist.id not in seen:
                seen.add(checklist.id)
                lines += [*_checklist_lines(base, checklist), ""]
    lines += _finding_lines(base)
    return "\n".join(lines).rstrip("\n") + "\n"


def _example(base: Base) -> Iterator[str]:
    """Yield a short file of answers, with one question of each type that the base has."""
    yield f"base: {harmless(base.name)}"
    yield "answers:"
    by_type = {question.type: question for question in reversed(base.questions.values())}
    for question in by_type.values():
        options = [option for option in question.options if option != NONE_OF_THESE]
        reply = {
            "yes_no": "no",
            "one": next(iter(options), ""),
            "many": f"[{', '.join(options[:2])}]",
            "number": plain_number(question.min or 0),
        }[question.type]
        yield f"  {question.id}: {reply}"


def _clean(text: str) -> str:
    return harmless(text.replace(PLACEHOLDER, ALL_NUMBERS))


def _checklist_lines(base: Base, checklist: Checklist) -> Iterator[str]:
    yield from wrap(f"Checklist: {_clean(checklist.ask)}", _WIDTH)
    yield from _indented("Help: ", checklist.help, 2)
    for item in checklist.items:
        yield ""
        yield from (f"  {line}" for line in _question_lines(base, base.questions[item]))


def _question_lines(base: Base, question: Question) -> Iterator[str]:
    yield question.id
    yield from _indented("", question.ask, 2)
    yield from _indented("In the checklist: ", question.item or question.gist, 2)
    yield from _indented("Help: ", question.help, 2)
    yield from _indented("", _WHEN[question.kind], 2)
    if question.ask_if is not None:
        named = ", ".join(_subjects(question.ask_if))
        yield from _indented("Only if: ", f"{condition_in_words(base, question.ask_if)} (see {named}).", 2)
    yield from _indented("", _answers_in_words(question), 2)
    for option in question.options.values():
        yield from _indented(f"- {option.id}: ", option.text, 4)


def _answers_in_words(question: Question) -> str:
    match question.type:
        case "yes_no":
            return "Answer: yes, no or not_sure."
        case "one":
            return "Answer: one of these, or not_sure."
        case "many":
            return (
                f"Answer: all of these that fit, as a list; {NONE_OF_THESE} stands alone. "
                "not_sure alone, or in the list with those that fit for sure."
            )
        case "number":
            return f"Answer: {_number_in_words(question)}, or not_sure."


def _number_in_words(question: Question) -> str:
    parts = ["a number"]
    if question.unit:
        parts.append(f"of {harmless(question.unit)}")
    if question.min is not None:
        parts.append(f"from {plain_number(question.min)}")
    if question.max is not None:
        parts.append(f"up to {plain_number(question.max)}")
    return " ".join(parts)


def _indented(lead: str, text: str | None, indent: int) -> list[str]:
    if not text:
        return []
    first = " " * indent + lead
    return wrap(_clean(text), _WIDTH, first=first, rest=" " * (indent + 2 if lead else indent))


def _subjects(condition: Condition) -> list[str]:
    return list(dict.fromkeys(leaf.subject for leaf in leaves(condition)))


def _finding_lines(base: Base) -> Iterator[str]:
    """Yield what the findings rest on that decide whether a question is asked, and those that these rest on."""
    named = list(_findings_in(base, [q.ask_if for q in base.questions.values() if q.ask_if is not None]))
    if not named:
        return
    title = "Findings that decide whether a question is asked"
    yield from ("", title, "=" * len(title), "")
    for finding in named:
        yield finding
        yield from _indented("", base.findings[finding].label, 2)
        for rule in base.finding_rules[finding]:
            seen = ", ".join(_subjects(rule.condition))
            yield from _indented("- holds with ", f"{condition_in_words(base, rule.condition)} (see {seen}).", 4)
        yield ""


def _findings_in(base: Base, conditions: Iterable[Condition]) -> Iterator[str]:
    waiting = [subject for condition in conditions for subject in _subjects(condition)]
    seen: set[str] = set()
    while waiting:
        subject = waiting.pop(0)
        if subject in base.findings and subject not in seen:
            seen.add(subject)
            yield subject
            waiting += [name for rule in base.finding_rules[subject] for name in _subjects(rule.condition)]


def as_json(base: Base) -> str:
    """Return the questionnaire for programs."""
    checklist_of = {item: checklist.id for checklist in base.checklists.values() for item in checklist.items}
    whole = {
        "format": "legwise-questions",
        "version": 1,
        "base": {"name": base.name, "version": base.version, "digest": base.digest, "title": base.title},
        "topics": [{"id": topic.id, "title": topic.title} for topic in base.topics.values()],
        "checklists": [
            {"id": checklist.id, "topic": checklist.topic, "ask": checklist.ask, "items": list(checklist.items)}
            for checklist in base.checklists.values()
        ],
        "questions": [_as_data(base, question, checklist_of.get(question.id)) for question in base.questions.values()],
    }
    return json.dumps(whole, indent=2, ensure_ascii=False) + "\n"


def _as_data(base: Base, question: Question, checklist: str | None) -> dict[str, Any]:
    allowed = {"yes": "Yes", "no": "No"} if question.type == "yes_no" else {}
    allowed |= {option.id: option.text for option in question.options.values()}
    return {
        "id": question.id,
        "topic": question.topic,
        "checklist": checklist,
        "kind": question.kind,
        "type": question.type,
        "ask": question.ask,
        "item": question.item,
        "gist": question.gist,
        "help": question.help,
        "asked_if": None if question.ask_if is None else condition_in_words(base, question.ask_if),
        "asked_if_depends_on": [] if question.ask_if is None else _subjects(question.ask_if),
        "options": [{"id": id_, "text": text} for id_, text in allowed.items()],
        "not_sure": True,
        "unit": question.unit,
        "min": question.min,
        "max": question.max,
    }
