"""Law 5 over the whole answer space: no question that an interview leaves out could have changed its verdict.

In two ways. In general, by induction over conditions: for every kind of condition, score and test that the base has, of
parts about which nothing is taken for granted but the statement itself,

1. what is true or false stays so, whatever else is answered;
2. what the bounds exclude never comes about, and they only ever become narrower;
3. while a condition can still be decided, some question that it hangs on can be asked;
4. a condition that can no longer be decided hangs on a *not sure*; if, as in every interview, no question was answered
   before it was clear whether it applies.

With these, of an interview in which no more can be asked: every red flag stays as it is, and an emergency that is still
open is one that the person was not sure about; and, since more evidence for a hypothesis never lowers its band, and
more against it never raises it, every band stays between bounds that have met.

And in particular, for how the interview of each case of the base ends: with its answers given, no replies whatever to
the questions left out come to another verdict.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from expert.cases import Case
from expert.consultation import Consultation, LateReasoner
from expert.harmless import harmless
from expert.logic import Outlook, parts
from expert.model import (
    BANDS,
    NONE_OF_THESE,
    NOT_SURE,
    URGENCIES,
    All,
    Answers,
    Any,
    Base,
    Condition,
    Count,
    Is,
    Limit,
    Not,
    Question,
    Reply,
)
from expert.prove.checks import Check
from expert.prove.encode import Encoding, some, weighs
from expert.prove.formula import Formula, conjunction, differ, disjunction, implication, negation, variable, with_value
from expert.prove.prospects import Moment, Prospect, anything_about, composed, moments, summed, tested
from expert.prove.replay import Counterexample
from expert.prove.replies import Ranges, Said, answers_from, anything, exactly, numbers_told_apart
from expert.prove.solve import Solver
from expert.verdict import Verdict, foresee
from expert.words import limit_in_words

# --- the induction ----------------------------------------------------------------------------------------------------


def induction(base: Base) -> Iterator[Check]:
    """Yield whether the statement about conditions holds for every kind of condition in a base."""
    for name, goal, given in _steps(base):
        solver = Solver()
        for formula in given:
            solver.learn(formula)
        failed = [words for words, formula in goal if solver.can_hold(negation(formula))]
        says = f"Of {name}: the bounds on what is still open leave out nothing that can happen."
        why = tuple(f"Not so: {words}." for words in failed)
        yield Check(f"bounds/{name}", "sparing", says, not failed, why)
    yield from _flags_settled(base)
    yield from _bands_rise(base)


#: What is to be proved, in words and as formulas; and what is taken for granted.
Step = tuple[list[tuple[str, Formula]], list[Formula]]


def _steps(base: Base) -> Iterator[tuple[str, list[tuple[str, Formula]], list[Formula]]]:
    """Yield each kind of condition of a base: its name, what is to be proved, and what is taken for granted."""
    seen: set[str] = set()
    numbers = numbers_told_apart(base)
    for condition in _all_conditions(base):
        name, step = _step(base, condition, numbers)
        if name not in seen:
            seen.add(name)
            yield name, *step()


def _all_conditions(base: Base) -> Iterator[Condition]:
    waiting = [rule.condition for rule in base.rules.values()]
    waiting += [scope.condition for scope in base.out_of_scope.values()]
    waiting += [one.ask_if for one in base.questions.values() if one.ask_if is not None]
    waiting += [Any(tuple(rule.condition for rule in rules)) for rules in base.finding_rules.values() if rules]
    waiting += [Not(Is(finding, ("yes",))) for finding in base.findings]
    while waiting:
        condition = waiting.pop()
        yield condition
        waiting += parts(condition)


def _step(base: Base, condition: Condition, numbers: dict[str, Ranges]) -> tuple[str, Callable[[], Step]]:
    """Return the kind of a condition in words, and what makes its step."""
    if not isinstance(condition, Is | Limit):
        of = [anything_about(f"part {place}") for place, _ in enumerate(parts(condition))]
        match condition:
            case Not():
                name = "the opposite of a condition"
            case Count(needed):
                name = f"at least {needed} of {len(of)} conditions"
            case _:
                name = f"{'all' if isinstance(condition, All) else 'any'} of {len(of)} conditions"
        return name, lambda: (composed(condition, of).statement(), _granted(of))
    if condition.subject in base.findings:
        finding = anything_about("finding")
        return "a finding", lambda: (finding.statement(), _granted([finding]))  # the rules for it are a condition
    if condition.subject in base.scores:
        assert isinstance(condition, Limit)
        name = f"the score '{condition.subject}', {limit_in_words(condition)}"
        return name, lambda: _score_step(base, condition)
    question = base.questions[condition.subject]
    ranges = numbers.get(question.id, {})
    return _test_name(base, condition, ranges), lambda: _test_step(base, condition, question, ranges)


def _granted(of: Iterable[Prospect]) -> list[Formula]:
    return [formula for one in of for formula in (*one.shape(), *(formula for _, formula in one.statement()))]


def _test_name(base: Base, leaf: Is | Limit, ranges: Ranges) -> str:
    question = base.questions[leaf.subject]
    if isinstance(leaf, Limit):
        met = f"{sum(map(leaf.holds, ranges.values()))} of {len(ranges)} ranges of a number"
    else:
        options = len(question.options) or 2
        none = ", none among them," if question.type == "many" and NONE_OF_THESE in leaf.values else ""
        met = f"{len(leaf.values)} of {options} replies{none} to a question of type {question.type}"
    if question.ask_if is None:
        return met
    return met + (" that waits for another" if question.id in base.follow_ups else " that hangs on another")


def _replies(question: Question, ranges: Ranges) -> tuple[Said, Said, list[Formula]]:
    """Return any reply to a question, or none, with any later one: a reply that was given stays."""
    now, later = anything(question, ranges), anything(question, ranges, "later ")
    same = [
        negation(differ(first, second))
        for first, second in zip(
            (*now.chosen.values(), now.not_sure), (*later.chosen.values(), later.not_sure), strict=True
        )
    ]
    return now, later, [now.allowed(), later.allowed(), implication(now.answered, conjunction(*same))]


def _test_step(base: Base, leaf: Is | Limit, question: Question, ranges: Ranges) -> Step:
    now, later, given = _replies(question, ranges)
    gate = None if question.ask_if is None else anything_about("gate")
    both = moments(now, later, gate, waits=question.id in base.follow_ups)
    return _in_order(tested(leaf, *both), [both]), [*given, *_granted([] if gate is None else [gate])]


def _in_order(prospect: Prospect, items: list[tuple[Moment, Moment]]) -> list[tuple[str, Formula]]:
    """Return the statement, the last two parts of it for answers in order only."""
    *rest, (now_words, now), (later_words, later) = prospect.statement()
    orders = [conjunction(*(item[side].in_order for item in items)) for side in (0, 1)]
    return [*rest, (now_words, implication(orders[0], now)), (later_words, implication(orders[1], later))]


def _score_step(base: Base, limit: Limit) -> Step:
    items, given = [], []
    for question in map(base.questions.__getitem__, base.scores[limit.subject].sum):
        now, later, replied = _replies(question, {})
        gate = None if question.ask_if is None else anything_about(f"gate of {question.id}")
        items.append(moments(now, later, gate, waits=question.id in base.follow_ups))
        given += [*replied, *_granted([] if gate is None else [gate])]
    return _in_order(summed(limit, items), items), given


def _flags_settled(base: Base) -> Iterator[Check]:
    """Yield whether red flags stay as they are once nothing more is asked about them."""
    for size in sorted({len(rules) for rules in base.flag_rules.values()}):
        rules = [anything_about(f"rule {place}") for place in range(size)]
        solver = Solver()
        for formula in _granted(rules):
            solver.learn(formula)
        now, later = some(one.now for one in rules), some(one.later for one in rules)
        can_go_out = conjunction(*(one.can_false for one in rules))
        undecided = disjunction(*(conjunction(one.now.unknown, disjunction(can_go_out, one.can_true)) for one in rules))
        unsure = conjunction(now.unknown, disjunction(*(one.hangs for one in rules)))
        later_unsure = conjunction(later.unknown, disjunction(*(one.later_hangs for one in rules)))
        settled = disjunction(now.true, negation(undecided))
        goals = {
            "it can still be raised": negation(differ(now.true, later.true)),
            "it can still be ruled out": negation(differ(now.false, later.false)),
            "whether it hangs on a not sure can change": negation(differ(unsure, later_unsure)),
            "it stays open although nobody was not sure": implication(now.unknown, unsure),
        }
        failed = [
            f"Not so: {words}."
            for words, goal in goals.items()
            if solver.can_hold(conjunction(settled, negation(goal)))
        ]
        words = "one rule" if size == 1 else f"{size} rules"
        says = f"A red flag with {words} stays as it is when no more is asked; open, it hangs on a not sure."
        yield Check(f"bounds/red flag with {words}", "sparing", says, not failed, tuple(failed))


def _bands_rise(base: Base) -> Iterator[Check]:
    """Yield whether evidence for a hypothesis never lowers its band, and evidence against never raises it."""
    solver = Solver()
    for hypothesis, rules in base.evidence_rules.items():
        free = [variable(f"rule {rule.id}") for rule, _ in rules]
        pairs = [(true, evidence) for true, (_, evidence) in zip(free, rules, strict=True)]
        failed = []
        for formula in [weighs(base, pairs, band) for band in BANDS[:-1]]:
            for true, (rule, evidence) in zip(free, rules, strict=True):
                without, with_it = (with_value(formula, true, value) for value in (False, True))
                lower, higher = (with_it, without) if evidence.direction == "for" else (without, with_it)
                if solver.can_hold(conjunction(higher, negation(lower))):
                    failed.append(f"Not so for rule '{rule.id}'.")
        label = harmless(base.hypotheses[hypothesis].label)
        says = f"Evidence for '{label}' never lowers its band, and evidence against it never raises it."
        yield Check(f"bounds/band of {hypothesis}", "sparing", says, not failed, tuple(dict.fromkeys(failed)))


# --- how the interview of each case ends ------------------------------------------------------------------------------


def ends_of_cases(base: Base, cases: Iterable[Case]) -> Iterator[Check]:
    """Yield whether what the interview of each case leaves out could not have mattered, whatever the replies."""
    reasoner = LateReasoner(base)
    for case in cases:
        answers, left_out = how_it_ends(base, case.answers, reasoner)
        says = f"Case '{harmless(case.id)}': no replies to the {len(left_out)} questions left out change the verdict."
        example = change_by(base, answers, left_out)
        why = () if example is None else ("Other replies to what was left out come to another verdict.",)
        yield Check(f"end/{case.id}", "sparing", says, example is None, why, example)


def how_it_ends(base: Base, answers: Answers, reasoner: LateReasoner | None = None) -> tuple[Answers, frozenset[str]]:
    """Return the replies asked for in an interview of somebody with some answers, and the questions left out.

    Where the base is out of scope for somebody, symptoms and risks are left out on purpose and are not among them.
    A question that `answers` do not tell of is answered *not sure*, so that the interview comes to its end.
    """
    consultation = Consultation.start(base, reasoner)
    while (screen := consultation.screen) is not None:
        consultation = consultation.answer({one.id: answers.get(one.id, _unsure(one)) for one in screen.questions})
    left_out = frozenset(base.questions) - consultation.answers.keys()
    if foresee(base, consultation.outlook).out_of_scope is not None:
        left_out = frozenset(one for one in left_out if base.questions[one].kind in ("safety", "about"))
    return consultation.answers, left_out


def _unsure(question: Question) -> Reply:
    return (NOT_SURE,) if question.type == "many" else NOT_SURE


def change_by(base: Base, answers: Answers, left_out: frozenset[str]) -> Counterexample | None:
    """Return answers that add replies to what was left out and come to another verdict, or None when there are none."""
    numbers = numbers_told_apart(base)
    said = {
        one.id: anything(one, numbers.get(one.id, {})) if one.id in left_out else exactly(one, answers.get(one.id))
        for one in base.questions.values()
    }
    encoding = Encoding(base, said)
    verdict = foresee(base, Outlook(base, answers))
    solver = Solver()
    for question in sorted(left_out):
        solver.learn(said[question].allowed())
    for differs in _differences(encoding, verdict):
        case = solver.case(differs)
        if case is not None:
            return Counterexample(answers_from(said, case), answers)
    return None


def _differences(encoding: Encoding, verdict: Verdict) -> Iterator[Formula]:
    """Yield when each part of a verdict is another one."""
    for tier in URGENCIES:
        yield differ(encoding.urgency(tier), URGENCIES.index(verdict.urgency) <= URGENCIES.index(tier))
    for flag in encoding.base.flag_rules:
        yield differ(encoding.flag(flag).true, flag in verdict.red_flags)
        yield differ(encoding.flag(flag).unknown, flag in verdict.not_ruled_out)
        yield differ(encoding.unsure(flag), flag in verdict.unsure_emergencies)
    bands = {weight.hypothesis: BANDS.index(weight.band) for weight in verdict.hypotheses}
    for hypothesis in encoding.base.evidence_rules:
        for place, band in enumerate(BANDS):
            yield differ(encoding.band(hypothesis, band), bands.get(hypothesis, len(BANDS)) <= place)
