"""Three-valued truth of conditions over answers (strong Kleene), without the engine.

The engine decides the verdict; this module answers what the engine cannot: whether a condition is false or merely
unknown, and what it could still become. It serves the choice of questions and the explanations. `tests/referee.py` is a
third, independent reading of the same semantics.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeVar

from expert.model import (
    NONE_OF_THESE,
    NOT_SURE,
    All,
    Answers,
    Any,
    Base,
    Condition,
    Count,
    Is,
    Limit,
    Not,
    Reply,
)

#: True, False, or None for unknown.
Truth = bool | None
_Key = TypeVar("_Key")
_Value = TypeVar("_Value")


def parts(condition: Condition) -> tuple[Condition, ...]:
    """Return the direct parts of a condition; a leaf has none."""
    if isinstance(condition, Not):
        return (condition.of,)
    return condition.of if isinstance(condition, All | Any | Count) else ()


def leaves(condition: Condition) -> Iterator[Is | Limit]:
    """Yield the leaves of a condition, left to right."""
    if isinstance(condition, Is | Limit):
        yield condition
    for part in parts(condition):
        yield from leaves(part)


class Outlook:
    """What is, and what could still become, of every condition under the given answers.

    An answered question is settled for good, also by *not sure*; only unanswered questions can still change a truth.
    The `can_be` bounds treat the parts of a condition as independent, so they may be wider than the exact answer but
    never narrower: what they exclude is impossible.
    """

    def __init__(self, base: Base, answers: Answers, earlier: Outlook | None = None) -> None:
        """Look at `base` under `answers` (replies by question id, already valid).

        `earlier` may be an outlook over some of these very answers: what was decided there stays so, and is not found
        out again.
        """
        self.base = base
        self.answers = answers
        # By identity, for hashing a condition costs more than finding its truth; `_seen` keeps each id taken.
        self._truth: dict[int, Truth] = {}
        self._seen: list[Condition] = []
        self._can: dict[bool, dict[int, bool]] = {True: {}, False: {}}
        self._applies: dict[str, Truth] = {}
        self._findings: dict[str, Truth] = {}
        self._unsettled: dict[str, frozenset[str]] = {}
        #: The conditions of the base (by identity) that may stand otherwise than in `earlier`; None for all.
        self.touched: set[int] | None = None
        if earlier is not None:
            self._take_over(earlier)

    def _take_over(self, earlier: Outlook) -> None:
        """Keep what was decided, and what the new answers do not touch."""
        new = [question for question in self.answers if question not in earlier.answers]
        subjects, self.touched = self.base.readers.of(new)
        known = self.base.readers.known
        self._seen = [condition for condition in earlier._seen if id(condition) not in known]
        self._truth = earlier._truth.copy()
        self._applies = earlier._applies.copy()
        self._findings = earlier._findings.copy()
        self._unsettled = earlier._unsettled.copy()
        self._can = {value: can.copy() for value, can in earlier._can.items()}
        foreign = [id(condition) for condition in self._seen]
        for key in (*self.touched, *foreign):
            _forget(self._truth, key, None)
            _forget(self._can[True], key, True)
            _forget(self._can[False], key, True)
        for subject in subjects:
            _forget(self._applies, subject, None)
            _forget(self._findings, subject, None)
            self._unsettled.pop(subject, None)

    # --- as it stands ---------------------------------------------------------------------------------------------

    def truth(self, condition: Condition) -> Truth:
        """Return whether `condition` is true, false or unknown (None)."""
        key = id(condition)
        if key not in self._truth:
            self._truth[key] = self._find_truth(condition)
            self._seen.append(condition)
        return self._truth[key]

    def _find_truth(self, condition: Condition) -> Truth:
        match condition:
            case All(of):
                return _every(self.truth(part) for part in of)
            case Any(of):
                return _negate(_every(_negate(self.truth(part)) for part in of))
            case Not(of):
                return _negate(self.truth(of))
            case Count(count, of):
                truths = [self.truth(part) for part in of]
                if truths.count(True) >= count:
                    return True
                return None if len(truths) - truths.count(False) >= count else False
            case Is() | Limit():
                return self._leaf(condition)

    def _leaf(self, leaf: Is | Limit) -> Truth:
        if isinstance(leaf, Is) and leaf.subject in self.base.findings:
            finding = self.finding(leaf.subject)
            return finding if leaf.values == ("yes",) else _negate(finding)
        if leaf.subject in self.base.scores:
            assert isinstance(leaf, Limit)
            return leaf.over(*self.score_range(leaf.subject))
        applies = self.applies(leaf.subject)
        if applies is not True and leaf.subject in self.base.follow_ups:
            return applies
        # A reply that does not meet the test makes it false also while the gate is open.
        return _every(iter((applies, reply_meets(leaf, self.answers.get(leaf.subject, NOT_SURE)))))

    def finding(self, finding: str) -> Truth:
        """Return True when a finding is established, False when it is ruled out."""
        if finding not in self._findings:
            rules = self.base.finding_rules[finding]
            ruled_out = _every(_negate(self.truth(rule.condition)) for rule in rules)
            self._findings[finding] = _negate(ruled_out) if rules else None
        return self._findings[finding]

    def applies(self, question: str) -> Truth:
        """Return whether a question applies to this person (its `ask_if`)."""
        if question not in self._applies:
            ask_if = self.base.questions[question].ask_if
            self._applies[question] = True if ask_if is None else self.truth(ask_if)
        return self._applies[question]

    def score_range(self, score: str) -> tuple[float, float]:
        """Return the lowest and highest total a score can still have."""
        low = high = 0.0
        for question in self.base.scores[score].sum:
            item_low, item_high = self.points(question)
            low, high = low + item_low, high + item_high
        return low, high

    def points(self, question: str) -> tuple[float, float]:
        """Return the fewest and the most points that a question can still bring to a score."""
        applies = self.applies(question)
        if applies is False:
            return 0.0, 0.0
        options = self.base.questions[question].options
        counts = applies is True or question not in self.base.follow_ups
        reply = self.answers.get(question, NOT_SURE) if counts else NOT_SURE
        chosen = options.values() if reply == NOT_SURE else (options[str(reply)],)
        points = [float(option.points or 0) for option in chosen]
        if applies is None:
            points.append(0.0)
        return min(points), max(points)

    # --- as it could become ---------------------------------------------------------------------------------------

    def can_be(self, condition: Condition, value: bool) -> bool:
        """Tell whether answering what is still unanswered could make `condition` true (or false)."""
        truth = self.truth(condition)
        if truth is not None:
            return truth is value
        can, key = self._can[value], id(condition)
        if key not in can:
            can[key] = self._find_can_be(condition, value)
        return can[key]

    def _find_can_be(self, condition: Condition, value: bool) -> bool:
        match condition:
            case All(of):
                return (all if value else any)(self.can_be(part, value) for part in of)
            case Any(of):
                return (any if value else all)(self.can_be(part, value) for part in of)
            case Not(of):
                return self.can_be(of, not value)
            case Count(count, of):
                needed = count if value else len(of) - count + 1
                return sum(self.can_be(part, value) for part in of) >= needed
            case Is() | Limit():
                return self._leaf_can_be(condition, value)

    def _leaf_can_be(self, leaf: Is | Limit, value: bool) -> bool:
        if isinstance(leaf, Is) and leaf.subject in self.base.findings:
            established = value if leaf.values == ("yes",) else not value
            some = any if established else all
            rules = self.base.finding_rules[leaf.subject]
            return bool(rules) and some(self.can_be(rule.condition, established) for rule in rules)
        if leaf.subject in self.base.scores:
            return any(map(self.is_open, self.base.scores[leaf.subject].sum))
        is_answered = leaf.subject in self.answers
        if not value and not is_answered and leaf.subject not in self.base.follow_ups:
            return True  # by a reply that does not meet it, whether or not it applies
        ask_if = self.base.questions[leaf.subject].ask_if
        if not value and ask_if is not None and self.can_be(ask_if, False):
            return True
        if ask_if is not None and not self.can_be(ask_if, True):
            return False
        # A reply given while the gate is still open counts once it opens.
        return not is_answered or reply_meets(leaf, self.answers[leaf.subject]) is value

    def is_open(self, question: str) -> bool:
        """Tell whether what a question brings can still change: by its reply, or because it comes to apply or not."""
        if question in self.answers:
            return self._gate_can_move(question)
        return self.can_be_asked(question) or self._gate_can_move(question)

    def can_be_asked(self, question: str) -> bool:
        """Tell whether a question's time has come: it applies, or whether it does will stay unknown (*not sure*)."""
        if question in self.base.follow_ups:
            return self.applies(question) is True
        return self.applies(question) is not False and not self._gate_can_move(question)

    def _gate_can_move(self, question: str) -> bool:
        ask_if = self.base.questions[question].ask_if
        if ask_if is None or self.applies(question) is not None:
            return False
        return self.can_be(ask_if, True) or self.can_be(ask_if, False)

    def unsettled(self, condition: Condition) -> frozenset[str]:
        """Return the unanswered questions on which an unknown condition still hangs, gates included."""
        if self.truth(condition) is not None:
            return frozenset()
        if not isinstance(condition, Is | Limit):
            return frozenset().union(*(self.unsettled(part) for part in parts(condition)))
        subject = condition.subject
        if subject not in self._unsettled:
            self._unsettled[subject] = self._unsettled_subject(subject)
        return self._unsettled[subject]

    def _unsettled_subject(self, subject: str) -> frozenset[str]:
        if subject in self.base.findings:
            return frozenset().union(*(self.unsettled(rule.condition) for rule in self.base.finding_rules[subject]))
        subjects = self.base.scores[subject].sum if subject in self.base.scores else (subject,)
        return frozenset().union(*(self._unsettled_question(question) for question in subjects))

    def _unsettled_question(self, question: str) -> frozenset[str]:
        if not self.is_open(question):
            return frozenset()
        own = frozenset() if question in self.answers else frozenset({question})
        ask_if = self.base.questions[question].ask_if
        return own | self.unsettled(ask_if) if ask_if is not None and self._gate_can_move(question) else own

    def hangs_on_not_sure(self, condition: Condition) -> bool:
        """Tell whether an unknown condition is unknown because of a reply of *not sure*."""
        if self.truth(condition) is not None:
            return False
        if not isinstance(condition, Is | Limit):
            return any(self.hangs_on_not_sure(part) for part in parts(condition))
        subject = condition.subject
        if subject in self.base.findings:
            return any(self.hangs_on_not_sure(rule.condition) for rule in self.base.finding_rules[subject])
        subjects = self.base.scores[subject].sum if subject in self.base.scores else (subject,)
        return any(self._is_not_sure(question) for question in subjects)

    def _is_not_sure(self, question: str) -> bool:
        ask_if, applies = self.base.questions[question].ask_if, self.applies(question)
        if applies is None and ask_if is not None:
            return self.hangs_on_not_sure(ask_if)
        if applies is False:  # an item of a score
            return False
        reply = self.answers.get(question)
        return reply == NOT_SURE or (isinstance(reply, tuple) and NOT_SURE in reply)


def reply_meets(leaf: Is | Limit, reply: Reply) -> Truth:
    """Return whether one reply makes a leaf true, false or unknown; the question is taken to apply."""
    if isinstance(leaf, Limit):
        return None if isinstance(reply, str | tuple) else leaf.holds(reply)
    if isinstance(reply, tuple):
        chosen = set(reply) - {NOT_SURE}
        if NOT_SURE not in reply:
            return not chosen.isdisjoint(leaf.values)
        # "None of these" beside "not sure" takes the none back.
        return True if not (chosen - {NONE_OF_THESE}).isdisjoint(leaf.values) else None
    return None if reply == NOT_SURE else reply in leaf.values


def _forget(found: dict[_Key, _Value], key: _Key, if_: _Value) -> None:
    """Forget what was found out, if it is what can still change."""
    if key in found and found[key] is if_:
        del found[key]


def _every(truths: Iterator[Truth]) -> Truth:
    unknown = False
    for truth in truths:
        if truth is False:
            return False
        unknown = unknown or truth is None
    return None if unknown else True


def _negate(truth: Truth) -> Truth:
    return None if truth is None else not truth
