"""What the commands over rules and cases (`rules`, `demo`, `cases`, `compare`) show; `interview.cli` prints it."""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from typing import Any

import msgspec

from expert.cases import Case, origin_in_words
from expert.compare import Comparison
from expert.consultation import Consultation
from expert.dossier import Dossier, carriers
from expert.dossier_told import tell_claim
from expert.examples import Example
from expert.explain import find_subject
from expert.faults import Faults, listing, quoted, suggestion
from expert.harmless import harmless
from expert.model import URGENCIES, Base, Rule
from expert.rulebook import (
    as_object,
    claims_of,
    codes_as_object,
    rules_about,
    rules_of_claim,
    rules_of_source,
    tell_rule,
    tell_rules,
)
from expert.scorecard import Scorecard
from expert.telling import Item, Telling
from expert.words import answer_in_words
from interview.asking import Words
from interview.explaining import (
    Explained,
    RequestError,
    explain_how,
    explain_nearby,
    explain_open_flags,
    explain_what_if,
    explain_why_not,
    filled,
)

# --- rules ------------------------------------------------------------------------------------------------------------


def choose_rules(
    base: Base,
    *,
    rule: str | None = None,
    about: str | None = None,
    source: str | None = None,
    claim: str | None = None,
    dossier: Dossier | None = None,
) -> tuple[Rule, ...]:
    """Return the rules that are asked for; all when nothing is. A claim of the dossier need not have any.

    Raises: RequestError: nothing has that name.
    """
    if rule is not None:
        _check("rule", rule, base.rules)
        return (base.rules[rule],)
    if about is not None:
        _check("hypothesis, red flag, finding or advice", about, _concluded(base))
        return rules_about(base, about)
    if source is not None:
        _check("source", source, base.sources)
        return rules_of_source(base, source)
    if claim is not None:
        _check("claim", claim, claims_of(base) | (dossier.claims.keys() if dossier is not None else set()))
        return rules_of_claim(base, claim)
    return tuple(base.rules.values())


def _concluded(base: Base) -> Collection[str]:
    return {**base.hypotheses, **base.red_flags, **base.findings, **base.advice}


def _check(noun: str, name: str, names: Collection[str]) -> None:
    if name not in names:
        near = suggestion(Faults().nearest(name, sorted(names)))
        raise RequestError(f"unknown {noun} {quoted(name)}.{near}")


def rules_told(
    base: Base, rules: Sequence[Rule], cases: Collection[Case], examples: Collection[Example], *, is_one: bool
) -> list[Telling]:
    """Return rules in words: one in full, several a sentence each."""
    return [tell_rule(base, rules[0], cases, examples)] if is_one else tell_rules(base, rules)


def claim_told(base: Base, dossier: Dossier | None, claim: str | None) -> list[Telling]:
    """Return what the dossier says of a claim, in words; nothing where it says nothing."""
    known = dossier.claims.get(claim) if dossier is not None and claim is not None else None
    return [tell_claim(base, dossier, known)] if dossier is not None and known is not None else []


def claim_as_object(base: Base, dossier: Dossier | None, claim: str | None) -> dict[str, object] | None:
    """Return what the dossier says of a claim, as plain data; None where it says nothing."""
    known = dossier.claims.get(claim) if dossier is not None and claim is not None else None
    if dossier is None or known is None:
        return None
    found = carriers(base, dossier)[known.id]
    return {
        **{key: value for key, value in msgspec.to_builtins(known).items() if key != "place"},
        "rules": list(found.rules),
        "advice": list(found.advice),
    }


def rules_as_json(
    base: Base,
    rules: Sequence[Rule],
    cases: Collection[Case],
    examples: Collection[Example],
    *,
    claim: dict[str, object] | None = None,
    about: str | None = None,
) -> str:
    """Return rules as one JSON object, in ASCII, ending in a newline.

    Args: claim: what the dossier says of their claim; about: the hypothesis or advice whose codes go with them.
    """
    return _json(
        {
            "format": "legwise-rules",
            "format_version": 1,
            "base": _base(base),
            **({"claim": claim} if claim is not None else {}),
            **(codes_as_object(base, about) if about is not None else {}),
            "rules": [as_object(base, rule, cases, examples) for rule in rules],
        }
    )


# --- demonstrations ---------------------------------------------------------------------------------------------------


def demos_told(cases: Sequence[Case]) -> list[Telling]:
    """Return the list of demonstrations."""
    demos = [case for case in cases if case.is_demo]
    items = tuple(Item(harmless(case.title), f"{_short(case)}:", items=(Item(harmless(case.shows)),)) for case in demos)
    note = "legwise demo NAME runs one." if demos else "This base has none: they are cases whose id begins with demo-."
    return [Telling("Demonstrations", items, note)]


def _short(case: Case) -> str:
    return harmless(case.id.removeprefix("demo-"))


def find_demo(cases: Sequence[Case], name: str) -> Case:
    """Return a case by its id, or a demonstration by its short name. Raises: RequestError: there is no such."""
    for case in cases:
        if name in (case.id, _short(case) if case.is_demo else case.id):
            return case
    names = [_short(case) for case in cases if case.is_demo]
    near = suggestion(Faults().nearest(name, [*names, *(case.id for case in cases)]))
    raise RequestError(f"unknown demonstration {quoted(name)}; {listing(names)}.{near}")


def demo_opening(base: Base, case: Case) -> Telling:
    """Return what a demonstration begins with: what it shows, where it comes from, and what the person told."""
    told = tuple(Item(answer_in_words(base, question, case.answers[question])) for question in case.told)
    rest = len(case.answers) - len(told)
    assumed = (Item(f"{rest} other {'answer is' if rest == 1 else 'answers are'} assumed."),) if rest else ()
    items = (Item(harmless(case.shows), "It shows:"), *([Item("", "Told:", items=(*told, *assumed))] if told else []))
    return Telling(harmless(case.title), items, f"Source: {harmless(origin_in_words(case)).rstrip('.')}.")


def demo_point(consultation: Consultation, case: Case, words: Words) -> list[Telling]:
    """Return the explanations that show the point of a case; names were checked when it was read."""
    base, point = consultation.base, case.explain
    found: list[Explained] = [
        explain_how(consultation, find_subject(base, name), arithmetic=point.arithmetic) for name in point.how
    ]
    for name in point.why_not:
        tier = next((urgency for urgency in URGENCIES if urgency == name), None)
        subject = find_subject(base, "urgency" if tier else name)
        found.append(explain_why_not(consultation, subject, point.band, tier))
    if point.what_if:
        found.append(explain_what_if(consultation, point.what_if))
    if point.not_ruled_out:
        found.append(explain_open_flags(consultation))
    if point.near:
        found.append(explain_nearby(consultation))
    return [filled(each.telling, words) for each in found]


# --- scores -----------------------------------------------------------------------------------------------------------


def scorecard_as_json(card: Scorecard, base: Base) -> str:
    """Return the scores of a library of cases as one JSON object, in ASCII, ending in a newline."""
    return _json(
        {
            "format": "legwise-cases",
            "format_version": 1,
            "base": _base(base),
            "demonstrations_left_out": card.demonstrations,
            "totals": {
                total.id: {
                    "got": total.got,
                    "of": total.of,
                    "wanted_at_least_share": total.least,
                    "wanted_at_most": total.most,
                    "met": total.is_met,
                }
                for total in card.totals
            },
            "emergencies": msgspec.to_builtins(card.emergencies),
            "cases": [
                {
                    **msgspec.to_builtins(score),
                    "likely_wrongly": score.likely_wrongly,
                    "flags_missing": score.flags_missing,
                    "open_missing": score.open_missing,
                    "missed": score.is_missed,
                }
                for score in card.scores
            ],
        }
    )


# --- comparisons ------------------------------------------------------------------------------------------------------


def comparison_as_json(comparison: Comparison, first: Base, second: Base) -> str:
    """Return a comparison as one JSON object, in ASCII, ending in a newline."""
    return _json(
        {
            "format": "legwise-comparison",
            "format_version": 1,
            "first": _base(first),
            "second": _base(second),
            **msgspec.to_builtins(comparison),
        }
    )


def _base(base: Base) -> dict[str, str]:
    return {"name": base.name, "version": base.version, "digest": base.digest}


def _json(whole: dict[str, Any]) -> str:
    return json.dumps(whole, indent=2, ensure_ascii=True, allow_nan=False) + "\n"
