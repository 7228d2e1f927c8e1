"""Cases: named answers with the verdict expected of them, one in a YAML file, in the folder `cases` of a rule base.

```yaml
id: demo-b12
title: Burning feet on metformin
shows: A risk and a sign that fit together make a deficiency likely.
source: made up for demonstration      # or a mapping: kind, collection, repository, path, item
answers: {chest_pain: no, diet: [vegan]}
told: [diet]                            # the rest is assumed
expected: {deficiencies: [vitamin_b12], urgency: soon, urgency_acceptable: [soon, same-day]}
explain: {how: [vitamin_b12]}           # what to show of it in a demonstration
```

Names in a case must be those of its base: a case that no longer fits is a fault like any other.
"""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from typing import Any

from msgspec import Struct

from expert.answers import assumed_replies, read_replies
from expert.explain import UnknownNameError, find_subject
from expert.faults import Fault, Faults, FaultsError, quoted
from expert.files import read_folder
from expert.language import Choice, Flag, Key, ListOf, Ref, Table, Text
from expert.model import BANDS, URGENCIES, Band, Base, Reply, Urgency
from expert.reading import Reader
from expert.yaml_reader import Budget, Mapping, Node, parse

#: The folder of a base's cases.
FOLDER = "cases"


class CasesError(FaultsError):
    """Every fault of a folder of cases."""


class Expected(Struct, frozen=True):
    """What a case should come to: deficiencies (hypothesis ids, the main one first), urgency, and what else would do.

    `urgency_acceptable` always holds `urgency`. `red_flags` and `not_ruled_out` are flags that must be among those of
    the verdict; `condition` names in words what the person has.
    """

    deficiencies: tuple[str, ...]
    urgency: Urgency
    urgency_acceptable: tuple[Urgency, ...]
    red_flags: tuple[str, ...] = ()
    not_ruled_out: tuple[str, ...] = ()
    condition: str = ""
    urgency_why: str = ""


class Point(Struct, frozen=True):
    """What to explain of a case in a demonstration; names as `expert.explain.find_subject` takes them, or a tier."""

    how: tuple[str, ...] = ()
    why_not: tuple[str, ...] = ()
    band: Band = "likely"
    what_if: dict[str, Reply] = {}
    not_ruled_out: bool = False
    near: bool = False
    arithmetic: bool = False


class Case(Struct, frozen=True):
    """One case. `told` are the questions whose answers the source tells; the other answers are assumed.

    `details` holds texts about the source, such as its `licence`, by key.
    """

    id: str
    title: str
    shows: str
    source: dict[str, str]
    answers: dict[str, Reply]
    told: tuple[str, ...]
    expected: Expected
    explain: Point
    vignette: str = ""
    not_told: tuple[str, ...] = ()
    details: dict[str, str] = {}
    place: str = ""

    @property
    def is_demo(self) -> bool:
        """Whether it is one of those that `legwise demo` shows."""
        return self.id.startswith("demo-")


class CasesRead(Struct, frozen=True):
    """The cases that fit a base, and the faults of the others by file name."""

    cases: tuple[Case, ...]
    misfits: dict[str, tuple[Fault, ...]]

    @property
    def faults(self) -> tuple[Fault, ...]:
        """All faults, in the order of the files."""
        return tuple(fault for faults in self.misfits.values() for fault in faults)


_TEXT = Text()
_TIERS = Choice(URGENCIES)
_EXPECTED = Table(
    {
        "hypotheses": Key(ListOf(Ref("hypotheses"), least=0), "Hypothesis ids, the main one first."),
        "deficiencies": Key(ListOf(Ref("hypotheses"), least=0), "The same, where hypotheses are deficiencies."),
        "urgency": Key(_TIERS, "The tier it should come to.", needed=True),
        "urgency_acceptable": Key(ListOf(_TIERS), "Tiers that would do as well."),
        "red_flags": Key(ListOf(Ref("red_flags")), "Red flags that must be raised."),
        "not_ruled_out": Key(ListOf(Ref("red_flags")), "Red flags that must stay open."),
        "condition": Key(_TEXT, "What the person has, in words."),
        "urgency_why": Key(_TEXT, "Why that tier."),
        "urgency_basis": Key(_TEXT, "Who says so."),
    }
)
#: Either says which hypotheses are expected.
_NAMED = ("hypotheses", "deficiencies")
_POINT = Table(
    {
        "how": Key(ListOf(_TEXT), "What to show the proof of."),
        "why_not": Key(ListOf(_TEXT), "What to show the absence of."),
        "band": Key(Choice(BANDS), "The band that why_not asks about."),
        "not_ruled_out": Key(Flag(), "Whether to show what stays open."),
        "arithmetic": Key(Flag(), "Whether to show how a certainty was worked out."),
        "near": Key(Flag(), "Whether to show what is one answer away."),
    }
)
_ORIGIN = Table(
    {name: Key(_TEXT, "Where it comes from.") for name in ("text", "kind", "collection", "repository", "path", "item")},
    short="text",
)
#: Texts about a case that nothing here reads.
_DETAILS = ("category", "licence", "notes", "informant", "leg_complaint", "difficulty", "quality_notes")
_CASE = Table(
    {
        "id": Key(_TEXT, "The id of the case.", needed=True),
        "title": Key(_TEXT, "The case in a few words.", needed=True),
        "shows": Key(_TEXT, "What it shows, in a sentence."),
        "source": Key(_ORIGIN, "Where the case comes from.", needed=True),
        "told": Key(ListOf(Ref("questions"), least=0), "The questions that the source answers."),
        "assume": Key(_TEXT, "How to answer what `answers` leaves out."),
        "expected": Key(_EXPECTED, "The verdict expected.", needed=True),
        "vignette": Key(_TEXT, "The account in words."),
        "not_told": Key(ListOf(_TEXT, least=0), "What the person does not know, such as test results."),
        **{name: Key(_TEXT, "More about the source.") for name in _DETAILS},
    }
)


def read_cases(base: Base, folder: Path | str) -> tuple[Case, ...]:
    """Return the cases in a folder, in the order of their files; none when there is no such folder.

    Raises: CasesError: all that is wrong with them.
    """
    read = read_fitting_cases(base, folder)
    if read.misfits:
        raise CasesError(read.faults)
    return read.cases


def read_fitting_cases(base: Base, folder: Path | str) -> CasesRead:
    """Return the cases in a folder that fit a base, and what is wrong with the others.

    Raises: CasesError: the folder itself cannot be read.
    """
    path = Path(folder)
    if not path.exists():
        return CasesRead((), {})
    try:
        files = read_folder(path)
    except FaultsError as error:
        raise CasesError(error.faults) from None
    reader = _CaseReader(base)
    cases = [reader.read(file, content) for file, content in files.items()]
    return CasesRead(tuple(case for case in cases if case is not None), reader.misfits)


class _CaseReader:
    """Reads the cases of one folder."""

    def __init__(self, base: Base) -> None:
        self._base = base
        self._ids: dict[str, Collection[str]] = {
            "questions": base.questions,
            "hypotheses": base.hypotheses,
            "red_flags": base.red_flags,
        }
        self._budget = Budget()
        self._seen: dict[str, str] = {}
        self.misfits: dict[str, tuple[Fault, ...]] = {}

    def read(self, file: str, content: bytes) -> Case | None:
        """Return the case in a file, or None where it is faulty."""
        faults, name = Faults(), f"{FOLDER}/{file}"
        case = None
        try:
            document = parse(content, name, self._budget)
        except FaultsError as error:
            faults.add(*error.faults)
        else:
            faults.add(*document.faults)
            case = self._case(document.root, name, faults)
        if faults.count:
            self.misfits[file] = faults.sorted()
            return None
        return case

    def _case(self, root: Node, file: str, faults: Faults) -> Case | None:
        if not isinstance(root, Mapping) or "answers" not in root.items:
            faults.add(Fault(file, 1, "", "has no `answers:`; below it stand question ids with their replies."))
            return None
        reader = Reader(self._ids, {}, faults, file, "", is_complete=True)
        found = reader.table(_CASE, _without(root, "answers", "explain", "base"), "") or {}
        id_ = found.get("id", "")
        if found.get("expected") and sum(key in found["expected"] for key in _NAMED) != 1:
            message = f"needs one of {' and '.join(map(quoted, _NAMED))}: the hypotheses expected, [] for none."
            faults.add(Fault(file, root.lines["expected"], "expected", message))
        answers = read_replies(self._base, root.items["answers"], file, "answers", faults)
        answers = {**assumed_replies(self._base, root, file, faults), **answers}
        point = self._point(root.items.get("explain"), file, reader, faults)
        if id_ in self._seen:
            faults.add(Fault(file, 1, "id", f"found {quoted(id_)}, which {self._seen[id_]} has already."))
        self._seen.setdefault(id_, file)
        given = root.items["answers"]
        for question in found.get("told", ()):
            if question is not None and isinstance(given, Mapping) and question not in given.items:
                message = f"found {quoted(question)}, which has no answer in `answers`."
                faults.add(Fault(file, root.lines["told"], "told", message))
        if faults.count:
            return None
        return Case(
            id=id_,
            title=found["title"],
            shows=found.get("shows", ""),
            source=found["source"],
            answers=answers,
            told=found.get("told", ()),
            expected=_expected(found["expected"]),
            explain=point,
            vignette=found.get("vignette", ""),
            not_told=found.get("not_told", ()),
            details={name: found[name] for name in _DETAILS if name in found},
            place=file,
        )

    def _point(self, node: Node | None, file: str, reader: Reader, faults: Faults) -> Point:
        if node is None:
            return Point()
        found = reader.table(_POINT, _without(node, "what_if") if isinstance(node, Mapping) else node, "explain") or {}
        for key in ("how", "why_not"):
            for name in found.get(key, ()):
                tiers = URGENCIES if key == "why_not" else ()
                if name is not None and name not in tiers:
                    self._check_subject(name, Fault(file, node.line, f"explain.{key}", ""), faults)
        replies: dict[str, Reply] = {}
        if isinstance(node, Mapping) and "what_if" in node.items:
            replies = read_replies(self._base, node.items["what_if"], file, "explain.what_if", faults)
        return Point(**found, what_if=replies)

    def _check_subject(self, name: str, place: Fault, faults: Faults) -> None:
        try:
            find_subject(self._base, name, faults)
        except UnknownNameError as error:
            faults.add(Fault(place.file, place.line, place.key, str(error)))


def _without(node: Mapping, *keys: str) -> Mapping:
    return Mapping(node.line, {key: item for key, item in node.items.items() if key not in keys}, node.lines)


def _expected(found: dict[str, Any]) -> Expected:
    urgency: Urgency = found["urgency"]
    acceptable = tuple(tier for tier in URGENCIES if tier == urgency or tier in found.get("urgency_acceptable", ()))
    return Expected(
        deficiencies=next(found[key] for key in _NAMED if key in found),
        urgency=urgency,
        urgency_acceptable=acceptable,
        red_flags=found.get("red_flags", ()),
        not_ruled_out=found.get("not_ruled_out", ()),
        condition=found.get("condition", ""),
        urgency_why=found.get("urgency_why", ""),
    )


def origin_in_words(case: Case) -> str:
    """Return where a case comes from, on one line."""
    return ", ".join(case.source.values())
