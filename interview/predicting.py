"""Predicting what fires next: the learner chooses among the agenda, and is told why by the strategy."""

from __future__ import annotations

import random
from collections.abc import Iterator

from msgspec import Struct

from expert.stepper import Waiting
from expert.timeline import production_in_words
from interview.asking import Ask, Choice, Chosen, Key, Prompter
from interview.render.stepping import facts_named, last_answer
from interview.stepping import Session

#: The most activations to choose among.
_MOST_CHOICES = 6


class Score(Struct, frozen=True):
    """How many were asked, and how many foreseen."""

    asked: int = 0
    right: int = 0


def predict(session: Session, prompter: Prompter, most: int) -> Score:
    """Ask what fires next wherever more than one activation waits, at most so often; tell the score at the end.

    The same base, answers, strategy and seed ask the same. Raises: KeyboardInterrupt: on Ctrl-C, when the score has
    been told.
    """
    named = session.stepper.named
    prompter.say(f"Which fires next? The strategy is {named.name}: {named.prefers}.")
    score = Score()
    told = ""  # shown with the next question: on a small screen it would have scrolled away
    try:
        for agenda in _choices(session):
            if score.asked == most:
                break
            outcome = prompter.ask(_ask(session, agenda, score, most, told))
            if not isinstance(outcome, Chosen):
                break
            is_right = outcome.values == ("0",)
            score = Score(score.asked + 1, score.right + is_right)
            told = _told(session, agenda, int(outcome.values[0]))
    except EOFError:
        pass
    finally:
        prompter.say(f"{told}\n{_score_in_words(score)}".strip())
    return score


def _choices(session: Session) -> Iterator[tuple[Waiting, ...]]:
    """Go through the run and yield the agenda wherever there is a choice, the one that fires next first."""
    while True:
        agenda = session.glance().agenda
        if len({waiting.production for waiting in agenda}) > 1:
            yield agenda
        if session.is_at_end:
            return
        session.forward()


def _ask(session: Session, agenda: tuple[Waiting, ...], score: Score, most: int, told: str) -> Ask:
    stepper = session.stepper
    lots = random.Random(f"{stepper.seed} {stepper.named.name} {stepper.number}")  # noqa: S311 - a quiz
    others = [place for place in range(1, len(agenda)) if agenda[place].production != agenda[0].production]
    shown = [0, *lots.sample(others, min(len(others), _MOST_CHOICES - 1))]
    lots.shuffle(shown)
    left_out = len(agenda) - len(shown)
    rest = f" ({left_out} more wait; the next is among these.)" if left_out else ""
    return Ask(
        text=f"{last_answer(session)}\nWhich fires next?{rest}",
        kind="one",
        choices=tuple(Choice(str(place), _described(session, agenda[place])) for place in shown),
        heading=f"{told}\n\nPrediction {score.asked + 1} of {most}".strip(),
        keys=(Key.STOP, Key.KEYS),
        echo=False,
    )


def _described(session: Session, waiting: Waiting) -> str:
    traits = waiting.traits
    conditions = f"{traits.conditions} condition{'' if traits.conditions == 1 else 's'}"
    words = production_in_words(session.base, waiting.production).words
    facts = facts_named(waiting.facts)
    return f"{waiting.production} ({words}): {conditions}, matched by {facts}; place {traits.place}"


def _told(session: Session, agenda: tuple[Waiting, ...], chosen: int) -> str:
    first, second = agenda[0], agenda[chosen or 1]
    why = session.stepper.named.why(first.traits, second.traits)
    return f"{'No' if chosen else 'Right'}: {first.production} fires. {why[:1].upper()}{why[1:]}."


def _score_in_words(score: Score) -> str:
    if not score.asked:
        return "Nothing was predicted. Where only one rule waits at a time, try another case or base."
    return f"You foresaw {score.right} of {score.asked}."
