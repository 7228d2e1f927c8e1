"""Theorems: what must hold of a rule base for every answer, read from `theorems.yaml` beside it.

```yaml
theorems:
  saddle-numbness:
    says: New numbness between the legs is always an emergency.
    when: {saddle_numb: yes}
    always: {urgency: emergency, red_flag: cauda_equina}
    claims: [RF-03]
```
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Any, Literal

from msgspec import Struct

from expert.faults import Fault, Faults, FaultsError, listing, quoted, suggestion
from expert.files import read_regular, reason
from expert.language import Choice, Key, ListOf, Ref, Table, Text, When
from expert.model import BANDS, URGENCIES, Band, Base, Condition, QuestionKind, Urgency
from expert.reading import Reader, Subject
from expert.yaml_reader import Mapping as MappingNode
from expert.yaml_reader import Node, Scalar, Sequence, parse

#: The file of a base's theorems; it is no part of the base itself.
FILE = "theorems.yaml"
#: Stands for every hypothesis or piece of advice.
ANY = "any"
#: In `not_sure`: each question of which some reply alone makes an emergency.
EMERGENCIES = "emergencies"

Role = Literal["sign", "risk"]


class TheoremsError(FaultsError):
    """Every fault of a file of theorems."""


class Outcome(Struct, frozen=True):
    """Something that a verdict can come to. Every part that is given must hold; of a list, one is enough.

    `urgency` is at least so urgent; `hypotheses` have at least the `band`, and lack one of the roles `without`.
    """

    urgency: Urgency | None = None
    red_flags: tuple[str, ...] = ()
    not_ruled_out: tuple[str, ...] = ()
    findings: tuple[str, ...] = ()
    advice: tuple[str, ...] = ()
    hypotheses: tuple[str, ...] = ()
    band: Band = "possible"
    without: tuple[Role, ...] = ()


class Theorem(Struct, frozen=True):
    """One statement about every answer.

    Premises: `when` is true; each question of `not_sure` (by itself) was answered *not sure*; the verdict is as `told`.
    Then the outcome `always` holds, or `never` does. Or else it is about `rising`: of all questions of these kinds but
    `unless`, turning no to not sure, or not sure to yes, never lowers the urgency.
    """

    id: str
    says: str
    when: Condition | None = None
    not_sure: tuple[str, ...] = ()
    told: Outcome | None = None
    always: Outcome | None = None
    never: Outcome | None = None
    rising: tuple[QuestionKind, ...] = ()
    unless: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    claims: tuple[str, ...] = ()
    place: str = ""


class Theorems(Struct, frozen=True):
    """The theorems of a base; and `excused`, the checks of `expert.prove.whole` that need not hold, each with why."""

    theorems: tuple[Theorem, ...] = ()
    excused: dict[str, str] = {}


_TEXT = Text()
_ROLES = Choice(("sign", "risk"))
_OUTCOME = {
    "urgency": Key(Choice(URGENCIES), "At least so urgent."),
    "red_flag": Key(ListOf(Ref("red_flags")), "One of these red flags is raised."),
    "not_ruled_out": Key(ListOf(Ref("red_flags")), "One of these red flags is neither raised nor ruled out."),
    "finding": Key(ListOf(Ref("findings")), "One of these findings is established."),
    "advice": Key(ListOf(Ref("advice")), "One of these pieces of advice is given."),
    "hypothesis": Key(ListOf(Ref("hypotheses")), "One of these hypotheses is given,"),
    "band": Key(Choice(BANDS[:-1]), "and is at least so certain (possible),"),
    "without": Key(ListOf(_ROLES), "although no sign of it, or no risk for it, holds."),
}
_KINDS = Choice(("safety", "about", "symptom", "risk"))
_THEOREM = Table(
    {
        "says": Key(_TEXT, "The statement in plain words.", needed=True),
        "when": Key(When(), "It is about answers that make this condition true."),
        "not_sure": Key(ListOf(Ref("questions")), "It is about answers with *not sure* to one of these."),
        "told": Key(Table(_OUTCOME), "It is about answers that come to this."),
        "always": Key(Table(_OUTCOME), "What they always come to."),
        "never": Key(Table(_OUTCOME), "What they never come to."),
        "rising": Key(ListOf(_KINDS), "More of a symptom of these kinds of questions never lowers the urgency,"),
        "unless": Key(ListOf(Ref("questions")), "but for these questions."),
        "sources": Key(ListOf(Ref("sources")), "Source ids."),
        "claims": Key(ListOf(_TEXT), "Ids of the claims in the evidence dossier."),
    }
)
#: Lists that may be written as one word.
_LISTS = ("not_sure", "rising", "unless", "sources", "claims")
_OUTCOME_LISTS = ("red_flag", "not_ruled_out", "finding", "advice", "hypothesis", "without")
_OUTCOMES = ("told", "always", "never")
_SECTIONS = ("theorems", "excused")


def read_theorems(base: Base, folder: Path | str) -> Theorems:
    """Return the theorems in the folder of a base; none when it has no such file.

    Raises: TheoremsError: all that is wrong with them.
    """
    theorems, faults = faults_of(base, folder)
    if faults:
        raise TheoremsError(faults)
    return theorems


def faults_of(base: Base, folder: Path | str) -> tuple[Theorems, tuple[Fault, ...]]:
    """Return the theorems in the folder of a base that can be read, and what is wrong with the others."""
    path = Path(folder) / FILE
    if not path.exists():
        return Theorems(), ()
    try:
        document = parse(read_regular(path), FILE)
    except OSError as error:
        return Theorems(), (Fault(FILE, 0, "", f"cannot be read: {reason(error)}."),)
    except FaultsError as error:
        return Theorems(), error.faults
    faults = Faults()
    faults.add(*document.faults)
    theorems = _read(base, document.root, faults)
    return theorems, faults.sorted()


def _read(base: Base, root: Node, faults: Faults) -> Theorems:
    if isinstance(root, Scalar) and root.value is None:
        return Theorems()
    if not isinstance(root, MappingNode):
        faults.add(Fault(FILE, root.line, "", f"holds no sections; {listing(_SECTIONS)}."))
        return Theorems()
    for name in root.items:
        if name not in _SECTIONS:
            near = suggestion(faults.nearest(name, _SECTIONS))
            faults.add(
                Fault(FILE, root.lines[name], "", f"unknown section {quoted(name)}; {listing(_SECTIONS)}.{near}")
            )
    ids, subjects = _ids(base), _subjects(base)
    theorems = []
    for id_, line, node in _entries(root, "theorems", faults):
        reader = Reader(ids, subjects, faults, FILE, f"theorem {quoted(id_)}", is_complete=True)
        theorem = _theorem(reader, id_, line, node) if reader.is_id(id_, line, "") else None
        theorems += [theorem] if theorem is not None else []
    excused = {}
    for id_, line, node in _entries(root, "excused", faults):
        text = node.text.strip() if isinstance(node, Scalar) and node.value is not None else ""
        excused[id_] = text
        if not text:
            faults.add(Fault(FILE, line, f"excused, {quoted(id_)}", "needs a reason: a text."))
    return Theorems(tuple(theorems), excused)


def _entries(root: MappingNode, section: str, faults: Faults) -> Iterator[tuple[str, int, Node]]:
    node = root.items.get(section)
    if isinstance(node, MappingNode):
        yield from ((id_, node.lines[id_], item) for id_, item in node.items.items())
    elif node is not None and not (isinstance(node, Scalar) and node.value is None):
        faults.add(Fault(FILE, node.line, section, "a mapping (id: ...) is needed."))


def _ids(base: Base) -> dict[str, Collection[str]]:
    names = ("questions", "red_flags", "findings", "advice", "hypotheses", "sources")
    return {name: getattr(base, name).keys() for name in names}


def _subjects(base: Base) -> dict[str, Subject]:
    return {
        **{one.id: Subject("questions", one.type, tuple(one.options)) for one in base.questions.values()},
        **{score: Subject("scores", "score") for score in base.scores},
        **{finding: Subject("findings", "finding") for finding in base.findings},
    }


def _in_full(node: Node) -> Node:
    """Return an entry in which a word stands as the list of it; the words for all of a kind are left out."""
    if not isinstance(node, MappingNode):
        return node
    items = {key: _as_list(item) if key in _LISTS else item for key, item in node.items.items()}
    if _is_word(node.items.get("not_sure"), EMERGENCIES):
        del items["not_sure"]
    for key in _OUTCOMES:
        outcome = items.get(key)
        if isinstance(outcome, MappingNode):
            inner = {name: _as_list(item) if name in _OUTCOME_LISTS else item for name, item in outcome.items.items()}
            kept = {name: item for name, item in inner.items() if not _is_any(outcome, name)}
            items[key] = MappingNode(outcome.line, kept, outcome.lines)
    return MappingNode(node.line, items, node.lines)


def _is_any(outcome: MappingNode, name: str) -> bool:
    return name in ("hypothesis", "advice") and _is_word(outcome.items.get(name), ANY)


def _all_of_a_kind(node: Node, ids: Mapping[str, Collection[str]]) -> Iterator[tuple[str, str, tuple[str, ...]]]:
    """Yield the lists that a word stands for: the key of the outcome (or nothing), the key in it, and the list."""
    if not isinstance(node, MappingNode):
        return
    if _is_word(node.items.get("not_sure"), EMERGENCIES):
        yield "", "not_sure", (EMERGENCIES,)
    for key in _OUTCOMES:
        outcome = node.items.get(key)
        if isinstance(outcome, MappingNode):
            for name, section in (("hypothesis", "hypotheses"), ("advice", "advice")):
                if _is_any(outcome, name):
                    yield key, name, tuple(ids[section])


def _is_word(node: Node | None, word: str) -> bool:
    return isinstance(node, Scalar) and node.text == word


def _as_list(node: Node) -> Node:
    return Sequence(node.line, [node]) if isinstance(node, Scalar) and node.value is not None else node


def _theorem(reader: Reader, id_: str, line: int, node: Node) -> Theorem | None:
    found: dict[str, Any] = reader.table(_THEOREM, _in_full(node), "") or {}
    for key, name, every in _all_of_a_kind(node, reader.ids):
        (found.setdefault(key, {}) if key else found)[name] = every
    given = set(found) & {"always", "never", "rising"}
    if (
        len(given) != 1
        and isinstance(node, MappingNode)
        and not set(node.items) & {"always", "never", "rising"} - given
    ):
        what = " and ".join(sorted(given)) or "none of them"
        reader.fault(line, "", f"needs exactly one of always, never, rising; found {what}.")
    if "rising" in found and (extra := sorted(set(found) & {"when", "told", "not_sure"})):
        reader.fault(line, "rising", f"stands without {', '.join(extra)}: it is about all answers.")
    if "unless" in found and "rising" not in found:
        reader.fault(line, "unless", "stands with rising only.")
    for key in _OUTCOMES:
        if key in found:
            found[key] = _outcome(reader, line, key, found[key])
    if reader.count:
        return None
    return Theorem(id=id_, place=f"{FILE}:{line}", **found)


def _outcome(reader: Reader, line: int, key: str, found: dict[str, Any]) -> Outcome:
    if not found:
        reader.fault(line, key, f"says nothing; {listing(tuple(_OUTCOME))}.")
    for name in ("band", "without"):
        if name in found and "hypothesis" not in found:
            reader.fault(line, f"{key}.{name}", "needs a hypothesis beside it, or hypothesis: any.")
    plural = {"red_flag": "red_flags", "finding": "findings", "hypothesis": "hypotheses"}
    return Outcome(**{plural.get(name, name): value for name, value in found.items()})
