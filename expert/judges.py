"""What tries a rule base, and so should notice a mutant of it: the examples of its rules, and its cases.

A judge says which of its statements is true of the base and not of the mutant. A statement that is not true of the base
itself proves nothing.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Protocol

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from expert.cases import Case
from expert.compare import what_is_told
from expert.examples import Example
from expert.logic import Outlook, leaves
from expert.model import Base, Condition, Establish, Evidence, Rule
from expert.mutants import Mutant
from expert.verdict import Verdict, foresee, judge_rules

#: Deficiencies told first, among which all that are expected should be.
_FIRST = 3


class Judge(Protocol):
    """Something that tries a base."""

    @property
    def name(self) -> str:
        """What it is called in a report, in the plural: `examples`."""

    def basis(self, mutant: Mutant) -> bytes:
        """Return a digest of all that its judgement of a mutant depends on, beside the mutant itself."""

    def kills(self, mutant: Mutant, changed: Base) -> str | None:
        """Return what is true of the base but not of `changed`, the base with the mutant in it; None: nothing is."""


class Material(Struct, frozen=True):
    """A base with what it is tried on."""

    folder: Path
    base: Base
    examples: tuple[Example, ...]
    cases: tuple[Case, ...]


#: Makes a judge; None where the base has nothing for it, or a library that it needs is not installed.
JudgeMaker = Callable[[Material], Judge | None]


# --- what hangs on what -----------------------------------------------------------------------------------------------


class Reads:
    """What the truth of each rule hangs on: rules, and questions with their gates and points."""

    def __init__(self, base: Base) -> None:
        """Look at a base."""
        self._base = base
        self._subjects: dict[str, frozenset[str]] = {}
        #: The rules whose truth may change with a rule (`rules/x`), a question or a finding (`x`).
        self.readers: dict[str, list[str]] = defaultdict(list)
        for rule in base.rules.values():
            for name in {f"rules/{rule.id}", *self.of(rule.condition)}:
                self.readers[name].append(rule.id)

    def of(self, condition: Condition) -> frozenset[str]:
        """Return the names of all that the truth of a condition hangs on."""
        found: frozenset[str] = frozenset()
        for subject in {leaf.subject for leaf in leaves(condition)}:
            found |= self._of_subject(subject)
        return found

    def _of_subject(self, subject: str) -> frozenset[str]:
        if subject not in self._subjects:
            self._subjects[subject] = frozenset({subject}).union(*self._behind(subject))
        return self._subjects[subject]

    def _behind(self, subject: str) -> Iterator[frozenset[str]]:
        base = self._base
        if subject in base.findings:
            for rule in base.finding_rules[subject]:
                yield self.of(rule.condition) | {f"rules/{rule.id}"}
        elif subject in base.scores:
            yield from map(self._of_subject, base.scores[subject].sum)
        elif (gate := base.questions[subject].ask_if) is not None:
            yield self.of(gate)

    def touched(self, mutant: Mutant) -> tuple[str, ...]:
        """Return the rules whose truth a mutant may change, its own first, then in the order of the base."""
        rules = self._base.rules
        names: set[str] = set()
        if mutant.section == "questions":
            names.add(mutant.id)
        elif mutant.section == "rules":
            if mutant.is_of_truth:
                names.add(f"rules/{mutant.id}")
            for rule in (rules[mutant.id], mutant.changed):
                if isinstance(rule, Rule) and isinstance(rule.conclusion, Establish):
                    names.add(rule.conclusion.finding)
        touched = {rule for name in names for rule in self.readers[name]}
        own = (mutant.id,) if mutant.id in touched else ()
        return (*own, *(rule for rule in rules if rule in touched and rule != mutant.id))


def digest(*parts: object) -> bytes:
    """Return a digest of plain values and structs."""
    return hashlib.sha256(msgspec.msgpack.encode(parts)).digest()


# --- examples ---------------------------------------------------------------------------------------------------------


class ExampleJudge:
    """The examples of rules: those of every rule whose truth a mutant may change."""

    name = "examples"

    def __init__(self, material: Material) -> None:
        """Judge by the examples that hold."""
        base = material.base
        self._base = base
        self._reads = Reads(base)
        self._examples: dict[str, list[Example]] = defaultdict(list)
        for example in material.examples:
            if example.holds(Outlook(base, example.answers)):
                self._examples[example.rule].append(example)
        self._bases: dict[str, bytes] = {}

    def basis(self, mutant: Mutant) -> bytes:
        """Hang on the rules touched, what they read, and their examples."""
        return digest([self._basis_of(rule) for rule in self._reads.touched(mutant)])

    def _basis_of(self, rule: str) -> bytes:
        if rule not in self._bases:
            base = self._base
            names = {f"rules/{rule}", *self._reads.of(base.rules[rule].condition)}
            rules = (base.rules[name.removeprefix("rules/")] for name in sorted(names) if name.startswith("rules/"))
            questions = (base.questions[name] for name in sorted(names) if name in base.questions)
            self._bases[rule] = digest(
                [(rule.id, rule.condition, rule.conclusion) for rule in rules],
                [(q.id, q.type, q.kind, list(q.options.values()), q.ask_if) for q in questions],
                [base.scores[name] for name in sorted(names) if name in base.scores],
                self._examples[rule],
            )
        return self._bases[rule]

    def kills(self, mutant: Mutant, changed: Base) -> str | None:
        """Name the first example that no longer holds."""
        for rule in self._reads.touched(mutant):
            for example in self._examples[rule]:
                if rule not in changed.rules:
                    if example.kind == "fires":
                        return _named(example)
                elif not example.holds(Outlook(changed, example.answers)):
                    return _named(example)
        return None


def _named(example: Example) -> str:
    return f"{example.rule}, {example.kind}: {example.name}"


# --- cases ------------------------------------------------------------------------------------------------------------


class _Tried(Struct, frozen=True):
    """A case with how things stand in it, and what it expects that the base gives."""

    case: Case
    outlook: Outlook
    true_rules: frozenset[str]
    verdict: Verdict
    met: frozenset[str]


class CaseJudge:
    """The cases of a base: what each expects of the verdict."""

    name = "cases"

    def __init__(self, material: Material) -> None:
        """Judge by what the cases expect and the base gives."""
        self._base = base = material.base
        self._tried = []
        for case in material.cases:
            outlook = Outlook(base, case.answers)
            verdict = foresee(base, outlook)
            true_rules = frozenset(rule.id for rule in base.rules.values() if outlook.truth(rule.condition))
            if met := frozenset(expectations_met(base, case, verdict)):
                self._tried.append(_Tried(case, outlook, true_rules, verdict, met))
        self._basis = digest(_without_words(base), [(case.id, case.answers, case.expected) for case in material.cases])

    def basis(self, _: Mutant) -> bytes:
        """Hang on the whole base, for a verdict does."""
        return self._basis

    def kills(self, mutant: Mutant, changed: Base) -> str | None:
        """Name the first case with an expectation that is no longer met."""
        for tried in self._tried:
            if self._may_matter(mutant, changed, tried):
                verdict = self._verdict(mutant, changed, tried)
                still_met = set(expectations_met(changed, tried.case, verdict))
                lost = sorted(tried.met - still_met)
                if lost:
                    return f"{tried.case.id}: {lost[0]}"
        return None

    def told_otherwise(self, mutant: Mutant) -> Iterator[str]:
        """Yield the cases that are told something else under a mutant, whether or not they expect anything of it."""
        changed = mutant.applied(self._base)
        for tried in self._tried:
            if self._may_matter(mutant, changed, tried):
                verdict = self._verdict(mutant, changed, tried)
                if what_is_told(verdict) != what_is_told(tried.verdict):
                    yield tried.case.id

    def _may_matter(self, mutant: Mutant, changed: Base, tried: _Tried) -> bool:
        """Tell whether a case need be tried: what the mutant changes does not stand there as before."""
        outlook, base = tried.outlook, self._base
        if mutant.old is not None and mutant.new is not None:
            truth = outlook.truth(mutant.old)
            if truth is not outlook.truth(mutant.new):
                return True
            if truth is not None:
                return False
            if mutant.section == "questions" and (mutant.id in base.follow_ups) is not (
                mutant.id in changed.follow_ups
            ):
                return True
            return outlook.hangs_on_not_sure(mutant.old) is not outlook.hangs_on_not_sure(mutant.new)
        if mutant.section == "red_flags":
            return mutant.id in (*tried.verdict.red_flags, *tried.verdict.not_ruled_out)
        if mutant.section == "rules" and isinstance(base.rules[mutant.id].conclusion, Evidence):
            return outlook.truth(base.rules[mutant.id].condition) is True
        return True

    def _verdict(self, mutant: Mutant, changed: Base, tried: _Tried) -> Verdict:
        """Return the verdict under a mutant; where no other rule can have come to stand otherwise, the quick way."""
        if mutant.section not in ("rules", "red_flags") or self._is_of_finding(mutant):
            return foresee(changed, Outlook(changed, tried.case.answers))
        outlook, true_rules = tried.outlook, tried.true_rules - {mutant.id}
        if isinstance(mutant.changed, Rule) and outlook.truth(mutant.changed.condition):
            true_rules |= {mutant.id}
        flags_out = frozenset(
            flag
            for flag, rules in changed.flag_rules.items()
            if all(outlook.truth(rule.condition) is False for rule in rules)
        )
        return judge_rules(
            changed,
            true_rules=true_rules,
            flags_out=flags_out,
            out_of_scope=tried.verdict.out_of_scope,
            outlook=outlook,
        )

    def _is_of_finding(self, mutant: Mutant) -> bool:
        return mutant.section == "rules" and isinstance(self._base.rules[mutant.id].conclusion, Establish)


def expectations_met(base: Base, case: Case, verdict: Verdict) -> Iterator[str]:
    """Yield what a case expects, in words, as far as a verdict gives it."""
    expected = case.expected
    if verdict.urgency in expected.urgency_acceptable:
        yield f"urgency {' or '.join(expected.urgency_acceptable)}"
    yield from (f"{flag} raised" for flag in expected.red_flags if flag in verdict.red_flags)
    yield from (f"{flag} not ruled out" for flag in expected.not_ruled_out if flag in verdict.not_ruled_out)
    if verdict.out_of_scope is not None:
        return  # no hypothesis is told, by design
    deficiencies = [
        weight
        for weight in verdict.hypotheses
        if weight.band != "none" and base.hypotheses[weight.hypothesis].kind == "deficiency"
    ]
    named = [weight.hypothesis for weight in deficiencies]
    if expected.deficiencies:
        main = expected.deficiencies[0]
        if named[:1] == [main]:
            yield f"{main} first"
        yield from (f"{name} among the first {_FIRST}" for name in expected.deficiencies if name in named[:_FIRST])
    elif verdict.urgency == "emergency" or all(weight.band != "likely" for weight in deficiencies):
        yield "no deficiency likely"


def _without_words(base: Base) -> Base:
    """Return a base without what changes no verdict: places, reasons, sources and texts."""
    return replace(
        base,
        **dict.fromkeys(("version", "title", "about", "digest"), ""),
        **{section: {} for section in ("urgencies", "topics", "checklists", "advice", "sources")},
        rules={rule.id: Rule(rule.id, rule.condition, rule.conclusion, "", ()) for rule in base.rules.values()},
        questions={
            q.id: replace(q, ask="", help=None, item=None, clinical=None, sources=(), place="")
            for q in base.questions.values()
        },
        red_flags={flag.id: replace(flag, label="", do=None, place="") for flag in base.red_flags.values()},
        hypotheses={each.id: replace(each, label="", about="", codes={}) for each in base.hypotheses.values()},
    )
