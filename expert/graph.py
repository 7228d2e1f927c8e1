"""A rule base as a graph: which questions feed which findings, hypotheses and red flags, by which rules.

`whole` is all of it; `part` what hangs together with one name; `overview` only says which topics bear on what.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Literal

from msgspec import Struct

from expert.faults import Faults, quoted, suggestion
from expert.logic import leaves
from expert.model import URGENCIES, Advise, Base, Establish, Evidence, Raise, Rule
from expert.words import question_in_words, urgency_in_words

NodeKind = Literal["topic", "question", "score", "finding", "hypothesis", "red_flag", "advice", "group"]
#: A node by its kind and id: one id may mean a topic and a hypothesis.
Name = tuple[NodeKind, str]

#: A graph with more boxes than this is folded: nobody reads so many.
MOST_BOXES = 120
#: What is concluded at last; nothing reads it.
CONCLUSIONS: tuple[NodeKind, ...] = ("hypothesis", "red_flag", "advice", "group")


class UnknownNameError(ValueError):
    """Nothing in the base has that name; the message says what is near."""


class Node(Struct, frozen=True):
    """One box: `label` is what it is called, `note` a second line, such as how urgent it is.

    A `group` stands for all red flags of a tier (its id), or for all hypotheses of kind `other`.
    """

    kind: NodeKind
    id: str
    label: str
    note: str = ""

    @property
    def name(self) -> Name:
        """What tells it from all others."""
        return self.kind, self.id


class Edge(Struct, frozen=True):
    """What one box feeds: by which rules, and whether all of them argue against it.

    `weight` is for a folded graph: how many questions of a topic bear on it, or on how many of it a question bears.
    """

    start: Name
    end: Name
    rules: tuple[str, ...]
    against: bool = False
    weight: int = 1


class Graph(Struct, frozen=True):
    """Boxes in the order of the base, and what leads from one to another; `about` says what is drawn, in words.

    In a folded graph what lies between is left out: lines lead from a topic or question straight to what is concluded.
    """

    about: str
    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]
    is_folded: bool = False

    def _repr_svg_(self) -> str:
        """Return it as a picture: a notebook calls this."""
        from expert.drawing import to_svg  # noqa: PLC0415 - only a notebook needs it

        return to_svg(self)


def whole(base: Base) -> Graph:
    """Return all questions, findings, hypotheses and red flags, and what feeds what; of a large base, the topics."""
    edges = tuple(edge for edge in _edges(base) if edge.end[0] != "advice")
    names = _names(edges)
    return _graph(base, base.title, names, edges) if len(names) <= MOST_BOXES else overview(base)


def part(base: Base, about: str) -> Graph:
    """Return what a hypothesis, red flag, finding, score or advice is fed by, and what a question or topic feeds.

    A finding or score is drawn with both. An id with several meanings may be written `kind:id`.

    Raises: UnknownNameError: nothing has that name.
    """
    kind, id_ = find(base, about)
    edges = tuple(_edges(base))
    if kind != "advice":
        edges = tuple(edge for edge in edges if edge.end[0] != "advice")
    starts: set[Name] = {(kind, id_)}
    if kind == "topic":
        starts = {("question", question.id) for question in base.questions.values() if question.topic == id_}
    kept: set[Edge] = set()
    if kind not in ("topic", "question"):
        kept |= _reached(starts, edges, lambda edge: edge.end, lambda edge: edge.start)
    if kind not in CONCLUSIONS:
        kept |= _reached(starts, edges, lambda edge: edge.start, lambda edge: edge.end)
    chosen = tuple(edge for edge in edges if edge in kept)
    names = _names(chosen) | starts
    if kind == "topic" and len(names) > MOST_BOXES:
        return overview(base, id_)
    return _graph(base, _label(base, (kind, id_)), names, chosen)


def overview(base: Base, topic: str | None = None) -> Graph:
    """Return which topics, or which questions of one topic, bear on which hypotheses and how many red flags.

    Red flags are folded by tier, and hypotheses of kind `other` into one: what the base is after stands alone.
    """
    edges = tuple(edge for edge in _edges(base) if edge.end[0] != "advice")
    counted: dict[tuple[Name, Name], set[str]] = {}
    for question in base.questions.values():
        if topic in (None, question.topic):
            start: Name = ("topic", question.topic) if topic is None else ("question", question.id)
            for edge in _reached({("question", question.id)}, edges, lambda edge: edge.start, lambda edge: edge.end):
                if edge.end[0] in CONCLUSIONS:
                    folded = counted.setdefault((start, _folded(base, edge.end)), set())
                    folded.add(question.id if topic is None else edge.end[1])
    found = tuple(Edge(start, end, (), weight=len(those)) for (start, end), those in counted.items())
    names = _names(found)
    in_order = {name: number for number, name in enumerate(_in_order(base))}
    found = tuple(sorted(found, key=lambda edge: (in_order[edge.start], in_order[edge.end])))
    about = base.title if topic is None else f"{base.title}: {base.topics[topic].title}"
    return _graph(base, about, names, found, is_folded=True)


def find(base: Base, about: str) -> Name:
    """Return what a name means. Raises: UnknownNameError: nothing has it."""
    kinds: dict[NodeKind, Iterable[str]] = {
        "hypothesis": base.hypotheses,
        "red_flag": base.red_flags,
        "finding": base.findings,
        "topic": base.topics,
        "question": base.questions,
        "score": base.scores,
        "advice": base.advice,
    }
    wanted, _, rest = about.rpartition(":")
    for kind, ids in kinds.items():
        if rest in ids and wanted in ("", kind):
            return kind, rest
    near = suggestion(Faults().nearest(about, *map(tuple, kinds.values())))
    raise UnknownNameError(
        f"{quoted(about)} is no topic, question, finding, hypothesis or red flag of this base.{near}"
    )


# --- what feeds what --------------------------------------------------------------------------------------------------


def _edges(base: Base) -> Iterator[Edge]:
    """Yield one edge for each pair of boxes, in the order of the base, with all the rules between them."""
    rules: dict[tuple[Name, Name], list[Rule]] = {}
    for rule in base.rules.values():
        end = _concluded(rule)
        for leaf in leaves(rule.condition):
            through = rules.setdefault((_subject(base, leaf.subject), end), [])
            if rule not in through:
                through.append(rule)
    for score in base.scores.values():
        for question in score.sum:
            rules.setdefault((("question", question), ("score", score.id)), [])
    for (start, end), found in rules.items():
        against = [isinstance(rule.conclusion, Evidence) and rule.conclusion.direction == "against" for rule in found]
        yield Edge(start, end, tuple(rule.id for rule in found), bool(found) and all(against))


def _concluded(rule: Rule) -> Name:
    match rule.conclusion:
        case Evidence(hypothesis):
            return "hypothesis", hypothesis
        case Raise(flag):
            return "red_flag", flag
        case Establish(finding):
            return "finding", finding
        case Advise(advice):
            return "advice", advice


def _subject(base: Base, subject: str) -> Name:
    if subject in base.findings:
        return "finding", subject
    return ("score" if subject in base.scores else "question"), subject


def _folded(base: Base, name: Name) -> Name:
    kind, id_ = name
    if kind == "red_flag":
        return "group", base.red_flags[id_].urgency
    return ("group", "other") if base.hypotheses[id_].kind == "other" else name


def _reached(
    starts: Iterable[Name], edges: Iterable[Edge], near: Callable[[Edge], Name], far: Callable[[Edge], Name]
) -> set[Edge]:
    """Return the edges that can be walked from some boxes, from their near end to their far end."""
    ways: dict[Name, list[Edge]] = {}
    for edge in edges:
        ways.setdefault(near(edge), []).append(edge)
    found: set[Edge] = set()
    waiting, seen = list(starts), set(starts)
    while waiting:
        for edge in ways.get(waiting.pop(), ()):
            found.add(edge)
            if far(edge) not in seen:
                seen.add(far(edge))
                waiting.append(far(edge))
    return found


# --- boxes ------------------------------------------------------------------------------------------------------------


def _names(edges: Iterable[Edge]) -> set[Name]:
    return {name for edge in edges for name in (edge.start, edge.end)}


def _graph(base: Base, about: str, names: set[Name], edges: tuple[Edge, ...], *, is_folded: bool = False) -> Graph:
    nodes = tuple(Node(*name, _label(base, name), _note(base, name)) for name in _in_order(base) if name in names)
    return Graph(about, nodes, edges, is_folded)


def _in_order(base: Base) -> Iterator[Name]:
    sections: tuple[tuple[NodeKind, Iterable[str]], ...] = (
        ("topic", base.topics),
        ("question", base.questions),
        ("score", base.scores),
        ("finding", base.findings),
        ("red_flag", base.flag_rules),
        ("group", URGENCIES),
        ("hypothesis", base.hypotheses),
        ("group", ("other",)),
        ("advice", base.advice),
    )
    for kind, ids in sections:
        for id_ in ids:
            yield kind, id_


def _label(base: Base, name: Name) -> str:
    kind, id_ = name
    match kind:
        case "topic":
            return base.topics[id_].title
        case "question":
            return question_in_words(base, id_)
        case "score":
            return base.scores[id_].label
        case "finding":
            return base.findings[id_].label
        case "hypothesis":
            return base.hypotheses[id_].label
        case "red_flag":
            return base.red_flags[id_].label
        case "advice":
            return base.advice[id_].text
        case "group":
            return next((urgency_in_words(tier) for tier in URGENCIES if tier == id_), "Other")


def _note(base: Base, name: Name) -> str:
    kind, id_ = name
    if kind == "red_flag":
        return urgency_in_words(base.red_flags[id_].urgency)
    if kind == "topic":
        count = sum(question.topic == id_ for question in base.questions.values())
        return f"{count} question{'s' * (count != 1)}"
    if kind == "group":
        if id_ == "other":
            return f"{sum(hypothesis.kind == 'other' for hypothesis in base.hypotheses.values())} hypotheses"
        return f"{sum(flag.urgency == id_ for flag in base.red_flags.values())} red flags"
    return ""
