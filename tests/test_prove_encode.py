"""The formulas say what the engine does: the core of trust in every proof.

A proof about formulas is worth as much as this: over random answers to random bases, and to the real one, the formulas
come to what `foresee` comes to, which law 8 holds to experta and to the referee.
"""

from __future__ import annotations

from itertools import product
from random import Random

import pytest
from effort import effort
from hypothesis import given, note
from hypothesis import strategies as st
from msgspec.structs import replace
from random_bases import answers_to, bases, described
from test_laws import somebody
from worlds import World, argued, doubtful, worlds

pytest.importorskip("z3")

from expert.certainty import combine
from expert.logic import Outlook
from expert.model import BANDS, NONE_OF_THESE, NOT_SURE, URGENCIES, Answers, Base, Limit, Question, Reply, Rule
from expert.prove.bands import Counts, TooFineError, line
from expert.prove.encode import Encoding, at_answers
from expert.prove.formula import Formula, conjunction, negation
from expert.prove.replies import anything, exactly, numbers_told_apart
from expert.prove.solve import Solver
from expert.verdict import advice_for, foresee


def parts_of(encoding: Encoding) -> dict[str, Formula]:
    """Everything that an encoding says of a verdict, by a name."""
    base = encoding.base
    found = {f"urgency {tier}": encoding.urgency(tier) for tier in URGENCIES}
    for rule in base.rules.values():
        found |= {f"{rule.id} true": encoding.rule(rule).true, f"{rule.id} false": encoding.rule(rule).false}
        found[f"{rule.id} hangs"] = encoding.hangs_on_not_sure(rule.condition)
    for finding in base.findings:
        kleene = encoding.finding(finding)
        found |= {f"{finding} established": kleene.true, f"{finding} ruled out": kleene.false}
    for flag in base.flag_rules:
        found |= {f"{flag} raised": encoding.flag(flag).true, f"{flag} open": encoding.flag(flag).unknown}
        found[f"{flag} unsure"] = encoding.unsure(flag)
    for hypothesis in base.hypotheses:
        found |= {f"{hypothesis} {band}": encoding.band(hypothesis, band) for band in BANDS}
    found |= {f"advice {advice}": encoding.advice(advice) for advice in base.advice}
    return found | {"out of scope": encoding.out_of_scope()}


def expected_of(base: Base, answers: Answers) -> dict[str, bool]:
    """The same from the verdict that people get."""
    outlook = Outlook(base, answers)
    verdict = foresee(base, outlook)
    found = {f"urgency {tier}": URGENCIES.index(verdict.urgency) <= place for place, tier in enumerate(URGENCIES)}
    for rule in base.rules.values():
        truth = outlook.truth(rule.condition)
        found |= {f"{rule.id} true": truth is True, f"{rule.id} false": truth is False}
        found[f"{rule.id} hangs"] = outlook.hangs_on_not_sure(rule.condition)
    for finding in base.findings:
        truth = outlook.finding(finding)
        found |= {f"{finding} established": truth is True, f"{finding} ruled out": truth is False}
    for flag in base.flag_rules:
        found |= {f"{flag} raised": flag in verdict.red_flags, f"{flag} open": flag in verdict.not_ruled_out}
        found[f"{flag} unsure"] = flag in verdict.unsure_emergencies
    bands = {weight.hypothesis: BANDS.index(weight.band) for weight in verdict.hypotheses}
    for hypothesis in base.hypotheses:
        found |= {f"{hypothesis} {band}": bands.get(hypothesis, 9) <= place for place, band in enumerate(BANDS)}
    given_ = {one.advice for one in advice_for(base, verdict, outlook) if one.status == "applies"}
    found |= {f"advice {advice}": advice in given_ for advice in base.advice}
    return found | {"out of scope": verdict.out_of_scope is not None}


class Open:
    """A base in formulas over open replies, to be looked at for one set of answers after another."""

    def __init__(self, base: Base) -> None:
        self.encoding = Encoding(base)
        self.parts = parts_of(self.encoding)
        self.solver = Solver()
        for formula in self.encoding.allowed():
            self.solver.learn(formula)

    def at(self, answers: Answers) -> dict[str, bool]:
        """What the formulas come to when every reply is the one given, or none."""
        fixed = [as_given(self.encoding.said[one], answers.get(one)) for one in self.encoding.said]
        case = self.solver.case(conjunction(*fixed))
        assert case is not None, "a valid reply is refused"
        return {name: case(formula) for name, formula in self.parts.items()}


def as_given(said, reply: Reply | None) -> Formula:
    """When a question has a certain reply."""
    chosen = reply if isinstance(reply, tuple) else (reply,)
    wanted = {option: option in chosen for option in said.chosen}
    if said.ranges:
        name = next((name for name, number in said.ranges.items() if type(reply) is not str and number == reply), None)
        wanted = {option: option == name for option in said.chosen}
    both = [
        *((said.chosen[option], is_wanted) for option, is_wanted in wanted.items()),
        (said.not_sure, NOT_SURE in chosen),
    ]
    return conjunction(*(formula if is_wanted else negation(formula) for formula, is_wanted in both))


def on_ranges(base: Base, answers: Answers) -> Answers:
    """Answers in which every number is the one that stands for its range."""
    numbers = numbers_told_apart(base)
    found = {}
    for question, reply in answers.items():
        if question in numbers and not isinstance(reply, str):
            alike = [one for one in numbers[question].values() if same_tests(base, question, one, reply)]
            assert alike, f"no range for {reply}"
            found[question] = alike[0]
        else:
            found[question] = reply
    return found


def same_tests(base: Base, question: str, one: float, other: float) -> bool:
    from expert.logic import leaves  # noqa: PLC0415

    conditions = [rule.condition for rule in base.rules.values()]
    conditions += [each.ask_if for each in base.questions.values() if each.ask_if is not None]
    conditions += [scope.condition for scope in base.out_of_scope.values()]
    limits = [leaf for condition in conditions for leaf in leaves(condition) if isinstance(leaf, Limit)]
    return all(limit.holds(one) == limit.holds(other) for limit in limits if limit.subject == question)


def check(base: Base, all_answers: list[Answers]) -> None:
    """Compare both ways of looking with the verdict."""
    formulas = Open(base)
    for answers in all_answers:
        expected = expected_of(base, answers)
        assert parts_of(at_answers(base, answers)) == expected, f"with the answers put in: {answers}"
        assert formulas.at(on_ranges(base, answers)) == expected, f"with open replies: {answers}"


@effort(120)
@given(st.data())
def test_the_formulas_say_what_the_verdict_is(data: st.DataObject) -> None:
    """Over random bases and, for each, ten sets of random answers."""
    base = data.draw(bases())
    note(described(base))
    check(base, [data.draw(answers_to(base)) for _ in range(10)])


@pytest.mark.parametrize("kind", [worlds, argued, doubtful])
def test_the_formulas_say_what_the_verdict_is_in_odd_bases(kind) -> None:
    """Follow-ups that wait for their gates, much evidence in groups, and hardly any answer but not sure."""

    @effort(40)
    @given(kind(), st.data())
    def run(world: World, data: st.DataObject) -> None:
        check(world.base, [world.answers, *(data.draw(answers_to(world.base)) for _ in range(3))])

    run()


def test_the_formulas_say_what_the_verdict_is_on_the_real_base(stiff_legs: Base) -> None:
    """Over random answers of people more and less ill, more and less sure, who got more and less far."""
    check(stiff_legs, [somebody(stiff_legs, Random(seed), full=seed % 2 == 0) for seed in range(24)])


@effort(40)
@given(st.data())
def test_a_changed_reply_says_what_a_new_encoding_would(data: st.DataObject) -> None:
    """An encoding that takes what it can from another one says the same as one of its own."""
    base = data.draw(bases())
    question = data.draw(st.sampled_from(list(base.questions.values())))
    answers = data.draw(answers_to(base, full=True))
    common = Open(base)
    turned = Encoding(base, {question.id: exactly(question, answers[question.id])}, common.encoding)
    parts = parts_of(turned)
    others = on_ranges(base, {one: reply for one, reply in answers.items() if one != question.id})
    fixed = [as_given(said, others.get(one)) for one, said in common.encoding.said.items() if one != question.id]
    case = common.solver.case(conjunction(*fixed))
    assert case is not None
    assert {name: case(formula) for name, formula in parts.items()} == expected_of(base, answers)


# --- replies ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("type_", ["yes_no", "one", "many", "number"])
def test_exactly_the_valid_replies_are_allowed(type_: str) -> None:
    """Every case of the formulas reads back as a reply that the reader takes, and each of those is a case."""
    from expert.answers import check_reply  # noqa: PLC0415
    from expert.model import Option  # noqa: PLC0415

    names = {"one": ("a", "b"), "many": ("a", "b", NONE_OF_THESE)}.get(type_, ())
    options = {name: Option(name, name) for name in names}
    question = Question("q", "t", "q?", type_, "risk", options, min=0, max=10)  # type: ignore[arg-type]
    base = replace(tiny(), questions={"q": question})
    said = anything(question, {"0": 0, "5": 5, "10": 10} if type_ == "number" else {})
    solver = Solver()
    solver.learn(said.allowed())
    found = set()
    while (case := solver.case(True)) is not None:
        reply = said.reply(case)
        assert reply is None or check_reply(base, "q", reply) == reply
        found.add(reply)
        solver.learn(negation(as_given(said, reply)))
    chosen = {"yes_no": {"yes", "no"}, "one": {"a", "b"}, "number": {0, 5, 10}}
    expected = chosen[type_] | {NOT_SURE} if type_ in chosen else every_choice(("a", "b"))
    assert found == expected | {None}


def every_choice(options: tuple[str, ...]) -> set[Reply]:
    sets = [tuple(one for one, is_in in zip(options, way, strict=True) if is_in) for way in product((0, 1), repeat=2)]
    sure = {one or (NONE_OF_THESE,) for one in sets}
    return sure | {(*one, NOT_SURE) for one in sets} | {(NONE_OF_THESE, NOT_SURE)}


def tiny() -> Base:
    from fixed_base import BASE  # noqa: PLC0415

    return BASE


# --- certainty --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("factors", "threshold"),
    [
        ((0.8, 0.6, 0.35, 0.15), 0.7),
        ((0.8, 0.6, 0.35, 0.15), 0.3),
        ((0.5, 0.25), 0.5),  # lies on it: half for, nothing against
        ((0.75, 0.5), 0.75),  # two halves are as much as one of three quarters
        ((0.7, 0.3), 0.3),  # 1 - 0.7 is not quite 0.3 in binary
        ((0.6, 0.4), 0.6),
        ((0.9, 0.1), 0.1),
        ((0.999999, 0.000001), 0.999999),
        ((1e-9,), 1e-9),
    ],
)
def test_the_line_is_where_the_certainty_draws_it(factors: tuple[float, ...], threshold: float) -> None:
    """For every combination of evidence the whole numbers decide as floating point does, also on the line itself."""
    counts = tuple(Counts(factor, 4, 3) for factor in factors)
    drawn = line(counts, threshold)
    for supporting in product(range(5), repeat=len(factors)):
        for opposing in product(range(4), repeat=len(factors)):
            sides = (
                [one for one, times in zip(factors, side, strict=True) for _ in range(times)]
                for side in (supporting, opposing)
            )
            total = sum(w * (s - o) for w, s, o in zip(drawn.weights, supporting, opposing, strict=True))
            reached = total >= drawn.least or (supporting, opposing) in drawn.above
            reached = reached and (supporting, opposing) not in drawn.below
            assert reached == (combine(*sides) >= threshold), (supporting, opposing)


def test_evidence_that_floating_point_cannot_weigh_is_refused() -> None:
    """Rather no proof than one about other numbers than the engine's."""
    with pytest.raises(TooFineError):
        line((Counts(0.999999999, 40, 40),), 0.5)


def test_a_rule_without_its_finding_rules_is_never_decided() -> None:
    """A finding that nothing concludes is unknown whatever is answered."""
    from expert.model import Establish, Finding, Is, Raise, RedFlag  # noqa: PLC0415

    base = tiny()
    base = replace(
        base,
        findings={**base.findings, "lonely": Finding("lonely", "lonely")},
        red_flags={"flag": RedFlag("flag", "flag", "soon")},
        rules={"r": Rule("r", Is("lonely", ("yes",)), Raise("flag"), "", ())},
    )
    assert not isinstance(base.rules["r"].conclusion, Establish)
    assert parts_of(at_answers(base, {}))["r true"] is False
    assert expected_of(base, {})["r true"] is False
