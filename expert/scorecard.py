"""How a rule base does on a library of cases: each case is interviewed with its own answers, and the verdicts counted.

Demonstrations are made up to show a point, so they are not counted unless wanted. For an account out of scope (under
18) no deficiency is given by design: its urgency counts, its deficiencies do not.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from statistics import median
from typing import Literal

from msgspec import Struct
from msgspec.structs import replace

from expert.cases import Case, Expected
from expert.consultation import Consultation, LateReasoner, consult
from expert.harmless import harmless
from expert.logic import Outlook
from expert.model import URGENCIES, Band, Base, Reply, Urgency
from expert.telling import Item, Telling
from expert.verdict import foresee, outranked_flags
from expert.words import band_in_words, urgency_in_words

Timing = Literal["exact", "acceptable", "too_low", "too_high"]
_FIRST_FEW = 3
_MOST_IDS = 6


class Named(Struct, frozen=True):
    """A deficiency of which there is some sign, and its band."""

    hypothesis: str
    band: Band


class CaseScore(Struct, frozen=True):
    """What one case came to, beside what was expected of it.

    `deficiencies` are those named, the most certain first; `place` is that of the main one expected, from 1, or None
    where it is not named. `screens` is how many the person saw, to the end or to the emergency that ended it, and
    `screens_in_full` how many they see if they go on after an emergency, with `questions` questions on them.
    """

    case: str
    title: str
    expected: Expected
    urgency: Urgency
    timing: Timing
    red_flags: tuple[str, ...]
    unsure_emergencies: tuple[str, ...]
    not_ruled_out: tuple[str, ...]
    out_of_scope: str | None
    deficiencies: tuple[Named, ...]
    place: int | None
    screens: int
    screens_in_full: int
    questions: int

    @property
    def flags_missing(self) -> tuple[str, ...]:
        """The red flags that should have been raised."""
        return tuple(flag for flag in self.expected.red_flags if flag not in self.red_flags)

    @property
    def open_missing(self) -> tuple[str, ...]:
        """The red flags that should have stayed open."""
        return tuple(flag for flag in self.expected.not_ruled_out if flag not in self.not_ruled_out)

    @property
    def is_acceptable(self) -> bool:
        """Whether the urgency is one that would do."""
        return self.timing in ("exact", "acceptable")

    @property
    def is_lowered_emergency(self) -> bool:
        """Whether it is an emergency told as something less, even if that would do."""
        return self.expected.urgency == "emergency" and self.urgency != "emergency"

    @property
    def has_deficiency(self) -> bool:
        """Whether it is to be found out what the person lacks."""
        return bool(self.expected.deficiencies) and self.out_of_scope is None

    @property
    def is_mimic(self) -> bool:
        """Whether the person lacks nothing, and may be told so."""
        return not self.expected.deficiencies and self.out_of_scope is None

    @property
    def likely_wrongly(self) -> tuple[str, ...]:
        """The deficiencies said to be likely though the person lacks nothing."""
        if not self.is_mimic:
            return ()
        return tuple(named.hypothesis for named in self.deficiencies if named.band == "likely")

    @property
    def is_told_wrongly(self) -> bool:
        """Whether the person is told of them: beside an emergency nothing is shown."""
        return bool(self.likely_wrongly) and self.urgency != "emergency"

    @property
    def is_missed(self) -> bool:
        """Whether anything is not as it should be."""
        wrong_tier = not self.is_acceptable or self.is_lowered_emergency
        not_first = self.has_deficiency and self.place != 1
        return wrong_tier or not_first or bool(self.likely_wrongly or self.flags_missing or self.open_missing)


class Total(Struct, frozen=True):
    """One line of the summary: `got`, perhaps out of `of`, and what was wanted of it.

    `least` is a share of `of`; `most` is a number that `got` should not pass.
    """

    id: str
    label: str
    got: float
    of: int | None = None
    least: float | None = None
    most: float | None = None

    @property
    def is_met(self) -> bool | None:
        """Whether what was wanted is reached; None where nothing was, or there was nothing to count."""
        if self.of == 0:
            return None
        if self.least is not None and self.of is not None:
            return self.got >= self.least * self.of
        return None if self.most is None else self.got <= self.most

    @property
    def got_in_words(self) -> str:
        """As in "27 of 30 (90 %)"."""
        if self.of is None:
            return f"{self.got:g}"
        if self.of == 0:
            return "no such case"
        share = f" ({self.got / self.of:.0%})".replace("%", " %") if self.most is None else ""
        return f"{self.got:g} of {self.of}{share}"

    @property
    def wanted_in_words(self) -> str:
        """As in "at least 85 %"; empty where nothing was wanted."""
        if self.least is not None:
            return f"at least {self.least:.0%}".replace("%", " %")
        if self.most is None:
            return ""
        return f"at most {self.most:g}" if self.most else "none"


class FlagCount(Struct, frozen=True):
    """An emergency red flag: the cases that raise it, and those of them that were not to be an emergency."""

    red_flag: str
    cases: tuple[str, ...]
    not_emergencies: tuple[str, ...]


class Scorecard(Struct, frozen=True):
    """How a base does on a library of cases; `demonstrations` is how many were left out."""

    scores: tuple[CaseScore, ...]
    totals: tuple[Total, ...]
    emergencies: tuple[FlagCount, ...]
    demonstrations: int

    @property
    def missed(self) -> tuple[CaseScore, ...]:
        """The cases in which something is not as it should be."""
        return tuple(score for score in self.scores if score.is_missed)


def score_cases(base: Base, cases: Iterable[Case], *, with_demonstrations: bool = False) -> Scorecard:
    """Interview the person of every case, and count what they are told against what was expected."""
    cases = tuple(cases)
    counted = [case for case in cases if with_demonstrations or not case.is_demo]
    reasoner = LateReasoner(base)
    scores = tuple(score_case(base, case, reasoner) for case in counted)
    totals = _totals(scores, harmless(base.words.sought))
    return Scorecard(scores, totals, _emergencies(base, scores), len(cases) - len(counted))


def score_case(base: Base, case: Case, reasoner: LateReasoner | None = None) -> CaseScore:
    """Interview the person of a case."""
    consultation = consult(base, case.answers, reasoner)
    score = judge_case(base, case)
    in_full = sum(bool(turn.screen) for turn in consultation.turns)
    return replace(
        score,
        screens=_screens_seen(consultation, score.urgency) or in_full,
        screens_in_full=in_full,
        questions=len(consultation.asked),
    )


def judge_case(base: Base, case: Case) -> CaseScore:
    """Judge all the answers of a case without an interview, so that no screens are counted."""
    # By evaluation, which law 8 holds to what the engine says, for speed.
    verdict = foresee(base, Outlook(base, case.answers))
    deficiencies = tuple(
        Named(weight.hypothesis, weight.band)
        for weight in verdict.hypotheses
        if weight.band != "none" and base.hypotheses[weight.hypothesis].kind != "other"
    )
    names = [named.hypothesis for named in deficiencies]
    main = case.expected.deficiencies[0] if case.expected.deficiencies else None
    return CaseScore(
        case=case.id,
        title=case.title,
        expected=case.expected,
        urgency=verdict.urgency,
        timing=_timing(case.expected, verdict.urgency),
        red_flags=verdict.red_flags,
        unsure_emergencies=verdict.unsure_emergencies,
        not_ruled_out=verdict.not_ruled_out,
        out_of_scope=verdict.out_of_scope,
        deficiencies=deficiencies,
        place=names.index(main) + 1 if main in names else None,
        screens=0,
        screens_in_full=0,
        questions=0,
    )


def _timing(expected: Expected, urgency: Urgency) -> Timing:
    if urgency == expected.urgency:
        return "exact"
    if urgency in expected.urgency_acceptable:
        return "acceptable"
    return "too_low" if URGENCIES.index(urgency) > URGENCIES.index(expected.urgency) else "too_high"


def _screens_seen(consultation: Consultation, urgency: Urgency) -> int | None:
    """Return after how many screens an emergency ended the interview; None when none did."""
    if urgency != "emergency":
        return None
    base = consultation.base
    conditions = [
        rule.condition
        for flag, rules in base.flag_rules.items()
        if base.red_flags[flag].urgency == "emergency"
        for rule in rules
    ]
    answers: dict[str, Reply] = {}
    outlook = None
    for place, turn in enumerate(consultation.turns, 1):
        answers = {**answers, **turn.replies}
        outlook = Outlook(base, answers, outlook)
        if any(map(outlook.truth, conditions)):
            return place if turn.screen else None
    return None


# --- counting ---------------------------------------------------------------------------------------------------------


def _totals(scores: Sequence[CaseScore], sought: str) -> tuple[Total, ...]:
    count = len(scores)
    timings = [score.timing for score in scores]
    emergencies = [score for score in scores if score.expected.urgency == "emergency"]
    lacking = [score for score in scores if score.has_deficiency]
    mimics = [score for score in scores if score.is_mimic]
    shown, in_full = ([getattr(score, name) for score in scores] or [0] for name in ("screens", "screens_in_full"))
    below_same_day = sum(score.urgency in ("soon", "routine") for score in emergencies)
    below_emergency = sum(score.is_lowered_emergency for score in emergencies)
    first = sum(score.place == 1 for score in lacking)
    among = sum(score.place is not None and score.place <= _FIRST_FEW for score in lacking)
    alarmed = sum(score.urgency == "emergency" and not score.is_acceptable for score in mimics)
    asked_for = [flag for score in scores for flag in (*score.expected.red_flags, *score.expected.not_ruled_out)]
    unmet = sum(len(score.flags_missing) + len(score.open_missing) for score in scores)
    return (
        Total("urgency_exact", "Urgency exactly as expected", timings.count("exact"), count),
        Total("urgency_acceptable", "Urgency acceptable", sum(s.is_acceptable for s in scores), count, least=0.9),
        Total("urgency_too_low", "Urgency too low", timings.count("too_low"), count),
        Total("urgency_too_high", "Urgency too high", timings.count("too_high"), count),
        Total("emergencies_below_same_day", "Emergencies below same-day", below_same_day, len(emergencies), most=0),
        Total("emergencies_below_emergency", "Emergencies below emergency", below_emergency, len(emergencies), most=1),
        Total("main_first", f"Main {sought} first", first, len(lacking), least=0.85),
        Total("main_in_three", f"Main {sought} in the first three", among, len(lacking), least=0.97),
        Total(
            "mimics_told_likely",
            f"Mimics told of a likely {sought}",
            sum(score.is_told_wrongly for score in mimics),
            len(mimics),
            most=0,
        ),
        Total("mimics_alarmed", "Mimics wrongly called an emergency", alarmed, len(mimics), most=0),
        Total("flags_as_expected", "Red flags as expected", len(asked_for) - unmet, len(asked_for)),
        Total("screens_median", "Screens shown, median", median(shown), most=18),
        Total("screens_worst", "Screens shown, at worst", max(shown), most=30),
        Total("screens_in_full_median", "Screens past emergencies, median", median(in_full)),
        Total("screens_in_full_worst", "Screens past emergencies, at worst", max(in_full), most=30),
    )


def _emergencies(base: Base, scores: Sequence[CaseScore]) -> tuple[FlagCount, ...]:
    counts = []
    for flag in base.flag_rules:
        raising = [score for score in scores if flag in score.red_flags]
        if raising and base.red_flags[flag].urgency == "emergency":
            wrongly = [score.case for score in raising if "emergency" not in score.expected.urgency_acceptable]
            counts.append(FlagCount(flag, tuple(score.case for score in raising), tuple(wrongly)))
    return tuple(counts)


# --- in words ---------------------------------------------------------------------------------------------------------


def heading(card: Scorecard, base: Base) -> Telling:
    """Return what was counted, and how."""
    scopes: dict[str, int] = {}
    for score in card.scores:
        if score.out_of_scope is not None:
            scopes[score.out_of_scope] = scopes.get(score.out_of_scope, 0) + 1
    count = len(card.scores)
    notes = [f"{count} case{'s' * (count != 1)}, each interviewed with its own answers."]
    notes += [
        f"{number} {'is' if number == 1 else 'are'} out of scope ({harmless(scope.replace('_', ' '))}): "
        "for those only the urgency is counted."
        for scope, number in scopes.items()
    ]
    if card.demonstrations:
        one = card.demonstrations == 1
        notes.append(
            f"{card.demonstrations} demonstration{'' if one else 's'} {'is' if one else 'are'} not counted "
            "(--demos counts them): they are made up."
        )
    return Telling(f"Cases of {harmless(base.name)} {harmless(base.version)}", (), " ".join(notes))


def tell_totals(card: Scorecard) -> Telling:
    """Return the summary as lines."""
    return Telling("Totals", tuple(_tell_total(total) for total in card.totals))


def _tell_total(total: Total) -> Item:
    tone: dict[bool | None, Literal["yes", "no", "plain"]] = {True: "yes", False: "no", None: "plain"}
    wanted = f"; wanted: {total.wanted_in_words}" if total.wanted_in_words else ""
    verdict = {True: ", reached", False: ", missed", None: ""}[total.is_met]
    return Item(f"{total.got_in_words}{wanted}{verdict}.", f"{total.label}:", tone[total.is_met])


def tell_emergencies(card: Scorecard, base: Base) -> Telling:
    """Return the emergencies by red flag."""
    items = []
    for counted in card.emergencies:
        text = f"{len(counted.cases)} case{'s' * (len(counted.cases) != 1)} ({_ids(counted.cases)})."
        if counted.not_emergencies:
            text += f" Not to be an emergency: {_ids(counted.not_emergencies)}."
        tone: Literal["no", "plain"] = "no" if counted.not_emergencies else "plain"
        items.append(Item(text, f"{harmless(base.red_flags[counted.red_flag].label)}:", tone))
    raised = {counted.red_flag for counted in card.emergencies}
    flags = [flag for flag in base.flag_rules if base.red_flags[flag].urgency == "emergency"]
    rest = len([flag for flag in flags if flag not in raised])
    note = f"{rest} of {len(flags)} emergency red flags are raised by no case." if flags else ""
    return Telling("Emergencies by red flag", tuple(items), note)


def tell_missed(card: Scorecard, base: Base) -> Telling:
    """Return the cases in which something is missed, each with what and why."""
    items = tuple(
        Item(harmless(score.title), f"{harmless(score.case)}:", "no", items=tuple(tell_misses(score, base)))
        for score in card.missed
    )
    return Telling("What is missed", items, "" if items else "Nothing.")


def tell_misses(score: CaseScore, base: Base) -> Iterable[Item]:
    """Yield what a case misses, each with what stands instead."""
    if not score.is_acceptable or score.is_lowered_emergency:
        tiers = [urgency_in_words(tier).lower() for tier in score.expected.urgency_acceptable]
        which = {"too_low": "Urgency too low:", "too_high": "Urgency too high:"}.get(score.timing, "Below emergency:")
        would_do = "; that would do" if score.is_acceptable else f"; wanted {' or '.join(tiers)}"
        yield Item(f"{urgency_in_words(score.urgency)}{would_do}.", which)
        yield Item(_flags(score.red_flags, base) or "none.", "Red flags raised:")
        if score.unsure_emergencies:
            yield Item(_flags(score.unsure_emergencies, base), "Emergencies left open by not sure:")
    if score.has_deficiency and score.place != 1:
        main = _hypothesis(score.expected.deficiencies[0], base)
        where = "not named" if score.place is None else f"in place {score.place}"
        yield Item(f"{main}, {where}.", f"Main {harmless(base.words.sought)} not first:")
        yield Item(_bands(score.deficiencies, base) or "none.", "Named:")
    if score.likely_wrongly:
        hidden = "" if score.is_told_wrongly else " Not shown: an emergency stands alone."
        names = ", ".join(_hypothesis(name, base) for name in score.likely_wrongly)
        yield Item(f"{names}.{hidden}", "Wrongly likely:")
    if score.flags_missing:
        yield Item(_flags(score.flags_missing, base), "Red flags not raised:")
    if score.open_missing:
        yield Item(_flags(score.open_missing, base), "Red flags that should have stayed open:")


def _flags(flags: Sequence[str], base: Base) -> str:
    outranked = outranked_flags(base, flags)
    tiered = (
        f"{harmless(base.red_flags[flag].label)} ({urgency_in_words(base.red_flags[flag].urgency).lower()})"
        for flag in flags
        if flag not in outranked
    )
    return "; ".join(tiered) + "." if flags else ""


def _bands(named: Sequence[Named], base: Base) -> str:
    shown = (f"{_hypothesis(one.hypothesis, base)} ({band_in_words(one.band).lower()})" for one in named)
    return ", ".join(shown) + "." if named else ""


def _hypothesis(name: str, base: Base) -> str:
    return harmless(base.hypotheses[name].label)


def _ids(cases: Sequence[str]) -> str:
    shown = ", ".join(map(harmless, cases[:_MOST_IDS]))
    more = len(cases) - _MOST_IDS
    return f"{shown} and {more} more" if more > 0 else shown
