"""What the truth of each rule hangs on, and so what a change may reach."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from expert.logic import leaves
from expert.model import Base, Condition, Establish, Rule
from expert.mutants import Mutant


class Reads:
    """What the truth of each rule hangs on: other rules, questions with their gates and points, scores and findings."""

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
