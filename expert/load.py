"""A folder of YAML files to a `Base`: everything is checked here, and all faults of a load are told together.

The steps: read the files to nodes; gather the entries of every section and their ids; read each entry by the
description in `expert.language`; build the values of `expert.model`; check what concerns several entries.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Sequence
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from typing import Any as Anything

from msgspec import Struct

from expert.faults import Fault, Faults, FaultsError, listing, quoted, suggestion
from expert.files import digest_of, read_folder
from expert.language import SECTIONS, SUBJECT_SECTIONS
from expert.logic import leaves
from expert.model import (
    NONE_OF_THESE,
    Advice,
    Advise,
    Base,
    Checklist,
    Code,
    CodeSystem,
    Conclusion,
    Establish,
    Evidence,
    Finding,
    Hypothesis,
    Option,
    OutOfScope,
    Question,
    Raise,
    RedFlag,
    Rule,
    Score,
    Source,
    Topic,
    UrgencyWords,
    Wording,
)
from expert.reading import Reader, Subject, noun, subjects_of
from expert.yaml_reader import Budget, Mapping, Node, Scalar, parse

__all__ = ["BaseErrors", "Fault", "Reading", "load", "read_base"]

#: Longest chain of findings, scores and `ask_if`s that wait for one another.
MAX_CHAIN = 20
#: Circles told of in one load.
_MAX_CIRCLES = 20
_LONGEST_CIRCLE = 12

#: An entry: its section and its id.
Name = tuple[str, str]


class BaseErrors(FaultsError):  # noqa: N818 - it is several
    """Every fault of a rule base; `faults` holds them in the order of the files."""


class Reading(Struct):
    """What could be read of a base.

    `base` leaves out the entries that are faulty or name something faulty; `excused` is what those entries name, which
    nothing else need use. `is_complete` is false where a file could not be parsed; `is_sound` where something waits for
    itself, so that the base cannot be reasoned with.
    """

    base: Base
    faults: Faults
    excused: frozenset[Name]
    is_complete: bool
    is_sound: bool


class _Entry(Struct):
    """One entry as it stands in a file."""

    file: str
    line: int
    node: Node


def load(folder: Path | str) -> Base:
    """Return the rule base in a folder.

    Raises: BaseErrors: all its faults; whether every name is also of use is for `expert.lint`.
    """
    reading = read_base(folder)
    if reading.faults.count:
        raise BaseErrors(reading.faults.sorted())
    return reading.base


def read_base(folder: Path | str) -> Reading:
    """Return what can be read of the base in a folder, and its faults.

    Raises: BaseErrors: the folder itself cannot be read.
    """
    try:
        files = read_folder(Path(folder))
    except FaultsError as error:
        raise BaseErrors(error.faults) from None
    loader = _Loader(Path(folder).resolve().name or str(folder), digest_of(files))
    for file, content in files.items():
        loader.gather(file, content)
    return loader.read()


class _Loader:
    """Holds what is known of a base while it is read."""

    def __init__(self, folder: str, digest: str) -> None:
        self.folder = folder
        self.digest = digest
        self.faults = Faults()
        self.entries: dict[str, dict[str, _Entry]] = {section: {} for section in SECTIONS}
        self.built: dict[str, dict[str, Anything]] = {section: {} for section in SECTIONS}
        self.uses: dict[Name, set[Name]] = {}
        self.broken: set[Name] = set()
        self.subjects: dict[str, Subject] = {}
        self.budget = Budget()
        #: False when a file could not be parsed: a name unknown then may be declared there.
        self.is_complete = True

    def fault(self, section: str, id_: str, path: str, message: str) -> None:
        """Note a fault of an entry, at the line where it begins."""
        entry = self.entries[section][id_]
        self.broken.add((section, id_))
        key = ", ".join(part for part in (_entry_name(section, id_), path) if part)
        self.faults.add(Fault(entry.file, entry.line, key, message))

    # --- files to entries -----------------------------------------------------------------------------------------

    def gather(self, file: str, content: bytes) -> None:
        """Gather the entries of one file."""
        try:
            document = parse(content, file, self.budget)
        except FaultsError as error:
            self.is_complete = False
            self.faults.add(*error.faults)
            return
        self.faults.add(*document.faults)
        root = document.root
        if isinstance(root, Scalar) and root.value is None:
            return
        if not isinstance(root, Mapping):
            self.faults.add(Fault(file, root.line, "", f"holds no sections; {listing(SECTIONS)}."))
            return
        for section, node in root.items.items():
            self._gather_section(section, node, file, root.lines[section])

    def _gather_section(self, section: str, node: Node, file: str, line: int) -> None:
        if section not in SECTIONS:
            near = suggestion(self.faults.nearest(section, SECTIONS))
            self.faults.add(Fault(file, line, "", f"unknown section {quoted(section)}; {listing(SECTIONS)}.{near}"))
        elif SECTIONS[section].single:
            self._gather_entry(section, section, _Entry(file, line, node))
        elif isinstance(node, Mapping):
            for id_, item in node.items.items():
                self._gather_entry(section, id_, _Entry(file, node.lines[id_], item))
        elif not (isinstance(node, Scalar) and node.value is None):  # a heading without entries is fine
            self.faults.add(Fault(file, node.line, section, "a mapping (id: {...}) is needed."))

    def _gather_entry(self, section: str, id_: str, entry: _Entry) -> None:
        rivals = SUBJECT_SECTIONS if section in SUBJECT_SECTIONS else (section,)
        for rival in rivals:
            if first := self.entries[rival].get(id_):
                where = f"{first.file}:{first.line}"
                if rival == section:
                    message = f"is declared a second time; the first is at {where}."
                else:
                    message = f"is also the id of a {noun(rival)} ({where}); a condition could mean either."
                self.faults.add(Fault(entry.file, entry.line, _entry_name(section, id_), message))
                return
        self.entries[section][id_] = entry

    # --- entries to values ----------------------------------------------------------------------------------------

    def read(self) -> Reading:
        """Read every entry and check what concerns several of them."""
        for needed in ("base", "questions", "rules"):
            if self.is_complete and not self.entries[needed]:
                self.faults.add(Fault(self.folder, 0, "", f"no file has a section '{needed}'; a base needs one."))
        ids: dict[str, Collection[str]] = {section: entries.keys() for section, entries in self.entries.items()}
        self.subjects = subjects_of(
            {section: {id_: entry.node for id_, entry in self.entries[section].items()} for section in SUBJECT_SECTIONS}
        )
        ids["strengths"] = _strengths(self.entries["base"].get("base")).keys()
        for section, entries in self.entries.items():
            for id_, entry in entries.items():
                reader = Reader(
                    ids, self.subjects, self.faults, entry.file, _entry_name(section, id_), is_complete=self.is_complete
                )
                self._read_entry(reader, section, id_, entry)
        self._prune()
        self._check_checklists()
        self._check_scores()
        is_sound = self._check_circles()
        self._prune()
        excused = frozenset(used for name in self.broken for used in self.uses.get(name, ()))
        return Reading(self._base(), self.faults, excused, self.is_complete, is_sound)

    def _read_entry(self, reader: Reader, section: str, id_: str, entry: _Entry) -> None:
        if not SECTIONS[section].single:
            reader.is_id(id_, entry.line, "")
        values = reader.table(SECTIONS[section].entry, entry.node, "") or {}
        if section == "questions":
            _check_question(reader, values, entry)
        elif section == "base":
            _check_base(reader, values, entry)
        needed = [name for name, key in SECTIONS[section].entry.keys.items() if key.needed and not key.only]
        self.uses[section, id_] = reader.uses
        if reader.count or any(name not in values for name in needed):
            self.broken.add((section, id_))
        else:
            self.built[section][id_] = _BUILD[section](id_, values, f"{entry.file}:{entry.line}")

    def _prune(self) -> None:
        """Take out the entries that are broken, and those that name one, so that the rest is whole in itself."""
        users: dict[Name, list[Name]] = defaultdict(list)
        for user, used in self.uses.items():
            for name in used:
                users[name].append(user)
        waiting = list(self.broken)
        while waiting:
            for user in users[waiting.pop()]:
                if user not in self.broken:
                    self.broken.add(user)
                    waiting.append(user)
        for section, id_ in self.broken:
            self.built[section].pop(id_, None)

    # --- what concerns several entries ----------------------------------------------------------------------------

    def _check_checklists(self) -> None:
        shown_in: dict[str, str] = {}
        checklist: Checklist
        for checklist in self.built["checklists"].values():
            items: list[Question] = [self.built["questions"][item] for item in checklist.items]
            for item in items:
                for message in _faults_of_item(item, checklist, items, shown_in.get(item.id)):
                    self.fault("checklists", checklist.id, "items", message)
                shown_in.setdefault(item.id, checklist.id)

    def _check_scores(self) -> None:
        score: Score
        for score in self.built["scores"].values():
            for id_ in score.sum:
                question: Question = self.built["questions"][id_]
                if question.type != "one":
                    self.fault("scores", score.id, "sum", f"'{id_}' is of type {question.type}; type one is needed.")
                elif bare := [option.id for option in question.options.values() if option.points is None]:
                    self.fault("scores", score.id, "sum", f"'{id_}' has options without points: {', '.join(bare)}.")

    def _check_circles(self) -> bool:
        """Tell whether no question, score or finding waits for itself; note those that do."""
        waits_for = self._dependencies()
        is_sound = True
        for _ in range(_MAX_CIRCLES):
            try:
                order = list(TopologicalSorter(waits_for).static_order())
                break
            except CycleError as error:
                is_sound = False
                # graphlib lists each id before the one that waits for it.
                circle: list[str] = error.args[1][::-1]
                self._tell_circle(circle)
                waits_for[circle[0]].remove(circle[1])
        else:
            return False
        depth: dict[str, int] = {}
        for id_ in order:
            depth[id_] = 1 + max((depth[used] for used in waits_for[id_]), default=0)
            if depth[id_] == MAX_CHAIN + 1:
                is_sound = False
                message = f"waits for a chain of more than {MAX_CHAIN} questions and findings."
                self.fault(self.subjects[id_].section, id_, "", message)
        return is_sound

    def _dependencies(self) -> dict[str, list[str]]:
        """Return, for every question, score and finding, those whose value it waits for."""
        waits_for: dict[str, set[str]] = {}
        for section in SUBJECT_SECTIONS:
            for id_ in self.built[section]:
                waits_for[id_] = {used for part, used in self.uses[section, id_] if part in SUBJECT_SECTIONS}
        for rule in self.built["rules"].values():
            if isinstance(rule.conclusion, Establish):
                waits_for[rule.conclusion.finding] |= {leaf.subject for leaf in leaves(rule.condition)}
        return {id_: sorted(used) for id_, used in waits_for.items()}

    def _tell_circle(self, circle: list[str]) -> None:
        # It is told from its first id in the order of the files, wherever the search came upon it.
        order = list(self.subjects)
        start = circle.index(min(circle, key=order.index))
        whole = (*circle[start:-1], *circle[: start + 1])
        shown = whole if len(whole) <= _LONGEST_CIRCLE else (*whole[: _LONGEST_CIRCLE - 2], "...", whole[-1])
        path = " -> ".join(shown)
        message = f"waits for itself: {path}. Nothing could decide it; take one of these links out."
        self.fault(self.subjects[circle[start]].section, circle[start], "", message)

    def _base(self) -> Base:
        base: dict[str, Anything] = self.built["base"].get("base", _NO_BASE)
        rest: dict[str, Anything] = {section: values for section, values in self.built.items() if section != "base"}
        return Base(**base, **rest, digest=self.digest)


def _faults_of_item(
    item: Question, checklist: Checklist, items: Sequence[Question], elsewhere: str | None
) -> Iterator[str]:
    first = items[0]
    if item.type == "number":
        yield f"'{item.id}' is of type number, which cannot be ticked; yes_no, one or many is needed."
    elif item.reply_if_unticked is None:
        yield f"'{item.id}' is of type one and has no `unticked`: the reply that leaving its line unticked gives."
    if item.line_with is not None and item.line_with not in [one.id for one in items if one.gist is not None]:
        yield f"'{item.id}' has its line with '{item.line_with}', which has no `gist` on this checklist."
    elif item.type in ("one", "many") and item.line_with is None and item.gist is None:
        yield f"'{item.id}' is of type {item.type} and has no `gist`: the line that stands for it."
    if item.topic != checklist.topic:
        yield f"'{item.id}' has the topic '{item.topic}'; all items need the checklist's, '{checklist.topic}'."
    if item.kind != first.kind:
        yield f"'{item.id}' is of kind {item.kind} and '{first.id}' of kind {first.kind}; all items need one kind."
    if elsewhere is not None:
        yield f"'{item.id}' is also on the checklist '{elsewhere}'; one checklist is enough."
    shown = set(checklist.items)
    if item.ask_if and (gates := [leaf.subject for leaf in leaves(item.ask_if) if leaf.subject in shown]):
        yield f"'{item.id}' is asked only after '{gates[0]}', which is on the same screen."


def _strengths(entry: _Entry | None) -> dict[str, Node]:
    node = entry.node.items.get("strengths") if entry and isinstance(entry.node, Mapping) else None
    return node.items if isinstance(node, Mapping) else {}


def _entry_name(section: str, id_: str) -> str:
    return "base" if SECTIONS[section].single else f"{noun(section)} {quoted(id_)}"


def _check_question(reader: Reader, values: dict[str, Anything], entry: _Entry) -> None:
    options = values.get("options") or {}
    if values.get("type") == "many" and options and NONE_OF_THESE not in options:
        reader.fault(entry.line, "options", "has no option 'none'; a question of type many needs one, such as "
                     "none: None of these.")  # fmt: skip
    for option in values.get("alike", ()):
        if option is not None and option not in options:
            near = suggestion(reader.faults.nearest(option, options))
            reader.fault(entry.line, "alike", f"found {quoted(option)}; {listing(options)}.{near}")
    unticked = values.get("unticked")
    if unticked is not None and options and unticked not in options:
        near = suggestion(reader.faults.nearest(unticked, options))
        reader.fault(entry.line, "unticked", f"found {quoted(unticked)}; {listing(options)}.{near}")
    if "min" in values and "max" in values and values["min"] >= values["max"]:
        reader.fault(entry.line, "min", f"{values['min']} is not less than max, {values['max']}.")


def _check_base(reader: Reader, values: dict[str, Anything], entry: _Entry) -> None:
    bands = values.get("bands", {})
    if "possible" in bands and "likely" in bands and bands["possible"] >= bands["likely"]:
        reader.fault(entry.line, "bands", f"possible, {bands['possible']}, is not less than likely, {bands['likely']}.")


# --- building the values of the model -----------------------------------------------------------------------------


def _conclusion(then: dict[str, Anything]) -> Conclusion:
    match then:
        case {"finding": finding}:
            return Establish(finding)
        case {"red_flag": red_flag}:
            return Raise(red_flag)
        case {"advice": advice}:
            return Advise(advice)
    direction = "for" if "for" in then else "against"
    return Evidence(then[direction], direction, then["strength"], then.get("as"), then.get("group"))  # type: ignore[arg-type]


def _build_base(_id: str, values: dict[str, Anything], _place: str) -> dict[str, Anything]:
    urgencies = {tier: UrgencyWords(**words) for tier, words in values["urgencies"].items()}
    return {**values, "urgencies": urgencies, "words": Wording(**values.get("words", {}))}


def _build_question(id_: str, values: dict[str, Anything], place: str) -> Question:
    options = {option: Option(option, **said) for option, said in values.get("options", {}).items()}
    return Question(**{**values, "id": id_, "options": options, "place": place})


def build_rule(id_: str, values: dict[str, Anything], place: str) -> Rule:
    """Return a rule from the values of its entry, as `expert.reading` gives them."""
    rest = {key: value for key, value in values.items() if key not in ("if", "then")}
    return Rule(id_, condition=values["if"], conclusion=_conclusion(values["then"]), place=place, **rest)


def _build_advice(id_: str, values: dict[str, Anything], place: str) -> Advice:
    rest = {key: value for key, value in values.items() if key != "for"}
    return Advice(id_, for_=values.get("for", ()), place=place, **rest)


def _build_out_of_scope(id_: str, values: dict[str, Anything], place: str) -> OutOfScope:
    rest = {key: value for key, value in values.items() if key != "if"}
    return OutOfScope(id_, condition=values["if"], place=place, **rest)


def _plainly(kind: type[Struct]) -> Callable[[str, dict[str, Anything], str], Struct]:
    return lambda id_, values, place: kind(id=id_, place=place, **values)


_BUILD: dict[str, Callable[[str, dict[str, Anything], str], Anything]] = {
    "base": _build_base,
    "topics": lambda id_, values, _place: Topic(id_, **values),
    "questions": _build_question,
    "checklists": _plainly(Checklist),
    "scores": _plainly(Score),
    "findings": _plainly(Finding),
    "hypotheses": _plainly(Hypothesis),
    "red_flags": _plainly(RedFlag),
    "advice": _build_advice,
    "rules": build_rule,
    "sources": _plainly(Source),
    "code_systems": _plainly(CodeSystem),
    "codes": _plainly(Code),
    "out_of_scope": _build_out_of_scope,
}

#: Stands in where the section `base` is faulty, so that the rest can still be checked.
_NO_BASE: dict[str, Anything] = {
    "name": "", "version": "", "title": "", "about": "", "strengths": {}, "bands": {}, "urgencies": {},
}  # fmt: skip
