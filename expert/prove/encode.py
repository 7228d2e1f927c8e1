"""A rule base as formulas over every answer at once: what is true, what is false, and the verdict.

The same condition trees as everywhere else are read here in strong Kleene: each condition becomes two formulas, when it
is true and when it is false; when neither, it is unknown. `tests/test_prove_encode.py` holds this reading against
`expert.verdict.foresee` on thousands of random answers to random bases.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from msgspec import Struct

from expert.logic import leaves
from expert.model import (
    URGENCIES,
    All,
    Any,
    Band,
    Base,
    Condition,
    Count,
    Evidence,
    Is,
    Limit,
    Not,
    Rule,
    Urgency,
)
from expert.prove.bands import Combination, Counts, line
from expert.prove.formula import (
    Formula,
    at_least,
    conjunction,
    disjunction,
    negation,
    weighs_at_least,
)
from expert.prove.replies import Ranges, Said, anything, exactly, numbers_told_apart


class Kleene(Struct, frozen=True):
    """When a condition is true, and when it is false; it is never both."""

    true: Formula
    false: Formula

    @property
    def unknown(self) -> Formula:
        """When it is neither."""
        return conjunction(negation(self.true), negation(self.false))


ALWAYS = Kleene(True, False)
NEVER_KNOWN = Kleene(False, False)


def every(parts: Iterable[Kleene]) -> Kleene:
    """Return the conjunction of some truths."""
    listed = list(parts)
    return Kleene(conjunction(*(one.true for one in listed)), disjunction(*(one.false for one in listed)))


def some(parts: Iterable[Kleene]) -> Kleene:
    """Return the disjunction of some truths."""
    listed = list(parts)
    return Kleene(disjunction(*(one.true for one in listed)), conjunction(*(one.false for one in listed)))


def opposite(one: Kleene) -> Kleene:
    """Return the negation of a truth."""
    return Kleene(one.false, one.true)


def so_many(count: int, parts: Iterable[Kleene]) -> Kleene:
    """Return whether at least `count` of some truths hold."""
    listed = list(parts)
    return Kleene(
        at_least(count, [one.true for one in listed]),
        at_least(len(listed) - count + 1, [one.false for one in listed]),
    )


def on_gate(met: Kleene, gate: Kleene, *, waits: bool) -> Kleene:
    """Return a test of a reply to a question that applies when `gate` holds; a follow-up `waits` for that."""
    if waits:
        return Kleene(conjunction(gate.true, met.true), disjunction(gate.false, conjunction(gate.true, met.false)))
    return every((gate, met))


class Encoding:
    """What a base concludes, as formulas over the replies to its questions.

    Only what is asked for is encoded; `questions` are those that the formulas so far read.
    """

    def __init__(self, base: Base, said: Mapping[str, Said] | None = None, common: Encoding | None = None) -> None:
        """Encode `base`; the replies are open but for those in `said`.

        `common` is an encoding of the same base with other replies to these questions: what does not read them is
        taken from it.
        """
        self.base = base
        self.said: dict[str, Said] = dict(said or {})
        self.common = common
        self.changed = frozenset(self.said) if common is not None else frozenset()
        self.questions: set[str] = set()
        self._numbers: dict[str, Ranges] = common._numbers if common else numbers_told_apart(base)  # noqa: SLF001 - of its own class
        self._truth: dict[int, Kleene] = {}
        self._kept: list[Condition] = []  # a key of `_truth` is the id of a condition, which must not be taken again
        self._findings: dict[str, Kleene] = {}
        self._applies: dict[str, Kleene] = {}
        self._hangs: dict[int, Formula] = {}
        self._weighed: dict[tuple[str, Band], Formula] = {}
        self._reads: dict[str, frozenset[str]] = common._reads if common else {}  # noqa: SLF001 - of its own class

    # --- what is read ---------------------------------------------------------------------------------------------

    def reads(self, condition: Condition) -> frozenset[str]:
        """Return the questions that a condition reads, with their gates, by itself or through findings and scores."""
        return frozenset().union(*(self._reads_of(leaf.subject) for leaf in leaves(condition)))

    def _reads_of(self, subject: str) -> frozenset[str]:
        if subject not in self._reads:
            base = self.base
            if subject in base.findings:
                found = frozenset().union(*(self.reads(rule.condition) for rule in base.finding_rules[subject]))
            elif subject in base.scores:
                found = frozenset().union(*map(self._reads_of, base.scores[subject].sum))
            else:
                ask_if = base.questions[subject].ask_if
                found = frozenset({subject}) | (self.reads(ask_if) if ask_if is not None else frozenset())
            self._reads[subject] = found
        return self._reads[subject]

    def _shared(self, condition: Condition) -> Encoding | None:
        """Return the other encoding, if it says the same of a condition."""
        if self.common is None or not self.changed.isdisjoint(self.reads(condition)):
            return None
        return self.common

    def reply(self, question: str) -> Said:
        """Return what is replied to a question."""
        self.questions.add(question)
        if question not in self.said:
            if self.common is not None:
                return self.common.reply(question)
            self.said[question] = anything(self.base.questions[question], self._numbers.get(question, {}))
        return self.said[question]

    def allowed(self) -> list[Formula]:
        """Return what holds of all valid replies to the questions read so far."""
        own = [self.said[question].allowed() for question in sorted(self.questions & self.said.keys())]
        return own if self.common is None else [*own, *self.common.allowed()]

    # --- conditions -----------------------------------------------------------------------------------------------

    def truth(self, condition: Condition) -> Kleene:
        """Return when a condition is true and when it is false."""
        key = id(condition)
        if key not in self._truth:
            other = self._shared(condition)
            self._truth[key] = self._find_truth(condition) if other is None else other.truth(condition)
            self._kept.append(condition)
        return self._truth[key]

    def _find_truth(self, condition: Condition) -> Kleene:
        match condition:
            case All(of):
                return every(map(self.truth, of))
            case Any(of):
                return some(map(self.truth, of))
            case Not(of):
                return opposite(self.truth(of))
            case Count(count, of):
                return so_many(count, map(self.truth, of))
            case Is() | Limit():
                return self._leaf(condition)

    def _leaf(self, leaf: Is | Limit) -> Kleene:
        if isinstance(leaf, Is) and leaf.subject in self.base.findings:
            established = self.finding(leaf.subject)
            return established if leaf.values == ("yes",) else opposite(established)
        if leaf.subject in self.base.scores:
            assert isinstance(leaf, Limit)
            return score_within(leaf, [self.points(item) for item in self.base.scores[leaf.subject].sum])
        met = Kleene(*self.reply(leaf.subject).meets(leaf))
        return on_gate(met, self.applies(leaf.subject), waits=leaf.subject in self.base.follow_ups)

    def finding(self, finding: str) -> Kleene:
        """Return when a finding is established, and when it is ruled out."""
        if finding not in self._findings:
            rules = self.base.finding_rules[finding]
            self._findings[finding] = some(self.truth(rule.condition) for rule in rules) if rules else NEVER_KNOWN
        return self._findings[finding]

    def applies(self, question: str) -> Kleene:
        """Return when a question applies, and when it does not."""
        if question not in self._applies:
            ask_if = self.base.questions[question].ask_if
            self._applies[question] = ALWAYS if ask_if is None else self.truth(ask_if)
        return self._applies[question]

    def points(self, question: str) -> list[Points]:
        """Return what a question brings to a score, as cases of which exactly one holds."""
        said, gate = self.reply(question), self.applies(question)
        return points_of(said, gate, waits=question in self.base.follow_ups)

    # --- not sure -------------------------------------------------------------------------------------------------

    def hangs_on_not_sure(self, condition: Condition) -> Formula:
        """Return when a condition is unknown because of a reply of *not sure*."""
        key = id(condition)
        other = self._shared(condition)
        if other is not None:
            return other.hangs_on_not_sure(condition)
        if key not in self._hangs:
            unknown = self.truth(condition).unknown
            self._hangs[key] = False if unknown is False else conjunction(unknown, self._find_hangs(condition))
        return self._hangs[key]

    def _find_hangs(self, condition: Condition) -> Formula:
        if isinstance(condition, Not):
            return self.hangs_on_not_sure(condition.of)
        if not isinstance(condition, Is | Limit):
            return disjunction(*map(self.hangs_on_not_sure, condition.of))
        subject = condition.subject
        if subject in self.base.findings:
            rules = self.base.finding_rules[subject]
            return disjunction(*(self.hangs_on_not_sure(rule.condition) for rule in rules))
        items = self.base.scores[subject].sum if subject in self.base.scores else (subject,)
        return disjunction(*map(self._is_not_sure, items))

    def _is_not_sure(self, question: str) -> Formula:
        ask_if = self.base.questions[question].ask_if
        not_sure = self.reply(question).not_sure
        if ask_if is None:
            return not_sure
        applies = self.applies(question)
        return disjunction(
            conjunction(applies.unknown, self.hangs_on_not_sure(ask_if)), conjunction(applies.true, not_sure)
        )

    # --- the verdict ----------------------------------------------------------------------------------------------

    def rule(self, rule: Rule) -> Kleene:
        """Return when a rule is true, and when it is false."""
        return self.truth(rule.condition)

    def flag(self, flag: str) -> Kleene:
        """Return when a red flag is raised, and when it is ruled out; one that no rule raises is never either."""
        rules = self.base.flag_rules.get(flag, ())
        return some(map(self.rule, rules)) if rules else NEVER_KNOWN

    def unsure(self, flag: str) -> Formula:
        """Return when an emergency is still open because of a *not sure*."""
        if flag not in self.base.flag_rules or self.base.red_flags[flag].urgency != "emergency":
            return False
        unknown = self.flag(flag).unknown
        rules = self.base.flag_rules[flag]
        return conjunction(unknown, disjunction(*(self.hangs_on_not_sure(rule.condition) for rule in rules)))

    def urgency_from(self, flag: str, urgency: Urgency) -> Formula:
        """Return when one red flag alone makes it at least so urgent."""
        tier = URGENCIES.index(urgency)
        raised = self.flag(flag).true if URGENCIES.index(self.base.red_flags[flag].urgency) <= tier else False
        return disjunction(raised, self.unsure(flag) if tier >= URGENCIES.index("same-day") else False)

    def urgency(self, urgency: Urgency, flags: Iterable[str] | None = None) -> Formula:
        """Return when it is at least so urgent, because of some red flags (all of them)."""
        if urgency == URGENCIES[-1]:
            return True
        chosen = self.base.flag_rules if flags is None else flags
        return disjunction(*(self.urgency_from(flag, urgency) for flag in chosen))

    def out_of_scope(self) -> Formula:
        """Return when no hypothesis is given."""
        return disjunction(*(self.truth(scope.condition).true for scope in self.base.out_of_scope.values()))

    def has(self, hypothesis: str, role: str) -> Formula:
        """Return when a true rule is a sign of a hypothesis, or a risk for it."""
        rules = self.base.evidence_rules[hypothesis]
        return disjunction(*(self.rule(rule).true for rule, evidence in rules if evidence.role == role))

    def band(self, hypothesis: str, band: Band) -> Formula:
        """Return when a hypothesis is given and its band is at least so certain."""
        if band == "none":
            return negation(self.out_of_scope())
        return conjunction(negation(self.out_of_scope()), self.weighed(hypothesis, band))

    def weighed(self, hypothesis: str, band: Band) -> Formula:
        """Return when a hypothesis weighs so much, whether or not it is given."""
        if (hypothesis, band) not in self._weighed:
            pairs = [(self.rule(rule).true, evidence) for rule, evidence in self.base.evidence_rules[hypothesis]]
            self._weighed[hypothesis, band] = weighs(self.base, pairs, band)
        return self._weighed[hypothesis, band]

    def advice(self, advice: str) -> Formula:
        """Return when a piece of advice is given; `check first` is not giving it."""
        told = self.base.advice[advice]
        rules = self.base.advice_rules[advice]
        shown = disjunction(*(self.band(one, "possible") for one in told.for_)) if told.for_ else True
        if told.always or (told.for_ and not rules):
            return shown
        return conjunction(shown, disjunction(*(self.rule(rule).true for rule in rules)))


# --- scores -----------------------------------------------------------------------------------------------------------


class Points(Struct, frozen=True):
    """One case of what a question brings to a score: when it holds, and the fewest and the most points then."""

    when: Formula
    low: float
    high: float


def points_of(said: Said, gate: Kleene, *, waits: bool) -> list[Points]:
    """Return what a question brings to a score, as cases of which exactly one holds."""
    points = {name: float(option.points or 0) for name, option in said.question.options.items()}
    low, high = min(points.values()), max(points.values())
    unsaid = negation(disjunction(*said.chosen.values()))
    cases = [Points(gate.false, 0.0, 0.0), Points(conjunction(gate.true, unsaid), low, high)]
    for name, brought in points.items():
        cases.append(Points(conjunction(gate.true, said.chosen[name]), brought, brought))
        if not waits:
            cases.append(Points(conjunction(gate.unknown, said.chosen[name]), min(brought, 0.0), max(brought, 0.0)))
    open_ = gate.unknown if waits else conjunction(gate.unknown, unsaid)
    return [*cases, Points(open_, min(low, 0.0), max(high, 0.0))]


def score_within(limit: Limit, items: list[list[Points]]) -> Kleene:
    """Return when a total surely lies within limits, and when it surely does not."""

    def total(end: str, least: float, *, open_end: bool) -> Formula:
        """Return when the lowest (or highest) total is at least, or more than, a number. Points are whole."""
        whole = int(least // 1) if open_end else -int(-least // 1)
        weighted = [(case.when, int(getattr(case, end))) for cases in items for case in cases]
        return weighs_at_least(whole + open_end, weighted)

    inside, outside = [], []
    if limit.low is not None:
        inside.append(total("low", limit.low, open_end=limit.low_open))
        outside.append(negation(total("high", limit.low, open_end=limit.low_open)))
    if limit.high is not None:
        inside.append(negation(total("high", limit.high, open_end=not limit.high_open)))
        outside.append(total("low", limit.high, open_end=not limit.high_open))
    return Kleene(conjunction(*inside), disjunction(*outside))


# --- certainty --------------------------------------------------------------------------------------------------------


def weighs(base: Base, pairs: list[tuple[Formula, Evidence]], band: Band) -> Formula:
    """Return when evidence, each piece with when it is true, puts a hypothesis into a band, or a more certain one."""
    sign, risk = (
        disjunction(*(true for true, evidence in pairs if evidence.role == role)) for role in ("sign", "risk")
    )
    if band == "none":
        return True
    if band == "less_likely" or sign is False:
        return sign
    likely = conjunction(risk, reaches(pairs, base.strengths, base.bands["likely"]))
    if band == "likely":
        return conjunction(sign, likely)
    return conjunction(sign, disjunction(reaches(pairs, base.strengths, base.bands["possible"]), likely))


def reaches(pairs: list[tuple[Formula, Evidence]], strengths: Mapping[str, float], threshold: float) -> Formula:
    """Return when evidence comes to a certainty of at least `threshold`.

    Args: pairs: each piece of evidence with when it is true; strengths: certainty factors by strength.
    """
    # Of a group only the strongest counts; evidence without a group is one of its own.
    groups: dict[tuple[str, str | int], dict[float, list[Formula]]] = {}
    for number, (true, evidence) in enumerate(pairs):
        if true is False:
            continue
        group = groups.setdefault((evidence.direction, evidence.group or number), {})
        group.setdefault(strengths[evidence.strength], []).append(true)
    factors = sorted({factor for group in groups.values() for factor in group}, reverse=True)
    # For each strength and direction: when each group counts with just that strength.
    counting: dict[tuple[str, float], list[Formula]] = {
        (direction, factor): [] for direction in ("for", "against") for factor in factors
    }
    for (direction, _), group in groups.items():
        stronger: list[Formula] = []
        for factor in sorted(group, reverse=True):
            here = disjunction(*group[factor])
            counting[direction, factor].append(conjunction(here, *map(negation, stronger)))
            stronger.append(here)
    counts = tuple(Counts(factor, len(counting["for", factor]), len(counting["against", factor])) for factor in factors)
    reached = line(counts, threshold)
    weighted = [
        (one, weight if direction == "for" else -weight)
        for factor, weight in zip(factors, reached.weights, strict=True)
        for direction in ("for", "against")
        for one in counting[direction, factor]
    ]

    def just(combination: Combination) -> Formula:
        sides = zip(("for", "against"), combination, strict=True)
        return conjunction(
            *(
                _just_so_many(times, counting[direction, factor])
                for direction, side in sides
                for factor, times in zip(factors, side, strict=True)
            )
        )

    above = disjunction(weighs_at_least(reached.least, weighted), *map(just, reached.above))
    return conjunction(above, *(negation(just(one)) for one in reached.below))


def _just_so_many(count: int, formulas: list[Formula]) -> Formula:
    return conjunction(at_least(count, formulas), negation(at_least(count + 1, formulas)))


def at_answers(base: Base, answers: Mapping[str, object]) -> Encoding:
    """Return the encoding in which every question has the reply of some answers, or none: all of it is decided."""
    said = {one.id: exactly(one, answers.get(one.id)) for one in base.questions.values()}  # type: ignore[arg-type]
    return Encoding(base, said)
