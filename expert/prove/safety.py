"""Proofs of theorems: each is shown to hold for every answer, or refuted by answers for which it does not.

A theorem falls into goals (often one). A goal is first tried on the red flags near it: if those alone suffice, no other
rule can spoil the proof, and after a change of one rule only the goals that rest on it need to be tried again.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property

from msgspec import Struct
from msgspec.structs import replace

from expert.logic import leaves
from expert.model import NONE_OF_THESE, URGENCIES, Base, Condition, Is, Reply
from expert.prove.encode import Encoding
from expert.prove.formula import Formula, conjunction, disjunction, negation
from expert.prove.replay import Counterexample, fails, smaller
from expert.prove.replies import Said, answers_from, one_more
from expert.prove.solve import Solver, Valuation
from expert.prove.theorems import EMERGENCIES, Outcome, Theorem


class Goal(Struct, frozen=True):
    """What of a theorem is proved at once: all of it, or what it says of one question, option of it, or hypothesis."""

    theorem: Theorem
    question: str = ""
    option: str = ""

    @property
    def name(self) -> tuple[str, str, str]:
        """What tells it apart from others."""
        return self.theorem.id, self.question, self.option


def _one_by_one(theorem: Theorem) -> tuple[Goal, ...]:
    """Return a theorem by hypothesis: of several, never one or the other is never the one and never the other."""
    never = theorem.never
    if never is None or len(never.hypotheses) < 2:  # noqa: PLR2004 - several
        return (Goal(theorem),)
    alone = ((one, replace(theorem, never=replace(never, hypotheses=(one,)))) for one in never.hypotheses)
    return tuple(Goal(narrowed, option=one) for one, narrowed in alone)


class Disagreement(AssertionError):  # noqa: N818 - it is a fault of ours, and says so
    """A counterexample in formulas is none by the verdict: the formulas do not say what the engine does."""


class Prover:
    """Proves theorems about one base; a changed base needs a prover of its own. What is encoded is encoded once."""

    def __init__(self, base: Base) -> None:
        """Encode nothing yet."""
        self.base = base
        self.encoding = Encoding(base)
        self._solver = Solver()
        self._known: set[str] = set()
        self._behind: dict[str, frozenset[str]] = {}
        self._behind_flag: dict[str, frozenset[str]] = {}
        self._near: dict[tuple[str, str, str], frozenset[str]] = {}
        self._tried: dict[tuple[str, str, str], bool] = {}
        self._emergency_items: dict[str, bool] = {}
        self._turned_to: dict[tuple[str, str, str], list[tuple[Encoding, Said]]] = {}

    # --- theorems -------------------------------------------------------------------------------------------------

    def holds(self, theorem: Theorem) -> bool:
        """Tell whether a theorem holds for every answer."""
        return all(self._cases(goal) is None for goal in self.goals(theorem))

    def refute(self, theorem: Theorem) -> Counterexample | None:
        """Return answers for which a theorem does not hold, as few as possible, or None when it holds for all.

        Raises: Disagreement: a fault of ours.
        """
        for goal in self.goals(theorem):
            cases = self._cases(goal)
            if cases is not None:
                return self._smallest(goal, cases)
        return None

    def still_holds(self, theorem: Theorem, rule: str, before: Prover) -> bool:
        """Tell whether a theorem that held of another base still holds of this one, which differs in one rule.

        Only the goals that rest on the rule, in either base, are proved again.
        """
        return all(
            self._cases(goal, self._flags_behind(rule) if theorem.rising and before.is_near(goal) else None) is None
            for goal in self.goals(theorem)
            if rule in before.rules_of(goal) or rule in self._rules_near(goal)
        )

    def reading(self, theorems: Iterable[Theorem], rule: str) -> tuple[Theorem, ...]:
        """Return the theorems whose proof a rule takes part in: a change of its condition cannot refute any other."""
        return tuple(one for one in theorems if any(rule in self.rules_of(goal) for goal in self.goals(one)))

    # --- goals ----------------------------------------------------------------------------------------------------

    def goals(self, theorem: Theorem) -> tuple[Goal, ...]:
        """Return what has to be proved for a theorem."""
        if theorem.not_sure == (EMERGENCIES,):
            return tuple(Goal(theorem, one) for one in self.base.questions if self.flags_reading((one,)))
        if not theorem.rising:
            return _one_by_one(theorem)
        asked = [
            one
            for one in self.base.questions.values()
            if one.kind in theorem.rising and one.id not in theorem.unless and self.flags_reading((one.id,))
        ]
        options = {one.id: tuple(one.options) if one.type == "many" else ("yes",) for one in asked}
        return tuple(
            Goal(theorem, one.id, option)
            for one in asked
            if one.type in ("yes_no", "many")
            for option in options[one.id]
            if option != NONE_OF_THESE
        )

    def rules_of(self, goal: Goal) -> frozenset[str]:
        """Return the rules that take part in the proof of a goal, which is tried if it was not yet."""
        return self._rules_near(goal) if self.is_near(goal) else self._rules_near(goal) | self._rules_of_flags

    def is_near(self, goal: Goal) -> bool:
        """Tell whether the rules near a goal are enough to decide it, which is tried if it was not yet."""
        if goal.name not in self._tried:
            self._cases(goal)
        return self._tried[goal.name]

    def _rules_near(self, goal: Goal) -> frozenset[str]:
        if goal.name not in self._near:
            self._near[goal.name] = self._find_rules_near(goal)
        return self._near[goal.name]

    def _find_rules_near(self, goal: Goal) -> frozenset[str]:
        flags = self._flags_near(goal)
        rules = self._rules_of_flags if flags is None else self.rules_behind_flags(flags)
        theorem = goal.theorem
        if theorem.rising:
            return rules
        needs_flags = any(one is not None and one.urgency for one in (theorem.told, theorem.always, theorem.never))
        parts = [rules] if needs_flags else []
        parts += [self.rules_behind(theorem.when)] if theorem.when is not None else []
        parts += [self._rules_behind_reply(one) for one in self._not_sure(goal)]
        parts += [self._rules_behind_outcome(one) for one in (theorem.told, theorem.always, theorem.never) if one]
        return frozenset().union(*parts)

    def _flags_near(self, goal: Goal) -> tuple[str, ...] | None:
        """Return the red flags that are tried first for a goal; None where only all of them will do."""
        theorem = goal.theorem
        if theorem.rising:
            return self.flags_reading((goal.question,))
        if theorem.always is None or any(one and one.urgency for one in (theorem.told, theorem.never)):
            return None
        read = set(self._not_sure(goal))
        if theorem.when is not None:
            read |= self.encoding.reads(theorem.when)
        return self.flags_reading(read)

    def _not_sure(self, goal: Goal) -> tuple[str, ...]:
        return (goal.question,) if goal.question else goal.theorem.not_sure

    # --- refuting a goal ------------------------------------------------------------------------------------------

    def _cases(self, goal: Goal, of: frozenset[str] | None = None) -> Formula | None:
        """Return when a goal does not hold, or None when that never is.

        `of` are the red flags that matter, where all others are known to be harmless, each by itself.
        """
        flags = self._flags_near(goal)
        if flags is not None and of is not None:
            flags = tuple(one for one in flags if one in of)
        cases = self._violation(goal, flags)
        if not self.can_hold(cases):
            self._tried[goal.name] = True
            return None
        self._tried[goal.name] = flags is None
        if flags is not None:
            cases = self._violation(goal, None)
        return cases if self.can_hold(cases) else None

    def _violation(self, goal: Goal, flags: Iterable[str] | None) -> Formula:
        """Return when a goal does not hold, as far as some red flags (None: all) can tell."""
        theorem, encoding = goal.theorem, self.encoding
        if theorem.rising:
            # If no red flag by itself falls, all of them together do not.
            apart = [None] if flags is None else [(one,) for one in flags]
            falls = disjunction(*(lower for one in apart for lower, _, _ in self._falls(goal, one)))
            # The law is about what an interview ends with; and by law 5 that is the verdict on all answers.
            others = (said.answered for one, said in encoding.said.items() if one != goal.question)
            return conjunction(falls, *others)
        parts = [] if theorem.when is None else [encoding.truth(theorem.when).true]
        if asked := self._not_sure(goal):
            if theorem.not_sure == (EMERGENCIES,) and not self.is_emergency_item(goal.question):
                return False
            parts.append(disjunction(*map(self._is_not_sure, asked)))
        if theorem.told is not None:
            parts.append(self.comes_to(theorem.told, None))
        if theorem.always is not None:
            parts.append(negation(self.comes_to(theorem.always, flags)))
        if theorem.never is not None:
            parts.append(self.comes_to(theorem.never, None))
        return conjunction(*parts)

    def _is_not_sure(self, question: str) -> Formula:
        return conjunction(self.encoding.applies(question).true, self.encoding.reply(question).not_sure)

    def comes_to(self, outcome: Outcome, flags: Iterable[str] | None) -> Formula:
        """Return when the verdict comes to an outcome, its urgency by some red flags (None: all) alone."""
        encoding = self.encoding
        parts = [] if outcome.urgency is None else [encoding.urgency(outcome.urgency, flags)]
        if outcome.red_flags:
            parts.append(disjunction(*(encoding.flag(one).true for one in outcome.red_flags)))
        if outcome.not_ruled_out:
            # A red flag that no rule raises is not told of at all.
            known = [one for one in outcome.not_ruled_out if one in self.base.flag_rules]
            parts.append(disjunction(*(encoding.flag(one).unknown for one in known)))
        if outcome.findings:
            parts.append(disjunction(*(encoding.finding(one).true for one in outcome.findings)))
        if outcome.advice:
            parts.append(disjunction(*map(encoding.advice, outcome.advice)))
        if outcome.hypotheses:
            parts.append(disjunction(*(self._weighs(one, outcome) for one in outcome.hypotheses)))
        return conjunction(*parts)

    def _weighs(self, hypothesis: str, outcome: Outcome) -> Formula:
        reached = self.encoding.band(hypothesis, outcome.band)
        lacks = [negation(self.encoding.has(hypothesis, role)) for role in outcome.without]
        return conjunction(reached, disjunction(*lacks)) if lacks else reached

    def is_emergency_item(self, question: str) -> bool:
        """Tell whether some reply to a question alone, where it applies, makes an emergency."""
        if question not in self._emergency_items:
            self._emergency_items[question] = self._find_emergency_item(question)
        return self._emergency_items[question]

    def _find_emergency_item(self, question: str) -> bool:
        asked = self.base.questions[question]
        flags = [one for one in self.flags_reading((question,)) if self.base.red_flags[one].urgency == "emergency"]
        if not flags or asked.type == "number":
            return False
        calm = negation(self.encoding.urgency("emergency", flags))
        options = tuple(asked.options) or ("yes", "no")
        replied = (self.encoding.truth(Is(question, (option,))).true for option in options)
        return any(not self.can_hold(conjunction(one, calm)) for one in replied)

    def _falls(self, goal: Goal, flags: Iterable[str] | None) -> list[tuple[Formula, Said, Said]]:
        """Return when the urgency falls although a symptom rises, with the replies before and after."""
        chosen = tuple(self.base.flag_rules) if flags is None else tuple(flags)
        steps = self._steps(goal)
        urgent = [[turned.urgency(tier, chosen) for tier in URGENCIES[:-1]] for turned, _ in steps]
        # From no to not sure, from there to yes, and (of many) from no to yes at once.
        pairs = [(0, 1), (1, 2), *([(0, 3)] if len(steps) > 3 else [])]  # noqa: PLR2004 - the step of a sure yes
        return [
            (
                disjunction(*(conjunction(b, negation(a)) for b, a in zip(urgent[first], urgent[then], strict=True))),
                steps[first][1],
                steps[then][1],
            )
            for first, then in pairs
        ]

    def _steps(self, goal: Goal) -> list[tuple[Encoding, Said]]:
        if goal.name not in self._turned_to:
            said = one_more(self.encoding.reply(goal.question), goal.option)
            self._turned_to[goal.name] = [
                (Encoding(self.base, {goal.question: one}, self.encoding), one) for one in said
            ]
        return self._turned_to[goal.name]

    def _flags_behind(self, rule: str) -> frozenset[str]:
        return frozenset(flag for flag in self.base.flag_rules if rule in self._rules_behind_flag(flag))

    # --- counterexamples ------------------------------------------------------------------------------------------

    def _smallest(self, goal: Goal, cases: Formula) -> Counterexample:
        case = self.case(cases)
        assert case is not None
        example = self._turned(goal, case) if goal.theorem.rising else Counterexample(self.answers(case))
        if not fails(self.base, goal.theorem, example):
            raise Disagreement(f"'{goal.theorem.id}' is refuted in formulas, but not by the verdict on {example}")
        return smaller(self.base, example, lambda one: fails(self.base, goal.theorem, one))

    def _turned(self, goal: Goal, case: Valuation) -> Counterexample:
        others = {one: reply for one, reply in self.answers(case).items() if one != goal.question}
        before, after = next((said, then) for lower, said, then in self._falls(goal, None) if case(lower))
        sides = [{**others, goal.question: said.reply(case)} for said in (before, after)]
        told = [{one: side.get(one) for one in self.base.questions} for side in sides]
        first, then = ({one: reply for one, reply in side.items() if reply is not None} for side in told)
        return Counterexample(then, first)

    # --- asking z3 ------------------------------------------------------------------------------------------------

    def can_hold(self, formula: Formula) -> bool:
        """Tell whether a formula over the replies holds of any valid answers."""
        return self.case(formula) is not None

    def case(self, formula: Formula) -> Valuation | None:
        """Return valid answers of which a formula holds, or None."""
        said = self.encoding.said
        for question in [one for one in said if one not in self._known]:
            self._solver.learn(said[question].allowed())
            self._known.add(question)
        return self._solver.case(formula)

    def answers(self, case: Valuation) -> dict[str, Reply]:
        """Return the answers of a case, in the order of the base's questions."""
        said = self.encoding.said
        return dict(answers_from({one: said[one] for one in self.base.questions if one in said}, case))

    # --- what reads what ------------------------------------------------------------------------------------------

    @cached_property
    def _reads(self) -> dict[str, frozenset[str]]:
        return {
            flag: frozenset().union(*(self.encoding.reads(rule.condition) for rule in rules))
            for flag, rules in self.base.flag_rules.items()
        }

    def flags_reading(self, questions: Iterable[str]) -> tuple[str, ...]:
        """Return the red flags that read any of some questions."""
        asked = set(questions)
        return tuple(flag for flag, read in self._reads.items() if not asked.isdisjoint(read))

    def rules_behind(self, condition: Condition) -> frozenset[str]:
        """Return the rules that decide a condition: those of the findings that it reads, at any remove."""
        return frozenset().union(*(self._rules_behind_subject(leaf.subject) for leaf in leaves(condition)))

    def _rules_behind_subject(self, subject: str) -> frozenset[str]:
        if subject not in self._behind:
            base = self.base
            if subject in base.findings:
                rules = base.finding_rules[subject]
                parts = [frozenset(one.id for one in rules), *(self.rules_behind(one.condition) for one in rules)]
            elif subject in base.scores:
                parts = [self._rules_behind_subject(item) for item in base.scores[subject].sum]
            else:
                parts = [self._rules_behind_reply(subject)]
            self._behind[subject] = frozenset().union(*parts)
        return self._behind[subject]

    def _rules_behind_reply(self, question: str) -> frozenset[str]:
        ask_if = self.base.questions[question].ask_if
        return frozenset() if ask_if is None else self.rules_behind(ask_if)

    def rules_behind_flags(self, flags: Iterable[str]) -> frozenset[str]:
        """Return the rules that raise some red flags, and those that decide them."""
        return frozenset().union(*map(self._rules_behind_flag, flags))

    def _rules_behind_flag(self, flag: str) -> frozenset[str]:
        if flag not in self._behind_flag:
            rules = self.base.flag_rules.get(flag, ())
            behind = (self.rules_behind(rule.condition) for rule in rules)
            self._behind_flag[flag] = frozenset(rule.id for rule in rules).union(*behind)
        return self._behind_flag[flag]

    @cached_property
    def _rules_of_flags(self) -> frozenset[str]:
        return self.rules_behind_flags(self.base.flag_rules)

    def _rules_behind_outcome(self, outcome: Outcome) -> frozenset[str]:
        base = self.base
        rules = [rule for one in outcome.findings for rule in base.finding_rules[one]]
        rules += [rule for one in outcome.advice for rule in base.advice_rules[one]]
        hypotheses = {*outcome.hypotheses, *(shown for one in outcome.advice for shown in base.advice[one].for_)}
        rules += [rule for one in hypotheses for rule, _ in base.evidence_rules[one]]
        conditions = [rule.condition for rule in rules]
        if hypotheses:
            conditions += [scope.condition for scope in base.out_of_scope.values()]
        flags = self.rules_behind_flags((*outcome.red_flags, *outcome.not_ruled_out))
        return flags.union((rule.id for rule in rules), *map(self.rules_behind, conditions))
