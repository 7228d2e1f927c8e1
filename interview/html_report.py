"""A consultation as one HTML file: the result, the evidence, the proofs, the replay and the rules.

The file stands alone: its own style and script are the only ones that its content security policy lets run, and nothing
in it can load anything. Every text is escaped by the template, or put in by the script as text.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from typing import Any, Literal

from msgspec import Struct
from msgspec.structs import replace

from expert.consultation import Consultation
from expert.explain import Subject, how
from expert.harmless import harmless, is_web_address
from expert.model import Base, Rule
from expert.proof import Cited as CitedRule
from expert.proof import Proof, cite
from expert.timeline import production_in_words, timeline
from expert.words import BAND_WORDS, condition_in_words, strength_in_words, urgency_in_words
from interview.html_timeline import replay
from interview.proof_graph import draw
from interview.region import PLACEHOLDER
from interview.render.layout import Block, Card, Line, Page, joined, lay_out, source_in_words
from interview.report import Cited, HypothesisShown, Reason, Report, build_report

#: Where the bars meet and how far they reach to either side, in the units of their drawing.
_HALF = 100.0

#: Quotes that curve are read more easily where there are many, and take fewer bytes than escaped ones.
_QUOTED = re.compile('"([^"]*)"')

_KINDS = {
    "urgency": "How soon",
    "hypothesis": "Hypothesis",
    "red_flag": "Red flag",
    "finding": "Finding",
    "rule": "Rule",
    "reply": "Answer",
    "score": "Score",
    **dict.fromkeys(("all", "any", "count", "not"), "Condition"),
}
#: Hypotheses whose reasons are printed without being asked for.
_PRINTED = ("likely", "possible")
#: What is said of a step that does not hold.
_DOUBTS = {False: "does not hold", None: "not known"}


class Bar(Struct, frozen=True):
    """One reason as a piece of a bar: where it begins, how wide it is, and its strength for the colour."""

    x: float
    width: float


class Evidence(Struct, frozen=True):
    """What speaks for and against one hypothesis, in words and as bars to either side of the middle."""

    label: str
    band: str
    level: str
    counts: str
    supporting: tuple[Point, ...]
    opposing: tuple[Point, ...]
    bars_for: tuple[Bar, ...]
    bars_against: tuple[Bar, ...]
    printed: bool
    codes: tuple[str, ...]


class Point(Struct, frozen=True):
    """One reason for or against: its strength in words, and why."""

    strength: str
    reason: Reason
    rule: int


class Group(Struct, frozen=True):
    """Lines of one kind in a row: items make a list together."""

    kind: Literal["list", "heading", "name", "text", "quiet"]
    lines: tuple[Line, ...]


class Section(Struct, frozen=True):
    """A card with its groups, or groups that stand by themselves."""

    tone: str
    title: str
    groups: tuple[Group, ...]


class Sheet(Struct, frozen=True):
    """A laid-out page of the report, ready for the template."""

    sections: tuple[Section, ...]
    sources: tuple[SourceShown, ...]


class SourceShown(Struct, frozen=True):
    """A source in words, with its address if it is one that can be followed."""

    words: str
    url: str | None
    seen: bool


class Step(Struct, frozen=True):
    """One step of a proof in words; one that was told before in this proof is told again without what it rests on."""

    kind: str
    doubt: str
    claim: str
    notes: tuple[str, ...]
    rule: int | None
    told_before: bool
    parts: tuple[Step, ...]


class Proved(Struct, frozen=True):
    """One conclusion with its proof, in words too; `number` is that of its drawing.

    `printed` is whether it is on paper even if nobody opened it.
    """

    title: str
    number: int
    proof: Proof
    words: Step
    printed: bool


class RuleShown(Struct, frozen=True):
    """One rule as a sentence, with what it rests on. `fired` is whether it was true."""

    number: int
    id: str
    sort: str
    if_: str
    then: str
    fired: bool
    cited: CitedRule


def to_html(consultation: Consultation, *, emergency_number: str) -> str:
    """Return the whole page; the same consultation gives the same bytes.

    Args: emergency_number: what to call in this person's region, such as "999", or "999, 112 or 911".
    """
    from jinja2 import Environment, PackageLoader, StrictUndefined  # noqa: PLC0415 - only needed here, and not quick
    from markupsafe import Markup  # noqa: PLC0415

    environment = Environment(
        loader=PackageLoader("interview"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    style, script = (environment.loader.get_source(environment, name)[0] for name in ("report.css", "report.js"))  # type: ignore[union-attr]
    content = _Writer(consultation, emergency_number).content()
    data = _as_script(content.pop("data"))
    return environment.get_template("report.html.j2").render(
        **content,
        style=Markup(style),  # noqa: S704 - our own files
        script=Markup(script),  # noqa: S704
        policy=f"default-src 'none'; style-src {_hashed(style)}; script-src {_hashed(script)}; "
        "base-uri 'none'; form-action 'none'",
        data=Markup(data),  # noqa: S704 - nothing in it can end the script element
    )


def _hashed(text: str) -> str:
    """Return a text of ours as a source of a content security policy."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def _as_script(data: Any) -> str:
    """Return data as JSON that is safe inside a script element: no `<` can end it, nothing can begin a comment."""
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


class _Writer:
    def __init__(self, consultation: Consultation, emergency_number: str) -> None:
        self._consultation = consultation
        self._base: Base = consultation.base
        self._number = emergency_number
        self._report: Report = build_report(consultation, emergency_number=emergency_number)
        #: The numbers of the anchors of rules and sources, and of the texts in drawings.
        self._rules = {rule: number for number, rule in enumerate(self._base.rules)}
        self._sources = {source: number for number, source in enumerate(self._base.sources)}
        self._texts: dict[str, int] = {}
        #: The drawings, for the script.
        self._graphs: list[dict[str, Any]] = []

    def words(self, text: str) -> str:
        return harmless(text.replace(PLACEHOLDER, self._number))

    def content(self) -> dict[str, Any]:
        report, base = self._report, self._base
        short, full = lay_out(report), lay_out(report, full=True)
        proofs = self.proofs(short)
        line = timeline(self._consultation)
        told = replay(base, line, self.words, complete=report.complete)
        rules = tuple(self.rules(each.proof for group in proofs.values() for each in group))
        cited = dict.fromkeys(source for rule in rules for source in rule.cited.sources)
        return {
            "report": report,
            "emergency": report.urgency == "emergency",
            "short": self.sheet(short),
            "full": self.sheet(full),
            "last": full.last,
            "evidence": tuple(map(self.evidence, self.spoken_about())),
            "proofs": proofs,
            "replay": told,
            "rules": self.by_sort(rules),
            "sources": {source: self.source(report.sources[source]) for source in cited},
            "codes": self.codes(),
            "notices": self.notices(),
            "rule_numbers": self._rules,
            "source_numbers": self._sources,
            "data": {"timeline": told.data, "graphs": self._graphs, "texts": list(self._texts)},
        }

    # --- the result -----------------------------------------------------------------------------------------------

    def sheet(self, page: Page) -> Sheet:
        return Sheet(tuple(_sections(page.blocks)), tuple(map(self.source, page.sources)))

    def source(self, source: Cited) -> SourceShown:
        # A link is only made of what is plainly a web address: `javascript:` and its like stay words.
        url = source.url if source.url and is_web_address(source.url) else None
        return SourceShown(source_in_words(source), url, source.seen)

    # --- the evidence ---------------------------------------------------------------------------------------------

    def spoken_about(self) -> list[HypothesisShown]:
        return [each for each in self._report.hypotheses if each.supporting or each.opposing]

    def codes(self) -> dict[str, tuple[str, ...]]:
        """Return the codes of everything that was advised, by what it says."""
        return {
            each.text: tuple(self._report.codes[code].words for code in each.codes)
            for each in self._report.advice
            if each.codes
        }

    def notices(self) -> tuple[str, ...]:
        advised = (advice.codes for advice in self._report.advice)
        return self._report.notices(chain.from_iterable((*(each.codes for each in self.spoken_about()), *advised)))

    def evidence(self, hypothesis: HypothesisShown) -> Evidence:
        return Evidence(
            label=hypothesis.label,
            band=self.band(hypothesis),
            level=hypothesis.band,
            counts=_counts(hypothesis),
            supporting=tuple(map(self.point, hypothesis.supporting)),
            opposing=tuple(map(self.point, hypothesis.opposing)),
            bars_for=tuple(self.bars(hypothesis.supporting, 1)),
            bars_against=tuple(self.bars(hypothesis.opposing, -1)),
            printed=hypothesis.band in _PRINTED,
            codes=tuple(self._report.codes[code].words for code in hypothesis.codes),
        )

    def band(self, hypothesis: HypothesisShown) -> str:
        """Return a band in words that never reassure more than the answers allow."""
        if hypothesis.band != "none":
            return BAND_WORDS[hypothesis.band] + ("" if self._report.complete else " so far")
        if hypothesis.worth_mentioning:
            return "a risk, without a known sign"
        if hypothesis.cannot_tell or not self._report.complete:
            return "your answers cannot tell"
        return BAND_WORDS["none"] if hypothesis.kind != "other" else "little speaks for it"

    def point(self, reason: Reason) -> Point:
        strength = strength_in_words(reason.strength or "", reason.role)
        return Point(strength, reason, self._rules[reason.rule])

    def bars(self, reasons: Iterable[Reason], side: int) -> Iterator[Bar]:
        """Yield a piece for each reason that counts; each takes up its share of what the ones before left open."""
        open_ = 1.0
        for reason in reasons:
            if reason.counted and reason.strength:
                left = open_ * (1 - self._base.strengths[reason.strength])
                start, end = sorted((side * (1 - open_) * _HALF, side * (1 - left) * _HALF))
                yield Bar(round(start, 2), round(end - start, 2))
                open_ = left

    # --- the proofs -----------------------------------------------------------------------------------------------

    def proofs(self, page: Page) -> dict[str, list[Proved]]:
        """Return the proofs of everything the result says, under headings."""
        title = next(block.title for block in page.blocks if isinstance(block, Card) and block.tone != "incomplete")
        urgency = how(self._consultation, Subject("urgency"))
        flags, deciding = self._base.red_flags, {part.subject for part in urgency.parts}
        others = [
            (f"{urgency_in_words(flags[flag].urgency)}: {self.words(flags[flag].label)}", Subject("red_flag", flag))
            for flag in self._consultation.verdict.red_flags
            if flag not in deciding
        ]
        groups = {
            "How soon": [self.proved(title, urgency, printed=True)],
            "Other red flags, to be checked": [self.proved(claim, how(self._consultation, of)) for claim, of in others],
            "Hypotheses": [
                self.proved(
                    f"{each.label}: {self.band(each)}",
                    how(self._consultation, Subject("hypothesis", each.id)),
                    printed=each.band in _PRINTED,
                )
                for each in self.spoken_about()
            ],
        }
        return {heading: proofs for heading, proofs in groups.items() if proofs}

    def proved(self, title: str, proof: Proof, *, printed: bool = False) -> Proved:
        filled = self.filled(replace(proof, claim=title))
        self._graphs.append(self.graph(filled))
        return Proved(title, len(self._graphs) - 1, filled, self.step(filled, set()), printed)

    def step(self, proof: Proof, told: set[Proof]) -> Step:
        again = bool(proof.parts) and proof in told
        cited = self.citation(proof.cited) if proof.truth and not again else ""
        told.add(proof)
        return Step(
            kind=_KINDS[proof.kind],
            doubt=_doubt(proof),
            claim=proof.claim,
            notes=tuple(note for note in (proof.strength, proof.note, cited) if note),
            rule=self._rules[proof.subject] if proof.kind == "rule" else None,
            told_before=again,
            parts=() if again else tuple(self.step(part, told) for part in proof.parts),
        )

    def filled(self, proof: Proof) -> Proof:
        """Return a proof with the emergency number in its texts."""
        cited = proof.cited
        if cited is not None:
            contested = None if cited.contested is None else self.words(cited.contested)
            cited = replace(cited, because=self.words(cited.because), contested=contested)
        parts = tuple(map(self.filled, proof.parts))
        return replace(proof, claim=self.words(proof.claim), note=self.words(proof.note), cited=cited, parts=parts)

    def graph(self, proof: Proof) -> dict[str, Any]:
        """Return a drawing for the script; texts, which many boxes share, by their numbers.

        A node is [kind, title, doubt, claim, small print, whether it speaks against, column, row, nodes below].
        """
        drawing = draw(proof)
        return {
            "nodes": [
                [
                    node.proof.kind,
                    self.text(_KINDS[node.proof.kind]),
                    self.text(_doubt(node.proof)),
                    self.text(node.proof.claim),
                    [self.text(text) for text in self.beneath(node.proof) if text],
                    int(node.proof.strength.endswith("against")),
                    node.column,
                    node.row,
                    node.children,
                ]
                for node in drawing.nodes
            ],
            "lines": [[line.start, line.end, line.through] for line in drawing.lines],
        }

    def text(self, text: str) -> int:
        return self._texts.setdefault(text, len(self._texts))

    def beneath(self, proof: Proof) -> tuple[str, ...]:
        """Return what stands in small print in a box; the arithmetic of a hypothesis stands in the words only."""
        note = "" if proof.kind == "hypothesis" else proof.note
        return proof.strength, note, self.citation(proof.cited)

    def citation(self, cited: CitedRule | None) -> str:
        """Return on what a rule rests, in a line."""
        if cited is None:
            return ""
        titles = joined([self._report.sources[source].title for source in cited.sources], 1)
        marks = ("textbook" if cited.basis == "textbook" else "", "disputed" if cited.contested else "")
        return " · ".join(part for part in (titles, *marks) if part)

    # --- the rules ------------------------------------------------------------------------------------------------

    def rules(self, proofs: Iterable[Proof]) -> Iterator[RuleShown]:
        """Yield every rule that fired or that a proof speaks of."""
        fired = set(self._consultation.trace.true_rules)
        spoken = {rule for proof in proofs for rule in _rules_in(proof)}
        for rule in self._base.rules.values():
            if rule.id in fired or rule.id in spoken:
                yield self.rule(rule, fired=rule.id in fired)

    def rule(self, rule: Rule, *, fired: bool) -> RuleShown:
        told = production_in_words(self._base, f"rule:{rule.id}")
        cited = cite(rule)
        contested = None if cited.contested is None else self.words(cited.contested)
        return RuleShown(
            number=self._rules[rule.id],
            id=harmless(rule.id),
            sort=told.sort,
            if_=_QUOTED.sub("“\\1”", self.words(condition_in_words(self._base, rule.condition))),
            then=self.words(told.words),
            fired=fired,
            cited=replace(cited, because=self.words(cited.because), contested=contested),
        )

    @staticmethod
    def by_sort(rules: Iterable[RuleShown]) -> dict[str, list[RuleShown]]:
        titles = {"red_flag": "Red flags", "evidence": "Evidence", "finding": "Findings", "advice": "Advice"}
        grouped: dict[str, list[RuleShown]] = {title: [] for title in titles.values()}
        for rule in rules:
            grouped[titles[rule.sort]].append(rule)
        return {title: found for title, found in grouped.items() if found}


def _sections(blocks: Sequence[Block]) -> Iterator[Section]:
    loose: list[Line] = []
    for block in blocks:
        if isinstance(block, Card):
            if loose:
                yield Section("", "", tuple(_groups(loose)))
                loose = []
            yield Section(block.tone, block.title, tuple(_groups(block.lines)))
        else:
            loose.append(block)
    if loose:
        yield Section("", "", tuple(_groups(loose)))


def _groups(lines: Iterable[Line]) -> Iterator[Group]:
    items: list[Line] = []
    for line in lines:
        if line.style == "item":
            items.append(line)
            continue
        if items:
            yield Group("list", tuple(items))
            items = []
        yield Group("text" if line.style == "apart" else line.style, (line,))
    if items:
        yield Group("list", tuple(items))


def _counts(hypothesis: HypothesisShown) -> str:
    counts = [
        f"{len(counted)} for it" if word == "for" else f"{len(counted)} against it"
        for word, reasons in (("for", hypothesis.supporting), ("against", hypothesis.opposing))
        if (counted := [reason for reason in reasons if reason.counted])
    ]
    return ", ".join(counts)


def _doubt(proof: Proof) -> str:
    """Return how a step stands if it does not hold; a hypothesis says it in its claim, by its band."""
    return "" if proof.truth or proof.kind == "hypothesis" else _DOUBTS[proof.truth]


def _rules_in(proof: Proof) -> Iterator[str]:
    if proof.kind == "rule":
        yield proof.subject
    for part in proof.parts:
        yield from _rules_in(part)
