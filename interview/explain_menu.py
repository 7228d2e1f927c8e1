"""The menu "Explain something" after the result: the person chooses, and is shown the explanation."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from expert.consultation import Consultation
from expert.explain import Subject
from expert.harmless import harmless
from expert.model import URGENCIES, Reply
from expert.words import answer_in_words, band_in_words, urgency_in_words
from interview.asking import MENU_KEYS, Ask, Choice, Key, Pressed, Prompter, Words, ask_question, reply_to
from interview.explaining import (
    Explained,
    explain_how,
    explain_nearby,
    explain_open_flags,
    explain_what_if,
    explain_why_not,
    filled,
)
from interview.render.proof import to_unwrapped


def explain_chosen(consultation: Consultation, prompter: Prompter, words: Words) -> bool:
    """Explain what the person chooses, until they go back; return False when they want to stop altogether."""
    return _Menu(consultation, prompter, words).serve()


class _Menu:
    def __init__(self, consultation: Consultation, prompter: Prompter, words: Words) -> None:
        self._consultation = consultation
        self._base = consultation.base
        self._prompter = prompter
        self._words = words

    def serve(self) -> bool:
        acts: dict[str, Callable[[], bool]] = {}
        choices = []
        for name, text, act in self._entries():
            acts[name] = act
            choices.append(Choice(name, text))
        while True:
            chosen = self._choose("What shall be explained?", choices)
            if isinstance(chosen, Pressed):
                return chosen.key is not Key.STOP
            if not acts[chosen]():
                return False

    def _entries(self) -> list[tuple[str, str, Callable[[], bool]]]:
        """Return what can be explained: a name, its line, and what shows it."""
        verdict, base = self._consultation.verdict, self._base
        entries = [(
            "urgency",
            f"Why this soon: {urgency_in_words(verdict.urgency)}",
            lambda: self._how(Subject("urgency")),
        )]  # fmt: skip
        for flag in verdict.red_flags:
            label = harmless(base.red_flags[flag].label)
            entries.append((f"flag {flag}", f"To be checked: {label}", self._how_later(Subject("red_flag", flag))))
        # Beside an emergency no deficiency is spoken of.
        if not self._consultation.emergencies:
            for weight in verdict.hypotheses:
                if weight.band != "none":
                    label = f"{harmless(base.hypotheses[weight.hypothesis].label)}: {band_in_words(weight.band)}"
                    subject = Subject("hypothesis", weight.hypothesis)
                    entries.append((f"hypothesis {weight.hypothesis}", label, self._how_later(subject)))
        entries.append(("why not", "Why not something else?", self._why_not))
        entries.append(("what if", "What if I had answered something else?", self._what_if))
        entries.append(("near", "What single answer would make it more urgent?", self._near))
        if verdict.not_ruled_out:
            entries.append(("open", "What could not be ruled out?", self._open))
        return entries

    # --- what each line does; all return whether to go on ---------------------------------------------------------

    def _how_later(self, subject: Subject) -> Callable[[], bool]:
        return lambda: self._how(subject)

    def _how(self, subject: Subject) -> bool:
        return self._tell(explain_how(self._consultation, subject, rule_ids=False))

    def _near(self) -> bool:
        return self._tell(explain_nearby(self._consultation))

    def _open(self) -> bool:
        return self._tell(explain_open_flags(self._consultation))

    def _why_not(self) -> bool:
        verdict = self._consultation.verdict
        tiers = [
            Choice(f"tier {tier}", f"Why not {urgency_in_words(tier).lower()}?")
            for tier in URGENCIES
            if tier != verdict.urgency
        ]
        hypotheses = [
            Choice(weight.hypothesis, f"Why not {self._label(weight.hypothesis)}?")
            for weight in (() if self._consultation.emergencies else verdict.hypotheses)
            if weight.band not in ("likely", "possible")
        ]
        chosen = self._choose("Why not what?", [*tiers, *hypotheses])
        if isinstance(chosen, Pressed):
            return chosen.key is not Key.STOP
        for tier in URGENCIES:
            if chosen == f"tier {tier}":
                found = explain_why_not(self._consultation, Subject("urgency"), tier=tier, rule_ids=False)
                return self._tell(found)
        subject = Subject("hypothesis", chosen)
        return self._tell(explain_why_not(self._consultation, subject, "possible", rule_ids=False))

    def _label(self, hypothesis: str) -> str:
        return harmless(self._base.hypotheses[hypothesis].label)

    def _what_if(self) -> bool:
        consultation = self._consultation
        answers = [
            Choice(name, answer_in_words(self._base, name, reply)) for name, reply in consultation.answers.items()
        ]
        chosen = self._choose("Which answer? It is not changed, only tried.", answers)
        if isinstance(chosen, Pressed):
            return chosen.key is not Key.STOP
        question = self._base.questions[chosen]
        ask = ask_question(question, consultation.answers[chosen], "What if.", self._words)
        while True:
            outcome = self._prompter.ask(ask)
            if not isinstance(outcome, Pressed):
                replies: dict[str, Reply] = {chosen: reply_to(question, outcome.values)}
                return self._tell(explain_what_if(consultation, replies, rule_ids=False))
            if outcome.key is Key.STOP:
                return False
            if outcome.key is not Key.HELP:
                return True
            self._prompter.explain(self._prompter.how(ask))

    # --- asking and telling ---------------------------------------------------------------------------------------

    def _choose(self, text: str, choices: Sequence[Choice]) -> str | Pressed:
        outcome = self._prompter.ask(Ask(text=text, kind="one", choices=tuple(choices), keys=MENU_KEYS, echo=False))
        return outcome if isinstance(outcome, Pressed) else outcome.values[0]

    def _tell(self, explained: Explained) -> bool:
        self._prompter.explain(to_unwrapped([filled(explained.telling, self._words)], self._base))
        return True
