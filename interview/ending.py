"""What comes after the questions: the result, and what the person may still do with it."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable
from datetime import datetime
from itertools import count
from pathlib import Path

from msgspec import Struct

from expert.consultation import Consultation
from expert.files import reason
from expert.verdict import Verdict
from interview.asking import MENU_KEYS, Ask, Choice, Key, Pressed, Prompter, Words
from interview.cards import closing_lines, incomplete_card
from interview.consult import Ending, Interview
from interview.why import change_in_words

#: Files with one name that are looked past before giving up.
_MOST_FILES = 1000


class Means(Struct, frozen=True):
    """What makes something of a consultation.

    `show` prints the report, in full if so told; `explain` explains what the person chooses and returns whether to go
    on (False: they want to stop); `texts` makes the text of each kind of file (`sheet`, `result`).
    """

    show: Callable[[Consultation, bool], None]
    explain: Callable[[Consultation], bool]
    texts: dict[str, Callable[[Consultation], str]]


class Aftermath:
    """The result and the menu below it."""

    def __init__(self, interview: Interview, prompter: Prompter, words: Words, means: Means, *, can_keep: bool) -> None:
        """Follow `interview`; `can_keep` tells whether answers are kept for later."""
        #: Whether the person chose to have the answers removed, though the interview was not finished.
        self.remove = False
        self._interview = interview
        self._prompter = prompter
        self._words = words
        self._means = means
        self._can_keep = can_keep
        self._shown: Verdict | None = None

    def hold(self) -> Ending:
        """Hold the interview, show what it comes to, and serve the menu until the person leaves.

        Raises: KeyboardInterrupt, EOFError: the person left before there was anything to show.
        """
        while (ending := self._interview.hold()) is not Ending.EMERGENCY:
            self._tell(ending)
            try:
                if not self._serve(ending):
                    break
            except (KeyboardInterrupt, EOFError):
                break  # what it came to was shown
        if self._interview.wants_sheet:
            self._save("sheet")
        return ending

    def _tell(self, ending: Ending) -> None:
        consultation = self._interview.consultation
        if ending is Ending.STOPPED:
            self._prompter.say("\n" + incomplete_card(consultation, self._words, can_save=True))
            return
        self._means.show(consultation, False)
        if self._shown is not None and self._shown != consultation.verdict:
            change = change_in_words(consultation.base, self._shown, consultation.verdict, self._words)
            self._prompter.say(f"\nWhat your change did: {change}.")
        self._shown = consultation.verdict

    def _serve(self, ending: Ending) -> bool:
        """Serve the menu; return whether to go on with the interview."""
        while True:
            sheet = self._words(self._interview.consultation.base.words.sheet)
            outcome = self._prompter.ask(_menu(ending, self._short(ending), sheet, can_keep=self._can_keep))
            if isinstance(outcome, Pressed):
                if outcome.key is Key.BACK:
                    self._interview.back()
                return outcome.key is Key.BACK
            match outcome.values[0]:
                case "change":
                    return self._interview.review()
                case "on":
                    return True
                case "quit" | "remove":
                    self.remove = outcome.values[0] == "remove"
                    return False
                case act if not self._act(act, ending):
                    return False

    def _act(self, act: str, ending: Ending) -> bool:
        """Do what comes back to the menu; return False when the person wants to stop."""
        consultation = self._interview.consultation
        match act:
            case "again":
                self._tell(ending)
            case "full":
                self._means.show(consultation, True)
            case "explain":
                return self._means.explain(consultation)
            case kind:
                self._save(kind)
        return True

    def _short(self, ending: Ending) -> str:
        """Return the result in a line, for it may have scrolled off the screen; an incomplete one has just said it."""
        if ending is Ending.STOPPED:
            return ""
        consultation = self._interview.consultation
        return "\n".join(closing_lines(consultation.base, consultation.verdict, self._words, complete=True))

    def _save(self, kind: str) -> None:
        consultation = self._interview.consultation
        try:
            path = write_new(Path.cwd(), f"legwise-{kind}-{_today()}", self._means.texts[kind](consultation))
        except OSError as error:
            self._prompter.say(f"It could not be saved: {reason(error)}.")
        else:
            self._prompter.say(f"Saved as {path}")


def _menu(ending: Ending, short: str, sheet: str, *, can_keep: bool) -> Ask:
    stopped = ending is Ending.STOPPED
    first = Choice("on", "Go on with the questions") if stopped else Choice("again", "Show it again")
    # An interview that was stopped has no result to explain or to show in full.
    more = [] if stopped else [Choice("explain", "Explain something"), Choice("full", "Show everything")]
    last: tuple[Choice, ...] = (Choice("quit", "Quit"),)
    if stopped and can_keep:
        last = (Choice("quit", "Quit, and keep my answers to go on later"), Choice("remove", "Quit, and remove them"))
    return Ask(
        text=f"{short}\nWhat now?".lstrip("\n"),
        kind="one",
        choices=(
            first,
            Choice("change", "Change an answer"),
            *more,
            Choice("sheet", f"Save the {sheet}"),
            Choice("result", "Save the whole result"),
            *last,
        ),
        keys=MENU_KEYS,
        echo=False,
    )


def _today() -> str:
    return datetime.now().astimezone().date().isoformat()


def write_new(folder: Path, stem: str, text: str) -> Path:
    """Write a text into a new file that only its owner can read; never over another one. Raises OSError."""
    for number in count(1):
        path = folder / (f"{stem}.md" if number == 1 else f"{stem}-{number}.md")
        with contextlib.suppress(FileExistsError):
            handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                file.write(text)
            return path
        if number >= _MOST_FILES:
            break
    raise OSError(f"there are {_MOST_FILES} such files already")
