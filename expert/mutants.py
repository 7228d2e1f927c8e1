"""Mutants: every small mistake that somebody could have made in a rule base, one at a time.

A mutant is the base with one entry changed: a part of a condition left out or turned round, an option more or less, a
limit or a strength or a tier one step off, a conclusion swapped for its neighbour, a rule gone. Whatever tries the base
(`expert.judges`) should notice each; what it does not notice, it does not test.

Names say what is changed, not where, so that they stay when something else in the rule does:
`vd-bone-pain:drop:falls`, `mg-loop:widen:medicines+water_other`, `flag.stroke:tier:same-day`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from math import ceil, floor, inf
from typing import Any as Anything
from typing import Literal, get_args

from msgspec import Struct
from msgspec.structs import replace

from expert.logic import leaves
from expert.model import (
    URGENCIES,
    Advise,
    All,
    Any,
    Base,
    Conclusion,
    Condition,
    Count,
    Establish,
    Evidence,
    Is,
    Limit,
    Not,
    Option,
    OutOfScope,
    Question,
    Raise,
    RedFlag,
    Rule,
)
from expert.words import limit_in_words, number_in_words
from expert.written import condition_as_written, condition_key

Section = Literal["rules", "red_flags", "questions", "out_of_scope"]
Kind = Literal[
    "drop", "negate", "join", "widen", "narrow", "shift",
    "strength", "side", "role", "group", "swap", "tier", "points", "remove",
]  # fmt: skip
KINDS: tuple[Kind, ...] = get_args(Kind)
KIND_WORDS: dict[Kind, str] = {
    "drop": "a part of a condition left out",
    "negate": "a condition turned round",
    "join": "all for any, or any for all",
    "widen": "an option more",
    "narrow": "an option less",
    "shift": "a number one off, or its end open",
    "strength": "a strength one off",
    "side": "for turned into against",
    "role": "a sign for a risk, or the reverse",
    "group": "out of its group",
    "swap": "the conclusion next to it",
    "tier": "a tier one off",
    "points": "points one off",
    "remove": "the rule gone",
}

#: What stands before the id of an entry in the names of its mutants; rules have nothing.
_PREFIXES: dict[Section, str] = {"rules": "", "red_flags": "flag.", "questions": "question.", "out_of_scope": "scope."}
_YES_NO = ("yes", "no")
_GONE = "(left out)"

#: An entry of a base that has mutants, by its section and id.
Entry = tuple[Section, str]
Changed = Rule | RedFlag | Question | OutOfScope


class Mutant(Struct, frozen=True):
    """One mutant: what is `changed` in which entry (None: it is gone), and that in words.

    `before` and `after` are the changed part as it is written in a file; `old` and `new` are the whole conditions where
    it is a condition that changes.
    """

    name: str
    kind: Kind
    section: Section
    id: str
    changed: Changed | None
    what: str
    before: str
    after: str
    place: str
    old: Condition | None = None
    new: Condition | None = None

    @property
    def is_of_truth(self) -> bool:
        """Whether it changes when its entry holds, not only what it says."""
        return self.new is not None or self.changed is None

    def applied(self, base: Base) -> Base:
        """Return the base with this mistake in it."""
        entries: dict[str, Changed] = getattr(base, self.section)
        if self.changed is None:
            rest = {id_: entry for id_, entry in entries.items() if id_ != self.id}
        else:
            rest = {**entries, self.id: self.changed}
        return replace(base, **{self.section: rest})


class Mutants(Struct, frozen=True):
    """The mutants of one entry, and how many more were passed over: they mean the same as it, or as one another."""

    mutants: tuple[Mutant, ...]
    same: int


class _Draft(Struct, frozen=True):
    """A mutant before it is named. `meaning` is the same for whatever means the same."""

    kind: Kind
    label: str
    what: str
    before: str
    after: str
    changed: Changed | None
    meaning: object
    new: Condition | None = None


class _Variant(Struct, frozen=True):
    """A condition with one change in it."""

    kind: Kind
    label: str
    what: str
    before: str
    after: str
    condition: Condition


def entries_of(base: Base) -> tuple[Entry, ...]:
    """Return the entries that have mutants, in the order of the base: rules, tiers, gates and points, and the scope."""
    summed = {question for score in base.scores.values() for question in score.sum}
    gated = (q.id for q in base.questions.values() if q.ask_if is not None or q.id in summed)
    return (
        *(("rules", rule) for rule in base.rules),
        *(("red_flags", flag) for flag in base.red_flags),
        *(("questions", question) for question in gated),
        *(("out_of_scope", scope) for scope in base.out_of_scope),
    )


def name_of(entry: Entry) -> str:
    """Return what the names of an entry's mutants begin with."""
    return _PREFIXES[entry[0]] + entry[1]


def mutants_of(base: Base, entry: Entry) -> Mutants:
    """Return the mutants of one entry, in a fixed order.

    Those that mean the same as the entry, or as an earlier mutant, by the laws of logic alone are passed over.
    """
    section, id_ = entry
    original: Changed = getattr(base, section)[id_]
    old, drafts = _DRAFTS[section](base, original)
    seen: set[object] = {_normal_of(base, original)}
    names: Counter[str] = Counter()
    mutants: list[Mutant] = []
    same = 0
    for draft in drafts:
        if draft.meaning in seen:
            same += 1
            continue
        seen.add(draft.meaning)
        name = ":".join(part for part in (name_of(entry), draft.kind, draft.label) if part)
        names[name] += 1
        mutants.append(
            Mutant(
                name=name if names[name] == 1 else f"{name}#{names[name]}",
                kind=draft.kind,
                section=section,
                id=id_,
                changed=draft.changed,
                what=draft.what,
                before=draft.before,
                after=draft.after,
                place=original.place,
                old=old if draft.new is not None else None,
                new=draft.new,
            )
        )
    return Mutants(tuple(mutants), same)


def differs(base: Base, earlier: Base, entry: Entry) -> bool:
    """Tell whether an entry means something else than in an earlier version of the base, or was not there."""
    section, id_ = entry
    before = getattr(earlier, section).get(id_)
    return before is None or meaning_of(getattr(base, section)[id_]) != meaning_of(before)


# --- entries ----------------------------------------------------------------------------------------------------------


def _of_rule(base: Base, rule: Rule) -> tuple[Condition | None, Iterator[_Draft]]:
    return rule.condition, _drafts_of_rule(base, rule)


def _drafts_of_rule(base: Base, rule: Rule) -> Iterator[_Draft]:
    for variant in _variants(base, rule.condition):
        yield _draft(base, variant, replace(rule, condition=variant.condition))
    for kind, label, what, before, conclusion in _conclusions(base, rule):
        changed = replace(rule, conclusion=conclusion)
        yield _Draft(kind, label, what, before, label, changed, _normal_of(base, changed))
    yield _Draft("remove", "", "the rule is gone", "", _GONE, None, None)


def _of_flag(base: Base, flag: RedFlag) -> tuple[Condition | None, Iterator[_Draft]]:
    tiers = _neighbours(URGENCIES, flag.urgency)
    changed = {tier: replace(flag, urgency=tier) for tier in tiers}
    return None, (
        _Draft("tier", tier, f"the tier is {tier}", flag.urgency, tier, new, _normal_of(base, new))
        for tier, new in changed.items()
    )


def _of_question(base: Base, question: Question) -> tuple[Condition | None, Iterator[_Draft]]:
    return question.ask_if, _drafts_of_question(base, question)


def _drafts_of_question(base: Base, question: Question) -> Iterator[_Draft]:
    gate = question.ask_if
    if gate is not None:
        for variant in _variants(base, gate):
            yield _draft(base, variant, replace(question, ask_if=variant.condition))
        free = replace(question, ask_if=None)
        before = condition_as_written(gate)
        yield _Draft("remove", "", "it is asked of everybody", before, _GONE, free, _normal_of(base, free))
    if any(question.id in score.sum for score in base.scores.values()):
        for option in question.options.values():
            yield from _points(base, question, option)


def _points(base: Base, question: Question, option: Option) -> Iterator[_Draft]:
    now = option.points or 0
    for points in (now - 1, now + 1):
        if points >= 0:
            changed = replace(question, options={**question.options, option.id: replace(option, points=points)})
            what = f"{option.id} brings {points} points"
            yield _Draft(
                "points", f"{option.id}={points}", what, str(now), str(points), changed, _normal_of(base, changed)
            )


def _of_scope(base: Base, scope: OutOfScope) -> tuple[Condition | None, Iterator[_Draft]]:
    return scope.condition, _drafts_of_scope(base, scope)


def _drafts_of_scope(base: Base, scope: OutOfScope) -> Iterator[_Draft]:
    for variant in _variants(base, scope.condition):
        yield _draft(base, variant, replace(scope, condition=variant.condition))
    yield _Draft("remove", "", "it is gone", condition_as_written(scope.condition), _GONE, None, None)


_DRAFTS: dict[Section, Callable[[Base, Anything], tuple[Condition | None, Iterator[_Draft]]]] = {
    "rules": _of_rule,
    "red_flags": _of_flag,
    "questions": _of_question,
    "out_of_scope": _of_scope,
}


def _draft(base: Base, variant: _Variant, changed: Changed) -> _Draft:
    return _Draft(
        kind=variant.kind,
        label=variant.label,
        what=variant.what,
        before=variant.before,
        after=variant.after,
        changed=changed,
        meaning=_normal_of(base, changed),
        new=variant.condition,
    )


def meaning_of(entry: Changed | None) -> object:
    """Return what a mutant changes of an entry, without words and places; as plain data."""
    match entry:
        case Rule():
            return entry.condition, entry.conclusion
        case RedFlag():
            return entry.urgency
        case Question():
            return entry.ask_if, [option.points for option in entry.options.values()]
        case OutOfScope():
            return entry.condition
        case None:
            return None


def _normal_of(base: Base, entry: Changed) -> object:
    match entry:
        case Rule():
            return normal(base, entry.condition), entry.conclusion
        case RedFlag():
            return entry.urgency
        case Question():
            gate = None if entry.ask_if is None else normal(base, entry.ask_if)
            return gate, tuple(option.points for option in entry.options.values())
        case OutOfScope():
            return normal(base, entry.condition)


# --- conclusions ------------------------------------------------------------------------------------------------------

#: Kind, the new value, what changes in words, the old value, and the new conclusion.
_Concluded = tuple[Kind, str, str, str, Conclusion]


def _conclusions(base: Base, rule: Rule) -> Iterator[_Concluded]:
    match rule.conclusion:
        case Evidence():
            yield from _evidence(base, rule.conclusion)
        case Raise(flag):
            for other in _next(base.red_flags, flag):
                yield "swap", other, "it raises another red flag", flag, Raise(other)
        case Advise(advice):
            for other in _next(base.advice, advice):
                yield "swap", other, "it gives other advice", advice, Advise(other)
        case Establish(finding):
            # A finding that the condition waits for would wait for itself.
            read = findings_read(base, rule.condition)
            for other in _next(base.findings, finding, without=read):
                yield "swap", other, "it concludes another finding", finding, Establish(other)


def _evidence(base: Base, evidence: Evidence) -> Iterator[_Concluded]:
    by_weight = sorted(base.strengths, key=lambda strength: base.strengths[strength])
    for strength in _neighbours(by_weight, evidence.strength):
        yield "strength", strength, f"it counts as {strength}", evidence.strength, replace(evidence, strength=strength)
    if evidence.direction == "for":
        yield "side", "against", "it speaks against", "for", replace(evidence, direction="against", role=None)
    else:
        yield "side", "for", "it speaks for, as a sign", "against", replace(evidence, direction="for", role="sign")
    if evidence.role is not None:
        role: Literal["sign", "risk"] = "risk" if evidence.role == "sign" else "sign"
        yield "role", role, f"it is a {role}", evidence.role, replace(evidence, role=role)
    if evidence.group is not None and _is_shared(base, evidence):
        yield "group", "none", "it counts beside its group", evidence.group, replace(evidence, group=None)
    kind = base.hypotheses[evidence.hypothesis].kind
    alike = [hypothesis.id for hypothesis in base.hypotheses.values() if hypothesis.kind == kind]
    for other in _next(alike, evidence.hypothesis):
        what = "it speaks about another hypothesis"
        yield "swap", other, what, evidence.hypothesis, replace(evidence, hypothesis=other)


def _is_shared(base: Base, evidence: Evidence) -> bool:
    """Tell whether another rule about the same is in the group."""
    rivals = (other for _, other in base.evidence_rules[evidence.hypothesis])
    return sum((other.group, other.direction) == (evidence.group, evidence.direction) for other in rivals) > 1


def _neighbours(names: Iterable[str], name: str) -> tuple[Anything, ...]:
    """Return what stands right before and after a name."""
    ordered = list(names)
    place = ordered.index(name)
    return (*ordered[max(place - 1, 0) : place], *ordered[place + 1 : place + 2])


def _next(names: Iterable[str], name: str, without: frozenset[str] = frozenset()) -> tuple[str, ...]:
    """Return the name after another one, the first after the last; nothing when there is no other."""
    ordered = list(names)
    place = ordered.index(name)
    others = (other for other in (*ordered[place + 1 :], *ordered[:place]) if other not in without)
    return tuple(other for other, _ in zip(others, (1,), strict=False))


def findings_read(base: Base, condition: Condition) -> frozenset[str]:
    """Return the findings that a condition waits for, through findings, scores and gates."""
    found: set[str] = set()
    waiting: list[Condition] = [condition]
    opened: set[str] = set()
    while waiting:
        for leaf in leaves(waiting.pop()):
            if leaf.subject in opened:
                continue
            opened.add(leaf.subject)
            if leaf.subject in base.findings:
                found.add(leaf.subject)
                waiting += [rule.condition for rule in base.finding_rules[leaf.subject]]
            for question in base.scores[leaf.subject].sum if leaf.subject in base.scores else (leaf.subject,):
                asked = base.questions.get(question)
                if asked is not None and asked.ask_if is not None:
                    waiting.append(asked.ask_if)
    return frozenset(found)


# --- conditions -------------------------------------------------------------------------------------------------------


def _variants(base: Base, condition: Condition) -> Iterator[_Variant]:
    """Yield a condition with one change in it, outermost first."""
    if not isinstance(condition, Not):
        yield _variant("negate", condition_key(condition), "the opposite of it", condition, Not(condition))
    match condition:
        case All(of) | Any(of) | Count(of=of):
            yield from _of_parts(condition, of)
            for place, part in enumerate(of):
                for inner in _variants(base, part):
                    parts = (*of[:place], inner.condition, *of[place + 1 :])
                    yield replace(inner, condition=replace(condition, of=parts))
        case Not(of):
            yield _variant("negate", "not", "the opposite of it", condition, of)
            for inner in _variants(base, of):
                if inner.condition != Not(of):
                    yield replace(inner, condition=Not(inner.condition))
        case Is():
            yield from _of_values(base, condition)
        case Limit():
            yield from _of_ends(condition)


def _variant(kind: Kind, label: str, what: str, before: Condition, after: Condition) -> _Variant:
    return _Variant(kind, label, what, condition_as_written(before), condition_as_written(after), after)


def _of_parts(condition: All | Any | Count, of: tuple[Condition, ...]) -> Iterator[_Variant]:
    for place, part in enumerate(of):
        rest = (*of[:place], *of[place + 1 :])
        if rest and not (isinstance(condition, Count) and condition.count > len(rest)):
            whole = rest[0] if len(rest) == 1 and not isinstance(condition, Count) else replace(condition, of=rest)
            what = f"without {condition_as_written(part)}"
            yield _Variant("drop", condition_key(part), what, condition_as_written(part), _GONE, whole)
    match condition:
        case All():
            yield _variant("join", "any", "one of them is enough", condition, Any(of))
        case Any():
            yield _variant("join", "all", "all of them are needed", condition, All(of))
        case Count(count):
            for other in (count - 1, count + 1):
                if 1 <= other <= len(of):
                    what = f"{other} of them are needed"
                    yield _variant("shift", f"at_least={other}", what, condition, Count(other, of))


def _of_values(base: Base, leaf: Is) -> Iterator[_Variant]:
    question = base.questions.get(leaf.subject)
    if question is None:
        return  # a finding is established or not
    options = tuple(question.options) or _YES_NO
    for option in options:
        # One that is not chosen but stands beside one that is: what a slip of a line would choose.
        if option not in leaf.values and not set(leaf.values).isdisjoint(_neighbours(options, option)):
            values = tuple(each for each in options if each in leaf.values or each == option)
            yield _variant("widen", f"{leaf.subject}+{option}", f"also {option}", leaf, replace(leaf, values=values))
    if len(leaf.values) > 1:
        for option in leaf.values:
            values = tuple(each for each in leaf.values if each != option)
            yield _variant("narrow", f"{leaf.subject}-{option}", f"not {option}", leaf, replace(leaf, values=values))


def _of_ends(limit: Limit) -> Iterator[_Variant]:
    for end, is_open, signs in (("low", "low_open", (">=", ">")), ("high", "high_open", ("<=", "<"))):
        number: float | None = getattr(limit, end)
        if number is None:
            continue
        opened: bool = getattr(limit, is_open)
        for shifted, now_open in ((number - 1, opened), (number + 1, opened), (number, not opened)):
            after = replace(limit, **{end: shifted, is_open: now_open})
            if _is_possible(after):
                label = f"{limit.subject}{signs[now_open]}{number_in_words(shifted)}"
                yield _variant("shift", label, limit_in_words(after), limit, after)


def _is_possible(limit: Limit) -> bool:
    if limit.low is None or limit.high is None:
        return True
    return limit.low < limit.high or (limit.low == limit.high and not (limit.low_open or limit.high_open))


# --- what means the same ----------------------------------------------------------------------------------------------


def normal(base: Base, condition: Condition) -> object:
    """Return a form that is the same for conditions that mean the same by the laws of (three-valued) logic.

    Negations go down to the tests; nested `all` and `any` become one, without order, repetition, or parts that another
    part makes needless (a or (a and b) is a); ranges are written in one way. What depends on how questions hang
    together is not seen.
    """
    return _normal(base, condition, negated=False)


def _normal(base: Base, condition: Condition, *, negated: bool) -> object:
    match condition:
        case Not(of):
            return _normal(base, of, negated=not negated)
        case All(of):
            return _gathered("any" if negated else "all", [_normal(base, part, negated=negated) for part in of])
        case Any(of):
            return _gathered("all" if negated else "any", [_normal(base, part, negated=negated) for part in of])
        case Count(count, of):
            needed = len(of) - count + 1 if negated else count
            parts = [_normal(base, part, negated=negated) for part in of]
            if needed in (1, len(parts)):
                return _gathered("any" if needed == 1 else "all", parts)
            return ("count", needed, frozenset(Counter(parts).items()))
        case Is(subject, values):
            if subject in base.findings:
                return ("is", subject, frozenset({"yes"}), negated is (values == ("yes",)))
            return ("is", subject, frozenset(values), negated)
        case Limit():
            return ("limit", *_range(base, condition), negated)


def _gathered(kind: str, parts: list[object]) -> object:
    flat: frozenset[object] = frozenset().union(*(_parts_of(part, kind) or {part} for part in parts))
    needed = frozenset(part for part in flat if not _is_needless(part, kind, flat - {part}))
    return next(iter(needed)) if len(needed) == 1 else (kind, needed)


def _parts_of(part: object, kind: str) -> frozenset[object]:
    """Return the parts of an `all` or `any`; of anything else, nothing."""
    found: frozenset[object] = part[1] if isinstance(part, tuple) and part[0] == kind else frozenset()
    return found


def _is_needless(part: object, kind: str, others: frozenset[object]) -> bool:
    """Tell whether a part follows from the others beside it: of `all`, an `any` that they settle; and the reverse."""
    other_kind = "any" if kind == "all" else "all"
    ways = _parts_of(part, other_kind)
    return any(way in others or (bool(_parts_of(way, kind)) and _parts_of(way, kind) <= others) for way in ways) or any(
        bool(_parts_of(one, other_kind)) and _parts_of(one, other_kind) < ways for one in others
    )


def _range(base: Base, limit: Limit) -> tuple[str, float, bool, float, bool]:
    """Return a range by its subject and ends; of whole numbers as closed, and no wider than what can be said."""
    low, low_open = (-inf, False) if limit.low is None else (limit.low, limit.low_open)
    high, high_open = (inf, False) if limit.high is None else (limit.high, limit.high_open)
    if limit.subject in base.scores:
        least, most = 0.0, inf
        low, low_open = (floor(low) + 1 if low_open else ceil(low), False) if low > -inf else (low, False)
        high, high_open = (ceil(high) - 1 if high_open else floor(high), False) if high < inf else (high, False)
    else:
        question = base.questions[limit.subject]
        least = -inf if question.min is None else question.min
        most = inf if question.max is None else question.max
    if low < least or (low == least and not low_open):
        low, low_open = -inf, False
    if high > most or (high == most and not high_open):
        high, high_open = inf, False
    return limit.subject, low, low_open, high, high_open
