"""Examples of rules: answers on which a rule must fire, and near misses on which it must not.

```yaml
tired-legs:                                # the id of the rule
  fires:
    tired every evening: {tired: yes}      # a name in plain words: all that is answered
  not:
    rested: {tired: no}                    # a near miss: the rule must not be true
```

They stand in the folder `examples` of a rule base, in any files. What an example leaves out is not answered.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from pathlib import Path
from typing import Literal

from msgspec import Struct

from expert.answers import read_replies
from expert.faults import Fault, Faults, FaultsError, listing, quoted, suggestion
from expert.files import read_folder
from expert.grounds import grounds
from expert.logic import Outlook, Truth, parts
from expert.model import All, Any, Base, Condition, Count, Is, Limit, Not, Reply
from expert.written import condition_as_written, reply_as_written
from expert.yaml_reader import Budget, Mapping, Node, Scalar, describe, has_control_characters, parse

#: The folder of a base's examples.
FOLDER = "examples"
#: `fires`: the rule is true; `not`: it is false or unknown.
Kind = Literal["fires", "not"]
KINDS: tuple[Kind, ...] = ("fires", "not")
MAX_NAME = 200
#: Conditions named in one message.
_MOST_NAMED = 4


class ExamplesError(FaultsError):
    """Every fault of a folder of examples."""


class Example(Struct, frozen=True):
    """One example: on these answers alone `rule` is true (`fires`), or is not. `place` is its file and line."""

    rule: str
    kind: Kind
    name: str
    answers: dict[str, Reply]
    place: str = ""

    def holds(self, outlook: Outlook) -> bool:
        """Tell whether it holds, by an outlook over its answers."""
        truth = outlook.truth(outlook.base.rules[self.rule].condition)
        return (truth is True) is (self.kind == "fires")


class ExamplesRead(Struct, frozen=True):
    """The examples that fit a base, the faults of the others, and for which rules which kinds there are at all.

    `given` is None where the base has no folder of examples.
    """

    examples: tuple[Example, ...]
    faults: tuple[Fault, ...]
    given: frozenset[tuple[str, Kind]] | None


def read_examples(base: Base, folder: Path | str) -> tuple[Example, ...]:
    """Return the examples in a folder, in the order of the files; none when there is no such folder.

    Raises: ExamplesError: all that is wrong with them; whether they hold is for `failing`.
    """
    read = read_fitting_examples(base, folder)
    if read.faults:
        raise ExamplesError(read.faults)
    return read.examples


def read_fitting_examples(base: Base, folder: Path | str) -> ExamplesRead:
    """Return the examples in a folder that fit a base, and what is wrong with the others."""
    path = Path(folder)
    if not path.exists():
        return ExamplesRead((), (), None)
    try:
        files = read_folder(path)
    except FaultsError as error:
        return ExamplesRead((), error.faults, None)
    reader = _ExampleReader(base)
    for file, content in files.items():
        reader.read(f"{FOLDER}/{file}", content)
    return ExamplesRead(
        tuple(reader.examples), reader.faults.sorted(), frozenset(reader.given) if reader.is_complete else None
    )


class _ExampleReader:
    """Reads the examples of one folder."""

    def __init__(self, base: Base) -> None:
        self._base = base
        self._budget = Budget()
        self._seen: dict[tuple[str, str], str] = {}
        self.faults = Faults()
        self.examples: list[Example] = []
        self.given: set[tuple[str, Kind]] = set()
        self.is_complete = True

    def read(self, file: str, content: bytes) -> None:
        """Read one file."""
        try:
            document = parse(content, file, self._budget)
        except FaultsError as error:
            self.faults.add(*error.faults)
            self.is_complete = False
            return
        self.faults.add(*document.faults)
        for rule, line, node in self._entries(document.root, Fault(file, 1, "", ""), "rule: {fires: ..., not: ...}"):
            if rule in self._base.rules:
                self._kinds(rule, node, Fault(file, line, f"rule {quoted(rule)}", ""))
            else:
                near = suggestion(self.faults.nearest(rule, self._base.rules))
                self.faults.add(Fault(file, line, "", f"unknown rule {quoted(rule)}.{near}"))

    def _entries(self, node: Node, place: Fault, needed: str) -> Iterator[tuple[str, int, Node]]:
        if isinstance(node, Mapping):
            for key, item in node.items.items():
                yield key, node.lines[key], item
        elif not (isinstance(node, Scalar) and node.value is None):  # a heading without entries is fine
            message = f"found {describe(node)}; a mapping ({needed}) is needed."
            self.faults.add(Fault(place.file, place.line, place.key, message))

    def _kinds(self, rule: str, node: Node, place: Fault) -> None:
        for key, line, item in self._entries(node, place, "fires: {...}, not: {...}"):
            kind = next((each for each in KINDS if each == key), None)
            if kind is None:
                near = suggestion(self.faults.nearest(key, KINDS))
                message = f"unknown key {quoted(key)}; {listing(KINDS)}.{near}"
                self.faults.add(Fault(place.file, line, place.key, message))
                continue
            inside = Fault(place.file, line, f"{place.key}, {kind}", "")
            for name, at, answers in self._entries(item, inside, "name: {question: reply}"):
                self.given.add((rule, kind))
                self._example(rule, kind, name, answers, Fault(place.file, at, inside.key, ""))

    def _example(self, rule: str, kind: Kind, name: str, node: Node, place: Fault) -> None:
        before = self.faults.count
        where = f"{place.file}:{place.line}"
        if not name.strip() or len(name) > MAX_NAME or has_control_characters(name):
            message = f"found {quoted(name)}; a name in plain words, of at most {MAX_NAME} characters, is needed."
            self.faults.add(Fault(place.file, place.line, place.key, message))
        elif (rule, name) in self._seen:
            message = f"{quoted(name)} is there a second time; the first is at {self._seen[rule, name]}."
            self.faults.add(Fault(place.file, place.line, place.key, message))
        self._seen.setdefault((rule, name), where)
        key = f"{place.key}, {quoted(name)}"
        replies = read_replies(self._base, node, place.file, key, self.faults)
        if not replies and self.faults.count == before:
            message = "answers nothing, so that it could never fail; say what is answered, as {question: reply}."
            self.faults.add(Fault(place.file, place.line, key, message))
        if self.faults.count == before:
            self.examples.append(Example(rule, kind, name, replies, where))


# --- whether they hold ------------------------------------------------------------------------------------------------


def failing(base: Base, examples: Iterable[Example]) -> tuple[Fault, ...]:
    """Return a fault for each example that does not hold, with the conditions that are to blame."""
    faults = []
    for example in examples:
        outlook = Outlook(base, example.answers)
        if not example.holds(outlook):
            file, _, line = example.place.rpartition(":")
            key = f"rule {quoted(example.rule)}, {example.kind}, {quoted(example.name)}"
            faults.append(Fault(file, int(line or 0), key, _why(outlook, example)))
    return tuple(faults)


def lacking(base: Base, read: ExamplesRead) -> tuple[Fault, ...]:
    """Return a fault for each rule without an example that fires, or without a near miss.

    A base without any examples is not asked for them.
    """
    if read.given is None:
        return ()
    faults = []
    for rule in base.rules.values():
        missing = [kind for kind in KINDS if (rule.id, kind) not in read.given]
        if missing:
            file, _, line = rule.place.rpartition(":")
            message = f"has no example under {' nor under '.join(map(quoted, missing))} in the folder {FOLDER}."
            faults.append(Fault(file, int(line or 0), f"rule {quoted(rule.id)}", message))
    return tuple(faults)


def faults_of(base: Base, folder: Path | str) -> tuple[tuple[Example, ...], tuple[Fault, ...]]:
    """Return the examples of a base, in its folder of them, and all that is wrong with them."""
    read = read_fitting_examples(base, folder)
    return read.examples, (*read.faults, *failing(base, read.examples), *lacking(base, read))


_TRUTHS: dict[Truth, str] = {True: "true", False: "false", None: "unknown"}


def _why(outlook: Outlook, example: Example) -> str:
    condition = outlook.base.rules[example.rule].condition
    if example.kind == "not":
        by = (outlook.base.questions.get(ground.subject) for ground in grounds(outlook, condition))
        said = [f"{q.id}: {reply_as_written(outlook.answers[q.id])}" for q in by if q and q.id in outlook.answers]
        return f"does not hold: the rule is true, by {', '.join(said) or condition_as_written(condition)}."
    blamed = list(dict.fromkeys(_unmet(outlook, condition, wanted=True)))
    more = f"; and {len(blamed) - _MOST_NAMED} more" if len(blamed) > _MOST_NAMED else ""
    truth = _TRUTHS[outlook.truth(condition)]
    return f"does not hold: the rule is {truth}, for want of {'; '.join(blamed[:_MOST_NAMED])}{more}."


def _unmet(outlook: Outlook, condition: Condition, *, wanted: bool) -> Iterator[str]:
    """Yield the tests because of which a condition is not as wanted, each with what stands instead."""
    if outlook.truth(condition) is wanted:
        return
    match condition:
        case All() | Any() | Count():
            for part in parts(condition):
                yield from _unmet(outlook, part, wanted=wanted)
        case Not(of):
            yield from _unmet(outlook, of, wanted=not wanted)
        case Is() | Limit():
            needed = condition_as_written(condition if wanted else Not(condition))
            yield f"{needed} ({_standing(outlook, condition.subject)})"


def _standing(outlook: Outlook, subject: str) -> str:
    base = outlook.base
    if subject in base.findings:
        return {True: "established", False: "ruled out", None: "neither established nor ruled out"}[
            outlook.finding(subject)
        ]
    if subject in base.scores:
        low, high = outlook.score_range(subject)
        return f"it is {low:g}" if low == high else f"it can be {low:g} to {high:g}"
    gate = base.questions[subject].ask_if
    applies = outlook.applies(subject)
    if gate is not None and applies is not True:
        known = "does not apply" if applies is False else "it is not known whether it applies"
        return f"{known}: it is asked if {condition_as_written(gate)}"
    reply = outlook.answers.get(subject)
    return "not answered" if reply is None else f"answered {reply_as_written(reply)}"


def of_rule(examples: Collection[Example], rule: str, kind: Kind) -> tuple[Example, ...]:
    """Return the examples of one kind for a rule."""
    return tuple(example for example in examples if example.rule == rule and example.kind == kind)
