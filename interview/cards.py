"""The cards that must not depend on anything slow or large: emergency, and an interview that was broken off.

They are plain text made from the verdict and the words of the base.
"""

from __future__ import annotations

from collections.abc import Iterable

from expert.consultation import Consultation
from expert.model import URGENCIES, Base, Urgency
from expert.verdict import Verdict, foresee, outranked_flags
from expert.words import urgency_in_words
from interview.asking import Words

#: Red flags below an emergency that are named when an interview is broken off; more are only counted.
_MOST_LESSER = 6
_CAN_MEAN = "Why: your answers can fit"


def emergency_card(base: Base, verdict: Verdict, words: Words) -> str:
    """Return what to do now, and why; nothing else stands beside it."""
    flags = [flag for flag in verdict.red_flags if base.red_flags[flag].urgency == "emergency"]
    return "\n".join(
        [
            "EMERGENCY",
            words(base.urgencies["emergency"].do),
            f"{_CAN_MEAN}:",
            *_flag_lines(base, flags, words),
            f"{words(base.words.is_not)}, but it must be checked now.",
        ]
    )


def _flag_lines(base: Base, flags: Iterable[str], words: Words) -> list[str]:
    lines = []
    for flag in flags:
        known = base.red_flags[flag]
        lines.append(f"- {words(known.label)}" + (f". {words(known.do)}" if known.do else ""))
    return lines


def incomplete_card(consultation: Consultation, words: Words, *, can_save: bool = False) -> str:
    """Return what an interview that was broken off comes to: what was found first, then what was not asked.

    It is worked out without the engine, so that it is there at once, whatever broke the interview off. `can_save` is
    whether the whole result can be saved next, with all that is only counted here.
    """
    base = consultation.base
    verdict = foresee(base, consultation.outlook)
    if verdict.urgency == "emergency":  # which stands alone
        alone = "INCOMPLETE: the questions stopped here. This says nothing about what was not asked."
        return f"{emergency_card(base, verdict, words)}\n\n{alone}"
    if consultation.complete:
        # The last answer came just before the end: the result itself was not shown.
        rest = ["INCOMPLETE: you left before the result was shown."]
    else:
        rest = ["INCOMPLETE: not all questions were asked, so this is not a result. It does not mean that all is well."]
    found = _found(base, verdict, words)
    lines = [*found, *([""] if found else []), *rest]
    if verdict.not_ruled_out:
        lines += ["", "Not ruled out so far:", *_by_tier(base, verdict.not_ruled_out, words, can_save=can_save)]
    # The list can be long: what matters stands below it once more, where it is still on the screen.
    return "\n".join([*lines, "", *closing_lines(base, verdict, words, complete=False)])


def closing_lines(base: Base, verdict: Verdict, words: Words, *, complete: bool) -> list[str]:
    """Return the short of it, to stand above a menu when the rest has scrolled off the screen."""
    lines = [] if complete else ["INCOMPLETE: this is not a result."]
    if complete or verdict.urgency != "routine":
        lines.append(f"{urgency_in_words(verdict.urgency).upper()}: {words(base.urgencies[verdict.urgency].do)}")
    if not complete and verdict.urgency != "emergency":
        lines.append(f"{words(base.words.in_emergency)}: {words(base.urgencies['emergency'].do)}")
    return lines


def _found(base: Base, verdict: Verdict, words: Words) -> list[str]:
    """Return what was already found, most urgent first."""
    if not verdict.red_flags and not verdict.unsure_emergencies:
        return []
    outranked = outranked_flags(base, verdict.red_flags)
    lines = [
        f"{urgency_in_words(verdict.urgency).upper()}: {words(base.urgencies[verdict.urgency].do)}",
        f"{_CAN_MEAN}:",
        *_flag_lines(base, (flag for flag in verdict.red_flags if flag not in outranked), words),
    ]
    unsure = (words(base.red_flags[flag].label) for flag in verdict.unsure_emergencies)
    return lines + [f"- {label}: you were not sure, so it could not be ruled out" for label in unsure]


def _by_tier(base: Base, flags: Iterable[str], words: Words, *, can_save: bool) -> list[str]:
    """Return every emergency by name, and the others if they are few."""
    flags, told = tuple(flags), set[str]()
    names: dict[Urgency, list[str]] = {}
    for urgency in URGENCIES:
        labels = [words(base.red_flags[flag].label) for flag in flags if base.red_flags[flag].urgency == urgency]
        names[urgency] = [label for label in dict.fromkeys(labels) if label not in told]  # once, at its most urgent
        told.update(labels)
    lesser = sum(len(labels) for urgency, labels in names.items() if urgency != "emergency")
    lines = [
        f"- {urgency_in_words(urgency)}: {'; '.join(labels)}."
        for urgency, labels in names.items()
        if labels and (urgency == "emergency" or lesser <= _MOST_LESSER)
    ]
    if lesser > _MOST_LESSER:
        which = " The saved result names them." if can_save else ""
        lines.append(f"- And {lesser} less urgent {'ones' if lines else 'warning signs'}.{which}")
    return lines
