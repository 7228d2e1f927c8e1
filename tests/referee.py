"""A second opinion: the verdict by brute force, as naive as can be.

Written from docs/reference/rule-language.md and the design alone. It shares nothing with `expert` but the classes
of the model, remembers nothing, and is slow on purpose; law 8 says that it and experta agree on every case.
"""

from __future__ import annotations

from itertools import product
from math import prod
from typing import NamedTuple

from expert.model import All, Answers, Any, Base, Condition, Count, Establish, Evidence, Is, Limit, Not, Raise, Reply

Truth = bool | None
TIERS = ("emergency", "same-day", "soon", "routine")


class RefereeVerdict(NamedTuple):
    """What `tests.referee.summary` also makes of a `Verdict`: sets and mappings, so that no order is compared."""

    urgency: str
    red_flags: frozenset[str]
    unsure_emergencies: frozenset[str]
    not_ruled_out: frozenset[str]
    bands: dict[str, str]
    supporting: dict[str, frozenset[str]]
    opposing: dict[str, frozenset[str]]
    out_of_scope: str | None


def summary(verdict) -> RefereeVerdict:
    """The verdict of a consultation in the referee's form."""
    return RefereeVerdict(
        verdict.urgency,
        frozenset(verdict.red_flags),
        frozenset(verdict.unsure_emergencies),
        frozenset(verdict.not_ruled_out),
        {weight.hypothesis: weight.band for weight in verdict.hypotheses},
        {weight.hypothesis: frozenset(weight.supporting) for weight in verdict.hypotheses},
        {weight.hypothesis: frozenset(weight.opposing) for weight in verdict.hypotheses},
        verdict.out_of_scope,
    )


def truth(base: Base, answers: Answers, condition: Condition) -> Truth:
    """Strong Kleene, by plain recursion."""
    match condition:
        case All(of):
            truths = [truth(base, answers, part) for part in of]
            return False if False in truths else None if None in truths else True
        case Any(of):
            truths = [truth(base, answers, part) for part in of]
            return True if True in truths else None if None in truths else False
        case Not(of):
            inner = truth(base, answers, of)
            return None if inner is None else not inner
        case Count(count, of):
            # Every way in which the unknown parts could turn out.
            ways = product(
                *[[part] if part is not None else [True, False] for part in (truth(base, answers, part) for part in of)]
            )
            return agreed(sum(way) >= count for way in ways)
        case Is(subject, values) if subject in base.findings:
            established = finding(base, answers, subject)
            return None if established is None else ("yes" if established else "no") in values
        case Limit(subject) if subject in base.scores:
            items = [possible_points(base, answers, item) for item in base.scores[subject].sum]
            # Each end of the range for itself, over every total that can still come about.
            ends = [
                Limit(subject, condition.low, None, condition.low_open),
                Limit(subject, None, condition.high, False, condition.high_open),
            ]
            truths = [agreed(within(end, sum(points)) for points in product(*items)) for end in ends]
            return False if False in truths else None if None in truths else True
        case Is(subject) | Limit(subject):
            met = reply_meets(condition, answers.get(subject, "not_sure"))
            gate = applies(base, answers, subject)
            if gate is not True and is_follow_up(base, subject):
                return gate
            return False if False in (gate, met) else None if None in (gate, met) else True


def agreed(outcomes) -> Truth:
    """The one outcome, or unknown where there are two."""
    found = set(outcomes)
    return found.pop() if len(found) == 1 else None


def finding(base: Base, answers: Answers, name: str) -> Truth:
    """Established by any of its rules, ruled out when all are false."""
    rules = [rule for rule in base.rules.values() if rule.conclusion == Establish(name)]
    return truth(base, answers, Any(tuple(rule.condition for rule in rules)))


def applies(base: Base, answers: Answers, question: str) -> Truth:
    """Whether a question is for this person."""
    gate = base.questions[question].ask_if
    return True if gate is None else truth(base, answers, gate)


def is_follow_up(base: Base, question: str) -> bool:
    """Whether a risk question follows up on risk questions alone: then it waits for a yes."""
    asked = base.questions[question]
    return asked.kind == "risk" and asked.ask_if is not None and kinds_read(base, asked.ask_if) <= {"risk"}


def kinds_read(base: Base, condition: Condition) -> set[str]:
    """The kinds of question behind a condition."""
    if isinstance(condition, Not):
        return kinds_read(base, condition.of)
    if not isinstance(condition, Is | Limit):
        return {kind for part in condition.of for kind in kinds_read(base, part)}
    if condition.subject in base.findings:
        rules = [rule for rule in base.rules.values() if rule.conclusion == Establish(condition.subject)]
        return {kind for rule in rules for kind in kinds_read(base, rule.condition)}
    items = base.scores[condition.subject].sum if condition.subject in base.scores else [condition.subject]
    return {base.questions[item].kind for item in items}


def within(limit: Limit, value: float) -> bool:
    """A number against a range, end by end."""
    above = limit.low is None or value > limit.low or (value == limit.low and not limit.low_open)
    below = limit.high is None or value < limit.high or (value == limit.high and not limit.high_open)
    return above and below


def reply_meets(leaf: Is | Limit, reply: Reply) -> Truth:
    """One reply against one test."""
    if reply == "not_sure":
        return None
    if isinstance(leaf, Limit):
        return within(leaf, reply)
    if not isinstance(reply, tuple):
        return reply in leaf.values
    if "not_sure" not in reply:
        return any(option in leaf.values for option in reply)
    return True if any(option in leaf.values for option in reply if option not in ("none", "not_sure")) else None


def possible_points(base: Base, answers: Answers, question: str) -> set[int]:
    """Every number of points this item may still bring."""
    options = base.questions[question].options
    gate = applies(base, answers, question)
    reply = "not_sure" if gate is None and is_follow_up(base, question) else answers.get(question, "not_sure")
    points = {(option.points or 0) for name, option in options.items() if reply in ("not_sure", name)}
    return {True: points, False: {0}, None: points | {0}}[gate]


def is_unsure(base: Base, answers: Answers, condition: Condition) -> bool:
    """Whether a condition is unknown because somebody said *not sure*."""
    if truth(base, answers, condition) is not None:
        return False
    if not isinstance(condition, Is | Limit):
        parts = [condition.of] if isinstance(condition, Not) else condition.of
        return any(is_unsure(base, answers, part) for part in parts)
    subject = condition.subject
    if subject in base.findings:
        rules = [rule for rule in base.rules.values() if rule.conclusion == Establish(subject)]
        return any(is_unsure(base, answers, rule.condition) for rule in rules)
    for question in base.scores[subject].sum if subject in base.scores else [subject]:
        gate, reply = applies(base, answers, question), answers.get(question, ())
        if gate is None and is_unsure(base, answers, base.questions[question].ask_if):
            return True
        if gate is True and (reply == "not_sure" or (isinstance(reply, tuple) and "not_sure" in reply)):
            return True
    return False


def band(base: Base, evidence: list[Evidence]) -> str:
    """Certainty as the docs say: strongest of each group, belief and disbelief apart, then the caps."""
    best: dict[object, float] = {}
    for number, one in enumerate(evidence):
        key = (one.direction, one.group) if one.group else number
        best[key] = max(best.get(key, 0.0), base.strengths[one.strength])
    direction = {key: (key[0] if isinstance(key, tuple) else evidence[key].direction) for key in best}
    doubt = prod(1 - factor for key, factor in sorted_items(best) if direction[key] == "for")
    trust = prod(1 - factor for key, factor in sorted_items(best) if direction[key] == "against")
    certainty = ((1 - doubt) - (1 - trust)) / (1 - min(1 - doubt, 1 - trust))
    roles = {one.role for one in evidence}
    if "sign" not in roles:
        return "none"
    if "risk" in roles and certainty >= base.bands["likely"]:
        return "likely"
    return "possible" if certainty >= base.bands["possible"] else "less_likely"


def sorted_items(best: dict[object, float]):
    """Strongest first: the last bits of a product depend on the order."""
    return sorted(best.items(), key=lambda item: -item[1])


def referee_verdict(base: Base, answers: Answers) -> RefereeVerdict:
    """The verdict on some answers, from nothing but the model and the documents."""
    truths = {rule.id: truth(base, answers, rule.condition) for rule in base.rules.values()}
    flags: dict[str, list[Truth]] = {}
    unsure: set[str] = set()
    about: dict[str, list[str]] = {name: [] for name in base.hypotheses}
    for rule in base.rules.values():
        if isinstance(rule.conclusion, Raise):
            flags.setdefault(rule.conclusion.red_flag, []).append(truths[rule.id])
            if is_unsure(base, answers, rule.condition):
                unsure.add(rule.conclusion.red_flag)
        if isinstance(rule.conclusion, Evidence) and truths[rule.id]:
            about[rule.conclusion.hypothesis].append(rule.id)
    raised = {flag for flag, found in flags.items() if True in found}
    unknown = {flag for flag, found in flags.items() if flag not in raised and None in found}
    unsure = {flag for flag in unsure & unknown if base.red_flags[flag].urgency == "emergency"}
    tiers = [base.red_flags[flag].urgency for flag in raised] + ["same-day"] * bool(unsure) + ["routine"]
    scope = next((name for name, one in base.out_of_scope.items() if truth(base, answers, one.condition)), None)
    shown = {} if scope else about
    evidence = {name: [(rule, base.rules[rule].conclusion) for rule in rules] for name, rules in shown.items()}
    return RefereeVerdict(
        min(tiers, key=TIERS.index),
        frozenset(raised),
        frozenset(unsure),
        frozenset(unknown),
        {name: band(base, [one for _, one in pairs]) for name, pairs in evidence.items()},
        {name: frozenset(rule for rule, one in pairs if one.direction == "for") for name, pairs in evidence.items()},
        {
            name: frozenset(rule for rule, one in pairs if one.direction == "against")
            for name, pairs in evidence.items()
        },
        scope,
    )
