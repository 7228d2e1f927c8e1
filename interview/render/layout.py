"""A report for the person, laid out as blocks in reading order: the one text that screen, plain text and Markdown show.

An emergency stands alone, and an interview that was stopped early never reassures: both are decided here, once for
every rendering.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Literal, TypeVar

from msgspec import Struct

from expert.words import BAND_WORDS, URGENCY_WORDS, asking_sentence, strength_in_words
from interview.report import AdviceShown, Cited, HypothesisShown, OpenFlag, RaisedFlag, Reason, Report, at_tier, by_tier

#: What one page has room for (without `full`): answers repeated beneath a reason and sources cited for it, reasons for
#: and against, hypotheses that are only possible, questions quoted, open red flags with their questions, and pieces of
#: advice by kind (cautions that rest on the person's own answers are always shown).
_MAX_SAID = 3
_MAX_CITED = 1
_MAX_FOR = {"likely": 2, "possible": 1}
_MAX_AGAINST = 1
_MAX_POSSIBLE = 3
_MAX_QUOTED = 5
_MAX_OPEN = 6
_MAX_RAISED = 4
_MAX_ADVICE = {"test": 4, "action": 3, "food": 2, "everyday": 1, "caution": 2}

_Item = TypeVar("_Item")
_NEXT_SENTENCE = re.compile(r"(?<=[.!?])\s+(?=[A-Z0-9])")


class Line(Struct, frozen=True):
    """A line of text, wrapped when it is shown. `lead` are its first words, set off from `text`.

    `apart` is text that stands apart from the lines before it; `sources` are the numbers of its sources.
    """

    style: Literal["heading", "name", "text", "apart", "item", "quiet"]
    text: str
    lead: str = ""
    sources: tuple[int, ...] = ()

    @property
    def words(self) -> str:
        """The whole line: lead, text, and sources as in "[1, 2]"."""
        marks = f"[{', '.join(map(str, self.sources))}]" if self.sources else ""
        return " ".join(part for part in (self.lead, self.text, marks) if part)


class Card(Struct, frozen=True):
    """Lines set apart under a title."""

    tone: Literal["emergency", "urgent", "calm", "incomplete"]
    title: str
    lines: tuple[Line, ...]


Block = Line | Card


class Page(Struct, frozen=True):
    """A whole result: blocks, then the sources that `[1]` and so on in them stand for, in that order.

    `last` says the urgency again: the end of a long page is what a terminal shows.
    """

    blocks: tuple[Block, ...]
    sources: tuple[Cited, ...]
    last: Line


def lay_out(report: Report, *, full: bool = False) -> Page:
    """Return what a person is shown, most urgent first.

    Args: full: everything, instead of what fits about one page: the weightiest reasons, and advice in its first words.
    """
    return _Layout(report, full=full).page()


def joined(parts: Sequence[str], at_most: int | None = None) -> str:
    """Return parts joined by semicolons, cut short with how many are left out."""
    if at_most is None or len(parts) <= at_most:
        return "; ".join(parts)
    return "; ".join(parts[:at_most]) + f"; and {len(parts) - at_most} more"


def sentence(text: str) -> str:
    """Return `text` with a full stop, unless it ends in a mark."""
    return text if text.rstrip('"').endswith((".", "!", "?")) else f"{text}."


class _Layout:
    def __init__(self, report: Report, *, full: bool) -> None:
        self._report = report
        self._full = full
        self._cited: dict[str, int] = {}
        self._is_cut = False

    def page(self) -> Page:
        blocks = self._emergency() if at_tier(self._report.red_flags, "emergency") else self._whole()
        do = f" {self._report.do}" if self._report.urgency == "emergency" else ""
        last = Line("apart", sentence(self._title()) + do, lead="" if self._report.complete else "INCOMPLETE.")
        return Page(tuple(blocks), tuple(self._report.sources[source] for source in self._cited), last)

    def _title(self) -> str:
        report = self._report
        if report.urgency == "emergency":
            return f"EMERGENCY: {report.when}"
        if report.complete:
            return f"{URGENCY_WORDS[report.urgency]}: {report.when}"
        if report.urgency == "routine":
            return "How soon: cannot be said yet"
        return f"At least {URGENCY_WORDS[report.urgency].lower()}: {report.when}"

    # --- the emergency, alone -------------------------------------------------------------------------------------

    def _emergency(self) -> list[Block]:
        report = self._report
        lines = [Line("text", "", lead=report.do)]
        lines += self._flags(at_tier(report.red_flags, "emergency"))
        blocks: list[Block] = [Card("emergency", self._title(), tuple(lines))]
        if not report.complete:
            stopped = "The interview stopped here. This says nothing about what was not asked."
            blocks.append(Line("text", stopped, lead="INCOMPLETE."))
        blocks.append(Line("text", f"Legwise can also make a one-page {report.words.sheet} from your answers."))
        return [*blocks, *self._footer()]

    # --- everything else ------------------------------------------------------------------------------------------

    def _whole(self) -> list[Block]:
        blocks: list[Block] = [] if self._report.complete else [self._incomplete()]
        blocks.append(self._urgency())
        blocks += self._not_asked()
        if self._report.out_of_scope:
            scope = self._report.out_of_scope
            blocks.append(Line("apart", scope.say, sources=self._numbers(scope.sources)))
        else:
            blocks += self._main()
            blocks += self._others()
        blocks += self._not_ruled_out()
        blocks += self._advice()
        blocks += self._sharpen()
        return [*blocks, *self._footer()]

    def _incomplete(self) -> Card:
        flags = [flag for flag in self._report.not_ruled_out if flag.not_asked]
        emergencies = sum(flag.urgency == "emergency" for flag in flags)
        count = f"{len(flags)} warning sign{'s' if len(flags) > 1 else ''}"
        which = f" ({emergencies} of them for an emergency)" if emergencies else ""
        nothing_about = f"{count}{which}, listed below" if flags else "what was not asked"
        lines = (
            Line("text", f"The interview stopped early. This result says nothing about {nothing_about}."),
            Line("text", self._report.words.stopped_early),
        )
        return Card("incomplete", "INCOMPLETE", lines)

    def _not_asked(self) -> list[Block]:
        """Return the red flags that an unanswered question leaves open: every emergency, and all others in full."""
        flags = [flag for flag in self._report.not_ruled_out if flag.not_asked]
        lesser = [flag for flag in flags if flag.urgency != "emergency"]
        if self._full or len(lesser) <= _MAX_OPEN:
            return [Line("heading", "What was not asked about"), *_flags_by_tier(flags)] if flags else []
        self._is_cut = True
        return [
            Line("heading", "What was not asked about"),
            *_flags_by_tier(flag for flag in flags if flag.urgency == "emergency"),
            Line("item", f"{len(lesser)} less urgent warning signs; the full result names them.", lead="And:"),
        ]

    def _urgency(self) -> Card:
        report = self._report
        lines: list[Line] = []
        if report.complete or report.urgency != "routine":
            lines.append(Line("text", "", lead=report.do))
        else:
            lines.append(Line("text", f"The questions were not finished. {report.words.unfinished}"))
        if report.unsure_emergencies:
            lines.append(self._unsure())
        decisive, others = self._decisive_first()
        lines += [*self._flags(decisive), *others]
        if report.complete and report.urgency in ("soon", "routine"):
            lines.append(Line("apart", self._outlook_in_words()))
        return Card("urgent" if report.urgency == "same-day" else "calm", self._title(), tuple(lines))

    def _decisive_first(self) -> tuple[list[RaisedFlag], list[Line]]:
        """Return the flags to show with their reasons, and one line for each of the less urgent others."""
        flags = self._report.red_flags
        tier = flags[0].urgency if flags else "routine"
        if self._full:
            return list(flags), []
        standing = [flag for flag in flags if not flag.outranked]
        self._is_cut = self._is_cut or len(standing) < len(flags)
        decisive = list(at_tier(standing, tier))
        said = {flag.label for flag in decisive}
        others = {flag.label: flag for flag in standing if flag.label not in said}
        if not others:
            return decisive, []
        self._is_cut = True
        lines = [
            Line("item", flag.do or "", lead=f"{URGENCY_WORDS[flag.urgency]}: {sentence(flag.label)}")
            for flag in others.values()
        ]
        return decisive, [Line("name", "Less urgent, but worth a check"), *lines]

    def _outlook_in_words(self) -> str:
        report = self._report
        worse = report.words.outlook
        if report.not_ruled_out:
            return f"Some warning signs could not be ruled out: they are listed below. {worse}"
        return worse if report.red_flags else f"No warning sign came up in your answers. {worse}"

    def _unsure(self) -> Line:
        """Say that urgency is what it is because an emergency item was answered *not sure*."""
        questions = dict.fromkeys(q for flag in self._report.unsure_emergencies for q in flag.not_sure)
        quoted = [f'"{self._report.questions[question].short}"' for question in questions]
        it = "it is" if len(quoted) == 1 else "they are"
        return Line(
            "text",
            sentence(f"Until {it} ruled out, {self._report.words.until_ruled_out}"),
            lead=sentence(f"You were not sure about {joined(quoted, None if self._full else _MAX_QUOTED)}"),
        )

    def _flags(self, flags: Sequence[RaisedFlag]) -> list[Line]:
        """Return flags with their reasons; where they are many, the rest by name."""
        shown = self._cut(flags, _MAX_RAISED)
        lines = [line for flag in shown for line in self._flag(flag)]
        rest = joined([flag.label for flag in flags[len(shown) :]])
        return [*lines, Line("apart", sentence(rest), lead="Also to be checked:")] if rest else lines

    def _flag(self, flag: RaisedFlag) -> list[Line]:
        """Return a flag that was raised, with its reasons, and its own tier where that is not the verdict's."""
        is_decisive = flag.urgency == self._report.urgency
        # Not the label alone: that would read as a diagnosis.
        lead = "To be checked:" if is_decisive else f"{URGENCY_WORDS[flag.urgency]}, to be checked:"
        do = [Line("text", flag.do)] if flag.do else []
        return [Line("name", f"{lead} {flag.label}"), *do, *(self._reason(reason) for reason in flag.reasons)]

    # --- hypotheses -----------------------------------------------------------------------------------------------

    def _main(self) -> list[Block]:
        all_ = [hypothesis for hypothesis in self._report.hypotheses if hypothesis.kind != "other"]
        lines = self._hypotheses(all_)
        if self._report.complete:
            lines += _names(
                "No sign in your answers of:",
                [h for h in all_ if h.band == "none" and not (h.worth_mentioning or h.cannot_tell)],
            )
            lines += _names("Your answers cannot tell:", [h for h in all_ if h.cannot_tell and not h.worth_mentioning])
        if not any(hypothesis.band in _MAX_FOR for hypothesis in all_):
            lines.insert(0, Line("text", self._nothing(all_)))
        heading = "What fits your answers" if self._report.complete else "What fits your answers so far"
        return [Line("heading", heading), *lines]

    def _nothing(self, hypotheses: Sequence[HypothesisShown]) -> str:
        if not self._report.complete:
            return "Nothing can be said yet."
        unknown = [hypothesis.cannot_tell for hypothesis in hypotheses]
        if 2 * sum(unknown) > len(unknown):
            return "Too little is known to say what fits."
        return "Nothing fits your answers well."

    def _others(self) -> list[Block]:
        # "No sign of" a grave illness would be a promise that a few questions cannot keep: those are left out.
        lines = self._hypotheses([hypothesis for hypothesis in self._report.hypotheses if hypothesis.kind == "other"])
        return [Line("heading", self._report.words.others), *lines] if lines else []

    def _hypotheses(self, hypotheses: Sequence[HypothesisShown]) -> list[Line]:
        likely, possible, less_likely = (
            [hypothesis for hypothesis in hypotheses if hypothesis.band == band]
            for band in ("likely", "possible", "less_likely")
        )
        shown = [*likely, *possible, *less_likely] if self._full else [*likely, *self._cut(possible, _MAX_POSSIBLE)]
        lines = [line for hypothesis in shown for line in self._hypothesis(hypothesis)]
        lines += _names("Also possible:", [hypothesis for hypothesis in possible if hypothesis not in shown])
        # Beside every other illness there is some risk; on one page that would only be noise.
        mentioned = [self._mention(h) for h in hypotheses if h.worth_mentioning and (self._full or h.kind != "other")]
        if mentioned:
            lines += [Line("name", self._report.words.mention), *mentioned]
        if self._report.complete and not self._full:
            lines += _names("Less likely:", less_likely)
        return lines

    def _hypothesis(self, hypothesis: HypothesisShown) -> list[Line]:
        supporting = [reason for reason in hypothesis.supporting if reason.counted or self._full]
        opposing = [reason for reason in hypothesis.opposing if reason.counted or self._full]
        return [
            Line("name", f"{hypothesis.label}: {BAND_WORDS[hypothesis.band]}"),
            *([Line("text", hypothesis.about)] if self._full and hypothesis.about else []),
            *self._evidence("For", supporting, _MAX_FOR.get(hypothesis.band, 0)),
            *self._evidence("Against", opposing, _MAX_AGAINST),
        ]

    def _mention(self, hypothesis: HypothesisShown) -> Line:
        return self._reason(hypothesis.supporting[0], lead=f"{hypothesis.label}:", with_answers=self._full)

    def _evidence(self, word: str, reasons: Sequence[Reason], at_most: int) -> Iterable[Line]:
        shown = self._cut(reasons, at_most)
        for index, reason in enumerate(shown):
            left = len(reasons) - len(shown) if index == len(shown) - 1 else 0
            more = f"({left} more {word.lower()} it.)" if left else ""
            strength = strength_in_words(reason.strength or "", reason.role)
            # On one page the person's answers are repeated for red flags only.
            yield self._reason(reason, lead=f"{word} ({strength}):", more=more, with_answers=self._full)

    # --- what is open, and what to do ------------------------------------------------------------------------------

    def _not_ruled_out(self) -> list[Block]:
        """Return the flags that stay open, those that hang on the same questions together.

        What was not asked at all stands in the banner of an interview that was stopped early.
        """
        groups: dict[tuple[str, ...], list[OpenFlag]] = {}
        for flag in self._report.not_ruled_out:
            if flag.not_sure or not flag.not_asked:
                groups.setdefault(flag.not_sure, []).append(flag)
        if not groups:
            return []
        lines = [
            Line("item", self._to_settle(questions), lead=sentence(_by_tier_in_words(flags)))
            for questions, flags in groups.items()
        ]
        if not self._full and len(groups) > _MAX_OPEN:
            self._is_cut = True
            lines = _flags_by_tier(flag for flags in groups.values() for flag in flags)
            lines.append(Line("text", "The questions that you were not sure about would settle these."))
        return [Line("heading", "What could not be ruled out"), *lines]

    def _to_settle(self, questions: Sequence[str]) -> str:
        if not questions:
            return "No question here can settle it."
        quoted = [f'"{self._report.questions[question].short}"' for question in questions]
        return sentence(f"You were not sure about {joined(quoted, None if self._full else _MAX_SAID)}")

    def _advice(self) -> list[Block]:
        of_kind: dict[str, list[AdviceShown]] = {}
        for advice in self._report.advice:
            of_kind.setdefault(advice.kind, []).append(advice)
        blocks: list[Block] = []
        for heading, kinds in (
            (self._report.words.tests, ("test",)),
            ("What you can do", ("action", "food", "everyday")),
            (self._report.words.cautions, ("caution",)),
        ):
            lines = [
                self._piece_of_advice(advice)
                for kind in kinds
                for advice in self._room_for(kind, of_kind.get(kind, []))
            ]
            blocks += [Line("heading", heading), *lines] if lines else []
        return blocks

    def _piece_of_advice(self, advice: AdviceShown) -> Line:
        check_first = advice.status == "check_first"
        lead = f"Check first, if this fits you ({joined(advice.check)}):" if check_first else ""
        said = tuple(dict.fromkeys(words for reason in advice.reasons for words in reason.said))
        # A caution names what it rests on; for food that would only be long.
        because = f" {self._said(said)}" if advice.kind == "caution" and said else ""
        if self._full:
            return Line("item", advice.text + because, lead=lead, sources=self._numbers(advice.sources))
        return Line("item", self._in_short(advice) + because, lead=lead)

    def _in_short(self, advice: AdviceShown) -> str:
        """Return the first sentence of a piece of advice, and any that names the emergency number; cautions whole."""
        if advice.kind == "caution":
            return advice.text
        first, *others = _NEXT_SENTENCE.split(advice.text)
        kept = [first, *(other for other in others if self._report.emergency_number in other)]
        self._is_cut = self._is_cut or len(kept) <= len(others)
        return " ".join(kept)

    def _room_for(self, kind: str, advice: Iterable[AdviceShown]) -> Sequence[AdviceShown]:
        """Return the advice of a kind to show.

        What goes with the most certain hypotheses is first; before it, except for tests, what rests on the person's own
        answers.
        """
        places = {hypothesis.id: place for place, hypothesis in enumerate(self._report.hypotheses)}

        def rank(piece: AdviceShown) -> tuple[bool, int]:
            place = min((places.get(hypothesis, len(places)) for hypothesis in piece.hypotheses), default=len(places))
            return kind != "test" and not piece.reasons, place

        ordered = sorted(advice, key=rank)
        personal = sum(bool(piece.reasons) for piece in ordered) if kind == "caution" else 0
        return self._cut(ordered, max(_MAX_ADVICE[kind], personal))

    def _cut(self, items: Sequence[_Item], at_most: int) -> Sequence[_Item]:
        """Return what there is room for."""
        if self._full or len(items) <= at_most:
            return items
        self._is_cut = True
        return items[:at_most]

    def _sharpen(self) -> list[Block]:
        answered = {answer.question for answer in self._report.answers}
        leads = {question: "Not sure:" if question in answered else "Not asked:" for question in self._report.sharpen}
        lines = [
            Line("item", asking_sentence(self._report.questions[question].ask), lead=lead)
            for question, lead in leads.items()
        ]
        return [Line("heading", "What would make this clearer"), *lines] if lines else []

    def _footer(self) -> list[Block]:
        base = self._report.base
        text = (
            f"It was worked out from your answers by the rules of {base.name} {base.version}. "
            "Numbers in brackets are the sources."
        )
        if self._is_cut:
            text += " This is the short form: the full result has every reason and all advice."
        return [Line("quiet", text, lead=sentence(self._report.words.is_not))]

    # --- reasons ---------------------------------------------------------------------------------------------------

    def _reason(self, reason: Reason, *, lead: str = "", more: str = "", with_answers: bool = True) -> Line:
        parts = [sentence(reason.because)]
        if reason.said and with_answers:
            parts.append(self._said(reason.said))
        if reason.textbook:
            parts.append("(Textbook knowledge.)")
        if reason.contested:
            parts.append(f"(Disputed: {sentence(reason.contested)})")
        if not reason.counted:
            parts.append("(Much the same as another reason, so the two count once.)")
        text = " ".join(part for part in (*parts, more) if part)
        return Line("item", text, lead=lead, sources=self._numbers(reason.sources))

    def _said(self, said: Sequence[str]) -> str:
        return f"You said: {sentence(joined(said, None if self._full else _MAX_SAID))}"

    def _numbers(self, sources: Iterable[str]) -> tuple[int, ...]:
        cited = tuple(dict.fromkeys(sources))
        shown = cited if self._full else cited[:_MAX_CITED]
        return tuple(sorted(self._cited.setdefault(source, len(self._cited) + 1) for source in shown))


def _flags_by_tier(flags: Iterable[OpenFlag]) -> list[Line]:
    names = {urgency: joined([flag.label for flag in found]) for urgency, found in by_tier(flags).items()}
    return [Line("item", sentence(words), lead=f"{URGENCY_WORDS[urgency]}:") for urgency, words in names.items()]


def _names(lead: str, hypotheses: Sequence[HypothesisShown]) -> list[Line]:
    names = joined([hypothesis.label for hypothesis in hypotheses])
    return [Line("apart", sentence(names), lead=lead)] if names else []


def _by_tier_in_words(flags: Iterable[OpenFlag]) -> str:
    tiers = by_tier(flags).items()
    return ". ".join(f"{URGENCY_WORDS[urgency]}: {joined([flag.label for flag in found])}" for urgency, found in tiers)


def source_in_words(source: Cited) -> str:
    """Return a source on one line, such as "Osteomalacia. StatPearls, 2024 (not seen)"."""
    origin = ", ".join(part for part in (source.publisher, str(source.year) if source.year else None) if part)
    words = sentence(source.title) + (f" {sentence(origin)}" if origin else "")
    return words if source.seen else f"{words} Textbook knowledge, or a page that was not seen."
