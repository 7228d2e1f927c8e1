"""The eight laws of the design, over random rule bases and over the real one."""

from __future__ import annotations

import functools
import hashlib
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random

import pytest
from effort import effort
from fixed_base import ANSWERS, BASE
from hypothesis import given, note
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from msgspec import msgpack
from msgspec.json import encode
from msgspec.structs import asdict, replace
from random_bases import answers_to, bases, described, replies, rising
from referee import RefereeVerdict, referee_verdict, summary

from expert.consultation import Consultation, LateReasoner, in_base_order
from expert.infer import Reasoner, Trace
from expert.inquiry import Inquiry
from expert.load import load
from expert.logic import Outlook
from expert.model import (
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
)
from expert.verdict import Verdict, foresee

ROOT = Path(__file__).parent.parent
#: The SHA-256 of the traces of `fixed_base`: one value on every supported Python (law 7).
GOLDEN_TRACES = "91fbbe7618c4e2f74a8432aabf281295f3ebeb638cb89c5f45c7786a9d1fb3b3"


@functools.cache
def real_base() -> Base:
    """The base that Legwise ships."""
    return load(ROOT / "rules" / "stiff_legs")


@functools.cache
def real_reasoner() -> LateReasoner:
    """One reasoner for the real base: its network takes a while to build."""
    return LateReasoner(real_base())


class Case:
    """A base, the reasoner for it, and where its answers come from."""

    def __init__(self, data: st.DataObject, which: str, some: Callable | None = None) -> None:
        """Draw a random base, or take the real one."""
        self.data = data
        self.is_real = which == "real"
        self.base = real_base() if self.is_real else data.draw(bases(some) if some else bases())
        self.reasoner = real_reasoner() if self.is_real else LateReasoner(self.base)
        if not self.is_real:
            note(described(self.base))

    def answers(self, *, full: bool = False) -> Answers:
        """Draw answers, all or some."""
        if self.is_real:
            answers = somebody(self.base, Random(self.data.draw(st.integers(0, 2**32))), full=full)
        else:
            answers = self.data.draw(answers_to(self.base, full=full))
        note(f"answers: {answers}")
        return answers

    def consultation(self, answers: Answers) -> Consultation:
        """Start a consultation in which these answers were given, unasked."""
        return Consultation.start(self.base, self.reasoner).add(answers)


def somebody(base: Base, chance: Random, *, full: bool) -> Answers:
    """Answers to a large base: people differ in how ill and how sure they are and, if not `full`, how far they get."""
    ill, unsure = chance.choice((0.02, 0.1, 0.4)), chance.choice((0.0, 0.03, 0.3))
    answers = {}
    for question in base.questions.values():
        named = [option for option in question.options if option != NONE_OF_THESE]
        if chance.random() < unsure:
            answers[question.id] = NOT_SURE
        elif question.type == "yes_no":
            answers[question.id] = "yes" if chance.random() < ill else "no"
        elif question.type == "one":
            answers[question.id] = chance.choice(named)
        elif question.type == "number":
            answers[question.id] = chance.randint(int(question.min or 0), int(question.max or 100))
        elif chance.random() < ill + 0.2:
            chosen = chance.sample(named, min(len(named), chance.randint(1, 3)))
            answers[question.id] = (*(one for one in named if one in chosen), *[NOT_SURE] * (chance.random() < unsure))
        else:
            answers[question.id] = (NONE_OF_THESE,)
    ids = chance.sample(list(answers), len(answers) if full else chance.randint(0, len(answers)))
    return {one: answers[one] for one in ids}


def law(examples: int, real: int, some: Callable | None = None) -> Callable:
    """Check a law on so many random bases, and on so many random answers to the real one."""

    def decorate(check: Callable[[Case], None]) -> Callable[[str], None]:
        @pytest.mark.parametrize("which", ["random", "real"])
        def test(which: str) -> None:
            @effort(examples if which == "random" else real, shrink=which == "random")
            @given(st.data())
            def run(data: st.DataObject) -> None:
                check(Case(data, which, some))

            run()

        test.__name__, test.__doc__ = check.__name__, check.__doc__
        return test

    return decorate


def interview(case: Case, answers: Answers) -> Iterator[Consultation]:
    """Yield the consultation at every screen, each answered from full `answers`, and at its end."""
    consultation = Consultation.start(case.base, case.reasoner)
    yield consultation
    while (screen := consultation.screen) is not None:
        taken = screen.taken(answers)
        consultation = consultation.answer(taken, one_by_one=len(taken) < len(screen.questions))
        yield consultation


def safety_of(verdict: Verdict) -> tuple[object, ...]:
    """What law 5 calls the verdict: urgency, red flags raised and not ruled out, and the band of every hypothesis."""
    told = summary(verdict)
    return told.urgency, told.red_flags, told.unsure_emergencies, told.not_ruled_out, told.bands


# --- 1: order ---------------------------------------------------------------------------------------------------------


@law(60, real=10)
def test_1_the_order_of_answers_changes_neither_verdict_nor_trace(case: Case) -> None:
    """Verdict and trace are functions of the answers."""
    answers = case.answers()
    other = {question: answers[question] for question in case.data.draw(st.permutations(list(answers)))}
    first, second = case.consultation(answers), case.consultation(other)
    assert first.verdict == second.verdict
    assert encode(first.trace) == encode(second.trace)


@law(60, real=6)
def test_1_the_order_of_rules_and_questions_in_files_does_not_change_the_verdict(case: Case) -> None:
    """The verdict does not change when a base is written down in another order."""
    answers = case.answers()
    shuffled = replace(
        case.base,
        **{
            section: dict(case.data.draw(st.permutations(list(getattr(case.base, section).items()))))
            for section in ("rules", "questions", "findings", "hypotheses", "red_flags", "scores", "topics")
        },
    )
    assert summary(Consultation.start(shuffled).add(answers).verdict) == summary(case.consultation(answers).verdict)


# --- 2: edits ---------------------------------------------------------------------------------------------------------


class Edits(RuleBasedStateMachine):
    """Any history of answers, changes and steps back, beside a fresh consultation over the answers as they stand."""

    which = "random"

    @initialize(data=st.data())
    def start(self, data: st.DataObject) -> None:
        """Start a consultation."""
        self.case = Case(data, self.which)
        self.now = Consultation.start(self.case.base, self.case.reasoner)
        # Never reused, so that nothing can be left over in it. (A real one takes too long to build for each.)
        self.fresh = LateReasoner(self.case.base) if self.which == "random" else self.case.reasoner

    @precondition(lambda self: self.now.screen)
    @rule(data=st.data(), one_by_one=st.booleans())
    def answer(self, data: st.DataObject, one_by_one: bool) -> None:
        """Answer the present screen, or some of it, item by item from here on if it is a checklist."""
        questions = [question for question in self.now.screen.questions if not one_by_one or data.draw(st.booleans())]
        self.now = self.now.answer(
            {question.id: data.draw(replies(question)) for question in questions}, one_by_one=one_by_one
        )

    @precondition(lambda self: self.now.turns)
    @rule()
    def back(self) -> None:
        """Take the last turn back."""
        self.now = self.now.back()

    @precondition(lambda self: self.now.answers)
    @rule(data=st.data())
    def change(self, data: st.DataObject) -> None:
        """Change an earlier answer."""
        question = data.draw(st.sampled_from(list(self.now.answers)))
        self.now = self.now.change(question, data.draw(replies(self.case.base.questions[question])))

    @precondition(lambda self: len(self.now.answers) < len(self.case.base.questions))
    @rule(data=st.data())
    def volunteer(self, data: st.DataObject) -> None:
        """Answer a question that was not asked."""
        question = data.draw(st.sampled_from([one for one in self.case.base.questions if one not in self.now.answers]))
        self.now = self.now.add({question: data.draw(replies(self.case.base.questions[question]))})

    @invariant()
    def equals_a_fresh_consultation(self) -> None:
        """The same verdict and trace as with the same answers from the start."""
        if hasattr(self, "now"):
            verdict = self.now.verdict
            fresh = Consultation.start(self.case.base, self.fresh).add(self.now.answers)
            assert encode(self.now.trace) == encode(fresh.trace)
            assert verdict == fresh.verdict == self.now.verdict


@pytest.mark.parametrize("which", ["random", "real"])
def test_2_any_history_of_edits_equals_a_fresh_consultation(which: str) -> None:
    """Verdict and trace depend on the answers as they stand, not on how they came to be."""
    if which == "real":
        real_base()
    machine = type(f"Edits{which}", (Edits,), {"which": which})
    examples, steps = (40, 12) if which == "random" else (6, 20)
    run_state_machine_as_test(machine, settings=effort(examples, shrink=which == "random", stateful_step_count=steps))


# --- 3: learning more -------------------------------------------------------------------------------------------------


@law(60, real=12)
def test_3_an_answer_more_never_unfires_a_rule(case: Case) -> None:
    """What fired over some answers fires over more, and what was concluded stays concluded."""
    answers = case.answers()
    known = case.data.draw(st.integers(0, len(answers)))
    fewer = dict(list(answers.items())[:known])
    before, after = case.consultation(fewer).trace, case.consultation(answers).trace
    assert conclusions(before) <= conclusions(after)


def conclusions(trace: Trace) -> set[tuple[str, object]]:
    """The productions that fired."""
    return {firing.production for firing in trace.firings}


# --- 4: urgency follows the symptoms ----------------------------------------------------------------------------------


def lowering(base: Base) -> set[str]:
    """The yes or no questions whose *yes* could take a red flag back: those a flag reads, at any remove, the other way.

    Law 4 is promised for every other question. A part is read the other way under an odd number of negations: `not`,
    `{question: no}`, `{finding: no}`, and the upper end of a score. A gate is read as what it gates.
    """
    found: set[tuple[str, bool]] = set()
    waiting = [(one.condition, True) for rules in base.flag_rules.values() for one in rules]
    seen: set[tuple[Condition, bool]] = set()
    while waiting:
        condition, rises = waiting.pop()
        if (condition, rises) in seen:
            continue
        seen.add((condition, rises))
        match condition:
            case Not(of):
                waiting.append((of, not rises))
            case All(of) | Any(of) | Count(_, of):
                waiting += [(part, rises) for part in of]
            case Is(subject, values) if subject in base.findings:
                rises = rises == (values == ("yes",))
                waiting += [(one.condition, rises) for one in base.finding_rules[subject]]
            case Is(subject, values) | Limit(subject, values):
                asked = base.scores[subject].sum if subject in base.scores else (subject,)
                either = [rises] if subject not in base.scores else []
                if isinstance(condition, Limit) and subject in base.scores:
                    either = [rises] * (condition.low is not None) + [not rises] * (condition.high is not None)
                gates = [base.questions[question].ask_if for question in asked]
                waiting += [(gate, way) for gate in gates if gate is not None for way in either]
                if base.questions.get(subject) and base.questions[subject].type == "yes_no" and values != ("yes", "no"):
                    found.add((subject, rises == (values == ("yes",))))
    return {subject for subject, rises in found if not rises}


def check_urgency_rises(case: Case) -> None:
    """Turn one symptom from no to not sure to yes; see the urgency."""
    answers = case.answers(full=True)
    asked = [
        one.id for one in case.base.questions.values() if one.type == "yes_no" and one.id not in lowering(case.base)
    ]
    for symptom in asked if case.is_real else [case.data.draw(st.sampled_from(asked))]:
        turned = ({**answers, symptom: reply} for reply in ("no", NOT_SURE, "yes"))
        tiers = [foresee(case.base, Outlook(case.base, one)).urgency for one in turned]
        assert tiers == sorted(tiers, key=URGENCIES.index, reverse=True), symptom


@law(150, real=3, some=rising)
def test_4_turning_a_symptom_towards_yes_never_lowers_urgency(case: Case) -> None:
    """No, not sure, yes: each at least as urgent as the one before."""
    if not case.is_real:
        assert not lowering(case.base)
    check_urgency_rises(case)


@effort(150)
@given(st.data())
def test_4_holds_for_every_question_that_no_red_flag_reads_the_other_way(data: st.DataObject) -> None:
    """`lowering` names all the questions that law 4 cannot be promised for, in any base."""
    case = Case(data, "random")
    if {one.id for one in case.base.questions.values() if one.type == "yes_no"} - lowering(case.base):
        check_urgency_rises(case)


def test_4_is_promised_for_every_symptom_of_the_real_base() -> None:
    """A proof over all answers: no red flag reads a symptom the other way."""
    base = real_base()
    assert not [one for one in lowering(base) if base.questions[one].kind in ("symptom", "safety")]


# --- 5: spared questions ----------------------------------------------------------------------------------------------


@law(150, real=10)
def test_5_no_question_spared_could_have_changed_the_verdict(case: Case) -> None:
    """The verdict of the interview is that of all the answers, and of any other answers to what it spared."""
    answers = case.answers(full=True)
    end = list(interview(case, answers))[-1]
    assert end.complete
    assert set(end.asked) | set(end.spared) == set(case.base.questions)
    if end.verdict.out_of_scope:  # symptoms and risks are then not asked on purpose
        always = {one for one in end.spared if case.base.questions[one].kind in ("safety", "about")}
        assert not any(end.outlook.applies(question) for question in always)
        return
    others = {
        question: case.data.draw(replies(case.base.questions[question]))
        for question in end.spared
        if case.data.draw(st.booleans())
    }
    note(f"spared, answered otherwise: {others}")
    told = safety_of(end.verdict)
    assert safety_of(end.add({one: answers[one] for one in end.spared}).verdict) == told
    assert safety_of(end.add(others).verdict) == told


@law(60, real=4)
def test_5_what_is_open_does_not_depend_on_how_it_was_found_out(case: Case) -> None:
    """Looking only at what the last answers touch finds the same open questions, in the same order, as a fresh look."""
    for consultation in interview(case, case.answers(full=True)):
        fresh = Inquiry(case.base, Outlook(case.base, consultation.answers), consultation.inquiry.one_by_one)
        assert fresh.undecided == consultation.inquiry.undecided
        assert fresh.possible == consultation.inquiry.possible
        assert fresh.screens() == consultation.inquiry.screens()
        questions = case.base.questions
        assert [fresh.rules_needing(one) for one in questions] == [
            consultation.inquiry.rules_needing(one) for one in questions
        ]


@law(60, real=6)
def test_5_the_screens_still_to_come_are_never_more_than_was_said(case: Case) -> None:
    """`at_most_left` is kept, for whoever answers each screen at once."""
    steps = list(interview(case, case.answers(full=True)))
    for place, consultation in enumerate(steps):
        assert len(steps) - 1 - place <= consultation.at_most_left


# --- 6: interrupted ---------------------------------------------------------------------------------------------------


@law(60, real=5)
def test_6_an_interrupted_consultation_is_incomplete_and_lists_what_is_open(case: Case) -> None:
    """Until its end a consultation is not complete, and every red flag is raised, ruled out, or listed."""
    *begun, end = interview(case, case.answers(full=True))
    assert end.complete
    for consultation in begun if not case.is_real else begun[:: max(1, len(begun) // 5)]:
        assert not consultation.complete
        assert not consultation.skip(case.base.questions).complete
        told = referee_verdict(case.base, consultation.answers)
        assert set(consultation.verdict.not_ruled_out) == told.not_ruled_out


# --- 7: replay --------------------------------------------------------------------------------------------------------


def digest_of_traces(base: Base, all_answers: list[Answers]) -> str:
    """One digest of the traces of several consultations."""
    reasoner = Reasoner(base)
    traces = [encode(reasoner.infer(in_base_order(base, answers))) for answers in all_answers]
    return hashlib.sha256(b"\n".join(traces)).hexdigest()


def test_7_the_traces_of_a_fixed_base_are_the_same_on_every_python() -> None:
    """The digest of fixed traces is a golden value, checked wherever the tests run."""
    assert digest_of_traces(BASE, ANSWERS) == GOLDEN_TRACES


@pytest.mark.parametrize("which", ["fixed", "real"])
def test_7_the_same_answers_replay_to_the_same_bytes_for_every_hash_seed(which: str, tmp_path: Path) -> None:
    """Seven processes with seven hash seeds write the same traces and verdicts, and ask the same questions in order."""
    path = tmp_path / "base"
    path.write_bytes(msgpack.encode(BASE if which == "fixed" else real_base()))
    program = f"import test_laws; print(test_laws.digest_in_this_process({str(path)!r}))"
    runs = [
        subprocess.Popen(
            [sys.executable, "-c", program],
            env={**os.environ, "PYTHONHASHSEED": str(seed), "PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'tests'}"},
            stdout=subprocess.PIPE,
            text=True,
        )
        for seed in range(7)
    ]
    digests = {run.communicate()[0] for run in runs}
    assert [run.returncode for run in runs] == [0] * 7
    assert len(digests) == 1


def digest_in_this_process(path: str) -> str:
    """Digests of traces, verdicts and advice, and of the interview, for some answers to a base."""
    base = msgpack.decode(Path(path).read_bytes(), type=Base)
    all_answers = [somebody(base, Random(seed), full=True) for seed in range(3)]
    steps = []
    consultation = Consultation.start(base)
    while (screen := consultation.screen) is not None:
        steps.append((screen.id, consultation.at_most_left, [asdict(consultation.why(screen.questions[0].id))]))
        consultation = consultation.answer({one.id: all_answers[0][one.id] for one in screen.questions})
        if len(steps) == 12:
            break
    ends = [consultation, *(Consultation.start(base).add(answers) for answers in all_answers[:1])]
    told = [(end.asked, end.spared, end.verdict, end.advice) for end in ends]
    return digest_of_traces(base, all_answers) + hashlib.sha256(encode((steps, told))).hexdigest()


# --- 8: two opinions --------------------------------------------------------------------------------------------------


@law(300, real=20)
def test_8_experta_the_evaluator_and_the_referee_agree(case: Case) -> None:
    """Three readings of the same rules give one verdict, whatever was answered and whatever was not."""
    answers = case.answers()
    theirs: RefereeVerdict = referee_verdict(case.base, answers)
    assert summary(foresee(case.base, Outlook(case.base, answers))) == theirs
    assert summary(case.consultation(answers).verdict) == theirs
