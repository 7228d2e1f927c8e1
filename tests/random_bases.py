"""Random rule bases and random answers, for the laws.

A base is built along one line of subjects (questions, scores, findings): a condition reads only what stands before it,
so there are no cycles, gates can hang on findings and scores, and findings chain as deep as the line is long.
"""

from __future__ import annotations

from collections.abc import Sequence

from hypothesis import strategies as st
from msgspec.structs import replace

from expert.logic import leaves
from expert.model import (
    NONE_OF_THESE,
    NOT_SURE,
    Advice,
    Advise,
    All,
    Answers,
    Any,
    Base,
    Checklist,
    Condition,
    Count,
    Establish,
    Evidence,
    Finding,
    Hypothesis,
    Is,
    Limit,
    Not,
    Option,
    OutOfScope,
    Question,
    Raise,
    RedFlag,
    Reply,
    Rule,
    Score,
    Topic,
    UrgencyWords,
)

STRENGTHS = {"hallmark": 0.8, "strong": 0.6, "moderate": 0.35, "weak": 0.15}
BANDS = {"likely": 0.7, "possible": 0.3}
TIERS = ("emergency", "emergency", "same-day", "soon", "routine")

Subject = Question | Score | Finding


# --- conditions -------------------------------------------------------------------------------------------------------


@st.composite
def limits(draw, subject: str, highest: int) -> Limit:
    """A range with one end or two, open or closed."""
    low = draw(st.integers(0, highest))
    high = draw(st.integers(low + 1, highest + 1))
    ends = draw(st.sampled_from(("low", "high", "both")))
    return Limit(
        subject,
        None if ends == "high" else float(low),
        None if ends == "low" else float(high),
        ends != "high" and draw(st.booleans()),
        ends != "low" and draw(st.booleans()),
    )


@st.composite
def tests_of(draw, subject: Subject) -> Condition:
    """One leaf about a question, a score or a finding."""
    if isinstance(subject, Score):
        return draw(limits(subject.id, 6))
    if isinstance(subject, Question) and subject.type == "number":
        return draw(limits(subject.id, 9))
    if isinstance(subject, Question) and subject.options:
        chosen = draw(st.sets(st.sampled_from(list(subject.options)), min_size=1))
        return Is(subject.id, tuple(option for option in subject.options if option in chosen))
    return Is(subject.id, (draw(st.sampled_from(("yes", "yes", "no"))),))


@st.composite
def conditions(draw, subjects: Sequence[Subject], depth: int = 2) -> Condition:
    """A condition over some subjects, nested up to `depth`."""
    kind = draw(st.sampled_from(("leaf", "leaf", "all", "any", "not", "count"))) if depth else "leaf"
    if kind == "leaf":
        return draw(tests_of(draw(st.sampled_from(subjects))))
    if kind == "not":
        return Not(draw(conditions(subjects, depth - 1)))
    parts = tuple(draw(conditions(subjects, depth - 1)) for _ in range(draw(st.integers(2, 3))))
    if kind == "count":
        return Count(draw(st.integers(1, len(parts))), parts)
    return All(parts) if kind == "all" else Any(parts)


@st.composite
def rising(draw, subjects: Sequence[Subject], depth: int = 2) -> Condition:
    """A condition that no `yes` can make false: `yes` and `established` only, and no negation (for law 4)."""
    kind = draw(st.sampled_from(("leaf", "leaf", "all", "any", "count"))) if depth else "leaf"
    if kind == "leaf":
        subject = draw(st.sampled_from(subjects))
        if isinstance(subject, Finding) or (isinstance(subject, Question) and subject.type == "yes_no"):
            return Is(subject.id, ("yes",))
        # What is not a yes or no question is not turned; but how it is gated must not turn a rule off.
        if isinstance(subject, Score):
            return Limit(subject.id, float(draw(st.integers(0, 6))))
        return draw(tests_of(subject))
    parts = tuple(draw(rising(subjects, depth - 1)) for _ in range(draw(st.integers(2, 3))))
    if kind == "count":
        return Count(draw(st.integers(1, len(parts))), parts)
    return All(parts) if kind == "all" else Any(parts)


# --- bases ------------------------------------------------------------------------------------------------------------


@st.composite
def questions(draw, id_: str, ask_if: Condition | None, type_: str | None = None) -> Question:
    """One question of any type and kind."""
    type_ = type_ or draw(st.sampled_from(("yes_no", "yes_no", "yes_no", "one", "many", "number")))
    options: list[Option] = []
    if type_ == "one":
        options = [Option(name, name, draw(st.integers(0, 3))) for name in ("a", "b", "c")[: draw(st.integers(2, 3))]]
    if type_ == "many":
        options = [Option(name, name) for name in ("a", "b", NONE_OF_THESE)]
    return Question(
        id_,
        topic=draw(st.sampled_from(("t0", "t1"))),
        ask=f"{id_}?",
        type=type_,  # type: ignore[arg-type]
        kind=draw(st.sampled_from(("symptom", "risk", "symptom", "risk", "safety", "about"))),
        options={option.id: option for option in options},
        ask_if=ask_if,
        gist=id_ if options else None,
        unticked="a" if type_ == "one" else None,
        min=0 if type_ == "number" else None,
        max=10 if type_ == "number" else None,
    )


@st.composite
def subject_lines(draw, some, size: int = 10) -> tuple[list[Subject], list[Rule]]:
    """Questions, scores and findings in an order in which each reads only those before it; the findings' rules."""
    line: list[Subject] = [draw(questions("q0", None, "yes_no")), draw(questions("q1", None, "one"))]
    rules: list[Rule] = []
    for place in range(2, draw(st.integers(5, size))):
        kind = draw(st.sampled_from(("free", "gated", "finding", "finding", "score")))
        scorable = [one.id for one in line if isinstance(one, Question) and one.type == "one"]
        if kind == "score":
            summed = draw(st.lists(st.sampled_from(scorable), unique=True, min_size=1))
            line.append(Score(f"s{place}", f"s{place}", tuple(summed)))
        elif kind == "finding":
            for number in range(draw(st.integers(1, 2))):
                rules.append(_rule(f"f{place}-{number}", draw(some(line)), Establish(f"f{place}")))  # noqa: PERF401
            line.append(Finding(f"f{place}", f"f{place}"))
        else:
            line.append(draw(questions(f"q{place}", draw(some(line, 1)) if kind == "gated" else None)))
    return line, rules


@st.composite
def bases(draw, some=conditions, size: int = 10) -> Base:
    """A whole rule base; `some` makes its conditions."""
    line, rules = draw(subject_lines(some, size))
    flags = [
        RedFlag(f"flag{n}", f"flag{n}", tier)
        for n, tier in enumerate(draw(st.lists(st.sampled_from(TIERS), min_size=1, max_size=3)))
    ]
    for flag in flags:
        for number in range(draw(st.integers(1, 2))):
            rules.append(_rule(f"{flag.id}-{number}", draw(some(line)), Raise(flag.id)))
    for number in range(draw(st.integers(0, 6))):
        rules.append(_rule(f"e{number}", draw(some(line)), draw(evidence())))
    rules.append(_rule("care", draw(some(line, 1)), Advise("care")))
    asked = [one for one in line if isinstance(one, Question)]
    checklists = _checklists(asked) if draw(st.booleans()) else []
    if draw(st.booleans()):
        asked = _sharing_lines(asked, checklists)
    return whole(
        reversed(asked) if draw(st.booleans()) else asked,
        draw(st.permutations(rules)),
        scores=[one for one in line if isinstance(one, Score)],
        findings=[one for one in line if isinstance(one, Finding)],
        flags=flags,
        checklists=checklists,
        scopes=draw(scopes(asked)),
    )


def whole(questions, rules, *, scores=(), findings=(), flags=(), checklists=(), scopes=()) -> Base:
    """A base with some parts, two hypotheses, and two pieces of advice."""
    advice = (Advice("tip", "food", "tip", ("h0",)), Advice("care", "caution", "care"))
    return Base(
        name="random",
        version="0",
        title="Random",
        about="",
        strengths=STRENGTHS,
        bands=BANDS,
        urgencies={tier: UrgencyWords(tier, tier) for tier in TIERS},
        topics={topic: Topic(topic, topic) for topic in ("t0", "t1")},
        questions={one.id: one for one in questions},
        checklists={one.id: one for one in checklists},
        scores={one.id: one for one in scores},
        findings={one.id: one for one in findings},
        hypotheses={name: Hypothesis(name, name, "deficiency") for name in ("h0", "h1")},
        red_flags={one.id: one for one in flags},
        advice={one.id: one for one in advice},
        rules={one.id: one for one in rules},
        sources={},
        out_of_scope={one.id: one for one in scopes},
    )


@st.composite
def evidence(draw) -> Evidence:
    """Evidence for or against, with or without a group."""
    direction = draw(st.sampled_from(("for", "for", "for", "against")))
    return Evidence(
        draw(st.sampled_from(("h0", "h0", "h1"))),
        direction,  # type: ignore[arg-type]
        draw(st.sampled_from(tuple(STRENGTHS))),
        draw(st.sampled_from(("sign", "risk"))) if direction == "for" else None,  # type: ignore[arg-type]
        draw(st.sampled_from((None, None, "g"))),
    )


@st.composite
def scopes(draw, asked: Sequence[Question]) -> list[OutOfScope]:
    """None, one or two ways to be out of scope, over safety and about questions as the loader demands."""
    allowed = [question for question in asked if question.kind in ("safety", "about")]
    names = draw(st.sampled_from(((), (), ("x0",), ("x0", "x1")))) if allowed else ()
    return [OutOfScope(name, draw(conditions(allowed, 1)), name) for name in names]


def _rule(id_: str, condition: Condition, conclusion) -> Rule:
    return Rule(id_, condition, conclusion, f"Because of {id_}.", ())


def _checklists(asked: Sequence[Question]) -> list[Checklist]:
    """Group what can stand on a checklist by topic and kind, but none with the one that gates it."""
    groups: dict[tuple[str, str], list[Question]] = {}
    for question in asked:
        group = groups.setdefault((question.topic, question.kind), [])
        gates = {leaf.subject for leaf in leaves(question.ask_if)} if question.ask_if else set()
        if question.reply_if_unticked is not None and gates.isdisjoint(one.id for one in group):
            group.append(question)
    return [
        Checklist(f"list-{topic}-{kind}", topic, kind, tuple(one.id for one in items))
        for (topic, kind), items in groups.items()
        if len(items) > 1
    ]


def _sharing_lines(asked: Sequence[Question], checklists: Sequence[Checklist]) -> list[Question]:
    """Put the larger questions of each checklist on one line."""
    host: dict[str, str] = {}
    for checklist in checklists:
        first, *others = [one.id for one in asked if one.id in checklist.items and one.gist] or [""]
        host.update(dict.fromkeys(others, first))
    return [replace(one, line_with=host.get(one.id)) for one in asked]


# --- answers ----------------------------------------------------------------------------------------------------------


def replies(question: Question) -> st.SearchStrategy[Reply]:
    """Every valid reply to a question."""
    if question.type == "number":
        low, high = int(question.min or 0), int(question.max or 100)
        sure: st.SearchStrategy[Reply] = st.integers(low, high) | st.sampled_from((low + 0.5, high - 0.5))
    elif question.type == "many":
        sure = some_of(question, unsure=False) | some_of(question, unsure=True)
    else:
        sure = st.sampled_from(tuple(question.options) or ("yes", "no"))
    return sure | st.just(NOT_SURE)


def some_of(question: Question, *, unsure: bool) -> st.SearchStrategy[Reply]:
    """Some options of a `many` question in their order, or none of these; perhaps with *not sure* beside them."""
    named = [option for option in question.options if option != NONE_OF_THESE]
    chosen = st.sets(st.sampled_from(named), min_size=1, max_size=4).map(
        lambda chosen: tuple(option for option in named if option in chosen)
    )
    return (chosen | st.just((NONE_OF_THESE,))).map(lambda reply: (*reply, NOT_SURE) if unsure else reply)


@st.composite
def answers_to(draw, base: Base, *, full: bool = False) -> Answers:
    """Valid replies to all questions or some of them, in any order."""
    ids = draw(st.permutations(list(base.questions)))
    if not full:
        ids = ids[: draw(st.integers(0, len(ids)))]
    return {id_: draw(replies(base.questions[id_])) for id_ in ids}


def described(base: Base) -> str:
    """A base in a few lines, for the report of a failing case."""
    lines = [
        f"{one.id}: {one.type} {one.kind} {list(one.options)} if {short(one.ask_if)}" for one in base.questions.values()
    ]
    lines += [f"{one.id}: {one.items}" for one in base.checklists.values()]
    lines += [f"{one.id}: sum {one.sum}" for one in base.scores.values()]
    lines += [f"{one.id}: if {short(one.condition)}" for one in base.out_of_scope.values()]
    lines += [f"{one.id}: {one.urgency}" for one in base.red_flags.values()]
    lines += [f"{one.id}: {short(one.condition)} -> {one.conclusion}" for one in base.rules.values()]
    return "\n".join(lines)


def short(condition: Condition | None) -> str:
    """A condition in one line."""
    match condition:
        case None:
            return "always"
        case Is(subject, values):
            return f"{subject}={'|'.join(values)}"
        case Limit(subject, low, high, low_open, high_open):
            return f"{subject} in {'(' if low_open else '['}{low}..{high}{')' if high_open else ']'}"
        case Not(of):
            return f"not({short(of)})"
        case All(of) | Any(of) | Count(_, of):
            name = f"{condition.count} of" if isinstance(condition, Count) else type(condition).__name__.lower()
            return f"{name}({', '.join(map(short, of))})"
