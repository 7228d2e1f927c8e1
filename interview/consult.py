"""The interview: one consultation held with one person through any `Prompter`."""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum

from msgspec.structs import replace

from expert.consultation import Consultation
from expert.inquiry import Screen
from expert.words import answer_in_words
from interview.asking import (
    MENU_KEYS,
    Ask,
    Choice,
    Chosen,
    Key,
    Pressed,
    Prompter,
    Words,
    ask_question,
    ask_screen,
    drafts_for,
    replies_on,
    reply_to,
)
from interview.cards import emergency_card
from interview.why import help_question, help_screen, why_question, why_screen


class Ending(Enum):
    """How an interview came to its end."""

    COMPLETE = "complete"
    #: The person stopped at an emergency card.
    EMERGENCY = "emergency"
    STOPPED = "stopped"


class Interview:
    """Holds a consultation. `consultation` is what is known at any moment, also after an exception."""

    def __init__(
        self, consultation: Consultation, prompter: Prompter, words: Words, keep: Callable[[Consultation], None]
    ) -> None:
        """Go on from `consultation`; `keep` is given every later state of it."""
        self.consultation = consultation
        self._prompter = prompter
        self._words = words
        self._keep = keep
        self._emergencies_told: frozenset[str] = frozenset()
        self._unsure_told = False
        #: Whether the person, at an emergency card, asked for the sheet as it stands.
        self.wants_sheet = False

    def hold(self) -> Ending:
        """Ask until nothing more could change the verdict, an emergency ends it, or the person stops.

        Raises: KeyboardInterrupt, EOFError: the person left; `consultation` holds what was answered.
        """
        while True:
            # Before the first answer there is nothing to judge, and the engine may not be built yet.
            emergencies = frozenset(self.consultation.emergencies if self.consultation.turns else ())
            # One that an edit took back is news again if it returns.
            self._emergencies_told &= emergencies
            if emergencies - self._emergencies_told:
                if not self._tell_emergency():
                    return Ending.EMERGENCY
            elif (screen := self.consultation.screen) is None:
                self._tell_no_longer_unsure()
                return Ending.COMPLETE
            elif not self._ask(screen):
                return Ending.STOPPED

    def back(self) -> None:
        """Take the last screen back, if there is one."""
        if self.consultation.turns:
            self._move_to(self.consultation.back())

    def _move_to(self, consultation: Consultation) -> None:
        self.consultation = consultation
        self._keep(consultation)

    # --- one screen -----------------------------------------------------------------------------------------------

    def _ask(self, screen: Screen) -> bool:
        """Ask one screen; return whether to go on."""
        consultation = self.consultation
        ask = ask_screen(screen, drafts_for(consultation, screen), self._heading(screen), self._words)
        while True:
            outcome = self._prompter.ask(ask)
            if isinstance(outcome, Chosen):
                replies, one_by_one = replies_on(screen, outcome.values)
                self._move_to(consultation.answer(replies, one_by_one=one_by_one))
                self._tell_unsure()
                return True
            if outcome.key is Key.BACK and consultation.turns:
                self._move_to(consultation.back())
                return True
            if outcome.key is Key.REVIEW and consultation.answers:
                return self.review()
            if outcome.key is Key.STOP:
                return False
            self._explain(
                outcome.key,
                ask,
                why=lambda: why_screen(consultation, screen, self._words),
                help_=help_screen(screen, self._words),
            )
            ask = _with_ticks(ask, outcome)

    def _heading(self, screen: Screen) -> str:
        left = self.consultation.at_most_left - 1
        progress = f"At most {left} more after this." if left > 0 else "This is the last question."
        first = "Get help first: this is only for the sheet. " if self._emergencies_told else ""
        titles = (self._words(self.consultation.base.topics[topic].title) for topic in screen.topics)
        return f"{first}{'; '.join(titles)}. {progress}"

    def _explain(self, key: Key, ask: Ask, *, why: Callable[[], str], help_: str) -> None:
        if key is Key.WHY:
            self._prompter.explain(why())
        elif key is Key.HELP:
            self._prompter.explain("\n".join(part for part in (help_, self._prompter.how(ask)) if part))
        elif key is Key.BACK:
            self._prompter.say("\nThis is the first question.")
        elif key is Key.REVIEW:
            self._prompter.say("\nNothing has been answered yet.")

    # --- review ---------------------------------------------------------------------------------------------------

    def review(self) -> bool:
        """Let the person change one earlier answer; return whether to go on."""
        while self.consultation.answers:
            base, answers = self.consultation.base, self.consultation.answers
            outcome = self._prompter.ask(
                Ask(
                    text="Your answers so far. Choose one to change it, or go back to leave them.",
                    kind="one",
                    choices=tuple(Choice(name, answer_in_words(base, name, reply)) for name, reply in answers.items()),
                    keys=MENU_KEYS,
                    echo=False,
                )
            )
            if isinstance(outcome, Pressed):
                return outcome.key is not Key.STOP
            changed = self._change(outcome.values[0])
            if changed is not None:
                return changed
        return True

    def _change(self, question: str) -> bool | None:
        """Ask one answered question again; return whether to go on, or None to choose another."""
        consultation = self.consultation
        asked = consultation.base.questions[question]
        ask = ask_question(asked, consultation.answers[question], "Change an answer.", self._words)
        while True:
            outcome = self._prompter.ask(ask)
            if isinstance(outcome, Chosen):
                self._move_to(consultation.change(question, reply_to(asked, outcome.values)))
                return True
            if outcome.key in (Key.BACK, Key.REVIEW):
                return None
            if outcome.key is Key.STOP:
                return False
            self._explain(
                outcome.key,
                ask,
                why=lambda: why_question(consultation, question, self._words),
                help_=help_question(asked, self._words),
            )
            ask = _with_ticks(ask, outcome)

    def _tell_unsure(self) -> None:
        """Say at once, and once, that a *not sure* about an emergency is a reason to see a doctor."""
        verdict = self.consultation.verdict
        if verdict.unsure_emergencies and not self._unsure_told and verdict.urgency == "same-day":
            self._unsure_told = True
            do = self._words(self.consultation.base.urgencies["same-day"].do)
            self._prompter.say(f"You are not sure about something that may be serious. {do} You can go on here.")

    def _tell_no_longer_unsure(self) -> None:
        """Take back what was said of today, where later answers took the reason for it away."""
        if self._unsure_told and self.consultation.verdict.urgency in ("soon", "routine"):
            self._unsure_told = False
            self._prompter.say(
                "Before, you were told to get help today, for you were not sure about something. Your other answers "
                "speak against an emergency now. If you still worry about it, do as you were told."
            )

    # --- emergency ------------------------------------------------------------------------------------------------

    def _tell_emergency(self) -> bool:
        """Show the emergency card; return whether the person chose to go on."""
        self._prompter.say(emergency_card(self.consultation.base, self.consultation.verdict, self._words), loud=True)
        outcome = self._prompter.ask(
            Ask(
                text="What now?",
                kind="one",
                choices=(
                    Choice("stop", "Stop here and get help now"),
                    Choice("change", "An answer was wrong: change it"),
                    Choice("sheet", f"Go on, only to complete the {self._words(self.consultation.base.words.sheet)}"),
                    Choice("save", "Save the sheet as it is, stop here and get help now"),
                ),
                keys=MENU_KEYS,
                echo=False,
            )
        )
        if isinstance(outcome, Pressed):
            if outcome.key is Key.BACK:
                self.back()
            return outcome.key is Key.BACK
        if outcome.values == ("change",):
            return self.review()
        if outcome.values == ("sheet",):
            self._emergencies_told = self._emergencies_told.union(self.consultation.emergencies)
            return True
        self.wants_sheet = outcome.values == ("save",)
        return False


def _with_ticks(ask: Ask, pressed: Pressed) -> Ask:
    """Keep what was ticked before a key was pressed."""
    return replace(ask, earlier=pressed.ticked) if pressed.ticked else ask
