"""What is known of a condition in the middle of an interview, and what could still come of it, as formulas.

The bounds of `expert.logic.Outlook`, by which questions are spared, written a second time, so that
`expert.prove.sparing` can prove something about them. `tests/test_prove_sparing.py` holds the two against each other.
"""

from __future__ import annotations

from msgspec import Struct

from expert.logic import parts
from expert.model import All, Any, Base, Condition, Count, Is, Limit, Not
from expert.prove.encode import Kleene, every, on_gate, opposite, points_of, score_within, so_many, some
from expert.prove.formula import Formula, at_least, conjunction, disjunction, implication, negation, variable
from expert.prove.replies import Said


class Prospect(Struct, frozen=True):
    """A condition in the middle of an interview, and after any further answers (`later`).

    `can_true` and `can_false` are the bounds of `Outlook.can_be`; `askable` is whether some question can be asked that
    the condition, while unknown, hangs on; `hangs` is whether it is unknown because of a *not sure*.
    """

    now: Kleene
    can_true: Formula
    can_false: Formula
    askable: Formula
    hangs: Formula
    later: Kleene
    later_can_true: Formula
    later_can_false: Formula
    later_hangs: Formula

    def statement(self) -> list[tuple[str, Formula]]:
        """Return what is proved of every condition, in words and as formulas."""
        now, later = self.now, self.later
        open_ = disjunction(self.can_true, self.can_false)
        later_open = disjunction(self.later_can_true, self.later_can_false)
        return [
            ("what is true stays true", implication(now.true, later.true)),
            ("what is false stays false", implication(now.false, later.false)),
            ("what comes true was not excluded", implication(later.true, self.can_true)),
            ("what comes to be false was not excluded", implication(later.false, self.can_false)),
            ("what cannot be true cannot become possible", implication(self.later_can_true, self.can_true)),
            ("what cannot be false cannot become possible", implication(self.later_can_false, self.can_false)),
            (
                "while it can be decided something can be asked",
                implication(conjunction(now.unknown, open_), self.askable),
            ),
            ("what cannot be decided hangs on a not sure", disjunction(negation(now.unknown), open_, self.hangs)),
            ("and so it does later", disjunction(negation(later.unknown), later_open, self.later_hangs)),
        ]

    def shape(self) -> list[Formula]:
        """Return what holds of every prospect by the way it is made."""
        formulas = []
        for truth, can_true, can_false in (
            (self.now, self.can_true, self.can_false),
            (self.later, self.later_can_true, self.later_can_false),
        ):
            formulas += [
                negation(conjunction(truth.true, truth.false)),
                implication(truth.true, conjunction(can_true, negation(can_false))),
                implication(truth.false, conjunction(can_false, negation(can_true))),
            ]
        return formulas


def anything_about(name: str) -> Prospect:
    """Return a condition of which nothing is known."""

    def free(what: str) -> Formula:
        return variable(f"{name}.{what}")

    return Prospect(
        now=Kleene(free("true"), free("false")),
        can_true=free("can-true"),
        can_false=free("can-false"),
        askable=free("askable"),
        hangs=free("hangs"),
        later=Kleene(free("later-true"), free("later-false")),
        later_can_true=free("later-can-true"),
        later_can_false=free("later-can-false"),
        later_hangs=free("later-hangs"),
    )


def _bounded(now: Kleene, can_true: Formula, can_false: Formula) -> tuple[Formula, Formula]:
    """Return bounds: of what is known, what it is; else those found."""
    return (
        disjunction(now.true, conjunction(now.unknown, can_true)),
        disjunction(now.false, conjunction(now.unknown, can_false)),
    )


def composed(condition: Condition, of: list[Prospect]) -> Prospect:
    """Return the prospect of a condition from those of its parts."""
    now, can_true, can_false = _composed_now(
        condition, [one.now for one in of], [one.can_true for one in of], [one.can_false for one in of]
    )
    later, later_can_true, later_can_false = _composed_now(
        condition,
        [one.later for one in of],
        [one.later_can_true for one in of],
        [one.later_can_false for one in of],
    )
    return Prospect(
        now,
        can_true,
        can_false,
        # Of the parts, those that are unknown are hung on.
        conjunction(now.unknown, disjunction(*(conjunction(one.now.unknown, one.askable) for one in of))),
        conjunction(now.unknown, disjunction(*(conjunction(one.now.unknown, one.hangs) for one in of))),
        later,
        later_can_true,
        later_can_false,
        conjunction(later.unknown, disjunction(*(conjunction(one.later.unknown, one.later_hangs) for one in of))),
    )


def _composed_now(
    condition: Condition, truths: list[Kleene], can_true: list[Formula], can_false: list[Formula]
) -> tuple[Kleene, Formula, Formula]:
    match condition:
        case All():
            now, up, down = every(truths), conjunction(*can_true), disjunction(*can_false)
        case Any():
            now, up, down = some(truths), disjunction(*can_true), conjunction(*can_false)
        case Not():
            now, up, down = opposite(truths[0]), can_false[0], can_true[0]
        case Count(needed):
            now = so_many(needed, truths)
            up, down = at_least(needed, can_true), at_least(len(truths) - needed + 1, can_false)
        case _:
            raise AssertionError(condition)
    return now, *_bounded(now, up, down)


class Moment(Struct, frozen=True):
    """The reply to one question at one time, and its gate (None: it always applies) as it then is."""

    said: Said
    gate: Kleene
    gate_can_true: Formula
    gate_can_false: Formula
    gate_askable: Formula
    gate_hangs: Formula
    has_gate: bool
    waits: bool

    @property
    def unanswered(self) -> Formula:
        """Whether there is no reply."""
        return negation(self.said.answered)

    @property
    def gate_can_move(self) -> Formula:
        """Whether it can still be settled if the question applies."""
        return conjunction(self.gate.unknown, disjunction(self.gate_can_true, self.gate_can_false))

    @property
    def can_be_asked(self) -> Formula:
        """Whether the question's time has come."""
        if self.waits:
            return self.gate.true
        return conjunction(negation(self.gate.false), negation(self.gate_can_move))

    @property
    def in_order(self) -> Formula:
        """Whether there is no reply from a time when it was not clear yet if the question applies."""
        return disjunction(self.unanswered, negation(self.gate_can_move))

    @property
    def is_open(self) -> Formula:
        """Whether what the question brings can still change."""
        return disjunction(self.gate_can_move, conjunction(self.unanswered, self.can_be_asked))

    @property
    def askable(self) -> Formula:
        """Whether the question, or one that its gate hangs on, can be asked and is not answered."""
        own = conjunction(self.unanswered, self.can_be_asked)
        return conjunction(self.is_open, disjunction(own, conjunction(self.gate_can_move, self.gate_askable)))

    @property
    def is_not_sure(self) -> Formula:
        """Whether what the question brings is unknown because of a *not sure*."""
        if not self.has_gate:
            return self.said.not_sure
        return disjunction(
            conjunction(self.gate.unknown, self.gate_hangs), conjunction(self.gate.true, self.said.not_sure)
        )

    def bounds(self, now: Kleene, met: Kleene) -> tuple[Formula, Formula]:
        """Return the bounds of a test of the reply."""
        opens = self.gate_can_true if self.has_gate else True
        can_false = disjunction(
            False if self.waits else self.unanswered,
            self.gate_can_false if self.has_gate else False,
            conjunction(opens, disjunction(self.unanswered, met.false)),
        )
        return _bounded(now, conjunction(opens, disjunction(self.unanswered, met.true)), can_false)


def moments(now: Said, later: Said, gate: Prospect | None, *, waits: bool) -> tuple[Moment, Moment]:
    """Return a question now and later."""
    if gate is None:
        always = Kleene(True, False)
        return (
            Moment(now, always, True, False, False, False, has_gate=False, waits=waits),
            Moment(later, always, True, False, False, False, has_gate=False, waits=waits),
        )
    return (
        Moment(
            now, gate.now, gate.can_true, gate.can_false,
            conjunction(gate.now.unknown, gate.askable), gate.hangs, has_gate=True, waits=waits,
        ),
        Moment(
            later, gate.later, gate.later_can_true, gate.later_can_false,
            False, gate.later_hangs, has_gate=True, waits=waits,
        ),
    )  # fmt: skip


def tested(leaf: Is | Limit, now: Moment, later: Moment) -> Prospect:
    """Return the prospect of a test of a reply."""
    found = []
    for moment in (now, later):
        met = Kleene(*moment.said.meets(leaf))
        truth = on_gate(met, moment.gate, waits=moment.waits)
        found.append((truth, *moment.bounds(truth, met), conjunction(truth.unknown, moment.is_not_sure)))
    truth, can_true, can_false, hangs = found[0]
    return Prospect(truth, can_true, can_false, conjunction(truth.unknown, now.askable), hangs, *found[1])


def summed(limit: Limit, items: list[tuple[Moment, Moment]]) -> Prospect:
    """Return the prospect of a test of a score."""
    found = []
    for side in (0, 1):
        each = [item[side] for item in items]
        truth = score_within(limit, [points_of(one.said, one.gate, waits=one.waits) for one in each])
        open_ = disjunction(*(one.is_open for one in each))
        hangs = conjunction(truth.unknown, disjunction(*(one.is_not_sure for one in each)))
        found.append((truth, *_bounded(truth, open_, open_), hangs))
    truth, can_true, can_false, hangs = found[0]
    askable = conjunction(truth.unknown, disjunction(*(now.askable for now, _ in items)))
    return Prospect(truth, can_true, can_false, askable, hangs, *found[1])


class Prospects:
    """The prospects of the conditions of a base, between some replies and later ones."""

    def __init__(self, base: Base, now: dict[str, Said], later: dict[str, Said]) -> None:
        """Look from `now` to `later`, which hold a reply, or none, to every question."""
        self.base = base
        self.now = now
        self.later = later
        self._found: dict[int, Prospect] = {}

    def of(self, condition: Condition) -> Prospect:
        """Return the prospect of a condition, which must be kept by the base."""
        if id(condition) not in self._found:
            self._found[id(condition)] = self._find(condition)
        return self._found[id(condition)]

    def _find(self, condition: Condition) -> Prospect:
        if not isinstance(condition, Is | Limit):
            return composed(condition, list(map(self.of, parts(condition))))
        if condition.subject in self.base.findings:
            return self._finding(condition)
        if condition.subject in self.base.scores:
            assert isinstance(condition, Limit)
            return summed(condition, [self._moments(item) for item in self.base.scores[condition.subject].sum])
        return tested(condition, *self._moments(condition.subject))

    def _finding(self, leaf: Is | Limit) -> Prospect:
        rules = tuple(rule.condition for rule in self.base.finding_rules[leaf.subject])
        established = composed(Any(rules), list(map(self.of, rules)))
        return established if isinstance(leaf, Is) and leaf.values == ("yes",) else composed(Not(leaf), [established])

    def _moments(self, question: str) -> tuple[Moment, Moment]:
        ask_if = self.base.questions[question].ask_if
        gate = None if ask_if is None else self.of(ask_if)
        waits = question in self.base.follow_ups
        return moments(self.now[question], self.later[question], gate, waits=waits)
