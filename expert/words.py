"""Questions, replies, conditions, bands and tiers in plain words, for every screen that speaks of them.

All functions return harmless text on one line (see `expert.harmless`). `clinical=True` takes the words for doctors
where the rule base has them.
"""

from __future__ import annotations

from collections.abc import Iterable

from expert.harmless import harmless
from expert.model import (
    NONE_OF_THESE,
    NOT_SURE,
    All,
    Any,
    Band,
    Base,
    Condition,
    Count,
    Is,
    Limit,
    Not,
    Question,
    Reply,
    Urgency,
)

BAND_WORDS: dict[Band, str] = {
    "likely": "likely",
    "possible": "possible",
    "less_likely": "less likely",
    "none": "no sign of it",
}
URGENCY_WORDS: dict[Urgency, str] = {
    "emergency": "Emergency",
    "same-day": "Same day",
    "soon": "Soon",
    "routine": "Routine",
}
#: Strengths are data of the base; these are the usual ones. Others are shown by their name.
STRENGTH_WORDS = {"hallmark": "telling", "strong": "strong", "moderate": "fair", "weak": "weak"}

_NOT_SURE_WORDS = "not sure"
#: An option said only in full, such as "None of these: I eat a mixed diet", has its own words in the base.
_NONE_WORDS = "None of these"


def urgency_in_words(urgency: Urgency) -> str:
    """Return a tier in words, such as "Same day"."""
    return URGENCY_WORDS[urgency]


def band_in_words(band: Band) -> str:
    """Return a band in words, such as "less likely"."""
    return BAND_WORDS[band]


def urgency_so_far(urgency: Urgency, *, complete: bool) -> str:
    """Return a tier in words; of an unfinished consultation, only what can be said already."""
    if complete or urgency == "emergency":
        return urgency_in_words(urgency)
    return "Cannot be said yet" if urgency == "routine" else f"At least {urgency_in_words(urgency).lower()}"


def question_in_words(base: Base, question: str, *, clinical: bool = False) -> str:
    """Return the short name of a question: its line in a checklist, else the sentence that asks it."""
    asked = base.questions[question]
    if clinical and asked.clinical:
        return harmless(asked.clinical)
    return harmless(asked.item) if asked.item else asking_sentence(harmless(asked.ask))


def asking_sentence(ask: str) -> str:
    """Return the sentence that asks: "What do you eat?" of "Food matters. What do you eat? Choose all that fit."."""
    end = ask.rfind("?") + 1
    if not end:
        return ask
    head = ask[:end]
    start = max(head.rfind(mark, 0, end - 1) for mark in (". ", "! ", "? "))
    return head[start + 2 :] if start >= 0 else head


def reply_in_words(base: Base, question: str, reply: Reply, clinical: bool = False) -> str:
    """Return a reply alone, such as "yes", "Both feet; Both hands; not sure about the rest" or "12 units"."""
    asked = base.questions[question]
    if isinstance(reply, tuple):
        chosen = [option for option in reply if option != NOT_SURE]
        if NOT_SURE not in reply:
            return options_in_words(asked, chosen, clinical=clinical)
        # "None of these" beside "not sure" takes the none back.
        chosen = [option for option in chosen if option != NONE_OF_THESE]
        if not chosen:
            return _NOT_SURE_WORDS
        rest = " / not sure about the rest" if clinical else "; not sure about the rest"
        return options_in_words(asked, chosen, clinical=clinical) + rest
    if isinstance(reply, str):
        return options_in_words(asked, (reply,), clinical=clinical)
    return number_in_words(reply) + (f" {harmless(asked.unit)}" if asked.unit else "")


def options_in_words(question: Question, options: Iterable[str], *, clinical: bool = False) -> str:
    """Return the texts of options, `yes`, `no` and `not_sure` in words, joined by semicolons (clinical: slashes)."""
    return (" / " if clinical else "; ").join(
        _option_in_words(question, option, clinical=clinical) for option in options
    )


def _option_in_words(question: Question, option: str, *, clinical: bool) -> str:
    if option == NOT_SURE:
        return _NOT_SURE_WORDS
    known = question.options.get(option)
    if known is None:
        return _NONE_WORDS if option == NONE_OF_THESE else harmless(option)
    return harmless(known.clinical if clinical and known.clinical else known.text)


def answer_in_words(base: Base, question: str, reply: Reply, *, clinical: bool = False) -> str:
    """Return a question with its reply, such as "A fit (seizure): no" or "How old are you? 40 to 49"."""
    return _beside(
        question_in_words(base, question, clinical=clinical), reply_in_words(base, question, reply, clinical=clinical)
    )


def _beside(question: str, reply: str) -> str:
    return f"{question} {reply[:1].upper()}{reply[1:]}" if question.endswith("?") else f"{question}: {reply}"


def strength_in_words(strength: str, role: str | None = None) -> str:
    """Return what a piece of evidence counts for, such as "strong sign", or "weak point" when it has no role."""
    return f"{STRENGTH_WORDS.get(strength, harmless(strength))} {role or 'point'}"


def limit_in_words(limit: Limit) -> str:
    """Return a range in words, such as "5 or more" or "more than 3, at most 7"."""
    if limit.low is not None and limit.low == limit.high:
        return f"exactly {number_in_words(limit.low)}"
    parts = []
    if limit.low is not None:
        low = number_in_words(limit.low)
        parts.append(f"more than {low}" if limit.low_open else f"{low} or more")
    if limit.high is not None:
        high = number_in_words(limit.high)
        parts.append(f"less than {high}" if limit.high_open else f"at most {high}")
    return ", ".join(parts)


def number_in_words(number: float) -> str:
    """Return a number without a needless decimal point."""
    return str(int(number)) if float(number).is_integer() else repr(float(number))


def condition_in_words(base: Base, condition: Condition) -> str:
    """Return a condition as what a person would have to answer.

    For example: yes to "A fit (seizure)" and ("Vegan" or "Vegetarian" to "How do you eat?" or low B12 established).
    """
    return _in_words(base, condition, outer=True)


def _in_words(base: Base, condition: Condition, *, outer: bool) -> str:
    match condition:
        case All(of):
            return _joined(base, of, " and ", outer=outer)
        case Any(of):
            return _joined(base, of, " or ", outer=outer)
        case Not(of):
            return f"not {_in_words(base, of, outer=False)}"
        case Count(count, of):
            listed = "; ".join(_in_words(base, part, outer=False) for part in of)
            return f"at least {count} of these: {listed}" if outer else f"(at least {count} of these: {listed})"
        case Limit():
            return _limit_leaf(base, condition)
        case Is():
            return _is_leaf(base, condition)


def _joined(base: Base, parts: tuple[Condition, ...], word: str, *, outer: bool) -> str:
    if len(parts) == 1:
        return _in_words(base, parts[0], outer=outer)
    words = word.join(_in_words(base, part, outer=False) for part in parts)
    return words if outer else f"({words})"


def _limit_leaf(base: Base, limit: Limit) -> str:
    if limit.subject in base.scores:
        return f"{harmless(base.scores[limit.subject].label)}: {limit_in_words(limit)}"
    unit = base.questions[limit.subject].unit
    words = limit_in_words(limit) + (f" {harmless(unit)}" if unit else "")
    return f'{words} to "{question_in_words(base, limit.subject)}"'


def _is_leaf(base: Base, leaf: Is) -> str:
    if leaf.subject in base.findings:
        label = harmless(base.findings[leaf.subject].label)
        return f'the finding "{label}"' if leaf.values == ("yes",) else f'no finding "{label}"'
    question = base.questions[leaf.subject]
    if question.type == "yes_no":
        replies = " or ".join(leaf.values)
    else:
        replies = " or ".join(f'"{_option_in_words(question, value, clinical=False)}"' for value in leaf.values)
    return f'{replies} to "{question_in_words(base, leaf.subject)}"'
