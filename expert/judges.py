"""What tries a rule base, and so should notice a mutant of it: examples of its rules, its dossier, and its cases.

A judge says which of its statements is true of the base and not of the mutant. A statement that is not true of the base
itself proves nothing.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Callable, Collection, Iterator
from functools import cached_property
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from expert.cases import Case
from expert.compare import what_is_told
from expert.dossier import Dossier, carriers, rule_disagreements
from expert.examples import Example
from expert.logic import Outlook
from expert.model import Base, Condition, Establish, Evidence, Rule
from expert.mutants import Mutant
from expert.prove.theorems import Theorem
from expert.reads import Reads
from expert.verdict import Verdict, foresee, judge_rules

if TYPE_CHECKING:
    from expert.prove.safety import Prover

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
    examples: tuple[Example, ...] = ()
    cases: tuple[Case, ...] = ()
    dossier: Dossier = Dossier({}, {})
    theorems: tuple[Theorem, ...] = ()


#: Makes a judge; None where the base has nothing for it, or a library that it needs is not installed.
JudgeMaker = Callable[[Material], Judge | None]


def judge_makers() -> tuple[JudgeMaker, ...]:
    """Return the makers of all judges, the quickest first."""
    return ExampleJudge, dossier_judge, CaseJudge, theorem_judge


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


# --- dossier ----------------------------------------------------------------------------------------------------------


def dossier_judge(material: Material) -> DossierJudge | None:
    """Return the judge by the dossier of a base, if it has one."""
    return DossierJudge(material) if material.dossier else None


class DossierJudge:
    """The evidence dossier: what its claims say of strength, role, hypothesis and tier, and which rule carries them."""

    name = "dossier"

    def __init__(self, material: Material) -> None:
        """Judge by the claims that a base agrees with."""
        self._base, self._dossier = base, dossier = material.base, material.dossier
        self._agree = frozenset(rule.id for rule in base.rules.values() if not rule_disagreements(base, dossier, rule))
        self._basis = digest(
            dossier,
            [(rule.id, rule.conclusion, rule.claims, rule.basis, rule.sources) for rule in base.rules.values()],
            [(flag.id, flag.urgency, flag.ref) for flag in base.red_flags.values()],
            [(advice.id, advice.claims) for advice in base.advice.values()],
            [(source.id, source.seen) for source in base.sources.values()],
        )
        #: Of each rule, the claims that nothing else carries.
        self._alone: dict[str, list[str]] = defaultdict(list)
        for claim, found in carriers(base, dossier).items():
            if len(found.rules) == 1 and not (found.advice or found.others):
                self._alone[found.rules[0]].append(claim)

    def basis(self, _: Mutant) -> bytes:
        """Hang on the whole dossier and what names it; the judgement itself is quick."""
        return self._basis

    def kills(self, mutant: Mutant, changed: Base) -> str | None:
        """Tell what the dossier says otherwise, of the rule or of one that raises the flag, or which claim is lost."""
        if mutant.section == "rules" and mutant.changed is None:
            return next((f"{claim} is carried by nothing else" for claim in self._alone[mutant.id]), None)
        for rule in self._spoken_of(mutant):
            if rule in self._agree:
                for fault in rule_disagreements(changed, self._dossier, changed.rules[rule]):
                    return f"{rule} {fault.message}"
        return None

    def _spoken_of(self, mutant: Mutant) -> tuple[str, ...]:
        match mutant.section:
            case "rules":
                return (mutant.id,)
            case "red_flags":
                return tuple(rule.id for rule in self._base.flag_rules.get(mutant.id, ()))
        return ()


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
        self._reads = Reads(base)
        #: Of the last mutant that no case killed: trying cases is most of the work.
        self._told_otherwise: dict[str, tuple[str, ...]] = {}
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
        told_otherwise = []
        for tried, verdict in self._retried(mutant, changed):
            lost = tried.met - set(expectations_met(changed, tried.case, verdict))
            if lost:
                return f"{tried.case.id}: {min(lost)}"
            if what_is_told(verdict) != what_is_told(tried.verdict):
                told_otherwise.append(tried.case.id)
        self._told_otherwise = {mutant.name: tuple(told_otherwise)}
        return None

    def told_otherwise(self, mutant: Mutant) -> tuple[str, ...]:
        """Return the cases that are told something else under a mutant that lives, without expecting anything of it."""
        if mutant.name not in self._told_otherwise:
            self.kills(mutant, mutant.applied(self._base))
        return self._told_otherwise.get(mutant.name, ())

    def _retried(self, mutant: Mutant, changed: Base) -> Iterator[tuple[_Tried, Verdict]]:
        """Yield the cases whose verdict a mutant may change, with their verdicts under it."""
        touched = self._reads.touched(mutant)
        for tried in self._tried:
            if self._may_matter(mutant, changed, tried):
                verdict = self._verdict(mutant, changed, touched, tried)
                if verdict is not tried.verdict:
                    yield tried, verdict

    def _may_matter(self, mutant: Mutant, changed: Base, tried: _Tried) -> bool:
        """Tell whether what a mutant changes stands otherwise in a case than before; a quick look."""
        outlook, base = tried.outlook, self._base
        if mutant.old is not None and mutant.new is not None:
            is_asked_alike = (mutant.id in base.follow_ups) is (mutant.id in changed.follow_ups)
            return not (is_asked_alike and _stand_alike((outlook, mutant.old), (outlook, mutant.new)))
        match mutant.section:
            case "red_flags":
                return mutant.id in (*tried.verdict.red_flags, *tried.verdict.not_ruled_out)
            case "rules" if isinstance(base.rules[mutant.id].conclusion, Evidence):
                return outlook.truth(base.rules[mutant.id].condition) is True
        return True

    def _verdict(self, mutant: Mutant, changed: Base, touched: Collection[str], tried: _Tried) -> Verdict:
        """Return the verdict of a case under a mutant: only the rules that it touches are looked at again."""
        before = tried.outlook
        # A change of what rules say leaves everything as it stands, and that is known.
        says_only = mutant.section == "red_flags" or (self._says_otherwise(mutant) and not touched)
        outlook = before if says_only else Outlook(changed, tried.case.answers)
        scope = next((one.id for one in changed.out_of_scope.values() if outlook.truth(one.condition)), None)
        again = [changed.rules[rule] for rule in touched if rule in changed.rules]
        is_elsewhere = mutant.section in ("rules", "questions") and not self._says_otherwise(mutant)
        if is_elsewhere and scope == tried.verdict.out_of_scope:
            conditions = ((self._base.rules[rule.id].condition, rule.condition) for rule in again)
            if all(_stand_alike((before, old), (outlook, new)) for old, new in conditions):
                return tried.verdict
        truths = {rule.id: outlook.truth(rule.condition) for rule in again}
        true_rules = tried.true_rules.difference(touched, (mutant.id,) if mutant.changed is None else ())
        return judge_rules(
            changed,
            true_rules=true_rules | {rule for rule, truth in truths.items() if truth},
            flags_out=frozenset(
                flag
                for flag, rules in changed.flag_rules.items()
                if all((truths[r.id] if r.id in truths else before.truth(r.condition)) is False for r in rules)
            ),
            out_of_scope=scope,
            outlook=outlook,
        )

    def _says_otherwise(self, mutant: Mutant) -> bool:
        """Tell whether a rule that speaks of the verdict itself is gone, or says something else."""
        if mutant.section != "rules" or isinstance(self._base.rules[mutant.id].conclusion, Establish):
            return False
        return not (
            isinstance(mutant.changed, Rule) and mutant.changed.conclusion == self._base.rules[mutant.id].conclusion
        )


def _stand_alike(first: tuple[Outlook, Condition], second: tuple[Outlook, Condition]) -> bool:
    """Tell whether two conditions have one truth, and are unknown for the same kind of reason."""
    truths = [outlook.truth(condition) for outlook, condition in (first, second)]
    if truths[0] is not truths[1]:
        return False
    doubts = {outlook.hangs_on_not_sure(condition) for outlook, condition in (first, second)}
    return truths[0] is not None or len(doubts) == 1


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


# --- theorems ---------------------------------------------------------------------------------------------------------


def theorem_judge(material: Material) -> TheoremJudge | None:
    """Return the judge by the theorems of a base, if it has any and z3 is there to prove them."""
    return TheoremJudge(material) if material.theorems and find_spec("z3") is not None else None


class TheoremJudge:
    """The theorems of a base: those that rest on the rule that a mutant changes are proved again.

    Of a red flag, a gate and the scope nothing less than all would do: those mutants are left to the other judges.
    """

    name = "theorems"

    def __init__(self, material: Material) -> None:
        """Judge by the theorems that can be proved; that is found out when a mutant first gets here."""
        self._base, self._theorems = material.base, material.theorems
        self._basis = digest(_without_words(material.base), material.base.advice, material.theorems)

    @cached_property
    def _before(self) -> tuple[Prover, tuple[Theorem, ...]]:
        from expert.prove.safety import Prover  # noqa: PLC0415 - z3 takes a moment

        prover = Prover(self._base)
        return prover, tuple(theorem for theorem in self._theorems if prover.holds(theorem))

    def basis(self, _: Mutant) -> bytes:
        """Hang on the whole base, for a theorem may."""
        return self._basis

    def kills(self, mutant: Mutant, changed: Base) -> str | None:
        """Name the first theorem that no longer holds."""
        if mutant.section != "rules":
            return None
        prover, proved = self._before
        after = type(prover)(changed)
        return next((one.id for one in proved if not after.still_holds(one, mutant.id, prover)), None)
