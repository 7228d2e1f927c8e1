"""Explanations say what is so: proofs, arithmetic, near misses, what if and what is open, beside the verdict itself."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from functools import partial
from itertools import product

import pytest
from effort import effort
from hypothesis import given, note
from hypothesis import strategies as st
from msgspec.structs import replace
from small_base import SITUATIONS, WELL, small_base
from test_safety import quiet, without_symptoms
from worlds import World, argued, doubtful, worlds

from expert.consultation import Consultation, LateReasoner, consult
from expert.explain import Subject, WhyNot, find_subject, how, one_answer_away, open_flags, what_if, why_not
from expert.harmless import harmless
from expert.logic import Outlook, leaves
from expert.model import (
    BANDS,
    NOT_SURE,
    URGENCIES,
    Advise,
    All,
    Any,
    Base,
    Condition,
    Count,
    Is,
    Limit,
    Not,
    Rule,
)
from expert.proof import Proof
from expert.verdict import foresee
from expert.words import answer_in_words

BASE = small_base()
REASONER = LateReasoner(BASE)


def held(name: str, **changes: object) -> Consultation:
    return consult(BASE, {**SITUATIONS[name], **changes}, REASONER)


def consultation(world: World) -> Consultation:
    return Consultation.start(world.base).add(world.answers)


def steps(proof: Proof) -> Iterator[Proof]:
    yield proof
    for part in proof.parts:
        yield from steps(part)


def lines(proof: Proof, depth: int = 0) -> list[str]:
    """A proof as lines: what it claims, and its note."""
    told = f"{'  ' * depth}{proof.claim}" + (f" ({proof.note})" if proof.note else "")
    return [told, *(line for part in proof.parts for line in lines(part, depth + 1))]


# --- how: proofs that prove -------------------------------------------------------------------------------------------


def check_proof(told: Consultation, proof: Proof, *, wanted: bool = True) -> None:
    """Every step follows from those below it; the lowest are the person's own answers, and what was needed of them.

    Below a "not", false is `wanted`.
    """
    truths = [part.truth for part in proof.parts]
    match proof.kind:
        case "rule":
            wanted = True
            check_rule(told, proof)
        case "not":
            wanted = not wanted
            assert truths == [None if proof.truth is None else not proof.truth]
        case "reply":
            check_reply(told, proof, wanted=wanted)
            wanted = True
        case "score":
            assert proof.note.startswith("needed: ")
            return
        case "any" | "all":
            assert set(truths) == {proof.truth}
            assert len(truths) > 1
        case "finding" | "red_flag" | "advice":
            assert set(truths) <= {proof.truth} or proof.kind == "advice"
        case "count":
            assert set(truths) == {proof.truth}
    for part in proof.parts:
        check_proof(told, part, wanted=wanted)


def check_rule(told: Consultation, step: Proof) -> None:
    """A rule is as true as its condition; and the answers shown below it alone would decide it so."""
    rule = told.base.rules[step.subject]
    truth = told.outlook.truth(rule.condition)
    assert step.truth is truth
    assert step.cited is not None
    assert (step.claim, step.cited.because, step.cited.sources) == (rule.because, rule.because, rule.sources)
    shown = {below.subject for below in steps(step) if below.kind == "reply"}
    if truth is not None:
        shown |= set().union(*(gates(told.base, question) for question in shown))
        answers = {question: reply for question, reply in told.answers.items() if question in shown}
        assert Outlook(told.base, answers).truth(rule.condition) is truth


def gates(base: Base, question: str) -> set[str]:
    """The questions by which it is known that a question applies: taken as read where it was answered."""
    gate = base.questions[question].ask_if
    found = set() if gate is None else set(base.questions_read(gate))
    return found.union(*(gates(base, each) for each in found))


def check_reply(told: Consultation, step: Proof, *, wanted: bool) -> None:
    """A reply is told as it was given, or as not given, or as not applying; and what was needed, if it was not that."""
    reply, applies = told.answers.get(step.subject), told.outlook.applies(step.subject)
    if step.claim.endswith("oes not apply"):
        assert applies is False
    elif step.claim.endswith("whether it applies"):
        assert (applies, step.truth) == (None, None)
    elif reply is None:
        assert step.claim.endswith("ot answered")
    else:
        assert step.claim == answer_in_words(told.base, step.subject, reply)
    if step.truth is not wanted:
        assert step.note.startswith("needed: ")
    elif told.base.questions[step.subject].type != "number":
        assert not step.note


@effort(60)
@given(worlds() | doubtful())
def test_every_proof_follows_from_the_answers(world: World) -> None:
    """How: rules, findings, red flags, hypotheses, advice and the urgency are proved by what makes them so."""
    told = consultation(world)
    base, verdict = told.base, told.verdict
    for rule in base.rules:
        check_proof(told, how(told, Subject("rule", rule)))
    for finding in base.findings:
        proof = how(told, Subject("finding", finding))
        assert proof.truth is told.outlook.finding(finding)
        check_proof(told, proof)
    for flag in base.flag_rules:
        proof = how(told, Subject("red_flag", flag))
        assert proof.truth is (True if flag in verdict.red_flags else None if flag in verdict.not_ruled_out else False)
        check_proof(told, proof)
    given_advice = {each.advice: each for each in told.advice}
    for advice in base.advice:
        proof = how(told, Subject("advice", advice))
        status = given_advice[advice].status if advice in given_advice else None
        assert proof.truth is {"applies": True, "check_first": None, None: False}[status]
        check_proof(told, proof)
    urgency = how(told, Subject("urgency"))
    assert urgency.subject == verdict.urgency
    assert all(part.subject in (*verdict.red_flags, *verdict.unsure_emergencies) for part in urgency.parts)
    assert urgency.parts or verdict.urgency == "routine"
    check_proof(told, urgency)


@effort(60)
@given(worlds())
def test_a_score_is_the_sum_of_the_points_told(world: World) -> None:
    """The points of the questions below a score add up to it, whether settled or not."""
    told = consultation(world)
    for rule in told.base.rules:
        for step in steps(how(told, Subject("rule", rule))):
            if step.kind == "score":
                ends = [re.findall(r"-?\d+", part.note) for part in step.parts]
                low, high = (sum(int(end[place]) for end in ends) for place in (0, -1))
                assert step.claim == f"{step.subject}: {low}" if low == high else f"{step.subject}: {low} to {high}"


@effort(60)
@given(argued())
def test_the_arithmetic_adds_up_to_the_certainty(world: World) -> None:
    """Worked out as it is written, each sum gives what is said, and the last one the certainty."""
    told = consultation(world)
    for weight in told.verdict.hypotheses:
        proof = how(told, Subject("hypothesis", weight.hypothesis))
        check_proof(told, proof)
        assert {part.subject for part in proof.parts} == {*weight.supporting, *weight.opposing}
        assert {part.subject for part in proof.parts if part.note} == set(weight.outdone)
        belief, disbelief, certainty, _ = proof.note.split("; ")
        believed, disbelieved = (worked_out(part.split(" ", 1)[1]) for part in (belief, disbelief))
        combined = (believed - disbelieved) / (1 - min(believed, disbelieved))
        assert math.isclose(combined, weight.certainty, abs_tol=1e-9)
        assert math.isclose(float(certainty.split()[-1]), weight.certainty, abs_tol=0.00051)


def worked_out(words: str) -> float:
    """Work out "1 - (1 - 0.6) x (1 - 0.35) = 0.740", and see that the right side is right."""
    sum_, _, said = words.partition(" = ")
    factors = [float(factor) for factor in re.findall(r"\(1 - ([0-9.]+)\)", sum_)]
    assert re.fullmatch(r"0|1 - \(1 - [0-9.]+\)( x \(1 - [0-9.]+\))*", sum_)
    found = 1 - math.prod(1 - factor for factor in factors)
    assert not said or math.isclose(float(said), found, abs_tol=0.00051)
    return found


def test_limits_are_told_with_what_was_found_and_what_was_needed() -> None:
    """Numbers and scores: kept, missed, and not known yet."""
    drinking = Subject("finding", "heavy_drinking")
    assert lines(how(held("b12"), drinking)) == [
        "Drinking at a risky level",
        "  A score of 5 or more is risky.",
        "    Drinking score: 8 (needed: 5 or more)",
        "      How often do you drink alcohol? Most days (4 points)",
        "      How many drinks on such a day? 5 or more (4 points)",
    ]
    assert lines(how(held("well"), drinking))[2:] == [
        "    Drinking score: 0 (needed: 5 or more)",
        "      How often do you drink alcohol? Never (0 points)",
        "      How many drinks on such a day? Does not apply (0 points)",
    ]
    assert lines(how(held("b12", drink_much=NOT_SURE), drinking))[2:] == [
        "    Drinking score: 4 to 8 (needed: 5 or more)",
        "      How often do you drink alcohol? Most days (4 points)",
        "      How many drinks on such a day? Not sure (0 to 4 points)",
    ]
    walk = Subject("rule", "artery-walk")
    far = "How far can you walk before your legs hurt?"
    assert lines(how(held("well", walk=150), walk))[1:] == [f"  {far} 150 metres (needed: at most 200 metres)"]
    assert lines(how(held("well", walk=201), walk))[1:] == [f"  {far} 201 metres (needed: at most 200 metres)"]


def test_negations_are_told() -> None:
    """A "not" that holds is told by what was said; one that fails by what would have been needed."""
    no_numbness = Subject("rule", "b12-no-numbness")
    feel = "What do your legs feel like?"
    said = f'  not: "Numb or tingling" to "{feel}"'
    assert lines(how(held("well"), no_numbness))[1:] == [said, f"    {feel} None of these"]
    told = lines(how(held("b12"), no_numbness))[1:]
    assert told == [said, f'    {feel} Cramps; Numb or tingling (needed: not "Numb or tingling")']


@pytest.mark.parametrize(
    ("condition", "told"),
    [
        (Is("stroke_signs", ("yes",)), ["…: no (needed: yes)"]),
        (Not(Is("indoors", ("no",))), ['not: no to "Do you get hardly any sun?"', "  … No (needed: yes)"]),
        (
            Not(Limit("drinks", high=3)),
            ["not: Drinking score: at most 3", "  Drinking score: 0 (needed: more than 3)", "…", "…"],
        ),
        (
            Not(Limit("walk", low=200)),
            ['not: 200 or more metres to "…"', "  … 2000 metres (needed: less than 200 metres)"],
        ),
        (Limit("walk", 300, 400, low_open=True), ["… 2000 metres (needed: more than 300, at most 400 metres)"]),
        (
            Is("diet", ("vegan", "no_dairy")),
            ['… None of these (needed: "Vegan: no meat, fish, eggs or milk" or "No milk or cheese")'],
        ),
        (
            Not(Any((Is("feel", ("none",)), Is("feel", ("weak",))))),
            ["none of these", '  … None of these (needed: not "None of these")'],
        ),
        (
            Not(Is("diet", ("none", "vegan"))),
            ["…", '  … None of these (needed: neither "None of these" nor "Vegan: no meat, fish, eggs or milk")'],
        ),
        (
            Count(2, (Is("indoors", ("yes",)), Is("unsteady", ("no",)), Is("sore_bones", ("yes",)))),
            ["at least 2 of 3 (found 1)", "  …? No (needed: yes)", "  …: no (needed: yes)"],
        ),
        (Is("cramp_time", ("night",)), ['… Does not apply (needed: "At night in bed")', '  … (needed: "Cramps")']),
    ],
)
def test_what_was_needed(condition: Condition, told: list[str]) -> None:
    """Of each condition that fails, what was found and what was needed; "…" stands for any words."""
    rule = Rule("tried", condition, Advise("stretch"), "Tried.", ("clinic",))
    base = replace(BASE, rules={**BASE.rules, "tried": rule})
    found = [line[2:] for line in lines(how(consult(base, WELL), Subject("rule", "tried")))[1:]]
    patterns = [re.escape(line).replace("…", ".*") for line in told]
    assert len(found) == len(told), found
    assert all(map(re.fullmatch, patterns, found)), found


def test_what_is_not_answered_or_not_known_to_apply() -> None:
    """An open question, and one behind an open gate, say so."""
    told = held("nothing_answered")
    assert lines(how(told, Subject("rule", "d-sun")))[1:] == ["  Do you get hardly any sun? Not answered (needed: yes)"]
    assert lines(how(told, Subject("rule", "mg-night")))[1:] == [
        '  When do the cramps come? Not known whether it applies (needed: "At night in bed")',
        '    What do your legs feel like? Not answered (needed: "Cramps")',
    ]


def test_the_urgency_is_proved_by_all_that_leads_to_it() -> None:
    """Also by the emergencies that nobody could rule out."""
    assert [part.subject for part in how(held("emergency"), Subject("urgency")).parts] == ["stroke"]
    both = how(held("same_day", cold_leg=NOT_SURE), Subject("urgency"))
    assert [(part.subject, part.truth) for part in both.parts] == [("clot", True), ("blocked_artery", None)]
    assert both.note.startswith("Not sure about something that may be an emergency")
    well = how(held("well"), Subject("urgency"))
    assert (well.claim, well.note, well.parts) == ("Routine", "No red flag was raised.", ())


def test_a_band_is_told_with_what_caps_it() -> None:
    """Without a risk at most possible, without a sign nothing: the arithmetic says why."""

    def note_of(**changes: object) -> str:
        return how(held("well", **changes), Subject("hypothesis", "b12")).note.rsplit("; ", 1)[1]

    sure_sign = {"feel": ("numb",), "unsteady": "yes"}
    assert note_of(**sure_sign) == "with a sign, without a risk: at most possible"
    assert note_of(**sure_sign, medicines=("metformin",)) == "with a sign, with a risk: likely, from 0.7 on"
    assert note_of(feel=("numb",)) == "with a sign, without a risk: possible, from 0.3 on"
    assert note_of(diet=("vegan",)) == "without a sign, with a risk: without a sign nothing else counts"


def test_out_of_scope_nothing_is_judged() -> None:
    """A hypothesis is neither proved nor denied, and to reach it, scope must be reached too."""
    told = how(held("child"), Subject("hypothesis", "b12"))
    assert (told.truth, told.claim) == (None, "Low vitamin B12: not judged")
    assert told.note == "This is made for adults. See a doctor or nurse."
    missed = why_not(held("child"), Subject("hypothesis", "b12"), band="less_likely")
    assert missed.note == told.note
    assert [set(change.replies) for change in missed.changes] == [{"age", "feel"}, {"age", "unsteady"}]


# --- why not ----------------------------------------------------------------------------------------------------------


def check_why_not(told: Consultation, world: World, found: WhyNot) -> None:
    """Misses are rules that do not hold, sorted into what held and what did not, nearest first."""
    away = [math.inf if miss.away is None else miss.away for miss in found.near]
    assert away == sorted(away)
    for miss in found.near:
        rule = told.base.rules[miss.rule]
        assert told.outlook.truth(rule.condition) is not True
        parts = rule.condition.of if isinstance(rule.condition, All) else (rule.condition,)
        by_truth = [[told.outlook.truth(part) for part in parts].count(truth) for truth in (True, False, None)]
        assert [len(miss.held), len(miss.failed), len(miss.unknown)] == by_truth
        for proof in (*miss.held, *miss.failed, *miss.unknown):
            check_proof(told, proof)
        sizes = (size for size, after in enumerate(world.outlooks) if any(one.truth(rule.condition) for one in after))
        smallest = next(sizes, None)
        assert miss.away == smallest or (smallest is None and (miss.away is None or miss.away >= len(world.outlooks)))
    assert not (found.reached and found.changes)


@effort(25)
@given(argued(), st.sampled_from(BANDS))
def test_why_not_a_band(world: World, band: str) -> None:
    """For a higher band, the rules for it that missed and those against it that hold; for a lower one the others."""
    told = consultation(world)
    weights = {weight.hypothesis: weight for weight in told.verdict.hypotheses}
    found = why_not(told, Subject("hypothesis", "h0"), band=band)
    check_why_not(told, world, found)
    now = weights["h0"].band if weights else "none"
    higher = BANDS.index(band) <= BANDS.index(now)
    directions = {told.base.rules[miss.rule].conclusion.direction for miss in found.near}
    assert directions <= {"for" if higher else "against"}
    against = () if not weights else weights["h0"].opposing if higher else weights["h0"].supporting
    assert tuple(proof.subject for proof in found.against) == against
    for change in found.changes:
        after = foresee(told.base, world.after(change.replies)).weight("h0").band
        place = BANDS.index(after) - BANDS.index(band)
        assert place <= 0 if higher else place >= 0


@effort(25)
@given(doubtful(), st.sampled_from(URGENCIES))
def test_why_not_a_tier(world: World, tier: str) -> None:
    """For a more urgent tier, the rules that missed it; for a calmer one, what is in the way."""
    told = consultation(world)
    found = why_not(told, Subject("urgency"), tier=tier)
    check_why_not(told, world, found)
    now = told.verdict.urgency
    if URGENCIES.index(tier) <= URGENCIES.index(now):
        flags = {told.base.rules[miss.rule].conclusion.red_flag for miss in found.near}
        assert {told.base.red_flags[flag].urgency for flag in flags} <= {tier}
        assert found.against == ()
    else:
        assert not found.near
        assert found.against
        assert {proof.subject for proof in found.against} <= {*told.verdict.red_flags, *told.verdict.unsure_emergencies}
    for change in found.changes:
        after = foresee(told.base, world.after(change.replies)).urgency
        assert (URGENCIES.index(after) <= URGENCIES.index(tier)) or URGENCIES.index(tier) > URGENCIES.index(now)


def test_why_not_names_the_nearest_and_the_smallest_change() -> None:
    """One sign and one risk are missing: the strongest rules, one answer away each, come first."""
    found = why_not(held("well"), Subject("hypothesis", "b12"), band="possible")
    assert (found.claim, found.reached, found.none_up_to) == ("Low vitamin B12: possible", False, 0)
    assert [change.replies for change in found.changes] == [{"feel": ("numb",)}, {"unsteady": "yes"}]
    assert [(miss.rule, miss.away) for miss in found.near] == [
        ("b12-unsteady", 1),
        ("b12-numb", 1),
        ("b12-diet", 1),
        ("b12-metformin", 1),
    ]
    assert [proof.subject for proof in found.against] == ["b12-no-numbness"]


def test_a_rule_further_away_comes_later_however_strong() -> None:
    """Two answers are further than one."""
    found = why_not(held("well"), Subject("urgency"), tier="soon")
    assert [(miss.rule, miss.away) for miss in found.near] == [("flag-unsteady", 2), ("flag-kidney", 2)]
    unsteady = why_not(held("well", unsteady="yes"), Subject("urgency"), tier="soon")
    assert [(miss.rule, miss.away) for miss in unsteady.near] == [("flag-unsteady", 1), ("flag-kidney", 2)]
    assert [change.replies for change in unsteady.changes] == [
        {"feel": ("numb",)},
        {"swollen_leg": "yes"},
        {"stroke_signs": "yes"},
    ]


def test_what_cannot_be_reached_says_how_far_was_looked() -> None:
    """No answers make it likely without any risk among the rules."""
    found = why_not(held("b12"), Subject("hypothesis", "night_cramp"))
    assert (found.changes, found.reached, found.none_up_to) == ((), False, 6)


# --- one answer away, what if, what is open ---------------------------------------------------------------------------


@effort(40)
@given(worlds() | doubtful())
def test_one_answer_away(world: World) -> None:
    """Each one leads to just its tier, and no question is left out of which a reply would."""
    told = consultation(world)
    nearby = one_answer_away(told)
    for near in nearby:
        assert len(near.change.replies) == 1
        assert foresee(told.base, world.after(near.change.replies)).urgency == near.urgency
    more_urgent = URGENCIES[: URGENCIES.index(told.verdict.urgency)]
    singles = [(verdict.urgency, *change) for verdict, change in zip(world.verdicts[1], world.changes(1), strict=True)]
    assert {(near.urgency, *near.change.replies) for near in nearby} == {
        (tier, question) for tier, question in singles if tier in more_urgent
    }


@effort(40)
@given(worlds(), st.data())
def test_what_if_is_the_difference_of_two_runs(world: World, data: st.DataObject) -> None:
    """Rules gained and lost are those that fired in one run of the engine and not in the other."""
    told = consultation(world)
    changes = [change for size in (1, 2) for change in world.changes(size)]
    replies = data.draw(st.sampled_from(changes))
    note(str(replies))
    found = what_if(told, replies)
    after = Consultation.start(told.base).add({**world.answers, **replies})
    before_rules, after_rules = set(told.trace.true_rules), set(after.trace.true_rules)
    assert (found.before, found.after, found.replies) == (told.verdict, after.verdict, replies)
    assert (set(found.gained), set(found.lost)) == (after_rules - before_rules, before_rules - after_rules)
    assert list(found.gained) == [rule for rule in told.base.rules if rule in found.gained]


@effort(60)
@given(worlds() | doubtful())
def test_open_flags_name_questions_that_can_settle(world: World) -> None:
    """Every flag not ruled out is listed, and each question named can decide something it hangs on."""
    told = consultation(world)
    flags = open_flags(told)
    assert tuple(flag.red_flag for flag in flags) == told.verdict.not_ruled_out
    for flag in flags:
        asked = (*flag.doubts.not_sure, *flag.doubts.not_asked)
        rules = [rule.condition for rule in told.base.flag_rules[flag.red_flag]]
        assert not set(flag.doubts.not_asked) & set(told.answers)
        assert all(NOT_SURE in (told.answers[one], *told.answers[one][-1:]) for one in flag.doubts.not_sure)
        # What is not named makes no difference, until what is named is answered.
        for question in set(told.base.questions) - set(asked):
            for reply in world.replies(question) if question not in told.answers else ():
                assert world.after({question: reply}).truth(Any(tuple(rules))) is None
        for question in filter(partial(can_apply, world), asked):
            others = [one for one in asked if one != question]
            assert any(matters(world, leaf, question, others) for leaf in undecided(told, rules)), question


def can_apply(world: World, question: str) -> bool:
    """Whether any replies make a question apply: a random gate may be one that nothing opens."""
    read = sorted(gates(world.base, question))
    ways = product(*(world.replies(one) for one in read))
    return any(world.after(dict(zip(read, way, strict=True))).applies(question) for way in ways)


def undecided(told: Consultation, conditions: list[Condition]) -> Iterator[Condition]:
    """The unknown leaves that conditions read, through findings and gates."""
    for leaf in (leaf for condition in conditions for leaf in leaves(condition) if told.outlook.truth(leaf) is None):
        yield leaf
        below = [rule.condition for rule in told.base.finding_rules.get(leaf.subject, ())]
        asked = told.base.questions_read(leaf) if leaf.subject not in told.base.findings else ()
        gates_of = (told.base.questions[question].ask_if for question in asked)
        yield from undecided(told, [*below, *(gate for gate in gates_of if gate is not None)])


def matters(world: World, condition: Condition, question: str, others: list[str]) -> bool:
    """Whether, after some replies to the others, replies to a question lead to different truths."""
    for chosen in product(*([None, *world.replies(one)] for one in others)):
        answers = {one: reply for one, reply in zip(others, chosen, strict=True) if reply is not None}
        truths = {world.after({**answers, question: reply}).truth(condition) for reply in world.replies(question)}
        if len(truths | {world.after(answers).truth(condition)}) > 1:
            return True
    return False


# --- names, and the shipped base --------------------------------------------------------------------------------------


def test_names() -> None:
    """A name is an id, or a kind and an id where there are several; or the urgency."""
    base = replace(BASE, findings={**BASE.findings, "b12": BASE.findings["poor_food"]})
    assert find_subject(base, "urgency") == Subject("urgency")
    assert find_subject(base, "b12") == Subject("hypothesis", "b12")
    assert find_subject(base, "finding:b12") == Subject("finding", "b12")
    assert find_subject(base, "flag-clot") == Subject("rule", "flag-clot")
    for name in ("unsteady", "rule:b12", "", "b12:"):
        with pytest.raises(KeyError):
            find_subject(base, name)


def everything(told: Consultation) -> Iterator[Proof]:
    """All proofs of a consultation, those of near misses too."""
    base = told.base
    yield how(told, Subject("urgency"))
    for kind, names in (
        ("hypothesis", base.hypotheses),
        ("red_flag", base.red_flags),
        ("finding", base.findings),
        ("advice", base.advice),
        ("rule", base.rules),
    ):
        yield from (how(told, Subject(kind, name)) for name in names)
    for tier in URGENCIES:
        missed = why_not(told, Subject("urgency"), tier=tier)
        yield from missed.against
        yield from (proof for miss in missed.near for proof in (*miss.held, *miss.failed, *miss.unknown))


@pytest.mark.parametrize("who", ["quiet", "without_symptoms"])
def test_the_shipped_base_is_explained(who: str, stiff_legs: Base, stiff_legs_reasoner: LateReasoner) -> None:
    """Every step of every proof says something, on one line, in words that fit together."""
    told = consult(
        stiff_legs, {"quiet": quiet, "without_symptoms": without_symptoms}[who](stiff_legs), stiff_legs_reasoner
    )
    seen: set[int] = set()
    for proof in everything(told):
        for step in steps(proof):
            if id(step) in seen:
                continue
            seen.add(id(step))
            words = f"{step.claim} ({step.note}) {step.strength}"
            assert step.claim
            assert harmless(words) == words.strip()
            assert not re.search(r"\?[:.?]|\.\.(?!\.)|  |needed: *$", words), words
