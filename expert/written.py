"""Conditions, conclusions and replies on one line as they are written in the files of a rule base, for messages."""

from __future__ import annotations

from collections.abc import Iterable

from expert.model import (
    Advise,
    All,
    Answers,
    Any,
    Conclusion,
    Condition,
    Count,
    Establish,
    Evidence,
    Is,
    Limit,
    Not,
    Raise,
    Reply,
)
from expert.words import number_in_words


def condition_as_written(condition: Condition) -> str:
    """Return a condition as YAML that the loader reads back as the same: `{diet: [meat, milk], tired: yes}`."""
    return f"{{{_inside(condition)}}}"


def _inside(condition: Condition) -> str:
    match condition:
        case Is(subject, values):
            return f"{subject}: {_values(values)}"
        case Limit():
            return f"{condition.subject}: {{{', '.join(_ends(condition))}}}"
        case All(of):
            return _all(of)
        case Any(of):
            return f"any: {_list(of)}"
        case Not(of):
            return f"not: {condition_as_written(of)}"
        case Count(count, of):
            return f"at_least: {{count: {count}, of: {_list(of)}}}"


def _all(of: tuple[Condition, ...]) -> str:
    """Write parts side by side where their keys differ, else as a list."""
    keys = [condition_key(part) for part in of]
    if len(set(keys)) == len(keys) > 1 and "all" not in keys:
        return ", ".join(map(_inside, of))
    return f"all: {_list(of)}"


def condition_key(condition: Condition) -> str:
    """Return the key under which a condition is written: what it asks about, or how it joins its parts."""
    match condition:
        case Is(subject=subject) | Limit(subject=subject):
            return subject
        case All():
            return "all"
        case Any():
            return "any"
        case Not():
            return "not"
        case Count():
            return "at_least"


def _list(of: Iterable[Condition]) -> str:
    return f"[{', '.join(map(condition_as_written, of))}]"


def _values(values: tuple[str, ...]) -> str:
    return values[0] if len(values) == 1 else f"[{', '.join(values)}]"


def _ends(limit: Limit) -> Iterable[str]:
    if limit.low is not None:
        yield f"{'more_than' if limit.low_open else 'at_least'}: {number_in_words(limit.low)}"
    if limit.high is not None:
        yield f"{'less_than' if limit.high_open else 'at_most'}: {number_in_words(limit.high)}"


def conclusion_as_written(conclusion: Conclusion) -> str:
    """Return a conclusion as YAML that the loader reads back as the same: `{for: iron, strength: weak, as: risk}`."""
    match conclusion:
        case Establish(finding):
            return f"{{finding: {finding}}}"
        case Raise(flag):
            return f"{{red_flag: {flag}}}"
        case Advise(advice):
            return f"{{advice: {advice}}}"
        case Evidence(hypothesis, direction, strength, role, group):
            said = {direction: hypothesis, "strength": strength, "as": role, "group": group}
            return f"{{{', '.join(f'{key}: {value}' for key, value in said.items() if value is not None)}}}"


def reply_as_written(reply: Reply) -> str:
    """Return a reply as in a file of answers: `yes`, `[meat, not_sure]` or `12`."""
    # Ids need no quotes: the loader lets none through that YAML 1.2 would not read as a word.
    return f"[{', '.join(reply)}]" if isinstance(reply, tuple) else str(reply)


def answers_as_written(answers: Answers) -> str:
    """Return answers as in an example, in braces."""
    return f"{{{', '.join(f'{question}: {reply_as_written(reply)}' for question, reply in answers.items())}}}"
