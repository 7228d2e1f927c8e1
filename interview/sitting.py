"""One sitting at the terminal: the prompter, the crash file, the interview, and the exit code.

Imported while the person reads the first line, so nothing slow stands at the top; what the result needs is imported
when there is one.
"""

# ruff: noqa: PLC0415 - see above

from __future__ import annotations

import contextlib
import os
import shutil
import sys
from collections.abc import Callable, Iterator

from expert.consultation import Consultation, LateReasoner
from expert.harmless import harmless
from expert.model import Base
from interview.asking import Ask, Choice, Chosen, Key, Prompter, Words
from interview.cards import incomplete_card
from interview.consult import Ending, Interview
from interview.ending import Aftermath, Means
from interview.exits import CTRL_C, LEFT, OK, OUR_FAULT
from interview.interrupts import ctrl_c_waits
from interview.line import LinePrompter
from interview.region import PLACEHOLDER
from interview.store import Saved, Store, StoreError, data_folder, restore


def sit(base: Base, emergency_number: str, *, plain: bool, save: bool) -> int:
    """Hold an interview over `base` and return the exit code (see `interview.cli`)."""

    def words(text: str) -> str:
        return harmless(text.replace(PLACEHOLDER, emergency_number))

    reasoner = LateReasoner(base)
    # The engine is built while the person reads the first question, not while they wait for it.
    prompter = (_line_prompter if plain else _terminal_prompter)(reasoner.warm_up)
    prompter.say(f"\n{words(base.title)}\n{words(base.about)}")
    keeper = _Keeper(prompter, on=save)
    interview = Interview(Consultation.start(base, reasoner), prompter, words, keeper.keep)
    code = OK
    try:
        start = keeper.resume(base, reasoner)
        if start is None:
            return OK
        interview.consultation = start
        code = _hold(interview, prompter, words, keeper, emergency_number, plain=plain)
    except KeyboardInterrupt:
        code = CTRL_C
        _tell_incomplete(interview, prompter, words, keeper)
    except EOFError:
        code = LEFT
        if not sys.stdin.isatty():
            keeper.finish()  # a script that came to its end, not a person whose terminal was closed
        _tell_incomplete(interview, prompter, words, keeper)
    except BrokenPipeError:
        raise
    except Exception as error:
        if os.environ.get("LEGWISE_DEBUG"):
            raise
        prompter.say(f"\nLegwise made a mistake of its own ({type(error).__name__}) and has to stop.", loud=True)
        code = OUR_FAULT
        _tell_incomplete(interview, prompter, words, keeper)
    return code


def _line_prompter(when_shown: Callable[[], None]) -> Prompter:
    return LinePrompter(sys.stdin, sys.stdout, lambda: min(shutil.get_terminal_size().columns, 80), when_shown)


def _terminal_prompter(when_shown: Callable[[], None]) -> Prompter:
    from interview.terminal import TerminalPrompter

    return TerminalPrompter(when_shown)


def _hold(
    interview: Interview, prompter: Prompter, words: Words, keeper: _Keeper, emergency_number: str, *, plain: bool
) -> int:
    def show(consultation: Consultation, full: bool) -> None:
        from interview.outputs import print_screen

        print_screen(consultation, emergency_number, plain=plain, full=full)

    def explain(consultation: Consultation) -> bool:
        with ctrl_c_waits():
            from interview.explain_menu import explain_chosen

        return explain_chosen(consultation, prompter, words)

    def text(consultation: Consultation, form: str) -> str:
        from interview.outputs import as_text

        return as_text(consultation, emergency_number, form)

    aftermath = Aftermath(
        interview,
        prompter,
        words,
        Means(show, explain, {"sheet": lambda c: text(c, "sheet"), "result": lambda c: text(c, "markdown")}),
        can_keep=keeper.is_keeping,
    )
    ending = aftermath.hold()
    if ending is not Ending.STOPPED or aftermath.remove:
        keeper.finish()
    elif keeper.is_keeping:
        prompter.say(_KEPT)
    return LEFT if ending is Ending.STOPPED else OK


_KEPT = "Your answers are kept on this computer. Start Legwise again to go on with them; `legwise forget` removes them."


def _tell_incomplete(interview: Interview, prompter: Prompter, words: Words, keeper: _Keeper) -> None:
    with ctrl_c_waits():  # whoever presses it twice should read this too
        prompter.say("\n" + incomplete_card(interview.consultation, words))
        if keeper.is_keeping and interview.consultation.turns:
            prompter.say("\n" + _KEPT)


class _Keeper:
    """The crash file, as far as there is one; a failure to keep answers is told once and stops nothing."""

    def __init__(self, prompter: Prompter, *, on: bool) -> None:
        self._prompter = prompter
        self._store: Store | None = None
        if on:
            with self._failing_once():
                self._store = Store(data_folder(os.environ))

    @property
    def is_keeping(self) -> bool:
        """Whether answers are being kept."""
        return self._store is not None

    @contextlib.contextmanager
    def _failing_once(self) -> Iterator[None]:
        try:
            yield
        except StoreError as error:
            self._store = None
            self._prompter.say(f"Your answers are not being saved. {error}")

    def resume(self, base: Base, reasoner: LateReasoner) -> Consultation | None:
        """Return the consultation to begin with: a new one, or one that was left behind; None to leave."""
        saved = None
        if self._store is not None:
            with self._failing_once():
                saved = self._store.claim(base)
                for notice in self._store.notices:
                    self._prompter.say(notice)
        if saved is None:
            return Consultation.start(base, reasoner)
        outcome = self._prompter.ask(_resume_ask(saved))
        if not isinstance(outcome, Chosen):
            return None
        if outcome.values == ("on",):
            return self._go_on(base, reasoner, saved)
        assert self._store is not None
        self._store.start_afresh(base)
        return Consultation.start(base, reasoner)

    def _go_on(self, base: Base, reasoner: LateReasoner, saved: Saved) -> Consultation:
        consultation, dropped = restore(base, reasoner, saved)
        if saved.digest != base.digest:
            again = f" {dropped} of them must be asked again." if dropped else ""
            self._prompter.say(f"The questions have changed since then. Answers that still fit are kept.{again}")
        elif dropped:
            self._prompter.say(f"{dropped} of the answers could not be used and will be asked again.")
        return consultation

    def keep(self, consultation: Consultation) -> None:
        """Keep one more state."""
        if self._store is not None:
            with self._failing_once():
                self._store.save(consultation)

    def finish(self) -> None:
        """Remove the crash file."""
        if self._store is not None:
            self._store.finish()
            self._store = None


def _resume_ask(saved: Saved) -> Ask:
    when = saved.saved.astimezone().strftime("%d %B, %H:%M")
    answers = f"{saved.answered} answer" + ("" if saved.answered == 1 else "s")
    return Ask(
        text=f"There is an interview from {when} that was not finished ({answers}).",
        kind="one",
        choices=(Choice("on", "Go on with it"), Choice("afresh", "Start afresh, and remove those answers")),
        keys=(Key.STOP, Key.KEYS),
        echo=False,
    )
