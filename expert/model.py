"""The knowledge of a rule base as immutable values.

Everything here is data: no inference, no files, no terminal. `expert.load` builds a `Base` from YAML; `expert.compile`
turns it into experta productions. The same classes are what the cache stores.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Literal

from msgspec import Struct

from expert.notebook import InNotebook

if TYPE_CHECKING:
    from expert.telling import Telling

Urgency = Literal["emergency", "same-day", "soon", "routine"]
Band = Literal["likely", "possible", "less_likely", "none"]
QuestionType = Literal["yes_no", "one", "many", "number"]
QuestionKind = Literal["safety", "about", "symptom", "risk"]
#: `main` and `deficiency` are what a base looks for; `other` is what it may be instead.
HypothesisKind = Literal["main", "deficiency", "other"]

#: Most urgent first.
URGENCIES: tuple[Urgency, ...] = ("emergency", "same-day", "soon", "routine")
#: Most certain first; `none` is "no sign of it".
BANDS: tuple[Band, ...] = ("likely", "possible", "less_likely", "none")

NOT_SURE = "not_sure"
NONE_OF_THESE = "none"

#: One reply: `yes`, `no`, an option id or `not_sure`; for `many` a tuple of option ids, perhaps with `not_sure`;
#: for `number` a number.
Reply = str | tuple[str, ...] | int | float
#: Replies by question id, in the order in which they were given.
Answers = Mapping[str, Reply]


def most_urgent(first: Urgency, second: Urgency) -> Urgency:
    """Return the more urgent of two tiers."""
    return min(first, second, key=URGENCIES.index)


class Is(Struct, frozen=True, tag="is"):
    """True when the reply is, or contains, one of `values`; for a finding, `yes` (established) or `no` (ruled out)."""

    subject: str
    values: tuple[str, ...]


class Limit(Struct, frozen=True, tag="limit"):
    """True when a number or score lies from `low` to `high`; `open` ends are excluded, a missing end is infinite."""

    subject: str
    low: float | None = None
    high: float | None = None
    low_open: bool = False
    high_open: bool = False

    def holds(self, value: float) -> bool:
        """Tell whether `value` lies within the limits."""
        if self.low is not None and (value < self.low or (self.low_open and value == self.low)):
            return False
        return not (self.high is not None and (value > self.high or (self.high_open and value == self.high)))

    def over(self, lowest: float, highest: float) -> bool | None:
        """Tell whether every value from `lowest` to `highest` lies within the limits; None when only some may.

        Each end is judged for itself, as if it stood alone: a total that can only jump over the limits stays unknown.
        """
        if self.holds(lowest) and self.holds(highest):
            return True
        below = self.low is not None and (highest < self.low or (self.low_open and highest == self.low))
        above = self.high is not None and (lowest > self.high or (self.high_open and lowest == self.high))
        return False if below or above else None


class All(Struct, frozen=True, tag="all"):
    """True when every part is true."""

    of: tuple[Condition, ...]


class Any(Struct, frozen=True, tag="any"):
    """True when at least one part is true."""

    of: tuple[Condition, ...]


class Not(Struct, frozen=True, tag="not"):
    """True when its part is false."""

    of: Condition


class Count(Struct, frozen=True, tag="count"):
    """True when at least `count` parts are true."""

    count: int
    of: tuple[Condition, ...]


Condition = Is | Limit | All | Any | Not | Count


class Establish(Struct, frozen=True, tag="finding"):
    """The rule concludes a finding."""

    finding: str


class Evidence(Struct, frozen=True, tag="evidence"):
    """The rule argues for or against a hypothesis."""

    hypothesis: str
    direction: Literal["for", "against"]
    strength: str
    role: Literal["sign", "risk"] | None = None
    group: str | None = None


class Raise(Struct, frozen=True, tag="red_flag"):
    """The rule raises a red flag."""

    red_flag: str


class Advise(Struct, frozen=True, tag="advice"):
    """The rule gives a piece of advice."""

    advice: str


Conclusion = Establish | Evidence | Raise | Advise


class Rule(Struct, frozen=True):
    """One rule: if `condition` then `conclusion`, because, according to `sources`.

    `place` is the file and line it was read from; `claims` are ids of the evidence dossier; `basis` is `textbook` where
    the supporting page was not seen.
    """

    id: str
    condition: Condition
    conclusion: Conclusion
    because: str
    sources: tuple[str, ...]
    claims: tuple[str, ...] = ()
    basis: Literal["seen", "textbook"] = "seen"
    contested: str | None = None
    place: str = ""


class Option(Struct, frozen=True):
    """One choice of a `one` or `many` question; `points` count towards a score."""

    id: str
    text: str
    points: int | None = None
    clinical: str | None = None


class Question(Struct, frozen=True):
    """One question as a person is asked it. `options` is empty for `yes_no` and `number`.

    On a checklist, `item` is the line of a `yes_no` question, and `gist` the line that stands for a whole `one` or
    `many` question; `unticked` is the reply of a `one` question whose line is left unticked. `line_with` is a question
    whose line stands for this one as well.
    """

    id: str
    topic: str
    ask: str
    type: QuestionType
    kind: QuestionKind
    options: dict[str, Option] = {}
    ask_if: Condition | None = None
    item: str | None = None
    gist: str | None = None
    unticked: str | None = None
    line_with: str | None = None
    help: str | None = None
    clinical: str | None = None
    unit: str | None = None
    min: float | None = None
    max: float | None = None
    sources: tuple[str, ...] = ()
    unused: str | None = None
    alike: tuple[str, ...] = ()
    place: str = ""

    @property
    def line(self) -> str:
        """Its line on a checklist."""
        return self.item or self.gist or self.ask

    @property
    def reply_if_unticked(self) -> Reply | None:
        """The reply that leaving its line on a checklist unticked gives; None where it cannot stand on one."""
        return {"yes_no": "no", "many": (NONE_OF_THESE,), "one": self.unticked, "number": None}[self.type]


class Topic(Struct, frozen=True):
    """A group of questions asked together."""

    id: str
    title: str


class Checklist(Struct, frozen=True):
    """Several questions shown as one screen, a line each.

    A `yes_no` question is answered there. The line of a larger one asks whether it concerns the person at all: ticked,
    it is asked on a screen of its own.
    """

    id: str
    topic: str
    ask: str
    items: tuple[str, ...]
    help: str | None = None
    place: str = ""


class Score(Struct, frozen=True):
    """A scored instrument: the sum of the points of the options chosen."""

    id: str
    label: str
    sum: tuple[str, ...]
    sources: tuple[str, ...] = ()
    place: str = ""


class Finding(Struct, frozen=True):
    """An intermediate conclusion that other rules can read."""

    id: str
    label: str
    clinical: str | None = None
    place: str = ""


class Hypothesis(Struct, frozen=True):
    """A condition that evidence argues for or against."""

    id: str
    label: str
    kind: HypothesisKind = "main"
    about: str = ""
    codes: tuple[str, ...] = ()
    place: str = ""


class RedFlag(Struct, frozen=True):
    """A reason to see a doctor, and how soon."""

    id: str
    label: str
    urgency: Urgency
    do: str | None = None
    ref: str | None = None
    place: str = ""


class Advice(Struct, frozen=True):
    """Something worth telling the person; see the language reference for when it is shown."""

    id: str
    kind: Literal["food", "everyday", "test", "caution", "action"]
    text: str
    for_: tuple[str, ...] = ()
    always: bool = False
    sources: tuple[str, ...] = ()
    claims: tuple[str, ...] = ()
    codes: tuple[str, ...] = ()
    place: str = ""


class CodeSystem(Struct, frozen=True):
    """A coding that others keep, such as LOINC; `notice` is what its licence wants said where codes are shown."""

    id: str
    name: str
    notice: str | None = None
    url: str | None = None
    place: str = ""


class Code(Struct, frozen=True):
    """One code of a system, for cross-reference only.

    `status`: `seen` with its name in a table; `excerpt`: seen only in part; `unconfirmed`: to be looked up before use.
    """

    id: str
    system: str
    code: str
    name: str
    status: Literal["seen", "excerpt", "unconfirmed"]
    note: str | None = None
    place: str = ""


class Source(Struct, frozen=True):
    """A document that claims come from. `seen` is false for textbook knowledge and pages that were not retrieved."""

    id: str
    title: str
    seen: bool
    publisher: str | None = None
    year: int | None = None
    url: str | None = None
    note: str | None = None
    place: str = ""


class OutOfScope(Struct, frozen=True):
    """When `condition` holds, only safety and about questions are asked and no hypothesis is given."""

    id: str
    condition: Condition
    say: str
    sources: tuple[str, ...] = ()
    place: str = ""


class UrgencyWords(Struct, frozen=True):
    """What a person is told to do at a tier, and by when."""

    do: str
    when: str


class Readers(Struct, frozen=True):
    """Who reads what, by question, score or finding.

    `conditions` are the conditions that read it, with all that they are part of, by identity; `subjects` are the
    questions (by their gates), scores and findings whose value hangs on it. `known` are all conditions of the base.
    """

    conditions: dict[str, set[int]]
    subjects: dict[str, set[str]]
    known: set[int]

    def note(self, condition: Condition, owner: str | None = None, above: tuple[int, ...] = ()) -> None:
        """Note what a condition reads; `owner` is the subject whose value hangs on it, `above` what it is part of."""
        path = (*above, id(condition))
        self.known.add(id(condition))
        if isinstance(condition, Is | Limit):
            self.conditions.setdefault(condition.subject, set()).update(path)
            if owner is not None:
                self.subjects.setdefault(condition.subject, set()).add(owner)
        else:
            for part in (condition.of,) if isinstance(condition, Not) else condition.of:
                self.note(part, owner, path)

    def of(self, subjects: Iterable[str]) -> tuple[set[str], set[int]]:
        """Return all subjects whose value can change with that of some, and all conditions whose truth can."""
        found: set[str] = set()
        conditions: set[int] = set()
        waiting = list(subjects)
        while waiting:
            subject = waiting.pop()
            if subject not in found:
                found.add(subject)
                conditions |= self.conditions.get(subject, set())
                waiting += self.subjects.get(subject, ())
        return found, conditions


class Wording(Struct, frozen=True):
    """What is said around the conclusions of a base, where words for one field would be strange in another.

    The defaults fit any field. `stopped_early` has none: it is made of `in_emergency` and what to do in one.
    """

    is_not: str = "Rules can be wrong"
    in_emergency: str = "In an emergency"
    stopped_early: str = ""
    unfinished: str = "Finish them."
    until_ruled_out: str = "treat it as urgent"
    outlook: str = "If something changes, answer the questions again."
    others: str = "It may also be something else"
    mention: str = "A risk, without a known sign"
    tests: str = "What to test"
    cautions: str = "Take care"
    private: str = "This file holds a person's answers: ask them before you pass it on."
    sheet: str = "sheet to hand on"
    sheet_note: str = "What was told, unchecked, and what rules find in it."
    sheet_blanks: str = "Name, Date"
    sheet_signs: str = "WHAT SHOWS"
    sheet_risks: str = "WHAT ELSE IS KNOWN"
    sought: str = "hypothesis"


class Base(InNotebook, Struct, frozen=True, dict=True):
    """A whole rule base. Mappings keep the order of the files (sorted by name) and of the entries in them.

    `digest` is the SHA-256 of the files it was read from, in hex.
    """

    name: str
    version: str
    title: str
    about: str
    strengths: dict[str, float]
    bands: dict[str, float]
    urgencies: dict[str, UrgencyWords]
    topics: dict[str, Topic]
    questions: dict[str, Question]
    checklists: dict[str, Checklist]
    scores: dict[str, Score]
    findings: dict[str, Finding]
    hypotheses: dict[str, Hypothesis]
    red_flags: dict[str, RedFlag]
    advice: dict[str, Advice]
    rules: dict[str, Rule]
    sources: dict[str, Source]
    out_of_scope: dict[str, OutOfScope]
    code_systems: dict[str, CodeSystem] = {}
    codes: dict[str, Code] = {}
    words: Wording = Wording()
    digest: str = ""

    def _told(self) -> tuple[list[Telling], Base | None]:
        from expert.telling import tell_base  # noqa: PLC0415 - only a notebook needs it

        return [tell_base(self)], None

    @cached_property
    def finding_rules(self) -> dict[str, tuple[Rule, ...]]:
        """The rules that conclude each finding, in file order."""
        return self._rules_by(self.findings, Establish, "finding")

    @cached_property
    def flag_rules(self) -> dict[str, tuple[Rule, ...]]:
        """The rules that raise each red flag, most urgent flag first; a flag that nothing raises is left out."""
        by_urgency = sorted(self.red_flags, key=lambda flag: URGENCIES.index(self.red_flags[flag].urgency))
        return {flag: rules for flag, rules in self._rules_by(by_urgency, Raise, "red_flag").items() if rules}

    @cached_property
    def evidence_rules(self) -> dict[str, tuple[tuple[Rule, Evidence], ...]]:
        """The rules that argue about each hypothesis, with their evidence, in file order."""
        return {
            hypothesis: tuple((rule, rule.conclusion) for rule in rules if isinstance(rule.conclusion, Evidence))
            for hypothesis, rules in self._rules_by(self.hypotheses, Evidence, "hypothesis").items()
        }

    @cached_property
    def advice_rules(self) -> dict[str, tuple[Rule, ...]]:
        """The rules that give each piece of advice, in file order."""
        return self._rules_by(self.advice, Advise, "advice")

    @cached_property
    def readers(self) -> Readers:
        """Who reads what."""
        readers = Readers({}, {}, set())
        for rule in self.rules.values():
            readers.note(rule.condition, rule.conclusion.finding if isinstance(rule.conclusion, Establish) else None)
        for question in self.questions.values():
            if question.ask_if is not None:
                readers.note(question.ask_if, question.id)
        for score in self.scores.values():
            for item in score.sum:
                readers.subjects.setdefault(item, set()).add(score.id)
        for scope in self.out_of_scope.values():
            readers.note(scope.condition)
        return readers

    @cached_property
    def rule_places(self) -> dict[str, int]:
        """The place of each rule in the order of the files."""
        return {rule: place for place, rule in enumerate(self.rules)}

    @cached_property
    def checklist_of(self) -> dict[str, Checklist]:
        """The checklist that each question stands on, for those that stand on one."""
        return {item: checklist for checklist in self.checklists.values() for item in checklist.items}

    @cached_property
    def follow_ups(self) -> frozenset[str]:
        """The risk questions that follow up on risk questions alone ("How long have you taken them?").

        While it is unknown whether such a question applies, it is not asked, and conditions on it stay unknown.
        """
        return frozenset(
            question.id
            for question in self.questions.values()
            if question.kind == "risk"
            and question.ask_if is not None
            and all(self.questions[read].kind == "risk" for read in self.questions_read(question.ask_if))
        )

    def questions_read(self, condition: Condition) -> frozenset[str]:
        """Return the questions that a condition reads, by itself or through findings and scores."""
        if isinstance(condition, Not):
            return self.questions_read(condition.of)
        if isinstance(condition, All | Any | Count):
            return frozenset().union(*map(self.questions_read, condition.of))
        if condition.subject in self.findings:
            return frozenset().union(*(self.questions_read(r.condition) for r in self.finding_rules[condition.subject]))
        return frozenset(
            self.scores[condition.subject].sum if condition.subject in self.scores else (condition.subject,)
        )

    def _rules_by(self, names: Iterable[str], kind: type[Conclusion], field: str) -> dict[str, tuple[Rule, ...]]:
        found: dict[str, list[Rule]] = {name: [] for name in names}
        for rule in self.rules.values():
            if isinstance(rule.conclusion, kind):
                found[getattr(rule.conclusion, field)].append(rule)
        return {name: tuple(rules) for name, rules in found.items()}
