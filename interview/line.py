"""The line mode: static lines and numbered choices, for screen readers, braille, pipes and plain terminals."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import TextIO

from expert.harmless import harmless
from expert.model import NOT_SURE
from interview.asking import KEY_MEANINGS, KEY_WORDS, Ask, Chosen, Key, Pressed, all_unsure, settle, span, unsure
from interview.wrapping import wrap

#: A space at which no line is broken; printed as a plain one.
JOINED = "\N{NO-BREAK SPACE}"
#: Longest line of input that is looked at.
_MAX_LINE = 2000
#: Digits of the longest number of a choice.
_MAX_NUMBER = 4
#: Lines read from a pipe; an endless one must not make an endless interview.
_MAX_PIPED = 2000
#: Ends the number of a line that the person is not sure of.
_UNSURE = "?"
_UNSURE_HOW = "Not sure of one line? Put ? after its number, as in 3?."


class LinePrompter:
    """Asks on one text stream and reads replies from another, a line at a time."""

    def __init__(
        self, reader: TextIO, writer: TextIO, width: Callable[[], int], when_shown: Callable[[], None] = lambda: None
    ) -> None:
        """Use two open streams.

        Args: width: is asked for before every paragraph, so that a resize is seen; when_shown: is called once, when the
        first question is there to be read.
        """
        self._when_shown = when_shown
        self._reader = reader
        self._writer = writer
        self._width = width
        self._keys_told = False
        self._n_told = False
        self._read_so_far = 0

    def say(self, text: str, *, loud: bool = False) -> None:
        """Show some text, wrapped; `loud` sets it between two rules."""
        rule = "=" * min(self._width(), 40)
        lines = wrapped(text, self._width())
        self._write("\n".join([rule, *lines, rule] if loud else lines) + "\n")

    def ask(self, ask: Ask) -> Chosen | Pressed:
        """Put one thing before the person until there is a valid reply or a key."""
        self._show(ask)
        while True:
            outcome = self._read(ask)
            if isinstance(outcome, str):
                self.say(outcome)
            elif outcome == Pressed(Key.KEYS):
                self.say(keys_list(ask))
            else:
                self._echo(ask, outcome)
                return outcome

    def _echo(self, ask: Ask, outcome: Chosen | Pressed) -> None:
        if not isinstance(outcome, Chosen) or not ask.echo:
            return
        self.say(f"= {ask.texts_of(outcome.values)}")
        if outcome.values == (NOT_SURE,) and any(choice.value == "no" for choice in ask.choices) and not self._n_told:
            self._n_told = True
            self.say("(If you meant No: b goes back, then type no.)")

    def explain(self, text: str) -> None:
        """Show a text; a line mode has all of it to scroll back to."""
        self.say("\n" + text)

    def how(self, ask: Ask) -> str:
        """Return the one sentence that says how to answer."""
        if ask.kind == "number":
            return "Type the number in digits, then press Enter."
        if ask.kind == "many":
            how = "Type the number of every line that fits, with spaces between, then press Enter."
            return f"{how} {_UNSURE_HOW}" if can_mark(ask) else how
        if ask.kind == "each":
            return "Type the number of one line for each question, with spaces between, then press Enter."
        return "Type the number of one line, then press Enter."

    def _show(self, ask: Ask) -> None:
        self._write("\n")
        if ask.heading:
            self.say(ask.heading)
        self.say(ask.text)
        for number, choice in enumerate(ask.choices, 1):
            if choice.heading:
                self.say(choice.heading)
            mark = " (your earlier answer)" if choice.value in ask.earlier else ""
            if unsure(choice.value) in ask.earlier:
                mark = " (earlier: not sure)"
            self.say(f"{number:3}. {choice.text}{mark}")
        if not self._keys_told and Key.WHY in ask.keys:
            self._keys_told = True
            self.say(f"Keys: {keys_line(ask)}")

    def _read(self, ask: Ask) -> Chosen | Pressed | str:
        self._write(hint(ask) + " ")
        if not self._read_so_far:
            self._when_shown()
        line = self._reader.readline(_MAX_LINE)
        is_piped = not self._reader.isatty()
        self._read_so_far += 1
        if is_piped or not line:  # a terminal has already put what was typed, and Enter, on the screen
            self._write("\n")
        if not line or (is_piped and self._read_so_far > _MAX_PIPED):
            raise EOFError
        return read_reply(ask, line)

    def _write(self, text: str) -> None:
        self._writer.write(text)
        self._writer.flush()


def hint(ask: Ask) -> str:
    """Return the short prompt before the place to type."""
    keep = " Enter keeps." if ask.earlier else ""
    if ask.kind == "number":
        limits = " ".join(part for part in ("Number", span(ask.number.low, ask.number.high), ask.number.unit) if part)
        earlier = f" Earlier: {ask.texts_of(ask.earlier)}." if ask.earlier else ""
        return f"{limits}.{earlier}{keep} >"
    if ask.kind == "each":
        return f"Numbers, one for each question.{keep} >"
    return ("Numbers, such as 1 3." if ask.kind == "many" else "Number.") + keep + " >"


def can_mark(ask: Ask) -> bool:
    """Tell whether the person can say of a single line that they are not sure."""
    return any(choice.can_be_unsure for choice in ask.choices)


def keys_line(ask: Ask) -> str:
    """Return the keys on one quiet line."""
    return ", ".join(f"{key.value}{JOINED}{KEY_WORDS[key].replace(' ', JOINED)}" for key in ask.keys)


def keys_list(ask: Ask) -> str:
    """Return the keys with what they do, one a line."""
    return "\n".join(f"{key.value}: {KEY_MEANINGS[key]}" for key in ask.keys)


def wrapped(text: str, width: int) -> list[str]:
    """Return a text as lines no wider than `width`; what follows an indent, a number or a bullet hangs below it."""
    lines = []
    for line in text.split("\n"):
        lead = re.match(r" *(?:\d+\. |- |\S: )?", line)
        first = lead[0] if lead else ""
        rest = " " * min(len(first), width // 2)
        lines += wrap(harmless(line[len(first) :]), max(width, 10), first=first, rest=rest)
    return [line.replace(JOINED, " ").rstrip() for line in lines]


def read_reply(ask: Ask, line: str) -> Chosen | Pressed | str:
    """Return what a typed line means: a reply, a key, or a sentence that says what is amiss."""
    typed = " ".join(harmless(line).lower().replace("\n", " ").split())
    if not typed:
        return settle(ask, ask.earlier)
    for key in ask.keys:
        if typed in (key.value, KEY_WORDS[key]):
            return settle(ask, all_unsure(ask)) if key is Key.NOT_SURE else Pressed(key)
    if ask.kind == "number":
        return settle(ask, (typed,))
    by_words = (
        []
        if ask.kind == "each"
        else [choice.value for choice in ask.choices if typed in (choice.text.lower(), choice.value)]
    )
    if by_words or (typed == "none" and any(choice.alone for choice in ask.choices)):
        return settle(ask, by_words or [choice.value for choice in ask.choices if choice.alone])
    values = list(_values(ask, typed))
    if any(value is None for value in values):
        return _not_understood(ask)
    if ask.kind == "one" and len(set(values)) > 1:
        return "Please choose one only."
    return settle(ask, [value for value in values if value])


def _values(ask: Ask, typed: str) -> Iterator[str | None]:
    for word in re.split(r"[,;\s]+", typed.strip(",; ")):
        if word == Key.NOT_SURE.value and ask.can_be_unsure and ask.kind != "each":
            yield NOT_SURE
            continue
        number = word.removesuffix(_UNSURE)
        is_number = number.isascii() and number.isdigit() and len(number) <= _MAX_NUMBER
        choice = ask.choices[int(number) - 1] if is_number and 1 <= int(number) <= len(ask.choices) else None
        if choice is None or (number != word and not choice.can_be_unsure):
            yield None
        else:
            yield choice.value if number == word else unsure(choice.value)


def _not_understood(ask: Ask) -> str:
    numbers = f"from 1 to {len(ask.choices)}"
    is_one = ask.kind == "one"
    many = f"Type a number {numbers}" if is_one else f"Type numbers {numbers} with spaces between"
    return f"That was not understood. {many}, or ? for the keys."
