"""What is put before a person and what comes back, without a terminal.

A `Prompter` shows an `Ask` and returns `Chosen` or `Pressed`. The rich terminal and the line mode are two prompters;
all that decides what a reply means is here, so that they cannot differ in it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from enum import Enum
from typing import Literal, Protocol

from msgspec import Struct

from expert.consultation import Consultation
from expert.inquiry import Screen
from expert.model import NONE_OF_THESE, NOT_SURE, Question, Reply

#: "None of these" of a checklist; no question has such an id.
NONE_TICKED = "(none)"
#: Ends a value that says "not sure" of one line; no id holds it.
_UNSURE = "?"
#: Between a question and its reply where several questions are asked at once; no id holds it.
_REPLY = ":"
#: Longest number that is read; more digits are a cat on the keyboard.
_MAX_DIGITS = 12


class Key(Enum):
    """What can be pressed at every question beside an answer."""

    BACK = "b"
    WHY = "w"
    HELP = "h"
    NOT_SURE = "n"
    REVIEW = "r"
    STOP = "q"
    KEYS = "?"


#: The word that each key stands for; in line mode it can be typed in full.
KEY_WORDS: dict[Key, str] = {
    Key.BACK: "back",
    Key.WHY: "why",
    Key.HELP: "help",
    Key.NOT_SURE: "not sure",
    Key.REVIEW: "review",
    Key.STOP: "stop",
    Key.KEYS: "keys",
}
KEY_MEANINGS: dict[Key, str] = {
    Key.BACK: "go back to the question before",
    Key.WHY: "why this is asked, and what each answer would do",
    Key.HELP: "what the question means, and how to answer it",
    Key.NOT_SURE: "I am not sure",
    Key.REVIEW: "see all my answers, and change any of them",
    Key.STOP: "stop",
    Key.KEYS: "this list",
}
QUESTION_KEYS = tuple(Key)
MENU_KEYS = (Key.BACK, Key.STOP, Key.KEYS)


class Choice(Struct, frozen=True):
    """One line that can be chosen. Choosing an `alone` one takes back the others, `not_sure` excepted.

    `heading` stands above it; `group` is the question it belongs to where several are asked at once; `can_be_unsure`
    is whether the person can say of this line alone that they are not sure.
    """

    value: str
    text: str
    alone: bool = False
    heading: str = ""
    group: str = ""
    can_be_unsure: bool = False


class Number(Struct, frozen=True):
    """The limits of a number that is asked for."""

    unit: str = ""
    low: float | None = None
    high: float | None = None


class Ask(Struct, frozen=True):
    """One thing put before a person: choose one, many, or one of `each` group; type a number; or go on (`pause`).

    `heading` is the topic and the progress; `earlier` the values of the reply given before, shown and kept by Enter;
    `echo` is whether what was chosen is said again afterwards (not in menus).
    """

    text: str
    kind: Literal["one", "many", "each", "number", "pause"]
    choices: tuple[Choice, ...] = ()
    number: Number = Number()
    heading: str = ""
    earlier: tuple[str, ...] = ()
    keys: tuple[Key, ...] = QUESTION_KEYS
    echo: bool = True

    @property
    def can_be_unsure(self) -> bool:
        """Whether *not sure* is a reply here."""
        return Key.NOT_SURE in self.keys

    @property
    def groups(self) -> tuple[str, ...]:
        """The groups of its choices, in order."""
        return tuple(dict.fromkeys(choice.group for choice in self.choices))

    def text_of(self, value: str) -> str:
        """Return the words for one value."""
        if value == NOT_SURE:
            return "Not sure"
        if is_unsure(value):
            return f"Not sure: {self.text_of(sure(value))}"
        unit = f" {self.number.unit}" if self.number.unit else ""
        return next((choice.text for choice in self.choices if choice.value == value), value + unit)

    def texts_of(self, values: Iterable[str]) -> str:
        """Return the words for a reply on one line."""
        return "; ".join(self.text_of(value) for value in values)


def unsure(value: str) -> str:
    """Return the value that says of one line that the person is not sure of it."""
    return value + _UNSURE


def is_unsure(value: str) -> bool:
    """Tell whether a value says so."""
    return value.endswith(_UNSURE)


def sure(value: str) -> str:
    """Return the line of which it says so."""
    return value.removesuffix(_UNSURE)


def all_unsure(ask: Ask) -> tuple[str, ...]:
    """Return the values that say "not sure" of all that is asked."""
    if ask.kind != "each":
        return (NOT_SURE,)
    return tuple(f"{group}{_REPLY}{NOT_SURE}" for group in ask.groups)


class Chosen(Struct, frozen=True):
    """A valid reply: the values chosen, in the order of the choices, or one number as it was typed."""

    values: tuple[str, ...]


class Pressed(Struct, frozen=True):
    """A key instead of a reply; `ticked` is what was ticked by then, to be offered again."""

    key: Key
    ticked: tuple[str, ...] = ()


class Prompter(Protocol):
    """A way to ask. What waits for keys raises KeyboardInterrupt on Ctrl-C and EOFError at the end of the input."""

    def say(self, text: str, *, loud: bool = False) -> None:
        """Show some text: paragraphs and lines, wrapped to the width; `loud` for what must not be overlooked."""

    def ask(self, ask: Ask) -> Chosen | Pressed:
        """Put one thing before the person until there is a valid reply or a key of `ask.keys`."""

    def explain(self, text: str) -> None:
        """Show a text that is longer than the question it explains, and let it be read before the question is back."""

    def how(self, ask: Ask) -> str:
        """Return the one sentence that says how to answer."""


# --- replies ----------------------------------------------------------------------------------------------------------


def settle(ask: Ask, values: Sequence[str]) -> Chosen | str:
    """Return a reply, or the one sentence that says what is amiss."""
    if ask.kind == "pause":
        return Chosen(())
    if ask.kind == "number":
        return _settle_number(ask, values[0] if values else "")
    marks = [unsure(choice.value) for choice in ask.choices if choice.can_be_unsure]
    chosen = tuple(value for value in (*(choice.value for choice in ask.choices), *marks) if value in values)
    if not chosen:
        return _ask_to_choose(ask)
    if ask.kind == "each":
        return _settle_each(ask, chosen)
    if both := [value for value in chosen if unsure(value) in chosen]:
        return f'"{ask.text_of(both[0])}" cannot be both ticked and not sure.'
    alone = [choice.value for choice in ask.choices if choice.alone and choice.value in chosen]
    others = [value for value in chosen if value not in alone and value != NOT_SURE and not is_unsure(value)]
    if alone and others:
        return f'"{ask.text_of(alone[0])}" cannot go together with others. Choose it alone, or only the others.'
    if NOT_SURE in chosen:
        # "None of these, not sure" is not sure of any of them.
        chosen = tuple(value for value in chosen if value not in alone)
    return Chosen(chosen)


def _settle_each(ask: Ask, chosen: Sequence[str]) -> Chosen | str:
    for group in ask.groups:
        count = len([choice for choice in ask.choices if choice.group == group and choice.value in chosen])
        if count != 1:
            return f'Please choose one{" only" if count else ""} for "{_asked_in(ask, group)}"'
    return Chosen(tuple(chosen))


def _asked_in(ask: Ask, group: str) -> str:
    """Return the question of a group: the first one stands above all choices."""
    return next((choice.heading for choice in ask.choices if choice.group == group and choice.heading), ask.text)


def _ask_to_choose(ask: Ask) -> str:
    if ask.kind in ("one", "each"):
        return "Nothing is chosen yet."
    none = next((choice.text for choice in ask.choices if choice.alone), "")
    return f'Nothing is chosen yet. If none fits, choose "{none}".' if none else "Nothing is chosen yet."


def _settle_number(ask: Ask, typed: str) -> Chosen | str:
    if typed == NOT_SURE and ask.can_be_unsure:
        return Chosen((NOT_SURE,))
    if not typed:
        return "Nothing is typed yet."
    number = read_number(typed)
    limits = ask.number
    if number is None:
        return "Please type a number in digits, for example 12."
    if (limits.low is not None and number < limits.low) or (limits.high is not None and number > limits.high):
        return f"Please type a number {span(limits.low, limits.high)}."
    return Chosen((plain_number(number),))


def read_number(typed: str) -> int | float | None:
    """Return the number that was typed, with a point or a comma before the decimals; None when it is none."""
    text = typed.strip().replace(",", ".")
    whole, _, decimals = text.removeprefix("-").partition(".")
    digits = whole + decimals
    if not digits.isascii() or not digits.isdigit() or not whole or len(digits) > _MAX_DIGITS:
        return None
    number = float(text)
    return int(number) if number.is_integer() else number


def plain_number(number: float) -> str:
    """Return a number as people write it: `3`, not `3.0`."""
    return str(int(number)) if float(number).is_integer() else str(number)


def span(low: float | None, high: float | None) -> str:
    """Return limits in words."""
    if low is None:
        return "" if high is None else f"up to {plain_number(high)}"
    return f"of at least {plain_number(low)}" if high is None else f"from {plain_number(low)} to {plain_number(high)}"


def ticked_with(ask: Ask, ticked: Sequence[str], value: str) -> tuple[str, ...]:
    """Return the ticks after one more key on `value`: untick it, or tick it and untick what cannot go with it."""
    if value in ticked:
        return tuple(other for other in ticked if other != value)
    alone = {choice.value for choice in ask.choices if choice.alone}
    if ask.kind == "each":
        mine = next(choice.group for choice in ask.choices if choice.value == value)
        alone = {choice.value for choice in ask.choices if choice.group == mine}
        kept = set(ticked) - alone
    elif is_unsure(value):
        kept = set(ticked) - {sure(value)}
    else:
        kept = {mark for mark in ticked if is_unsure(mark)} if value in alone else set(ticked) - alone
        kept -= {unsure(value)}
    known = [known for choice in ask.choices for known in (choice.value, unsure(choice.value))]
    return tuple(one for one in known if one in {*kept, value})


# --- screens of a consultation ----------------------------------------------------------------------------------------

#: Makes a text of the base ready to be shown (harmless, with the emergency number filled in).
Words = Callable[[str], str]


def ask_screen(screen: Screen, drafts: Mapping[str, Reply], heading: str, words: Words) -> Ask:
    """Return what to put before the person for a screen; `drafts` are replies given before, by question id."""
    if screen.lists:
        return _ask_lists(screen, drafts, heading, words)
    if len(screen.questions) > 1:
        return _ask_each(screen, drafts, heading, words)
    question = screen.questions[0]
    return ask_question(question, drafts.get(question.id), heading, words)


def _ask_lists(screen: Screen, drafts: Mapping[str, Reply], heading: str, words: Words) -> Ask:
    first_of = {questions[0].id: words(checklist.ask) for checklist, questions in screen.groups[1:]}
    items = tuple(
        Choice(question.id, words(question.line), heading=first_of.get(question.id, ""), can_be_unsure=True)
        for question, *_ in screen.lines
    )
    return Ask(
        text=words(screen.lists[0].ask),
        kind="many",
        choices=(*items, Choice(NONE_TICKED, "None of these", alone=True), Choice(NOT_SURE, "Not sure")),
        heading=heading,
        earlier=_earlier_ticks(screen, drafts),
    )


def _earlier_ticks(screen: Screen, drafts: Mapping[str, Reply]) -> tuple[str, ...]:
    if not drafts:
        return ()
    ticks: list[str] = []
    is_open = False
    for line in screen.lines:
        replies = [drafts.get(question.id) for question in line]
        if all(reply in (NOT_SURE, (NOT_SURE,)) for reply in replies):
            ticks.append(unsure(line[0].id))
        elif replies == [None] and line[0].type == "yes_no":
            is_open = True
        elif replies != [question.reply_if_unticked for question in line]:
            ticks.append(line[0].id)
    # What was left open by "not sure" must not turn into "no" by a mere Enter.
    return (*ticks, NOT_SURE) if is_open else tuple(ticks or [NONE_TICKED])


def _ask_each(screen: Screen, drafts: Mapping[str, Reply], heading: str, words: Words) -> Ask:
    choices = []
    for place, question in enumerate(screen.questions):
        asked = ask_question(question, None, "", words)
        above = words(question.ask) if place else ""
        for choice in asked.choices:
            value = f"{question.id}{_REPLY}{choice.value}"
            choices.append(Choice(value, choice.text, heading=above, group=question.id))
            above = ""
    return Ask(
        text=words(screen.questions[0].ask),
        kind="each",
        choices=tuple(choices),
        heading=heading,
        earlier=tuple(f"{question}{_REPLY}{reply}" for question, reply in drafts.items()),
    )


def ask_question(question: Question, draft: Reply | None, heading: str, words: Words) -> Ask:
    """Return what to put before the person for one question."""
    kind: Literal["one", "many", "number"] = "one"
    choices: tuple[Choice, ...] = tuple(
        Choice(option.id, words(option.text), alone=question.type == "many" and option.id == NONE_OF_THESE)
        for option in question.options.values()
    )
    if question.type == "yes_no":
        choices = (Choice("yes", "Yes"), Choice("no", "No"))
    elif question.type == "many":
        kind = "many"
    elif question.type == "number":
        kind = "number"
    return Ask(
        text=words(question.ask),
        kind=kind,
        choices=() if kind == "number" else (*choices, Choice(NOT_SURE, "Not sure")),
        number=Number(words(question.unit or ""), question.min, question.max),
        heading=heading,
        earlier=values_of(draft),
    )


def values_of(reply: Reply | None) -> tuple[str, ...]:
    """Return a reply as the values of an `Ask`."""
    if reply is None:
        return ()
    if isinstance(reply, tuple):
        return reply
    return (reply,) if isinstance(reply, str) else (plain_number(reply),)


def reply_to(question: Question, values: tuple[str, ...]) -> Reply:
    """Return valid values as the reply to one question."""
    if question.type == "many":
        return values
    number = read_number(values[0]) if question.type == "number" and values[0] != NOT_SURE else None
    return values[0] if number is None else number


def replies_on(screen: Screen, values: tuple[str, ...]) -> tuple[dict[str, Reply], bool]:
    """Return the replies that valid values give on a screen, and whether the rest of it is to be asked one by one."""
    if screen.lists:
        replies = _replies_on_lists(screen, values)
        return replies, len(replies) < len(screen.questions)
    if len(screen.questions) > 1:
        pairs = (value.split(_REPLY) for value in values)
        return {name: reply for name, reply in pairs}, False  # noqa: C416 - the replies are of a wider type
    question = screen.questions[0]
    return {question.id: reply_to(question, values)}, False


def _replies_on_lists(screen: Screen, values: tuple[str, ...]) -> dict[str, Reply]:
    replies: dict[str, Reply] = {}
    for line in screen.lines:
        for question in line:
            if unsure(line[0].id) in values:
                replies[question.id] = (NOT_SURE,) if question.type == "many" else NOT_SURE
            elif line[0].id in values and question.type == "yes_no":
                replies[question.id] = "yes"
            elif line[0].id not in values and NOT_SURE not in values:
                unticked = question.reply_if_unticked
                assert unticked is not None, "the loader lets no other question stand on a checklist"
                replies[question.id] = unticked
    return replies


def drafts_for(consultation: Consultation, screen: Screen) -> dict[str, Reply]:
    """Return the replies given before to the questions of a screen."""
    drafts = {question.id: consultation.draft(question.id) for question in screen.questions}
    return {question: reply for question, reply in drafts.items() if reply is not None}
