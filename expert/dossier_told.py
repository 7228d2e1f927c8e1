"""What the evidence dossier says, in words: one claim beside its rules, and all of it as a page for the docs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from msgspec import Struct

from expert.codes import code_in_words, notices_of
from expert.dossier import INFO, Carriers, Claim, Dossier, Statement, carriers
from expert.harmless import for_markdown, harmless
from expert.model import Base
from expert.telling import Item, Telling
from expert.words import urgency_in_words

_SEEN = {"yes": "seen", "partly": "seen in part", "no": "textbook, not seen"}
#: Carriers of one kind named in a cell of the page; more are counted.
_MOST_NAMED = 12


def tell_claim(base: Base, dossier: Dossier, claim: Claim) -> Telling:
    """Tell what the dossier says of a claim: its grade, on what it rests, what carries it, and how rules are judged."""
    found = carriers(base, dossier)[claim.id]
    items = [
        Item(harmless(claim.says), "It says:"),
        Item(graded_in_words(base, claim), "Graded:"),
        *(Item(harmless(claim.note), "Note:") for _ in [claim] if claim.note),
        *(Item(harmless(claim.contested), "Contested:") for _ in [claim] if claim.contested),
        *(Item(harmless(claim.verdict), "What the dossier found:") for _ in [claim] if claim.verdict),
        *(Item(_others(found), "Also carried by:") for _ in [claim] if found.advice or found.others),
        *(Item(harmless(claim.out_of_scope), "Not carried:") for _ in [claim] if claim.out_of_scope),
        *_judgements(dossier, found),
    ]
    return Telling(f"The dossier, claim {harmless(claim.id)}", tuple(items))


def graded_in_words(base: Base, claim: Claim) -> str:
    """Return how a claim is graded: "strong sign for Low vitamin D; seen"."""
    kinds = [role for role in claim.role if role not in ("article", "question")]
    grades = " or ".join(harmless(strength) for strength in claim.strength if strength != INFO)
    tiers = " or ".join(urgency_in_words(tier).lower() for tier in claim.tier)
    about = ", ".join(harmless(base.hypotheses[name].label) for name in claim.about if name in base.hypotheses)
    whole = " ".join(part for part in (grades, " and ".join(kinds) if kinds != ["against"] else "") if part)
    parts = [f"{whole} about {about}" if about and whole else whole, tiers]
    if "article" in claim.role:
        parts.append("a statement of the seed article, by itself evidence of nothing")
    elif "question" in claim.role:
        parts.append("a question to ask")
    else:
        parts.append(_SEEN[claim.seen])
    return "; ".join(part for part in parts if part)


def _others(found: Carriers) -> str:
    return ", ".join(harmless(name) for name in (*(f"advice {advice}" for advice in found.advice), *found.others))


def _judgements(dossier: Dossier, found: Carriers) -> Iterator[Item]:
    whys: dict[str, list[str]] = {}
    for rule in found.rules:
        if judged := dossier.judged.get(rule):
            value = " ".join(part for part in (judged.value, judged.role) if part)
            whys.setdefault(judged.because, []).append(f"{rule} ({value})")
    items = tuple(Item(harmless(why), f"{', '.join(rules)}:") for why, rules in whys.items())
    if items:
        yield Item("", "Rules graded otherwise, or where it leaves the grade open:", items=items)


# --- the page ---------------------------------------------------------------------------------------------------------

_INTRODUCTION = """\
# The evidence dossier and what carries it

Every claim of the dossier by its id, how it is graded there, and the rules, advice and questions that carry it; or why
none does. `legwise check` fails when nothing carries a claim, or when a rule says something else than its claims and
no reason is given; the reasons stand at the end. `legwise rules --claim VD-01` shows one claim with its rules.

A claim is *seen* when a retrieved page was seen to say it; *textbook* claims need a check before clinical use. What the
grades mean is told in [Certainty](../explanation/certainty.md).
"""


class _Part(Struct, frozen=True):
    title: str
    claims: tuple[Claim, ...]


def page(base: Base, dossier: Dossier) -> str:
    """Return the page of the docs that maps every claim to what carries it."""
    found = carriers(base, dossier)
    carried = sum(1 for each in found.values() if each)
    rest = len(dossier.claims) - carried
    counts = (
        f"Of {len(dossier.claims)} claims {carried} are carried, and {rest} out of scope with a reason. Of "
        f"{len(base.rules)} rules {len(dossier.judged)} are judged; every other that has a grade says what its claims "
        "say."
    )
    lines = [_INTRODUCTION, f"\n{counts}\n"]
    for part in _parts(dossier):
        lines.append(f"\n## {for_markdown(part.title)}\n\n")
        lines += _article_table(part, found) if "article" in part.claims[0].role else _table(base, part, found)
    if dossier.article:
        lines += _article(dossier)
    lines += _judged(dossier)
    lines += _codes(base)
    return "".join(lines)


def _parts(dossier: Dossier) -> Iterator[_Part]:
    """Yield the claims file by file."""
    by_file: dict[str, list[Claim]] = {}
    for claim in dossier.claims.values():
        file = claim.place.partition(":")[0].rpartition("/")[2].rpartition(".")[0]
        by_file.setdefault(file, []).append(claim)
    for file, claims in by_file.items():
        words = file.replace("_", " ")
        yield _Part(words[:1].upper() + words[1:], tuple(claims))


def _table(base: Base, part: _Part, found: dict[str, Carriers]) -> Iterator[str]:
    yield "| claim | says | graded | carried by |\n|---|---|---|---|\n"
    for claim in part.claims:
        said = ". ".join(harmless(text).rstrip(".") for text in (claim.says, claim.note or "") if text)
        cells = (claim.id, for_markdown(said), for_markdown(graded_in_words(base, claim)), _carried(claim, found))
        yield f"| {' | '.join(cells)} |\n"


def _article_table(part: _Part, found: dict[str, Carriers]) -> Iterator[str]:
    yield "| statement | says | what the dossier found | what became of it |\n|---|---|---|---|\n"
    for claim in part.claims:
        cells = (claim.id, for_markdown(claim.says), for_markdown(claim.verdict or ""), _carried(claim, found))
        yield f"| {' | '.join(cells)} |\n"


def _carried(claim: Claim, found: dict[str, Carriers]) -> str:
    if claim.out_of_scope is not None:
        return f"out of scope: {for_markdown(claim.out_of_scope)}"
    by = found[claim.id]
    kinds = (("rules", by.rules), ("advice", by.advice), ("", by.others))
    return "; ".join(f"{kind} {_names(names)}".strip() for kind, names in kinds if names)


def _names(names: Iterable[str]) -> str:
    listed = [f"`{name}`" for name in names]
    more = f" and {len(listed) - _MOST_NAMED} more" if len(listed) > _MOST_NAMED else ""
    return ", ".join(listed[:_MOST_NAMED]) + more


def _article(dossier: Dossier) -> Iterator[str]:
    yield "\n## The seed article, sentence by sentence\n\n"
    yield "Each sentence in a few words of ours. What became of a statement stands in its table above.\n\n"
    yield "| part | sentence | statements |\n|---|---|---|\n"
    for heading, statements in dossier.article.items():
        for statement in statements:
            yield f"| {for_markdown(heading)} | {for_markdown(statement.says)} | {_became(dossier, statement)} |\n"


def _became(dossier: Dossier, statement: Statement) -> str:
    if statement.no_claim is not None:
        return f"none: {for_markdown(statement.no_claim)}"
    return "; ".join(f"{id_} ({for_markdown(dossier.claims[id_].verdict or '')})" for id_ in statement.claims)


def _judged(dossier: Dossier) -> Iterator[str]:
    whys: dict[str, list[str]] = {}
    for rule, judged in dossier.judged.items():
        value = " ".join(part for part in (judged.value, judged.role) if part)
        whys.setdefault(judged.because, []).append(f"`{rule}` ({value})")
    yield "\n## Rules graded otherwise than their claims say, or where these leave it open\n"
    for why, rules in whys.items():
        yield f"\n- {for_markdown(why)}\n  {', '.join(rules)}\n"


def _codes(base: Base) -> Iterator[str]:
    if not base.codes:
        return
    yield "\n## Codes\n\nFor cross-reference, not for diagnosis.\n\n| code | for |\n|---|---|\n"
    for code in base.codes.values():
        users = [each.id for each in base.hypotheses.values() if code.id in each.codes]
        users += [each.id for each in base.advice.values() if code.id in each.codes]
        yield f"| {for_markdown(code_in_words(base, code))} | {', '.join(f'`{user}`' for user in users)} |\n"
    yield from (f"\n{for_markdown(notice)}\n" for notice in notices_of(base, base.codes))
