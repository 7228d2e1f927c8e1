"""Answers in a file: read with all faults at once, checked one by one, and written so that they read back the same.

```yaml
base: stiff_legs            # may be left out
answers:
  chest_pain: no
  cramp_timing: [night, not_sure]
  height_cm: 170
  age: null                 # not answered
```
"""

from __future__ import annotations

import textwrap
from collections.abc import Collection, Iterator
from pathlib import Path

from msgspec.structs import replace

from expert.faults import Fault, Faults, FaultsError, listing, quoted, suggestion
from expert.files import read_regular, reason
from expert.language import MAX_NUMBER
from expert.model import NONE_OF_THESE, NOT_SURE, Answers, Base, Question, Reply
from expert.written import reply_as_written
from expert.yaml_reader import Mapping, Node, Scalar, describe, parse, plain_data

_KEYS = ("base", "answers", "assume")
#: The convention of `assumed_replies`.
PUBLISHED_ACCOUNT = "published account"


class AnswersError(FaultsError):
    """Every fault of a file of answers."""


class ReplyError(ValueError):
    """A reply that is not allowed; the message says what was found and what is allowed."""


# --- one reply --------------------------------------------------------------------------------------------------------


def check_reply(base: Base, question: str, value: object) -> Reply:
    """Return a reply in its one canonical form.

    A choice of many becomes a tuple in the order of the options, `not_sure` last; a whole number an int; and, since
    programs say so, `True` and `False` become `yes` and `no` where the question is yes_no.

    Raises: ReplyError: there is no such question, or it does not allow the reply.
    """
    asked = base.questions.get(question)
    if asked is None:
        near = suggestion(Faults().nearest(question, base.questions))
        raise ReplyError(f"unknown question {quoted(question)}.{near}")
    match asked.type:
        case "yes_no":
            word = {True: "yes", False: "no"}[value] if isinstance(value, bool) else value
            return _choose(word, ("yes", "no", NOT_SURE))
        case "one":
            return _choose(value, (*asked.options, NOT_SURE))
        case "many":
            return _choose_many(value, (*asked.options, NOT_SURE))
        case "number":
            return value if value == NOT_SURE and isinstance(value, str) else _check_number(asked, value)


def _choose(value: object, allowed: tuple[str, ...]) -> str:
    if isinstance(value, str) and value in allowed:
        return value
    near = Faults().nearest(value, allowed) if isinstance(value, str) else None
    raise ReplyError(f"found {_shown(value)}; {listing(allowed, len(allowed))}.{suggestion(near)}")


def _choose_many(value: object, allowed: tuple[str, ...]) -> tuple[str, ...]:
    chosen = value if isinstance(value, list | tuple) else [value]
    if not chosen:
        raise ReplyError("found an empty list; say 'none' for none of these, or leave the question unanswered (null).")
    if isinstance(value, str) and len(several := [word.strip() for word in value.split(",")]) > 1:
        raise ReplyError(f"found {_shown(value)}; several replies are written as a list: [{', '.join(several)}].")
    words = {_choose(word, allowed) for word in chosen}
    if NONE_OF_THESE in words and words - {NONE_OF_THESE, NOT_SURE}:
        others = [word for word in allowed if word in words and word != NONE_OF_THESE]
        raise ReplyError(f"found 'none' beside {', '.join(map(quoted, others))}; 'none' stands alone.")
    return tuple(option for option in allowed if option in words)


def _check_number(question: Question, value: object) -> int | float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ReplyError(f"found {_shown(value)}; {_range(question)} is needed, or {NOT_SURE}.")
    low = -MAX_NUMBER if question.min is None else question.min
    high = MAX_NUMBER if question.max is None else question.max
    if not low <= value <= high:  # also where it is not a number (nan)
        raise ReplyError(f"found {_shown(value)}; {_range(question)} is needed, or {NOT_SURE}.")
    return int(value) if value == int(value) else value


def _range(question: Question) -> str:
    unit = f" ({question.unit})" if question.unit else ""
    low, high = question.min, question.max
    if low is not None and high is not None:
        return f"a number from {low:g} to {high:g}{unit}"
    if low is not None or high is not None:
        return f"a number of at least {low:g}{unit}" if low is not None else f"a number of at most {high:g}{unit}"
    return f"a number{unit}"


def _shown(value: object) -> str:
    match value:
        case str():
            return quoted(value)
        case bool():
            return str(value).lower()
        case int() | float():
            return str(value) if abs(value) <= MAX_NUMBER or value != value else "a number far too large"  # noqa: PLR0124 - nan
        case None:
            return "nothing"
        case list() | tuple():
            return "a list"
    return "a mapping" if isinstance(value, dict) else f"a {type(value).__name__}"


# --- a file of replies ------------------------------------------------------------------------------------------------


def read_answers(base: Base, source: Path | str) -> dict[str, Reply]:
    """Return the replies in a file (a Path) or a text (a str), YAML or JSON, in their order; null is left out.

    Raises: AnswersError: all that is wrong with them.
    """
    name = source.name if isinstance(source, Path) else "answers"
    try:
        content = read_regular(source) if isinstance(source, Path) else source.encode("utf-8", "surrogatepass")
        document = parse(content, name)
    except OSError as error:
        raise AnswersError([Fault(name, 0, "", f"cannot be read: {reason(error)}.")]) from None
    except FaultsError as error:
        raise AnswersError(error.faults) from None
    faults = Faults()
    faults.add(*document.faults)
    replies = dict(_replies(base, document.root, name, faults))
    if faults.count:
        raise AnswersError(faults.sorted())
    return replies


def _replies(base: Base, root: object, file: str, faults: Faults) -> Iterator[tuple[str, Reply]]:
    if not isinstance(root, Mapping) or "answers" not in root.items:
        faults.add(Fault(file, 1, "", "has no `answers:`; below it stand question ids with their replies."))
        return
    is_case = "expected" in root.items  # a case can be run like any answers; its other keys are read by `expert.cases`
    for key in root.items:
        if key not in _KEYS and not is_case:
            near = suggestion(faults.nearest(key, _KEYS))
            faults.add(Fault(file, root.lines[key], "", f"unknown key {quoted(key)}; {listing(_KEYS)}.{near}"))
    named = root.items.get("base")
    if named is not None and not (isinstance(named, Scalar) and named.text == base.name):
        message = f"found {describe(named)}; these answers are being read for the base '{base.name}'."
        faults.add(Fault(file, root.lines["base"], "base", message))
    replies = read_replies(base, root.items["answers"], file, "answers", faults)
    yield from {**assumed_replies(base, root, file, faults), **replies}.items()


def assumed_replies(base: Base, root: Mapping, file: str, faults: Faults) -> dict[str, Reply]:
    """Return what the key `assume` of a file says to answer where the file itself does not; nothing without that key.

    `published account` is the convention for accounts by others: a symptom or safety item would have been told, so it
    is *no* or *none of these*; a risk, habit, medicine, past illness, or choice of one among several is *not sure*.
    """
    assume = root.items.get("assume")
    if assume is None:
        return {}
    if not isinstance(assume, Scalar) or assume.text != PUBLISHED_ACCOUNT:
        message = f"found {describe(assume)}; {quoted(PUBLISHED_ACCOUNT)} is needed, or no `assume`."
        faults.add(Fault(file, root.lines["assume"], "assume", message))
        return {}
    assumed: dict[str, Reply] = {}
    for question in base.questions.values():
        if question.type == "many":
            assumed[question.id] = (NONE_OF_THESE,) if question.kind == "symptom" else (NOT_SURE,)
        else:
            is_item = question.type == "yes_no" and question.kind in ("symptom", "safety")
            assumed[question.id] = "no" if is_item else NOT_SURE
    return assumed


def read_replies(base: Base, node: Node, file: str, path: str, faults: Faults) -> dict[str, Reply]:
    """Return the valid replies in a mapping of questions to replies, in their order; the rest is noted in `faults`."""
    replies: dict[str, Reply] = {}
    if isinstance(node, Mapping):
        for question, reply in node.items.items():
            place = Fault(file, node.lines[question], f"{path}, {question}", "")
            replies.update(_reply(base, question, plain_data(reply), place, faults))
    elif not (isinstance(node, Scalar) and node.value is None):
        message = f"found {describe(node)}; a mapping (question: reply) is needed."
        faults.add(Fault(file, node.line, path, message))
    return replies


def _reply(base: Base, question: str, value: object, place: Fault, faults: Faults) -> Iterator[tuple[str, Reply]]:
    if value is None and question in base.questions:
        return
    try:
        yield question, check_reply(base, question, value)
    except ReplyError as error:
        faults.add(replace(place, message=str(error)))


# --- writing ----------------------------------------------------------------------------------------------------------


def write_answers(base: Base, answers: Answers) -> str:
    """Return answers as YAML that `read_answers` reads back, in their order."""
    lines = [f"base: {base.name}", "answers:" if answers else "answers: {}"]
    lines += [f"  {question}: {reply_as_written(reply)}" for question, reply in answers.items()]
    return "\n".join(lines) + "\n"


def blank_answers(base: Base) -> str:
    """Return a file of answers to be filled in: every question with what it asks and allows, and no reply."""
    title = base.title if base.title.endswith((".", "!", "?")) else f"{base.title}."
    lines = [f"# {line}" for line in _wrapped(f"{title} Fill in what you know; null means not answered.")]
    lines += [f"base: {base.name}", "answers:"]
    for topic in base.topics.values():
        lines += ["", *(f"  # --- {line}" for line in _wrapped(topic.title))]
        for question in base.questions.values():
            if question.topic == topic.id:
                lines += ["", *(f"  # {line}" for line in _about(question)), f"  {question.id}: null"]
    return "\n".join(lines) + "\n"


def _about(question: Question) -> Iterator[str]:
    yield from _wrapped(question.ask)
    match question.type:
        case "yes_no":
            yield f"yes, no or {NOT_SURE}"
        case "number":
            yield f"{_range(question)}, or {NOT_SURE}"
        case "one":
            yield f"one of these, or {NOT_SURE}:"
        case "many":
            yield f"a list of these, such as [{', '.join(_example(question.options))}], also with {NOT_SURE}:"
    for option in question.options.values():
        first, *more = _wrapped(f"{option.id}: {option.text}")
        yield f"  {first}"
        yield from (f"    {line}" for line in more)


def _example(options: Collection[str]) -> list[str]:
    return [option for option in options if option != NONE_OF_THESE][:2]


def _wrapped(text: str) -> list[str]:
    return textwrap.wrap(text, 100, break_long_words=False, break_on_hyphens=False)
