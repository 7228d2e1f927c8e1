"""A report as a handover sheet for a doctor: plain text, about one page, in clinical words, without a diagnosis."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain

from expert.words import BAND_WORDS, URGENCY_WORDS, strength_in_words
from interview.render.layout import joined
from interview.render.plain import squeezed
from interview.report import Answered, CodeShown, HypothesisShown, Reason, Report, at_tier, by_tier
from interview.wrapping import wrap

_WIDTH = 80
#: What a page has room for.
_PAGE = 60
_FEWEST_DENIALS = 8
_MAX_REASONS = {"likely": 3, "possible": 2}
_MAX_REASONED = 5
_MAX_PERTINENT = 8
_MAX_UNSURE = 12
_MAX_TESTS = 8
_MAX_OPEN = {"emergency": 12, "same-day": 6, "soon": 3, "routine": 3}
_MAX_RAISED = 6
#: How much of the digest is enough to tell two versions of a rule base apart on paper.
_DIGEST = 16


def to_sheet(report: Report) -> str:
    """Return the sheet as plain text of 80 columns, ending in a newline. Dates are left to the pen."""
    above = (
        _head(report), _urgency(report), _positives(report), _hypotheses(report), _codes(report), _unknowns(report),
    )  # fmt: skip
    foot = _foot(report)
    used = sum(len(section) + 1 for section in (*above, foot) if section)
    sections = (*above, _denials(report, _PAGE - used - 1), foot)
    lines = [line for section in sections for line in ("", *section)]
    return "\n".join(squeezed(lines)) + "\n"


def _paragraph(lead: str, text: str) -> list[str]:
    return wrap(f"{lead}: {text}", _WIDTH, rest="  ") if text else []


def _head(report: Report) -> list[str]:
    blanks = report.words.sheet_blanks.split(", ")
    lines = [
        f"{report.words.sheet.upper()}: {report.base.title}",
        "  ".join(f"{name}: {'_' * (12 if number else 22)}" for number, name in enumerate(blanks)),
        report.words.sheet_note,
    ]
    if not report.complete:
        lines.append("INCOMPLETE: the interview was stopped early; see what was not asked.")
    return [line for long in lines for line in wrap(long, _WIDTH)]


def _urgency(report: Report) -> list[str]:
    known = f"{URGENCY_WORDS[report.urgency]} ({report.when})"
    if not report.complete and report.urgency != "emergency":
        known = "cannot be said yet" if report.urgency == "routine" else f"at least {known}"
    lines = _paragraph("URGENCY", known)
    shown = at_tier(report.red_flags, report.urgency)[:_MAX_RAISED]
    for flag in shown:
        said = dict.fromkeys(words for reason in flag.reasons for words in reason.clinical)
        lines += _item(f"{URGENCY_WORDS[flag.urgency]}: {flag.label}. Because: {joined(list(said))}")
    others = [flag for flag in report.red_flags if flag not in shown]
    for urgency in dict.fromkeys(flag.urgency for flag in others):
        labels = joined([flag.label for flag in at_tier(others, urgency)], _MAX_OPEN["emergency"])
        lines += _item(f"{URGENCY_WORDS[urgency]}: {labels}")
    if report.unsure_emergencies:
        labels = joined([flag.label for flag in report.unsure_emergencies], 6)
        lines += _item(f"Emergency not ruled out (answered not sure): {labels}")
    return lines


def _item(text: str) -> list[str]:
    return wrap(text, _WIDTH, first="- ", rest="  ")


def _positives(report: Report) -> list[str]:
    """Return what was answered positively, by topic, symptoms before risks."""
    lines = []
    signs, risks = report.words.sheet_signs, report.words.sheet_risks
    for heading, kinds in ((signs, ("safety", "symptom")), (risks, ("about", "risk"))):
        answers = [a for a in _applying(report, "positive") if report.questions[a.question].kind in kinds]
        lines += [heading, *_by_topic(report, answers)] if answers else []
    return lines or wrap(f"{signs}: nothing was answered positively.", _WIDTH)


def _by_topic(report: Report, answers: Sequence[Answered]) -> Iterator[str]:
    for topic, title in report.topics.items():
        said = [_said(report, answer) for answer in answers if report.questions[answer.question].topic == topic]
        if said:
            yield from _item(f"{title}: {joined(said)}")


def _said(report: Report, answer: Answered) -> str:
    """Return an answer in clinical words; a plain yes is said by the name of its question alone."""
    name = report.questions[answer.question].clinical
    return name if answer.reply == "yes" else f"{name}: {answer.clinical}"


def _applying(report: Report, status: str) -> list[Answered]:
    return [answer for answer in report.answers if answer.applies and answer.status == status]


def _hypotheses(report: Report) -> list[str]:
    if report.out_of_scope:
        return _paragraph("HYPOTHESES", f"none given. {report.out_of_scope.say}")
    lines = ["HYPOTHESES (by rules; strength of each reason in brackets)"]
    fitting = [hypothesis for hypothesis in report.hypotheses if hypothesis.band in ("likely", "possible")]
    for hypothesis in fitting[:_MAX_REASONED]:
        lines += _item(_hypothesis(hypothesis))
    lines += _paragraph("Also likely or possible", joined([hypothesis.label for hypothesis in fitting[_MAX_REASONED:]]))
    if report.complete:
        lines += _paragraph("Less likely", joined([h.label for h in report.hypotheses if h.band == "less_likely"]))
    risks = [
        f"{h.label} ({_clinical(h.supporting[0])})"
        for h in report.hypotheses
        if h.worth_mentioning and h.kind != "other"
    ]
    lines += _paragraph("Risk without a known sign", joined(risks))
    for lead, wanted in (("Cannot be told", True), ("No sign", False)):
        names = [
            h.label
            for h in report.hypotheses
            if h.band == "none" and h.kind != "other" and not h.worth_mentioning and h.cannot_tell is wanted
        ]
        if wanted or report.complete:
            lines += _paragraph(lead, joined(names))
    return lines


def _hypothesis(hypothesis: HypothesisShown) -> str:
    at_most = _MAX_REASONS[hypothesis.band]
    words = f"{hypothesis.label}: {BAND_WORDS[hypothesis.band]}. For: {_reasons(hypothesis.supporting, at_most)}."
    return words + (f" Against: {_reasons(hypothesis.opposing, at_most)}." if hypothesis.opposing else "")


def _codes(report: Report) -> list[str]:
    """Return a code of each hypothesis that fits, those of the tests advised, and what their licences want said."""
    fitting = [each.codes[:1] for each in report.hypotheses if each.band in ("likely", "possible")]
    advised = [each.codes for each in report.advice if each.kind == "test" and each.status == "applies"]
    codes = [
        *dict.fromkeys(chain.from_iterable(fitting[:_MAX_REASONED])),
        *list(dict.fromkeys(chain.from_iterable(advised)))[:_MAX_TESTS],
    ]
    if not codes:
        return []
    lines = ["CODES for cross-reference, not a diagnosis (*: seen in part, confirm before use)"]
    for system in report.code_systems.values():
        said = [_code(report.codes[code]) for code in codes if report.codes[code].system == system.id]
        lines += _paragraph(system.name, joined(said) if said else "")
    return [*lines, *wrap(" ".join(report.notices(codes)), _WIDTH)]


def _code(code: CodeShown) -> str:
    return f"{code.code}{'' if code.status == 'seen' else '*'} {code.name}"


def _reasons(reasons: Iterable[Reason], at_most: int) -> str:
    counted = [
        f"{_clinical(reason)} ({strength_in_words(reason.strength or '', reason.role)}"
        f"{', textbook' if reason.textbook else ''}{', disputed' if reason.contested else ''})"
        for reason in reasons
        if reason.counted
    ]
    return joined(counted, at_most)


def _clinical(reason: Reason) -> str:
    return " + ".join(reason.clinical) or reason.because


def _unknowns(report: Report) -> list[str]:
    unsure = [report.questions[answer.question] for answer in report.answers if answer.applies and answer.unsure]
    safety = [question.clinical for question in unsure if question.kind == "safety"]
    others = [question.clinical for question in unsure if question.kind != "safety"]
    lines = [*_paragraph("SAFETY ITEMS NOT SURE", joined(safety)), *_paragraph("NOT SURE", joined(others, _MAX_UNSURE))]
    for urgency, flags in by_tier(report.not_ruled_out).items():
        lead = f"NOT RULED OUT ({URGENCY_WORDS[urgency].lower()})"
        lines += _paragraph(lead, joined([flag.label for flag in flags], _MAX_OPEN[urgency]))
    if not report.complete:
        unasked = [report.questions[question] for question in report.not_asked]
        safety = [question.clinical for question in unasked if question.kind == "safety"]
        lines += _paragraph("SAFETY QUESTIONS NOT ASKED", joined(safety))
        lines += _paragraph("OTHER QUESTIONS NOT ASKED", str(len(unasked) - len(safety)))
    return lines


def _denials(report: Report, room: int) -> list[str]:
    """Return what was denied in at most `room` lines, but never fewer than a few; how many are left out is said."""
    denied = _applying(report, "denied")
    safety = [answer for answer in denied if report.questions[answer.question].kind == "safety"]
    pertinent = [answer for answer in denied if answer.question in report.pertinent and answer not in safety]
    rest = len(denied) - len(safety) - len(pertinent)
    below = [
        *_paragraph("ALSO DENIED", joined([_denied(report, answer) for answer in pertinent], _MAX_PERTINENT)),
        *_paragraph("OTHER QUESTIONS ANSWERED NO OR NONE", str(rest) if rest else ""),
    ]
    names = [_denied(report, answer) for answer in safety]
    room_here = max(room - len(below), _FEWEST_DENIALS)
    shown = next(
        (lines for count in range(len(names), 0, -1) if len(lines := _safety_denials(names, count)) <= room_here), []
    )
    return [*shown, *below]


def _safety_denials(names: Sequence[str], count: int) -> list[str]:
    return _paragraph("SAFETY ITEMS DENIED", joined(names, count) if names else "")


def _denied(report: Report, answer: Answered) -> str:
    name = report.questions[answer.question].clinical
    if answer.reply == "no":
        return name
    return f"{name}: {'none' if isinstance(answer.reply, tuple) else answer.clinical.lower()}"


def _foot(report: Report) -> list[str]:
    base = report.base
    digest = f", SHA-256 {base.digest[:_DIGEST]}" if base.digest else ""
    text = f"Rule base {base.name} {base.version}{digest}. Rules can be wrong: judge by your own findings."
    return wrap(text, _WIDTH)
