"""A report as one JSON object, for programs. `docs/reference/result-json.md` documents every key."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from interview.report import AdviceShown, HypothesisShown, OpenFlag, RaisedFlag, Reason, Report

FORMAT = "legwise-result"
#: Raised when a key goes away or changes its meaning; new keys do not raise it.
FORMAT_VERSION = 1


def to_json(report: Report) -> str:
    """Return the whole result as JSON, in ASCII, ending in a newline; the same report always gives the same bytes."""
    return json.dumps(as_object(report), indent=2, ensure_ascii=True, allow_nan=False) + "\n"


def _what_to_do(report: Report) -> dict[str, str]:
    if report.complete or report.urgency != "routine":
        return {"do": report.do, "when": report.when}
    return {"do": "Answer the rest: not all was asked, so this is not a result.", "when": "cannot be said yet"}


def as_object(report: Report) -> dict[str, Any]:
    """Return the result as plain dicts and lists. Nothing is left out beside an emergency: programs get it all."""
    reasons = tuple(_reasons(report))
    return {
        "format": FORMAT,
        "format_version": FORMAT_VERSION,
        "base": {"name": report.base.name, "version": report.base.version, "digest": report.base.digest},
        "complete": report.complete,
        "urgency": report.urgency,
        "urgency_cause": report.urgency_cause,
        "what_to_do": _what_to_do(report),
        "red_flags": [_flag(flag) for flag in report.red_flags],
        "unsure_emergencies": [flag.id for flag in report.unsure_emergencies],
        "not_ruled_out": [flag.id for flag in report.not_ruled_out],
        "open_red_flags": [_open_flag(flag) for flag in report.not_ruled_out],
        "out_of_scope": None
        if report.out_of_scope is None
        else {"id": report.out_of_scope.id, "say": report.out_of_scope.say},
        "hypotheses": [_hypothesis(hypothesis) for hypothesis in report.hypotheses],
        "advice": [_advice(advice) for advice in report.advice],
        "sharpen": list(report.sharpen),
        "asked": list(report.asked),
        "spared": list(report.spared),
        "not_asked": list(report.not_asked),
        "answers": {answer.question: answer.reply for answer in report.answers},
        "not_applying": [answer.question for answer in report.answers if not answer.applies],
        "rules": {reason.rule: _rule(reason) for reason in reasons},
        "sources": _sources(report, reasons),
        **_codes(report),
    }


def _reasons(report: Report) -> Iterable[Reason]:
    for flag in report.red_flags:
        yield from flag.reasons
    for hypothesis in report.hypotheses:
        yield from hypothesis.supporting
        yield from hypothesis.opposing
    for advice in report.advice:
        yield from advice.reasons


def _flag(flag: RaisedFlag) -> dict[str, Any]:
    return {
        "id": flag.id,
        "urgency": flag.urgency,
        "label": flag.label,
        "do": flag.do,
        "outranked": flag.outranked,
        "rules": [reason.rule for reason in flag.reasons],
    }


def _open_flag(flag: OpenFlag) -> dict[str, Any]:
    return {
        "id": flag.id,
        "urgency": flag.urgency,
        "label": flag.label,
        "not_sure": list(flag.not_sure),
        "not_asked": list(flag.not_asked),
    }


def _hypothesis(hypothesis: HypothesisShown) -> dict[str, Any]:
    return {
        "id": hypothesis.id,
        "label": hypothesis.label,
        "kind": hypothesis.kind,
        "band": hypothesis.band,
        # Rounded, so that the last bits of a product are not part of the format.
        "certainty": round(hypothesis.certainty, 6),
        "for": [reason.rule for reason in hypothesis.supporting],
        "against": [reason.rule for reason in hypothesis.opposing],
        "worth_mentioning": hypothesis.worth_mentioning,
        "cannot_tell": hypothesis.cannot_tell,
        "codes": list(hypothesis.codes),
    }


def _advice(advice: AdviceShown) -> dict[str, Any]:
    return {
        "id": advice.id,
        "kind": advice.kind,
        "status": advice.status,
        "text": advice.text,
        "rules": [reason.rule for reason in advice.reasons],
        "sources": list(advice.sources),
        "codes": list(advice.codes),
    }


def _rule(reason: Reason) -> dict[str, Any]:
    return {
        "because": reason.because,
        "said": list(reason.said),
        "strength": reason.strength,
        "role": reason.role,
        "counted": reason.counted,
        "basis": "textbook" if reason.textbook else "seen",
        "contested": reason.contested,
        "sources": list(reason.sources),
    }


def _codes(report: Report) -> dict[str, Any]:
    """Return the codes of the hypotheses and advice shown, and their systems with what their licences want said."""
    named = {code for hypothesis in report.hypotheses for code in hypothesis.codes}
    named.update(code for advice in report.advice for code in advice.codes)
    codes = {
        code.id: {
            "system": code.system,
            "code": code.code,
            "name": code.name,
            "status": code.status,
            "note": code.note,
        }
        for code in report.codes.values()
        if code.id in named
    }
    systems = {code["system"] for code in codes.values()}
    return {
        "codes": codes,
        "code_systems": {
            system.id: {"name": system.name, "notice": system.notice, "url": system.url}
            for system in report.code_systems.values()
            if system.id in systems
        },
    }


def _sources(report: Report, reasons: Iterable[Reason]) -> dict[str, Any]:
    """Return the sources that anything in the object names, in the order of the base."""
    named = {source for reason in reasons for source in reason.sources}
    named.update(source for advice in report.advice for source in advice.sources)
    return {
        source.id: {
            "title": source.title,
            "publisher": source.publisher,
            "year": source.year,
            "url": source.url,
            "seen": source.seen,
        }
        for source in report.sources.values()
        if source.id in named
    }
