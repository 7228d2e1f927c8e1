"""The engines are referees of each other: experta, CLIPS, the exported experta program, and two evaluators.

CLIPS and the exported program run a translation that shares nothing with `expert.compile`; `referee` shares nothing
with either.
"""

from __future__ import annotations

import functools
from itertools import product
from pathlib import Path
from random import Random

import pytest
from effort import FACTOR, effort
from exported import ExportedExperta, same_conclusions
from fixed_base import ANSWERS
from fixed_base import BASE as FIXED
from hypothesis import given, note
from hypothesis import strategies as st
from random_bases import answers_to, conditions, described, replies, whole
from referee import finding, referee_verdict, summary, truth
from small_base import SITUATIONS, small_base
from test_laws import somebody
from worlds import World, argued, doubtful, worlds

from expert.cases import read_cases
from expert.clips_engine import ClipsEngine, Concluded
from expert.infer import Reasoner
from expert.load import load
from expert.logic import Outlook
from expert.model import (
    NOT_SURE,
    All,
    Answers,
    Any,
    Base,
    Count,
    Establish,
    Finding,
    Is,
    Limit,
    Not,
    Option,
    Question,
    Raise,
    RedFlag,
    Rule,
    Score,
)
from expert.verdict import judge

RULES = Path(__file__).parent.parent / "rules"
BASES = sorted(path.name for path in RULES.iterdir() if path.is_dir())
OPTIONS = {name: Option(name, name, points) for points, name in enumerate("abc")}
#: Changes of one reply to one random base; building the engines costs more than running them.
RUNS = 6


class Engines:
    """The engines for one base."""

    def __init__(self, base: Base) -> None:
        """Build CLIPS and experta."""
        self.base = base
        self.clips = ClipsEngine(base)
        self.experta = Reasoner(base)

    def agree(self, answers: Answers) -> Concluded:
        """CLIPS and experta conclude the same: findings, rules, red flags, and the verdict to the last bit."""
        concluded = self.clips.run(answers)
        trace = self.experta.infer(answers)
        assert concluded.verdict == judge(self.base, trace, Outlook(self.base, answers))
        establishing = {rule.id for rule in self.base.rules.values() if isinstance(rule.conclusion, Establish)}
        assert concluded.true_rules == set(trace.true_rules) - establishing
        memory = {(fact.subject, fact.value) for fact in self.experta.memory()}
        established = {name for name in self.base.findings if (name, "yes") in memory}
        ruled_out = {name for name in self.base.findings if (name, "no") in memory}
        assert concluded.findings == {name: name in established for name in established | ruled_out}
        return concluded

    def agree_with_referee(self, answers: Answers) -> Concluded:
        """And they conclude what brute force does."""
        concluded = self.agree(answers)
        assert summary(concluded.verdict) == referee_verdict(self.base, answers)
        found = {name: finding(self.base, answers, name) for name in self.base.findings}
        assert concluded.findings == {name: state for name, state in found.items() if state is not None}
        return concluded


@functools.cache
def shipped(name: str) -> Engines:
    """The engines for a base that Legwise ships."""
    return Engines(load(RULES / name))


# --- random bases -----------------------------------------------------------------------------------------------------


@st.composite
def gated_scores(draw) -> World:
    """A base of little but scores whose items are gated, some as follow-ups, and hardly any answer but *not sure*."""
    kind, gates = st.sampled_from(("symptom", "risk")), st.sampled_from((Is("q0", ("yes",)), Is("q0", ("no",)), None))
    asked = [Question("q0", "t0", "?", "yes_no", draw(kind)), Question("q1", "t0", "?", "one", draw(kind), OPTIONS)]
    for place in range(2, 6):
        gate = draw(gates | st.just(Limit("s0", 2.0)))
        options = {name: Option(name, name, draw(st.integers(0, 3))) for name in OPTIONS}
        asked.append(Question(f"q{place}", "t0", "?", "one", draw(kind), options, ask_if=gate))
    items = [one.id for one in asked[1:]]
    scores = [Score("s0", "s0", ("q1",)), Score("s1", "s1", tuple(draw(st.permutations(items))[:3]))]
    scores.append(Score("s2", "s2", tuple(items)))
    flags = [RedFlag(f"flag{number}", "", draw(st.sampled_from(("emergency", "soon")))) for number in range(4)]
    subjects = [*scores, *scores, *asked]
    rules = [Rule(flag.id, draw(conditions(subjects, 2)), Raise(flag.id), "", ()) for flag in flags]
    base = whole(asked, rules, scores=scores, flags=flags)
    note(described(base))
    said = {
        one.id: draw(st.sampled_from((NOT_SURE, *one.options, *(() if one.options else ("yes", "no")))))
        for one in asked
    }
    return World(
        base, {question: said[question] for question in draw(st.permutations(list(said))) if draw(st.booleans())}
    )


#: Bases of every kind; the last three look closely at doubt, at evidence and at scores.
KINDS = {"any": worlds(), "doubt": doubtful(), "evidence": argued(), "scores": gated_scores()}


@pytest.mark.parametrize("kind", KINDS)
def test_on_random_bases(kind: str) -> None:
    """experta, CLIPS and the referee agree on every answer to every base, complete or not, sure or not."""

    @effort(60, shrink=False)
    @given(st.data())
    def run(data: st.DataObject) -> None:
        world = data.draw(KINDS[kind])
        engines = Engines(world.base)
        engines.agree_with_referee(world.answers)
        for _ in range(RUNS):
            question = data.draw(st.sampled_from(list(world.base.questions)))
            reply = data.draw(replies(world.base.questions[question]))
            world = World(world.base, {**world.answers, question: reply})
            note(f"answers: {world.answers}")
            engines.agree_with_referee(world.answers)

    run()


@pytest.mark.parametrize("kind", KINDS)
def test_the_exported_program_on_random_bases(kind: str) -> None:
    """The exported experta program, in experta as shipped, concludes what CLIPS does."""

    @effort(12, shrink=False)
    @given(st.data())
    def run(data: st.DataObject) -> None:
        world = data.draw(KINDS[kind])
        program, engine = ExportedExperta(world.base), ClipsEngine(world.base)
        for answers in (world.answers, *(data.draw(answers_to(world.base)) for _ in range(RUNS // 2))):
            note(f"answers: {answers}")
            same_conclusions(program.result(answers), engine.run(answers))

    run()


# --- bases of people --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", BASES)
def test_on_every_case_of_every_base(name: str) -> None:
    """experta, CLIPS, the exported program and the referee agree on every case that comes with a base."""
    engines = shipped(name)
    cases = read_cases(engines.base, RULES / name / "cases")
    assert cases
    program = ExportedExperta(engines.base, quick=True)
    for case in cases:
        same_conclusions(program.result(case.answers), engines.agree_with_referee(case.answers))


@pytest.mark.parametrize("name", BASES)
def test_on_random_answers_to_every_base(name: str) -> None:
    """And on people who are more or less ill, more or less sure, and get more or less far."""
    engines, chance = shipped(name), Random(5)
    for number in range(int(80 * FACTOR)):
        engines.agree(somebody(engines.base, chance, full=number % 2 == 0))


def test_on_the_largest_base_in_experta_as_shipped() -> None:
    """What the quick matcher of the other test leaves out changes nothing."""
    engines = shipped("stiff_legs")
    (case,) = [one for one in read_cases(engines.base, RULES / "stiff_legs" / "cases") if one.id == "demo-not-sure"]
    same_conclusions(ExportedExperta(engines.base).result(case.answers), engines.agree(case.answers))


def test_on_the_base_with_something_of_everything() -> None:
    """Groups, scores, gates, scopes, checklists and advice."""
    engines, program = Engines(small_base()), ExportedExperta(small_base())
    for answers in SITUATIONS.values():
        same_conclusions(program.result(answers), engines.agree_with_referee(answers))


def test_on_the_base_of_the_fixed_traces() -> None:
    """The answers whose traces are fixed."""
    engines, program = Engines(FIXED), ExportedExperta(FIXED)
    for answers in ANSWERS:
        same_conclusions(program.result(answers), engines.agree_with_referee(answers))


# --- what a translation could get wrong -------------------------------------------------------------------------------


def test_a_long_score_is_summed_by_bounds_not_by_ways() -> None:
    """Thirty items of four options would come about in 4 to the 30th ways; a limit is decided as soon as it can be."""
    options = {name: Option(name, name, points) for points, name in enumerate("abcd")}
    items = [f"q{number}" for number in range(30)]
    base = whole(
        [Question(item, "t0", "?", "one", "symptom", options) for item in items],
        [
            Rule("high", Limit("total", 12.0), Raise("flag"), "", ()),
            Rule("low", Is("q0", ("a",)), Raise("mild"), "", ()),
        ],
        scores=[Score("total", "total", tuple(items))],
        flags=[RedFlag("flag", "flag", "emergency"), RedFlag("mild", "mild", "soon")],
    )
    engines, program = Engines(base), ExportedExperta(base)
    for answers, raised in (
        (dict.fromkeys(items[:4], "d"), True),
        ({**dict.fromkeys(items, "a"), **dict.fromkeys(items[:3], "d")}, False),
        (dict.fromkeys(items[:27], "a"), False),
        (dict.fromkeys(items[:26], "a"), None),
    ):
        concluded = engines.agree(answers)
        known = {True: concluded.verdict.red_flags, None: concluded.verdict.not_ruled_out}
        assert [key for key, flags in known.items() if "flag" in flags] == ([] if raised is False else [raised])
        same_conclusions(program.result(answers), concluded)


def test_rules_read_as_the_referee_reads_them() -> None:
    """Not only the verdict: each rule of the largest base is true where the referee finds it true."""
    engines, chance = shipped("stiff_legs"), Random(7)
    for _ in range(3):
        answers = somebody(engines.base, chance, full=False)
        concluding = [one for one in engines.base.rules.values() if not isinstance(one.conclusion, Establish)]
        true = {rule.id for rule in concluding if truth(engines.base, answers, rule.condition)}
        assert engines.clips.run(answers).true_rules == true


def test_doubt_about_an_emergency_in_every_shape_of_a_rule() -> None:
    """Every way to answer four questions, or not to: which emergencies are unknown because of a *not sure*?

    What is not sure must not count where the rest of the rule has made it idle: beside a part that is false in an
    `all`, or true in an `any`; behind a gate, where the reply itself has settled the matter.
    """
    gate, gated, other, last = (Is(name, ("yes",)) for name in ("gate", "gated", "other", "last"))
    shapes = {
        "behind-a-gate": Any((gated, other)),
        "all-in-any": Any((All((gate, other)), last)),
        "any-in-all": All((Any((gated, other)), last)),
        "count": Any((Count(2, (gated, other, last)), All((gate, last)))),
        "not": Not(All((gate, Any((Not(other), last))))),
        "finding": All((Is("found", ("yes",)), last)),
        "no-finding": Any((Is("found", ("no",)), All((other, last)))),
    }
    base = whole(
        [
            Question("gate", "t0", "?", "yes_no", "symptom"),
            Question("gated", "t0", "?", "yes_no", "symptom", ask_if=gate),
            Question("other", "t0", "?", "yes_no", "symptom"),
            Question("last", "t0", "?", "yes_no", "symptom"),
        ],
        [
            *(Rule(name, shape, Raise(name), "", ()) for name, shape in shapes.items()),
            Rule("found-by-both", All((gated, other)), Establish("found"), "", ()),
            Rule("found-by-gate", All((gate, Not(other))), Establish("found"), "", ()),
        ],
        findings=[Finding("found", "found")],
        flags=[RedFlag(name, name, "emergency") for name in shapes],
    )
    engines, program = Engines(base), ExportedExperta(base)
    for number, replies_ in enumerate(product((None, "yes", "no", NOT_SURE), repeat=4)):
        answers = {one: reply for one, reply in zip(base.questions, replies_, strict=True) if reply is not None}
        concluded = engines.agree_with_referee(answers)
        if number % 8 == 0:
            same_conclusions(program.result(answers), concluded)
