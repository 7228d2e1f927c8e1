"""What was asked to be explained, found, and told: for `legwise explain` and for the menu after the result."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from typing import Any, Literal

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from expert.answers import ReplyError, check_reply
from expert.consultation import Consultation
from expert.explain import (
    Subject,
    UnknownNameError,
    find_subject,
    find_unreached,
    how,
    one_answer_away,
    open_flags,
    what_if,
    why_not,
)
from expert.faults import Faults, quoted, suggestion
from expert.model import Band, Base, Question, Reply, Urgency
from expert.telling import (
    Item,
    Telling,
    tell_nearby,
    tell_open_flags,
    tell_proof,
    tell_what_if,
    tell_why_not,
)
from expert.words import condition_in_words
from interview.asking import Words, read_number
from interview.why import Reasons, more_rules, reasons_for, without_rules

FORMAT = "legwise-explanation"
FORMAT_VERSION = 1


class RequestError(ValueError):
    """Everything that is wrong with what was asked for, a line each."""


class Wanted(Struct, frozen=True):
    """What is to be explained, by the names that a person gave; nothing at all means the result as it is shown."""

    why: tuple[str, ...] = ()
    how: tuple[str, ...] = ()
    why_not: tuple[str, ...] = ()
    band: Band = "likely"
    what_if: tuple[str, ...] = ()
    not_ruled_out: bool = False
    near: bool = False
    arithmetic: bool = False


class Explained(Struct, frozen=True):
    """One explanation: what kind it is, of what, as data and in words."""

    kind: Literal["why", "how", "why_not", "what_if", "not_ruled_out", "near"]
    of: Any
    data: Any
    telling: Telling


def explained(consultation: Consultation, wanted: Wanted, words: Words) -> tuple[Explained, ...]:
    """Return every explanation that is wanted, in a fixed order.

    Raises: RequestError: with every name or reply that is unknown.
    """
    base, faults = consultation.base, Faults()
    problems: list[str] = []

    def found(option: str, name: str, find: Callable[[Base, str, Faults], Any]) -> Any:
        try:
            return find(base, name, faults)
        except RequestError as error:
            problems.append(f"{option}: {error}")
            return None

    questions = [found("--why", name, _find_question) for name in wanted.why]
    subjects = [found("--how", name, _find_subject) for name in wanted.how]
    missing = [found("--why-not", name, _find_unreached) for name in wanted.why_not]
    changes = [found("--what-if", part, _find_change) for text in wanted.what_if for part in text.split() or [text]]
    if problems:
        raise RequestError("\n".join(problems))
    if not (questions or subjects or missing or changes or wanted.not_ruled_out or wanted.near):
        subjects = list(shown_subjects(consultation))
    return tuple(
        replace(each, telling=filled(each.telling, words))
        for each in (
            *(explain_why(consultation, question, words) for question in questions),
            *(explain_how(consultation, subject, arithmetic=wanted.arithmetic) for subject in subjects),
            *(explain_why_not(consultation, subject, wanted.band, tier) for subject, tier in missing),
            *([explain_what_if(consultation, dict(changes))] if changes else []),
            *([explain_open_flags(consultation)] if wanted.not_ruled_out else []),
            *([explain_nearby(consultation)] if wanted.near else []),
        )
    )


def shown_subjects(consultation: Consultation) -> Iterator[Subject]:
    """Yield what a result shows: the urgency, and, unless an emergency stands alone, what is likely or possible."""
    yield Subject("urgency")
    if not consultation.emergencies:
        for weight in consultation.verdict.hypotheses:
            if weight.band in ("likely", "possible"):
                yield Subject("hypothesis", weight.hypothesis)


def tellings_of(consultation: Consultation, explanations: Iterable[Explained]) -> list[Telling]:
    """Return explanations in words, after a warning where not everything was answered."""
    incomplete = Telling(
        "INCOMPLETE",
        (),
        "Not all questions were answered: how soon is only the least it can be, and what was not asked is open.",
    )
    return [*([] if consultation.complete else [incomplete]), *(each.telling for each in explanations)]


# --- one of each kind -------------------------------------------------------------------------------------------------


def explain_why(consultation: Consultation, question: str, words: Words) -> Explained:
    """Explain why a question is asked."""
    reasons = reasons_for(consultation, question, words)
    return Explained("why", question, reasons, _tell_reasons(consultation, reasons))


def _tell_reasons(consultation: Consultation, reasons: Reasons) -> Telling:
    title = f"Why ask: {reasons.asks}"
    asked = consultation.base.questions[reasons.question]
    if asked.ask_if is not None and consultation.outlook.applies(asked.id) is False:
        only = f"It is asked only of those who answer {condition_in_words(consultation.base, asked.ask_if)}."
        return Telling(title, (Item(only, "It does not apply to these answers."),))
    rules = [Item(told.because, f"{told.concludes}.") for told in reasons.told]
    if len(reasons.rules) > len(rules):
        rules.append(Item(more_rules(len(reasons.rules) - len(rules))))
    effects = tuple(Item(effect.does, f"{effect.words}:") for effect in reasons.effects)
    helps = Item("", "The answer helps to decide:", items=tuple(rules)) if rules else Item(without_rules(asked))
    return Telling(title, (helps, Item("", "What each answer would do:", items=effects)))


def explain_how(
    consultation: Consultation, subject: Subject, *, arithmetic: bool = False, rule_ids: bool = True
) -> Explained:
    """Explain how something was concluded."""
    proof = how(consultation, subject)
    telling = tell_proof(proof, arithmetic=arithmetic, rule_ids=rule_ids)
    return Explained("how", _named(subject), proof, telling)


def explain_why_not(
    consultation: Consultation,
    subject: Subject,
    band: Band = "likely",
    tier: Urgency | None = None,
    *,
    rule_ids: bool = True,
) -> Explained:
    """Explain why something was not concluded."""
    found = why_not(consultation, subject, band=band, tier=tier)
    of = _named(subject) | ({"tier": tier} if tier else {"band": band} if subject.kind == "hypothesis" else {})
    return Explained(
        "why_not", of, found, tell_why_not(found, consultation.base, consultation.answers, rule_ids=rule_ids)
    )


def explain_what_if(consultation: Consultation, replies: dict[str, Reply], *, rule_ids: bool = True) -> Explained:
    """Explain what other replies would change."""
    found = what_if(consultation, replies)
    telling = tell_what_if(found, consultation.base, consultation.answers, rule_ids=rule_ids)
    return Explained("what_if", replies, found, telling)


def explain_open_flags(consultation: Consultation) -> Explained:
    """Explain what could not be ruled out."""
    flags = open_flags(consultation)
    return Explained("not_ruled_out", None, flags, tell_open_flags(flags, consultation.base))


def explain_nearby(consultation: Consultation) -> Explained:
    """Explain which single answers would make it more urgent."""
    nearby = one_answer_away(consultation)
    urgency = consultation.verdict.urgency
    return Explained(
        "near",
        urgency,
        nearby,
        tell_nearby(urgency, nearby, consultation.base, consultation.answers, ids=True, complete=consultation.complete),
    )


def _named(subject: Subject) -> dict[str, str]:
    return {"kind": subject.kind, "id": subject.id} if subject.id else {"kind": subject.kind}


def filled(telling: Telling, words: Words) -> Telling:
    """Fill in the emergency number wherever a base names it."""

    def item(told: Item) -> Item:
        return replace(told, lead=words(told.lead), text=words(told.text), items=tuple(map(item, told.items)))

    return Telling(words(telling.title), tuple(map(item, telling.items)), words(telling.note))


# --- names ------------------------------------------------------------------------------------------------------------


def _find_question(base: Base, name: str, faults: Faults) -> str:
    if name not in base.questions:
        raise RequestError(f"unknown question {quoted(name)}.{suggestion(faults.nearest(name, base.questions))}")
    return name


def _find_subject(base: Base, name: str, faults: Faults) -> Subject:
    try:
        return find_subject(base, name, faults)
    except UnknownNameError as error:
        if name in base.questions:
            raise RequestError(f"{quoted(name)} is a question; --why says why it is asked.") from None
        raise RequestError(str(error)) from None


def _find_unreached(base: Base, name: str, faults: Faults) -> tuple[Subject, Urgency | None]:
    try:
        return find_unreached(base, name, faults)
    except UnknownNameError as error:
        if name in base.questions:
            raise RequestError(f"{quoted(name)} is a question; --why says why it is asked.") from None
        raise RequestError(str(error)) from None


def changes_in(base: Base, text: str) -> dict[str, Reply]:
    """Return the replies that a line names, as in "diet=vegan,no_dairy tired=yes".

    Raises: RequestError: with all that is wrong with them.
    """
    faults = Faults()
    changes: dict[str, Reply] = {}
    problems: list[str] = []
    for part in text.split():
        try:
            question, reply = _find_change(base, part, faults)
            changes[question] = reply
        except RequestError as error:
            problems.append(str(error))
    if problems:
        raise RequestError("\n".join(problems))
    return changes


def _find_change(base: Base, text: str, faults: Faults) -> tuple[str, Reply]:
    name, equals, value = text.partition("=")
    if not equals:
        raise RequestError(f"found {quoted(text)}; a question and its reply are needed, as in 'diet=vegan'.")
    question = base.questions[_find_question(base, name.strip(), faults)]
    try:
        return question.id, check_reply(base, question.id, _reply_in(question, value.strip()))
    except ReplyError as error:
        raise RequestError(f"{question.id}: {error}") from None


def _reply_in(question: Question, text: str) -> object:
    if question.type == "many":
        return [word.strip() for word in text.split(",")]
    number = read_number(text) if question.type == "number" else None
    return text if number is None else number


# --- JSON -------------------------------------------------------------------------------------------------------------


def to_json(consultation: Consultation, explanations: Iterable[Explained]) -> str:
    """Return explanations as one JSON object, in ASCII, ending in a newline; `docs/reference` has its keys."""
    base, all_ = consultation.base, tuple(explanations)
    shown = [{"kind": each.kind, "of": each.of, "explanation": msgspec.to_builtins(each.data)} for each in all_]
    cited = frozenset(_cited_in(shown))
    whole = {
        "format": FORMAT,
        "format_version": FORMAT_VERSION,
        "base": {"name": base.name, "version": base.version, "digest": base.digest},
        "complete": consultation.complete,
        "urgency": consultation.verdict.urgency,
        "explanations": shown,
        "sources": {source: _source(base, source) for source in base.sources if source in cited},
    }
    return json.dumps(whole, indent=2, ensure_ascii=True, allow_nan=False) + "\n"


def _cited_in(data: object) -> Iterator[str]:
    if isinstance(data, list | tuple):
        for item in data:
            yield from _cited_in(item)
    elif isinstance(data, dict):
        for key, value in data.items():
            yield from value if key == "sources" else _cited_in(value)


def _source(base: Base, source: str) -> dict[str, Any]:
    known = base.sources[source]
    return {
        "title": known.title,
        "publisher": known.publisher,
        "year": known.year,
        "url": known.url,
        "seen": known.seen,
    }
