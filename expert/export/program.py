"""A rule base as one plain production program, which the exports then write in the language of an engine.

One clause for each rule of the base, and helper clauses for what three values need. It is a translation of its own,
apart from `expert.compile`, so that the engines that run it are a check on that one (see docs/decisions).

Every clause up to the closing ones is monotone: it matches facts that are there, never the absence of one, so that
nothing that was concluded has to be taken back, and the order of firing does not matter. Only when nothing is left to
fire may the closing clauses read what is absent: which red flags nobody could rule out, and which of them because
somebody was not sure.

Facts, by template:
    answer        what the person replied to a question
    applies       whether a question is for this person (its `ask_if`), `yes` or `no`
    finding       a finding, `established` or `ruled-out`
    evidence      a true rule that argues for or against a hypothesis
    red-flag      a red flag, `raised` by a rule or `ruled-out`; when closing, `not-ruled-out`
    advice        a true rule that gives advice
    out-of-scope  the person is out of scope
    refuted       one of several rules for a finding or red flag that is false: no answer can make it true any more
    part          a part of a condition, `true` or `false`
    points, total bounds on what an item brings to a sum, and on the sum of its first items
    stage         `closing`, when nothing is left to fire
    unsure        a part, rule, finding or gate that is unknown because of a *not sure*
    unsure-emergency  an emergency that is unknown because of a *not sure*
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from math import prod
from typing import Literal, TypeAlias

from msgspec import Struct

from expert.model import (
    Advise,
    All,
    Any,
    Base,
    Condition,
    Count,
    Establish,
    Evidence,
    Is,
    Limit,
    Not,
    Question,
    Raise,
    Rule,
)
from expert.words import condition_in_words

#: Ways to make one clause true that are written out within it. Engines multiply out an `or` inside an `and`, so what
#: would come to more becomes a part with clauses of its own.
MOST_WAYS = 6


class Meets(Struct, frozen=True):
    """A reply that makes `leaf` true (or, with `want` False, false), the question being taken to apply."""

    leaf: Is | Limit
    want: bool


class NotSure(Struct, frozen=True):
    """A reply of *not sure*, alone or beside choices none of which makes `leaf` true."""

    leaf: Is | Limit | None = None


#: What a slot holds, or must hold: a value, a reply that passes a test, or a number within limits.
Slot: TypeAlias = str | int | float | Meets | NotSure | Limit


class Fact(Struct, frozen=True):
    """A fact, or the pattern of one, by its template and slots."""

    template: str
    slots: tuple[tuple[str, Slot], ...]


class Absent(Struct, frozen=True):
    """True while no fact matches `of`. In closing clauses only."""

    of: Fact


class And(Struct, frozen=True):
    """All of several."""

    of: tuple[Expression, ...]


class Or(Struct, frozen=True):
    """Any of several."""

    of: tuple[Expression, ...]


Expression: TypeAlias = Fact | Absent | And | Or


class Clause(Struct, frozen=True):
    """One production: when `when` holds, assert `then`. `told` says in words what it stands for (not for a `rule`)."""

    name: str
    when: Expression
    then: tuple[Fact, ...]
    told: str
    rule: Rule | None = None


class Sum(Struct, frozen=True):
    """Something counted up: a score, or an `at_least` over conditions. `bounds` are those that some clause reads."""

    name: str
    items: tuple[str, ...]
    bounds: tuple[Bound, ...]


Bound = Literal["at-least", "at-most"]


class Program(Struct, frozen=True):
    """A whole base translated. `opening` are facts that hold before any answer."""

    base: Base
    rules: tuple[Clause, ...]
    gates: tuple[Clause, ...]
    parts: tuple[Clause, ...]
    points: tuple[Clause, ...]
    ruling_out: tuple[Clause, ...]
    scopes: tuple[Clause, ...]
    closing: tuple[Clause, ...]
    sums: tuple[Sum, ...]
    opening: tuple[Fact, ...]


def translate(base: Base) -> Program:
    """Return a base, whose names have been checked by the loader, as a program."""
    return _Translation(base).program()


def fact(template: str, **slots: Slot) -> Fact:
    """Return a fact or pattern."""
    return Fact(template, tuple(slots.items()))


class _Translation:
    """The program as it grows; parts come into being when a clause needs them."""

    def __init__(self, base: Base) -> None:
        self.base = base
        self._gates: list[Clause] = []
        self._parts: list[Clause] = []
        self._points: list[Clause] = []
        self._closing: list[Clause] = []
        self._names: dict[Condition, str] = {}
        self._singles: dict[tuple[Condition, bool], Fact] = {}
        self._sums: dict[str, tuple[tuple[str, ...], dict[Bound, None]]] = {}
        self._opening: list[Fact] = []
        self._unsure: set[str] = set()

    def program(self) -> Program:
        """Translate everything."""
        base = self.base
        rules = [self._rule(rule, place) for place, rule in enumerate(base.rules.values(), 1)]
        for question in base.questions.values():
            if question.ask_if is not None:
                self._gate(question.id, question.ask_if)
        scopes = [
            Clause(
                f"scope:{scope.id}",
                self.expression(scope.condition, True),
                (fact("out-of-scope", name=scope.id),),
                condition_in_words(base, scope.condition),
            )
            for scope in base.out_of_scope.values()
        ]
        ruling_out = [*self._ruling_out_findings(), *self._ruling_out_flags()]
        for item in dict.fromkeys(item for score in base.scores.values() for item in score.sum):
            self._score_item(base.questions[item])
        self._close()
        return Program(
            base,
            tuple(rules),
            tuple(self._gates),
            tuple(self._parts),
            tuple(self._points),
            tuple(ruling_out),
            tuple(scopes),
            tuple(self._closing),
            tuple(Sum(name, items, tuple(bounds)) for name, (items, bounds) in self._sums.items()),
            tuple(self._opening),
        )

    # --- rules ----------------------------------------------------------------------------------------------------

    def _rule(self, rule: Rule, place: int) -> Clause:
        match rule.conclusion:
            case Establish(finding):
                then = fact("finding", name=finding, state="established")
            case Raise(flag):
                then = fact("red-flag", name=flag, state="raised", rule=rule.id)
            case Advise(advice):
                then = fact("advice", name=advice, rule=rule.id)
            case Evidence() as evidence:
                then = fact(
                    "evidence",
                    rule=rule.id,
                    place=place,
                    direction=evidence.direction,
                    hypothesis=evidence.hypothesis,
                    strength=evidence.strength,
                    role=evidence.role or "-",
                    group=evidence.group or "-",
                )
        return Clause(rule.id, self.expression(rule.condition, True), (then,), "", rule)

    def _gate(self, question: str, ask_if: Condition) -> None:
        told = condition_in_words(self.base, ask_if)
        for name, state, want in (("applies", "yes", True), ("does-not-apply", "no", False)):
            then = fact("applies", question=question, state=state)
            self._gates.append(Clause(f"{name}:{question}", self.expression(ask_if, want), (then,), told))

    def _ruling_out_findings(self) -> Iterable[Clause]:
        for finding, rules in self.base.finding_rules.items():
            if rules:
                told = f"Nothing can establish it any more: {self.base.findings[finding].label}."
                then = fact("finding", name=finding, state="ruled-out")
                yield from self._ruling_out(f"ruled-out:{finding}", rules, then, told)

    def _ruling_out_flags(self) -> Iterable[Clause]:
        for flag, rules in self.base.flag_rules.items():
            told = f"Nothing can raise it any more: {self.base.red_flags[flag].label}."
            then = fact("red-flag", name=flag, state="ruled-out")
            yield from self._ruling_out(f"red-flag-out:{flag}", rules, then, told)

    def _ruling_out(self, name: str, rules: Sequence[Rule], then: Fact, told: str) -> Iterable[Clause]:
        if len(rules) == 1:
            yield Clause(name, self.expression(rules[0].condition, False), (then,), told)
            return
        refuted = [fact("refuted", rule=rule.id) for rule in rules]
        for rule, found in zip(rules, refuted, strict=True):
            when = self.expression(rule.condition, False)
            yield Clause(f"false:{rule.id}", when, (found,), f"When {rule.id} is false.")
        yield Clause(name, _and(refuted), (then,), told)

    # --- conditions -----------------------------------------------------------------------------------------------

    def expression(self, condition: Condition, want: bool) -> Expression:
        """Return what makes a condition true (or false), out of facts that are there."""
        match condition:
            case Not(of):
                return self.expression(of, not want)
            case All(of):
                return self._every(of, want=True) if want else self._some(of, want=False)
            case Any(of):
                return self._some(of, want=True) if want else self._every(of, want=False)
            case Count(count, of):
                needed = count if want else len(of) - count + 1
                if needed == 1:
                    return self._some(of, want=want)
                if needed == len(of):
                    return self._every(of, want=want)
                return self._counted(condition, want=want)
            case Limit(subject) if subject in self.base.scores:
                return self._scored(condition, want=want)
            case Is(subject, values) if subject in self.base.findings:
                established = (values == ("yes",)) is want
                return fact("finding", name=subject, state="established" if established else "ruled-out")
            case Is() | Limit():
                return self._replied(condition, want=want)

    def _some(self, of: Iterable[Condition], *, want: bool) -> Expression:
        return _or(self.expression(part, want) for part in of)

    def _every(self, of: Iterable[Condition], *, want: bool) -> Expression:
        found = [(part, self.expression(part, want)) for part in of]
        while prod(_ways(expression) for _, expression in found) > MOST_WAYS:
            place = max(range(len(found)), key=lambda one: _ways(found[one][1]))
            part, _ = found[place]
            found[place] = part, self.single(part, want)
        return _and(expression for _, expression in found)

    def single(self, condition: Condition, want: bool) -> Fact:
        """Return the one fact that says that a condition is true (or false), made a part if there is none yet."""
        key = (condition, want)
        if key not in self._singles:
            found = self.expression(condition, want)
            if not isinstance(found, Fact):
                name, state = self._name(condition), "true" if want else "false"
                told = condition_in_words(self.base, condition)
                part = fact("part", name=name, state=state)
                self._parts.append(Clause(f"{name}:{state}", found, (part,), told))
                found = part
            self._singles[key] = found
        return self._singles[key]

    def _name(self, condition: Condition) -> str:
        """Return the name of a part; its colon keeps it apart from every id of a base."""
        kind = {All: "all", Any: "any", Not: "not", Count: "count"}.get(type(condition), "test")
        return self._names.setdefault(condition, f"{kind}:{len(self._names) + 1}")

    def _replied(self, leaf: Is | Limit, *, want: bool) -> Expression:
        question = self.base.questions[leaf.subject]
        replied = fact("answer", question=question.id, reply=Meets(leaf, want))
        if question.ask_if is None:
            return replied
        if want:
            return And((replied, _applies(question.id, "yes")))
        # False because it does not apply, or by its reply; a follow-up's reply counts only once the gate is open.
        by_reply = And((replied, _applies(question.id, "yes"))) if question.id in self.base.follow_ups else replied
        return Or((_applies(question.id, "no"), by_reply))

    # --- sums -----------------------------------------------------------------------------------------------------
    # An item brings at least and at most so many points; each bound is a fact, and a later, closer one stands beside
    # it. Sums of bounds are bounds of the sum, so a limit that any of them decides is decided.

    def _scored(self, limit: Limit, *, want: bool) -> Expression:
        low, high = limit.low, limit.high
        if want:
            ends = []
            if low is not None:
                ends.append(self._total(limit.subject, "at-least", Limit("", low, None, limit.low_open)))
            if high is not None:
                ends.append(self._total(limit.subject, "at-most", Limit("", None, high, False, limit.high_open)))
            return _and(ends)
        ends = []
        if low is not None:
            ends.append(self._total(limit.subject, "at-most", Limit("", None, low, False, not limit.low_open)))
        if high is not None:
            ends.append(self._total(limit.subject, "at-least", Limit("", high, None, not limit.high_open)))
        return _or(ends)

    def _total(self, score: str, bound: Bound, limit: Limit) -> Fact:
        items = self.base.scores[score].sum
        self._sum(score, items, bound)
        return fact("total", of=score, items=len(items), bound=bound, points=limit)

    def _counted(self, count: Count, *, want: bool) -> Fact:
        """Return the total that decides an `at_least`: each part counts as an item of one point."""
        name = self._name(count)
        items = tuple(f"{name}.{place}" for place in range(1, len(count.of) + 1))
        bound: Bound = "at-least" if want else "at-most"
        if self._sum(name, items, bound):
            for item, part in zip(items, count.of, strict=True):
                self._opening.append(fact("points", item=item, bound=bound, points=0 if want else 1))
                then = fact("points", item=item, bound=bound, points=1 if want else 0)
                told = condition_in_words(self.base, part)
                self._points.append(Clause(f"{bound}:{item}", self.expression(part, want), (then,), told))
        limit = Limit("", float(count.count)) if want else Limit("", None, float(count.count - 1))
        return fact("total", of=name, items=len(items), bound=bound, points=limit)

    def _sum(self, name: str, items: tuple[str, ...], bound: Bound) -> bool:
        """Note that a bound of a sum is read; tell whether that is new."""
        _, bounds = self._sums.setdefault(name, (items, {}))
        if bound in bounds:
            return False
        bounds[bound] = None
        self._opening.append(fact("total", of=name, items=0, bound=bound, points=0))
        return True

    def _score_item(self, question: Question) -> None:
        points: dict[int, list[str]] = {}
        for option in question.options.values():
            points.setdefault(option.points or 0, []).append(option.id)
        is_gated = question.ask_if is not None
        self._opening += _between(question.id, [*points, 0] if is_gated else points)
        if is_gated:
            self._item(question, "not-asked", _applies(question.id, "no"), (0,))
            self._item(question, "asked", _applies(question.id, "yes"), points)
        for worth, options in points.items():
            replied = fact("answer", question=question.id, reply=Meets(Is(question.id, tuple(options)), True))
            if is_gated and question.id not in self.base.follow_ups:
                self._item(question, f"{worth}-or-none", replied, (worth, 0))
            when = And((replied, _applies(question.id, "yes"))) if is_gated else replied
            self._item(question, f"{worth}", when, (worth,))

    def _item(self, question: Question, name: str, when: Expression, points: Iterable[int]) -> None:
        told = f"What this can bring to a score: {question.ask}"
        self._points.append(Clause(f"points:{question.id}:{name}", when, _between(question.id, points), told))

    # --- closing --------------------------------------------------------------------------------------------------

    def _close(self) -> None:
        """Say which emergencies are unknown because of a *not sure*.

        A condition is unsure when it is unknown and something unknown in it was answered with *not sure*.
        """
        for flag, rules in self.base.flag_rules.items():
            if self.base.red_flags[flag].urgency == "emergency":
                unsure = self._unsure_rules(rules)
                when = _and([fact("red-flag", name=flag, state="not-ruled-out"), unsure])
                told = f"Somebody was not sure, and it cannot be ruled out: {self.base.red_flags[flag].label}."
                then = (fact("unsure-emergency", name=flag),)
                self._closing.append(Clause(f"unsure-emergency:{flag}", when, then, told))

    def _unsure_rules(self, rules: Sequence[Rule]) -> Expression:
        """Return what makes one of the rules for a finding or red flag unsure.

        That the one rule for something is neither true nor false is known by what it concludes.
        """
        if len(rules) == 1:
            return self._unsure_parts(rules[0].condition)
        return _or(self._unsure_rule(rule) for rule in rules)

    def _unsure_rule(self, rule: Rule) -> Fact:
        absent = [Absent(fact("refuted", rule=rule.id))]
        return self._unsure_fact(f"rule:{rule.id}", absent, self._unsure_parts(rule.condition), f"Of rule {rule.id}.")

    def _unsure_fact(self, about: str, absent: Sequence[Absent], parts: Expression, told: str) -> Fact:
        when = _and([fact("stage", name="closing"), *absent, parts])
        then = fact("unsure", about=about)
        self._closing.append(Clause(f"unsure:{about}", when, (then,), told))
        return then

    def _unsure_parts(self, condition: Condition) -> Expression:
        """Return what makes some part of a condition unsure."""
        match condition:
            case Not(of):
                return self._unsure_parts(of)
            case All(of) | Any(of) | Count(_, of):
                return _or(self._unsure_expression(part) for part in of)
            case Is() | Limit():
                return self._unsure_expression(condition)

    def _unsure_expression(self, condition: Condition) -> Expression:
        """Return what makes a condition unsure."""
        if isinstance(condition, Not):
            return self._unsure_expression(condition.of)
        if isinstance(condition, Is | Limit):
            return self._unsure_leaf(condition)
        about = self._name(condition)
        then = fact("unsure", about=about)
        if about not in self._unsure:
            self._unsure.add(about)
            # A part of it that is unknown keeps an `all` from being true, and an `any` from being false.
            wants = {All: (False,), Any: (True,)}.get(type(condition), (True, False))
            absent = [Absent(self.single(condition, want)) for want in wants]
            self._unsure_fact(about, absent, self._unsure_parts(condition), condition_in_words(self.base, condition))
        return then

    def _unsure_leaf(self, leaf: Is | Limit) -> Expression:
        if leaf.subject in self.base.findings:
            return self._unsure_finding(leaf.subject)
        if leaf.subject in self.base.scores:
            about = self._name(leaf)
            if about not in self._unsure:
                self._unsure.add(about)
                absent = [Absent(self.single(leaf, want)) for want in (True, False)]
                items = _or(self._unsure_reply(item, None) for item in self.base.scores[leaf.subject].sum)
                self._unsure_fact(about, absent, items, condition_in_words(self.base, leaf))
            return fact("unsure", about=about)
        return self._unsure_reply(leaf.subject, leaf)

    def _unsure_finding(self, finding: str) -> Fact:
        about, rules = f"finding:{finding}", self.base.finding_rules[finding]
        if rules and about not in self._unsure:
            self._unsure.add(about)
            states = ("established", "ruled-out") if len(rules) == 1 else ("established",)
            absent = [Absent(fact("finding", name=finding, state=state)) for state in states]
            self._unsure_fact(about, absent, self._unsure_rules(rules), self.base.findings[finding].label)
        return fact("unsure", about=about)

    def _unsure_reply(self, question: str, leaf: Is | Limit | None) -> Expression:
        replied = fact("answer", question=question, reply=NotSure(leaf))
        ask_if = self.base.questions[question].ask_if
        if ask_if is None:
            return replied
        about = f"gate:{question}"
        if about not in self._unsure:
            self._unsure.add(about)
            absent = [Absent(_applies(question, state)) for state in ("yes", "no")]
            told = condition_in_words(self.base, ask_if)
            self._unsure_fact(about, absent, self._unsure_parts(ask_if), told)
        gate: Expression = fact("unsure", about=about)
        if leaf is not None and question not in self.base.follow_ups:
            # A reply that does not meet the test has made it false already.
            gate = And((gate, Absent(fact("answer", question=question, reply=Meets(leaf, False)))))
        return Or((And((replied, _applies(question, "yes"))), gate))


def _applies(question: str, state: str) -> Fact:
    return fact("applies", question=question, state=state)


def _between(item: str, points: Iterable[int]) -> tuple[Fact, Fact]:
    known = list(points)
    return (
        fact("points", item=item, bound="at-least", points=min(known)),
        fact("points", item=item, bound="at-most", points=max(known)),
    )


def _and(of: Iterable[Expression]) -> Expression:
    return _joined(And, of)


def _or(of: Iterable[Expression]) -> Expression:
    return _joined(Or, of)


def _joined(kind: type[And | Or], of: Iterable[Expression]) -> Expression:
    """Join expressions, one of the same kind taken apart, each once."""
    flat = (inner for one in of for inner in (one.of if isinstance(one, kind) else (one,)))
    found = tuple(dict.fromkeys(flat))
    return found[0] if len(found) == 1 else kind(found)


def _ways(expression: Expression) -> int:
    match expression:
        case And(of):
            return prod(map(_ways, of))
        case Or(of):
            return sum(map(_ways, of))
    return 1
