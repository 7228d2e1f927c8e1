"""The result of a consultation as one value, with every text in it ready to be shown and none of it laid out.

`build_report` reads the verdict, the rules behind it and the person's own words; `interview.render` turns the report
into screens, Markdown, JSON and the doctor's sheet. All texts are harmless (see `expert.harmless`) from here on.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cached_property
from typing import Literal

from msgspec import Struct
from msgspec.structs import asdict

from expert.certainty import Weight
from expert.codes import code_in_words
from expert.consultation import Consultation, in_base_order
from expert.grounds import Doubts, doubtful_options, doubts, ground_in_words, grounds
from expert.harmless import harmless
from expert.model import (
    NONE_OF_THESE,
    NOT_SURE,
    URGENCIES,
    Advise,
    Band,
    Base,
    Evidence,
    HypothesisKind,
    QuestionKind,
    Reply,
    Rule,
    Urgency,
    Wording,
)
from expert.verdict import AdviceGiven, open_signs, outranked_flags
from expert.words import question_in_words, reply_in_words

#: Options that deny the question, by their text: whoever reads the answers does not look for them among the positives.
_DENIALS = frozenset({"no", "never", "none", "none of these", "not at all"})
#: Questions worth asking again: more than a few are not read.
_MAX_SHARPEN = 4


class Cited(Struct, frozen=True):
    """A source as it is shown. `seen` is false for textbook knowledge and pages that were not retrieved."""

    id: str
    title: str
    publisher: str | None
    year: int | None
    url: str | None
    seen: bool


class Reason(Struct, frozen=True):
    """One true rule as a reason.

    `said` are the person's answers that made it true, `clinical` the same for a doctor. `strength` and `role` are those
    of evidence, else None; `counted` is false when a stronger rule about the same fact counted instead.
    """

    rule: str
    because: str
    said: tuple[str, ...]
    clinical: tuple[str, ...]
    sources: tuple[str, ...]
    textbook: bool
    contested: str | None
    strength: str | None = None
    role: Literal["sign", "risk"] | None = None
    counted: bool = True


class RaisedFlag(Struct, frozen=True):
    """A red flag that was raised, what to do besides what its tier says, and why it was raised.

    `outranked` is true where a more urgent one about the same thing was raised too.
    """

    id: str
    label: str
    urgency: Urgency
    do: str | None
    reasons: tuple[Reason, ...]
    outranked: bool = False


class OpenFlag(Struct, frozen=True):
    """A red flag that could not be ruled out, and the ids of the questions that would settle it."""

    id: str
    label: str
    urgency: Urgency
    not_sure: tuple[str, ...]
    not_asked: tuple[str, ...]


class CodeShown(Struct, frozen=True):
    """A code of a system that others keep, for cross-reference; `words` is all of it on one line, doubts included."""

    id: str
    system: str
    code: str
    name: str
    status: Literal["seen", "excerpt", "unconfirmed"]
    note: str | None
    words: str


class CodeSystemShown(Struct, frozen=True):
    """A system of codes, and what its licence wants said wherever they are shown."""

    id: str
    name: str
    notice: str | None
    url: str | None


class HypothesisShown(Struct, frozen=True):
    """A hypothesis with the reasons for and against it, strongest first.

    `worth_mentioning`: there is a risk but no sign of it. `cannot_tell`: no sign is known, but a question about a sign
    is open or was answered *not sure*, so nobody may be told that there is no sign.
    """

    id: str
    label: str
    about: str
    kind: HypothesisKind
    band: Band
    certainty: float
    supporting: tuple[Reason, ...]
    opposing: tuple[Reason, ...]
    worth_mentioning: bool
    cannot_tell: bool
    codes: tuple[str, ...] = ()


class AdviceShown(Struct, frozen=True):
    """A piece of advice with the rules that give it and the hypotheses it goes with (none: it goes with any).

    `check` is what is to be checked first, in words.
    """

    id: str
    kind: Literal["food", "everyday", "test", "caution", "action"]
    text: str
    status: Literal["applies", "check_first"]
    hypotheses: tuple[str, ...]
    reasons: tuple[Reason, ...]
    check: tuple[str, ...]
    sources: tuple[str, ...]
    codes: tuple[str, ...] = ()


class QuestionShown(Struct, frozen=True):
    """A question in full, by its short name, and in the words for doctors."""

    ask: str
    short: str
    clinical: str
    kind: QuestionKind
    topic: str


class Answered(Struct, frozen=True):
    """One answer, in words and in clinical words.

    `applies` is false when a later change took the question away; `unsure` is true when *not sure* is, or is part of,
    the reply; `status` is `unsure` when it is all of it, `denied` for no, never and none.
    """

    question: str
    reply: Reply
    words: str
    clinical: str
    applies: bool
    unsure: bool
    status: Literal["positive", "denied", "unsure"]


class ScopeLeft(Struct, frozen=True):
    """Why no hypothesis is given."""

    id: str
    say: str
    sources: tuple[str, ...]


class BaseShown(Struct, frozen=True):
    """The rule base that a report comes from."""

    name: str
    version: str
    title: str
    digest: str


class Report(Struct, frozen=True):
    """Everything a result can say. Mappings and lists are in a fixed order: the same answers give an equal report.

    `urgency_cause` is `red_flags`, `not_sure` (an emergency that a *not sure* leaves open raised it) or `none`.
    `not_ruled_out` and `unsure_emergencies` are most urgent first; `sharpen`, `pertinent`, `asked`, `spared` and
    `not_asked` are question ids (`pertinent`: those about symptoms that rules on a likely or possible hypothesis
    read). While `complete` is false, `urgency` is only the least it can be.
    """

    complete: bool
    urgency: Urgency
    urgency_cause: Literal["red_flags", "not_sure", "none"]
    do: str
    when: str
    emergency_number: str
    red_flags: tuple[RaisedFlag, ...]
    unsure_emergencies: tuple[OpenFlag, ...]
    not_ruled_out: tuple[OpenFlag, ...]
    out_of_scope: ScopeLeft | None
    hypotheses: tuple[HypothesisShown, ...]
    advice: tuple[AdviceShown, ...]
    sharpen: tuple[str, ...]
    pertinent: tuple[str, ...]
    answers: tuple[Answered, ...]
    asked: tuple[str, ...]
    spared: tuple[str, ...]
    not_asked: tuple[str, ...]
    questions: dict[str, QuestionShown]
    topics: dict[str, str]
    sources: dict[str, Cited]
    base: BaseShown
    words: Wording
    codes: dict[str, CodeShown] = {}
    code_systems: dict[str, CodeSystemShown] = {}

    def notices(self, codes: Iterable[str]) -> tuple[str, ...]:
        """Return what must be said where some codes are shown, each notice once."""
        systems = {self.codes[code].system for code in codes}
        return tuple(each.notice for each in self.code_systems.values() if each.id in systems and each.notice)


def build_report(consultation: Consultation, *, emergency_number: str) -> Report:
    """Return the report of a consultation, finished or not.

    Args: emergency_number: what to call in this person's region, such as "999", or "999, 112 or 911".
    """
    base, verdict = consultation.base, consultation.verdict
    writer = _Writer(consultation, emergency_number)
    red_flags = tuple(writer.raised(flag) for flag in verdict.red_flags)
    hypotheses = tuple(writer.hypothesis(weight) for weight in verdict.hypotheses)
    # Open, or may come to be asked: in an unfinished consultation neither was spared.
    not_asked = consultation.inquiry.possible
    return Report(
        complete=consultation.complete,
        urgency=verdict.urgency,
        urgency_cause=_cause(verdict.urgency, red_flags, unsure=bool(verdict.unsure_emergencies)),
        do=writer.text(base.urgencies[verdict.urgency].do),
        when=writer.text(base.urgencies[verdict.urgency].when),
        emergency_number=harmless(emergency_number),
        red_flags=red_flags,
        unsure_emergencies=tuple(writer.open_flag(flag) for flag in verdict.unsure_emergencies),
        not_ruled_out=tuple(writer.open_flag(flag) for flag in verdict.not_ruled_out),
        out_of_scope=writer.scope(verdict.out_of_scope),
        hypotheses=hypotheses,
        advice=tuple(writer.advice(given) for given in consultation.advice),
        sharpen=writer.sharpen(hypotheses),
        pertinent=writer.pertinent(hypotheses),
        answers=tuple(
            writer.answered(question, reply) for question, reply in in_base_order(base, consultation.answers).items()
        ),
        asked=consultation.asked,
        spared=tuple(question for question in consultation.spared if question not in not_asked),
        not_asked=tuple(question for question in base.questions if question in not_asked),
        questions={question: writer.question(question) for question in base.questions},
        topics={topic.id: writer.text(topic.title) for topic in base.topics.values()},
        sources={source: writer.cited(source) for source in base.sources},
        base=BaseShown(harmless(base.name), harmless(base.version), writer.text(base.title), harmless(base.digest)),
        codes={code: writer.code(code) for code in base.codes},
        code_systems={system: writer.code_system(system) for system in base.code_systems},
        words=writer.wording(),
    )


def _cause(
    urgency: Urgency, red_flags: Iterable[RaisedFlag], *, unsure: bool
) -> Literal["red_flags", "not_sure", "none"]:
    if any(flag.urgency == urgency for flag in red_flags):
        return "red_flags"
    return "not_sure" if unsure else "none"


class _Writer:
    """Turns parts of the base into their words, for one consultation."""

    def __init__(self, consultation: Consultation, emergency_number: str) -> None:
        self._consultation = consultation
        self._base: Base = consultation.base
        self._outlook = consultation.outlook
        self._emergency_number = emergency_number

    def wording(self) -> Wording:
        """Return the words of the base's field; every one is there."""
        said = asdict(self._base.words)
        said["stopped_early"] = said["stopped_early"] or (
            f"{said['in_emergency']}: {self._base.urgencies['emergency'].do}"
        )
        return Wording(**{name: self.text(words) for name, words in said.items()})

    def text(self, text: str) -> str:
        # Not `str.format`: a text may hold any other braces.
        return harmless(text.replace("{emergency_number}", self._emergency_number))

    # --- rules as reasons -----------------------------------------------------------------------------------------

    def reason(self, rule: Rule, *, counted: bool = True) -> Reason:
        evidence = rule.conclusion if isinstance(rule.conclusion, Evidence) else None
        return Reason(
            rule=rule.id,
            because=self.text(rule.because),
            said=self.said(rule),
            clinical=self.said(rule, clinical=True),
            sources=rule.sources,
            textbook=rule.basis == "textbook",
            contested=self.text(rule.contested) if rule.contested else None,
            strength=evidence.strength if evidence else None,
            role=evidence.role if evidence else None,
            counted=counted,
        )

    def said(self, rule: Rule, *, clinical: bool = False) -> tuple[str, ...]:
        found = grounds(self._outlook, rule.condition, to_findings=clinical)
        words = (ground_in_words(self._outlook, ground, clinical=clinical) for ground in found)
        return tuple(dict.fromkeys(words))

    def true_rules(self, rules: Iterable[Rule]) -> tuple[Rule, ...]:
        return tuple(rule for rule in rules if self._outlook.truth(rule.condition))

    # --- red flags ------------------------------------------------------------------------------------------------

    def raised(self, flag: str) -> RaisedFlag:
        declared = self._base.red_flags[flag]
        return RaisedFlag(
            id=flag,
            label=self.text(declared.label),
            urgency=declared.urgency,
            do=self.text(declared.do) if declared.do else None,
            reasons=tuple(self.reason(rule) for rule in self.true_rules(self._base.flag_rules[flag])),
            outranked=flag in outranked_flags(self._base, self._consultation.verdict.red_flags),
        )

    def open_flag(self, flag: str) -> OpenFlag:
        declared = self._base.red_flags[flag]
        found = self.doubts(self._base.flag_rules[flag])
        return OpenFlag(flag, self.text(declared.label), declared.urgency, found.not_sure, found.not_asked)

    def doubts(self, rules: Iterable[Rule]) -> Doubts:
        return doubts(self._outlook, [rule.condition for rule in rules])

    # --- hypotheses -----------------------------------------------------------------------------------------------

    def hypothesis(self, weight: Weight) -> HypothesisShown:
        declared = self._base.hypotheses[weight.hypothesis]
        return HypothesisShown(
            id=weight.hypothesis,
            label=self.text(declared.label),
            about=self.text(declared.about),
            kind=declared.kind,
            band=weight.band,
            certainty=weight.certainty,
            supporting=self.reasons(weight.supporting, weight.outdone),
            opposing=self.reasons(weight.opposing, weight.outdone),
            worth_mentioning=weight.has_risk and not weight.has_sign and bool(weight.supporting),
            cannot_tell=weight.band == "none" and weight.hypothesis in self.open_signs,
            codes=declared.codes,
        )

    def reasons(self, rules: Iterable[str], outdone: Iterable[str]) -> tuple[Reason, ...]:
        uncounted = frozenset(outdone)
        return tuple(self.reason(self._base.rules[rule], counted=rule not in uncounted) for rule in rules)

    @cached_property
    def open_signs(self) -> frozenset[str]:
        return open_signs(self._base, self._outlook)

    def sharpen(self, hypotheses: Iterable[HypothesisShown]) -> tuple[str, ...]:
        """Return the questions on which undecided evidence about the hypotheses shown hangs, weightiest first."""
        weights: dict[str, float] = {}
        open_ = self._consultation.inquiry.possible
        for hypothesis in hypotheses:
            if hypothesis.band == "none" and not hypothesis.cannot_tell:
                continue
            for rule, evidence in self._base.evidence_rules[hypothesis.id]:
                found = self.doubts([rule])
                for question in (*found.not_sure, *(q for q in found.not_asked if q in open_)):
                    weights[question] = max(weights.get(question, 0.0), self._base.strengths[evidence.strength])
        in_order = [question for question in self._base.questions if question in weights]
        return tuple(sorted(in_order, key=lambda question: -weights[question])[:_MAX_SHARPEN])

    def pertinent(self, hypotheses: Iterable[HypothesisShown]) -> tuple[str, ...]:
        read: set[str] = set()
        for hypothesis in hypotheses:
            if hypothesis.band in ("likely", "possible"):
                for rule, _ in self._base.evidence_rules[hypothesis.id]:
                    read |= self._base.questions_read(rule.condition)
        questions = self._base.questions.values()
        return tuple(q.id for q in questions if q.id in read and q.kind == "symptom")

    # --- the rest -------------------------------------------------------------------------------------------------

    def scope(self, scope: str | None) -> ScopeLeft | None:
        if scope is None:
            return None
        declared = self._base.out_of_scope[scope]
        return ScopeLeft(scope, self.text(declared.say), declared.sources)

    def advice(self, given: AdviceGiven) -> AdviceShown:
        declared = self._base.advice[given.advice]
        rules = [self._base.rules[rule] for rule in given.rules]
        assert all(isinstance(rule.conclusion, Advise) for rule in rules)
        sources = (*declared.sources, *(source for rule in rules for source in rule.sources))
        check = (option for rule in rules for option in doubtful_options(self._outlook, rule.condition))
        return AdviceShown(
            id=given.advice,
            kind=declared.kind,
            text=self.text(declared.text),
            status=given.status,
            hypotheses=declared.for_,
            reasons=tuple(self.reason(rule) for rule in rules),
            check=tuple(dict.fromkeys(check)) if given.status == "check_first" else (),
            sources=tuple(dict.fromkeys(sources)),
            codes=declared.codes,
        )

    def question(self, question: str) -> QuestionShown:
        declared = self._base.questions[question]
        return QuestionShown(
            ask=self.text(declared.ask),
            short=question_in_words(self._base, question),
            clinical=question_in_words(self._base, question, clinical=True),
            kind=declared.kind,
            topic=declared.topic,
        )

    def answered(self, question: str, reply: Reply) -> Answered:
        return Answered(
            question=question,
            reply=reply,
            words=reply_in_words(self._base, question, reply),
            clinical=reply_in_words(self._base, question, reply, clinical=True),
            applies=self._outlook.applies(question) is not False,
            unsure=reply == NOT_SURE or (isinstance(reply, tuple) and NOT_SURE in reply),
            status=self.status(question, reply),
        )

    def status(self, question: str, reply: Reply) -> Literal["positive", "denied", "unsure"]:
        if reply in ("no", (NONE_OF_THESE,)) or reply_in_words(self._base, question, reply).lower() in _DENIALS:
            return "denied"
        if reply == NOT_SURE or (isinstance(reply, tuple) and not set(reply) - {NOT_SURE, NONE_OF_THESE}):
            return "unsure"
        return "positive"

    def code(self, code: str) -> CodeShown:
        declared = self._base.codes[code]
        note = self.text(declared.note) if declared.note else None
        words = code_in_words(self._base, declared)
        name = self.text(declared.name)
        return CodeShown(code, declared.system, harmless(declared.code), name, declared.status, note, words)

    def code_system(self, system: str) -> CodeSystemShown:
        declared = self._base.code_systems[system]
        notice = self.text(declared.notice) if declared.notice else None
        url = harmless(declared.url) if declared.url else None
        return CodeSystemShown(system, self.text(declared.name), notice, url)

    def cited(self, source: str) -> Cited:
        declared = self._base.sources[source]
        return Cited(
            id=source,
            title=self.text(declared.title),
            publisher=self.text(declared.publisher) if declared.publisher else None,
            year=declared.year,
            url=harmless(declared.url) if declared.url else None,
            seen=declared.seen,
        )


def at_tier(flags: Iterable[RaisedFlag], urgency: Urgency) -> tuple[RaisedFlag, ...]:
    """Return the flags of one tier."""
    return tuple(flag for flag in flags if flag.urgency == urgency)


def by_tier(flags: Iterable[OpenFlag]) -> Mapping[Urgency, tuple[OpenFlag, ...]]:
    """Return flags by tier, most urgent first; a tier without any is left out."""
    all_flags = tuple(flags)
    tiers = {urgency: tuple(flag for flag in all_flags if flag.urgency == urgency) for urgency in URGENCIES}
    return {urgency: found for urgency, found in tiers.items() if found}
