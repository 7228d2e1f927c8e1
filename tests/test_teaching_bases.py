"""The bases to teach with: whole, chained as their lessons say, and the same in every order of firing."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import pytest

from expert.cache import shipped_bases
from expert.cases import read_cases
from expert.consultation import Consultation, consult
from expert.engine import OrderedStrategy
from expert.examples import faults_of
from expert.infer import Reasoner
from expert.lint import check
from expert.load import load
from expert.logic import Outlook, leaves
from expert.model import Base, Establish, Question, Reply
from expert.prove.theorems import read_theorems
from expert.scorecard import score_cases
from expert.strategies import NamedStrategy, strategies
from expert.verdict import foresee, judge
from interview.cli import main
from interview.html_report import to_html
from interview.outputs import as_text, print_screen
from interview.render.layout import lay_out
from interview.report import build_report

FOLDERS = {name: folder for name, folder in shipped_bases().items() if name != "stiff_legs"}
BASES = {name: load(folder) for name, folder in FOLDERS.items()}
#: Words of one field, which a base of another must never show.
MEDICAL = re.compile(
    r"doctor|clinic|deficien|diagnos|medic|blood|vitamin|health|very ill|legs|supplement", re.IGNORECASE
)

each_base = pytest.mark.parametrize("name", BASES)


@each_base
def test_it_has_no_fault(name: str) -> None:
    """As `legwise check` sees it: the base, its examples and its cases; each of them is there."""
    assert check(FOLDERS[name]) == ()
    assert faults_of(BASES[name], FOLDERS[name] / "examples")[1] == ()
    assert len(read_cases(BASES[name], FOLDERS[name] / "cases")) >= 4


@each_base
def test_every_case_comes_to_what_it_expects(name: str) -> None:
    """Demonstrations as well; nothing is unfinished but what an emergency ended."""
    cases = read_cases(BASES[name], FOLDERS[name] / "cases")
    card = score_cases(BASES[name], cases, with_demonstrations=True)
    assert [score.case for score in card.missed] == []
    expected = {case.id: case.expected for case in cases}
    exact = {score.case for score in card.scores if score.timing == "exact"}
    assert exact == set(expected)
    for case in cases:
        finished = consult(BASES[name], case.answers).complete
        assert finished or case.expected.urgency == "emergency", case.id


def _html(consultation: Consultation) -> str:
    """The replay in a browser, without its looks."""
    return re.sub(r"<style.*?</style>", "", to_html(consultation, emergency_number="999"), flags=re.DOTALL)


@each_base
def test_nothing_medical_is_shown(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Whatever is printed of a base that is not about health speaks of its own field alone."""
    base = BASES[name]
    for case in read_cases(base, FOLDERS[name] / "cases"):
        consultation = consult(base, case.answers)
        for text in (
            as_text(consultation, "999", "markdown"),
            as_text(consultation, "999", "sheet"),
            _html(consultation),
        ):
            assert not MEDICAL.findall(text), case.id
        print_screen(consultation, "999", plain=True, full=True)
    for command in (["cases", "--demos"], ["demo"], ["rules"], ["questions"]):
        assert main([*command, "--base", name]) == 0
    assert not MEDICAL.findall(capsys.readouterr().out)


@each_base
def test_an_interview_stopped_early_speaks_of_its_field(name: str) -> None:
    """The card of an unfinished result names what to do in an emergency in the words of the base."""
    report = build_report(consult(BASES[name], {}), emergency_number="999")
    text = "\n".join(
        line.words for block in lay_out(report).blocks for line in getattr(block, "lines", (block,)) if line
    )
    assert BASES[name].urgencies["emergency"].do.replace("{emergency_number}", "999") in text
    assert not MEDICAL.findall(text)


def test_animals_chain_three_deep() -> None:
    """A big cat is a carnivore, which is a mammal, which has fur: each is a finding that the next one reads."""
    base = BASES["animals"]

    def depth(finding: str) -> int:
        read = {leaf.subject for rule in base.finding_rules[finding] for leaf in leaves(rule.condition)}
        return 1 + max((depth(name) for name in read if name in base.findings), default=0)

    assert max(map(depth, base.findings)) >= 3


def test_not_sure_about_the_lamps_keeps_the_battery_open() -> None:
    """Bright lamps clear the battery and blame the starter; lamps that nobody saw do neither."""
    base = BASES["car"]
    answers: dict[str, Reply] = {"starter": "one_click", "slow_starts": "yes", "key_lamp": "no"}
    for lamps, finding, band in (("bright", False, "likely"), ("not_sure", None, "none"), ("dim", True, "none")):
        consultation = consult(base, {**answers, "lights": lamps})
        assert consultation.outlook.finding("little_current") is finding
        bands = {weight.hypothesis: weight.band for weight in consultation.verdict.hypotheses}
        assert bands["starter_motor"] == band


@each_base
def test_its_theorems_are_proved(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    """For every answer there is; and each emergency of the base is named by one of them."""
    pytest.importorskip("z3")
    assert main(["prove", "--base", name]) == 0, capsys.readouterr().out
    stated = [theorem.always for theorem in read_theorems(BASES[name], FOLDERS[name]).theorems if theorem.always]
    named = {flag for outcome in stated for flag in outcome.red_flags}
    assert named >= {flag.id for flag in BASES[name].red_flags.values() if flag.urgency == "emergency"}


# --- the order of firing ----------------------------------------------------------------------------------------------


class _Chosen(OrderedStrategy):
    """Fires the productions that are wished for, in that order, before all others."""

    wished: tuple[str, ...] = ()

    def get_key(self, activation: Any) -> tuple[Any, ...]:
        name = activation.rule.__name__
        place = self.wished.index(name) if name in self.wished else len(self.wished)
        return -place, *super().get_key(activation)


class _Engine:
    """The engine of a base, over answers that are all there before the first rule fires."""

    def __init__(self, base: Base, answers: Mapping[str, Reply]) -> None:
        self._reasoner = Reasoner(base)
        self._answers = answers

    def after(self, wished: tuple[str, ...], strategy: OrderedStrategy | None = None) -> tuple[list[str], list[str]]:
        """Fire `wished` and return what fired and what waits then; without any, all of it by a strategy."""
        engine, fired = self._reasoner._engine, []
        chosen = _Chosen()
        chosen.wished = wished
        engine.strategy = strategy or chosen

        def fire(production: Any, _matched: list[Any]) -> None:
            name = production.__name__
            if name not in fired:
                fired.append(name)
                fact_type, value = self._reasoner.program.concludes[name]
                engine.declare(fact_type(v=value))

        engine._fire = fire
        engine.reset()
        for question, reply in self._answers.items():
            engine.declare(self._reasoner.program.reply_types[question](v=reply))
        while (activation := engine.next_activation()) is not None:
            is_new = activation.rule.__name__ not in fired
            if is_new and strategy is None and len(fired) == len(wished):
                break
            engine.run(1)
        waiting = [name for name in engine.waiting() if name not in fired]
        return fired, list(dict.fromkeys(waiting))


def _clues() -> Mapping[str, Reply]:
    cases = {case.id: case for case in read_cases(BASES["order"], FOLDERS["order"] / "cases")}
    return cases["demo-all-at-once"].answers


def test_the_order_of_firing_differs_under_strategies() -> None:
    """There is something to see: no two of these strategies fire the rules in one order."""
    engine = _Engine(BASES["order"], _clues())
    chosen = {name: NamedStrategy(strategies()[name]) for name in ("ordered", "depth", "breadth", "simplicity")}
    orders = {name: [fired for fired in engine.after((), strategy)[0] if fired.startswith("rule:")]
              for name, strategy in chosen.items()}  # fmt: skip
    for (one, first), (other, second) in itertools.combinations(orders.items(), 2):
        assert first != second, f"{one} and {other}"
        assert sorted(first) == sorted(second)


def test_every_order_of_firing_ends_the_same() -> None:
    """A proof by exhaustion: from every state that the engine can reach by firing, in whatever order, it ends in one.

    Answers are chosen that wake several rules at once; the states are sets of productions that have fired.
    """
    answers = {name: reply for name, reply in _clues().items() if name != "at_home"} | {"clues": ("plate", "crumbs")}
    engine = _Engine(BASES["order"], answers)
    ways: dict[frozenset[str], tuple[str, ...]] = {frozenset(): ()}
    ends, widest = set(), 0
    waiting_states = [frozenset[str]()]
    while waiting_states:
        state = waiting_states.pop()
        fired, waiting = engine.after(ways[state])
        assert set(fired) == state
        widest = max(widest, len(waiting))
        if not waiting:
            ends.add(state)
        for name in waiting:
            further = state | {name}
            if further not in ways:
                ways[further] = (*ways[state], name)
                waiting_states.append(further)
    assert len(ends) == 1
    assert widest >= 4, "there must be choices, or nothing is proved"
    assert len(ways) > 100


def _all_answers(questions: Iterable[Question]) -> Iterable[dict[str, Reply]]:
    """Yield every set of answers there is: each question with each reply, not sure, or none."""

    def replies(question: Question) -> list[Reply]:
        if question.type == "many":
            options = [option for option in question.options if option != "none"]
            chosen = [tuple(c) for size in range(1, len(options) + 1) for c in itertools.combinations(options, size)]
            return [*chosen, ("none",), "not_sure"]
        return [*(question.options or ("yes", "no")), "not_sure"]

    asked = list(questions)
    for chosen in itertools.product(*map(replies, asked)):
        yield {question.id: reply for question, reply in zip(asked, chosen, strict=True)}


def test_the_verdict_is_that_of_an_evaluator_which_knows_no_order() -> None:
    """For every set of answers there is, not a sample of them, experta and plain logic agree."""
    base = BASES["order"]
    reasoner = Reasoner(base)
    for answers in _all_answers(base.questions.values()):
        outlook = Outlook(base, answers)
        assert judge(base, reasoner.infer(answers), outlook) == foresee(base, outlook), answers


def test_findings_are_read_by_rules() -> None:
    """In each base somebody reads what a rule finds; otherwise there is no chain to teach."""
    for base in BASES.values():
        found = {rule.conclusion.finding for rule in base.rules.values() if isinstance(rule.conclusion, Establish)}
        read = {leaf.subject for rule in base.rules.values() for leaf in leaves(rule.condition)}
        assert found
        assert found <= read


def test_the_folders_hold_what_the_lessons_copy() -> None:
    """Every base to teach with has cases and examples in its folder, as `legwise new --from` copies them."""
    for folder in FOLDERS.values():
        assert {path.name for path in Path(folder).iterdir()} >= {"cases", "examples"}
