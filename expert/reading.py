"""From the nodes of one entry to plain values and conditions, by the description in `expert.language`."""

from __future__ import annotations

import math
import re
from collections.abc import Collection
from collections.abc import Mapping as MappingABC
from itertools import islice
from typing import Any as Anything

from msgspec import Struct

from expert.faults import Fault, Faults, listing, quoted, suggestion
from expert.language import (
    ID_PATTERN,
    MAX_ID,
    MAX_ITEMS,
    MAX_TEXT,
    PLACEHOLDERS,
    RANGE_KEYS,
    RESERVED_IDS,
    SECTIONS,
    SUBJECT_SECTIONS,
    Choice,
    Flag,
    Holds,
    Key,
    Link,
    ListOf,
    MapOf,
    Number,
    OneOf,
    Ref,
    Table,
    Text,
    When,
    Word,
)
from expert.model import NOT_SURE, All, Any, Condition, Count, Is, Limit, Not
from expert.yaml_reader import Mapping, Node, Scalar, Sequence, describe

MAX_CONDITION_DEPTH = 8
MAX_CONDITION_TESTS = 100
#: `at_least: {count, of}` is true, or false, in so many ways at most: each way is a production of its own.
MAX_COMBINATIONS = 500

_ID = re.compile(ID_PATTERN)
_BRACES = re.compile(r"\{([^{}]*)\}|[{}]")
_COMBINATORS = ("all", "any", "not", "at_least")


class Subject(Struct, frozen=True):
    """What a condition can name. `type` is a question's type, `score`, `finding`, or "" where that is itself faulty."""

    section: str
    type: str
    options: tuple[str, ...] = ()


class Reader:
    """Reads the nodes of one entry; every fault goes to `faults`, every name it uses to `uses`.

    `ids` are the ids declared in each section, `subjects` what conditions can name.
    """

    def __init__(
        self,
        ids: MappingABC[str, Collection[str]],
        subjects: MappingABC[str, Subject],
        faults: Faults,
        file: str,
        entry: str,
        *,
        is_complete: bool,
    ) -> None:
        """Read the entry called `entry` in messages, of the file `file`; unless `is_complete`, names may be unknown."""
        self.ids = ids
        self.subjects = subjects
        self.faults = faults
        self.file = file
        self.entry = entry
        self.is_complete = is_complete
        self.uses: set[tuple[str, str]] = set()
        self.count = 0
        self._tests = 0

    def fault(self, line: int, path: str, message: str) -> None:
        """Note a fault at a key path inside the entry."""
        self.count += 1
        key = ", ".join(part for part in (self.entry, " ".join(path.split())[:200]) if part)
        self.faults.add(Fault(self.file, line, key, message))

    def _not_among(self, line: int, path: str, found: str, names: Collection[str]) -> None:
        near = suggestion(self.faults.nearest(found, names))
        self.fault(line, path, f"found {quoted(found)}; {listing(names)}.{near}")

    # --- values ---------------------------------------------------------------------------------------------------

    def read(self, holds: Holds, node: Node, path: str) -> Anything:  # noqa: C901 - one case a kind
        """Return the value of a node, or None where it is faulty."""
        match holds:
            case Text():
                return self._text(node, path)
            case Word():
                return self._word(node, path)
            case Link():
                return self._link(node, path)
            case Flag():
                return self._flag(node, path)
            case Choice(of):
                return self._choice(of, node, path)
            case Ref(to):
                return self._ref(to, node, path)
            case Number():
                return self._number(holds, node, path)
            case ListOf():
                return self._list(holds, node, path)
            case MapOf():
                return self._map(holds, node, path)
            case Table():
                return self.table(holds, node, path)
            case OneOf():
                return self._one_of(holds, node, path)
            case When():
                return self.condition(node, path)

    def _scalar(self, node: Node, path: str, needed: str) -> str | None:
        if isinstance(node, Scalar) and node.value is not None:
            return node.text
        self.fault(node.line, path, f"found {describe(node)}; {needed} is needed.")
        return None

    def _text(self, node: Node, path: str) -> str | None:
        text = self._scalar(node, path, "a text")
        if text is None:
            return None
        text = text.strip()
        if not text:
            self.fault(node.line, path, "found an empty text; a text is needed.")
        elif isinstance(node, Scalar) and isinstance(node.value, bool):
            self.fault(node.line, path, f"found {text}; a text is needed (put it in quotes if it is one).")
        elif len(text) > MAX_TEXT:
            self.fault(node.line, path, f"found {len(text):,} characters; at most {MAX_TEXT:,} are allowed.")
        elif wrong := [found[0] for found in _BRACES.finditer(text) if found[1] not in PLACEHOLDERS]:
            known = ", ".join(f"{{{name}}}" for name in PLACEHOLDERS)
            self.fault(node.line, path, f"found {quoted(wrong[0])}; the only braces allowed in a text are {known}.")
        else:
            return text
        return None

    def _word(self, node: Node, path: str) -> str | None:
        text = self._scalar(node, path, "an id")
        return text if text is not None and self.is_id(text, node.line, path) else None

    def is_id(self, text: str, line: int, path: str) -> bool:
        """Tell whether a text can be an id; if not, note the fault."""
        if text in RESERVED_IDS:
            self.fault(line, path, f"found {quoted(text)}; that word has a meaning of its own, choose another id.")
        elif len(text) > MAX_ID or not _ID.fullmatch(text):
            self.fault(
                line,
                path,
                f"found {quoted(text)}; an id is lower-case words (letters, digits) joined by _ or -, beginning with a "
                f"letter, of at most {MAX_ID} characters.",
            )
        else:
            return True
        return False

    def _link(self, node: Node, path: str) -> str | None:
        text = self._scalar(node, path, "an address")
        if text is None or re.fullmatch(r"https?://[^\s<>\"]+", text):
            return text
        self.fault(node.line, path, f"found {quoted(text)}; an address beginning with https:// is needed.")
        return None

    def _flag(self, node: Node, path: str) -> bool | None:
        if isinstance(node, Scalar) and isinstance(node.value, bool):
            return node.value
        self.fault(node.line, path, f"found {describe(node)}; allowed: true, false.")
        return None

    def _choice(self, of: tuple[str, ...], node: Node, path: str) -> str | None:
        text = self._scalar(node, path, "one of " + ", ".join(of))
        if text is None or text in of:
            return text
        self._not_among(node.line, path, text, of)
        return None

    def _ref(self, to: str, node: Node, path: str) -> str | None:
        text = self._scalar(node, path, f"the id of a {noun(to)}")
        if text is None:
            return None
        if text in self.ids[to]:
            self.uses.add((to, text))
            return text
        if not self.is_complete:
            return None
        near = self.faults.nearest(text, self.ids[to])
        if near:
            self.uses.add((to, near))
        self.fault(node.line, path, f"unknown {noun(to)} {quoted(text)}; {listing(self.ids[to])}.{suggestion(near)}")
        return None

    def _number(self, holds: Number, node: Node, path: str) -> int | float | None:
        kind = "a whole number" if holds.whole else "a number"
        if holds.open:
            bounds = f"{kind} more than {holds.low:g} and less than {holds.high:g}"
        else:
            bounds = kind if holds.high == Number().high else f"{kind} from {holds.low:g} to {holds.high:g}"
        value = node.value if isinstance(node, Scalar) else None
        if isinstance(value, bool) or not isinstance(value, int if holds.whole else int | float):
            self.fault(node.line, path, f"found {describe(node)}; {bounds} is needed.")
            return None
        inside = holds.low < value < holds.high if holds.open else holds.low <= value <= holds.high
        if not inside:  # also where it is not a number (nan)
            self.fault(node.line, path, f"found {value}; {bounds} is needed.")
            return None
        return value

    def _list(self, holds: ListOf, node: Node, path: str) -> tuple[Anything, ...] | None:
        if not isinstance(node, Sequence):
            self.fault(node.line, path, f"found {describe(node)}; a list in square brackets is needed.")
            return None
        if not self._is_of_fit_length(len(node.items), holds.least, node.line, path):
            return None
        read: list[Anything] = []
        for place, item in enumerate(node.items):
            value = self.read(holds.item, item, f"{path}[{place}]")
            if value in read and value is not None:
                self.fault(item.line, f"{path}[{place}]", f"found {quoted(str(value))} a second time; once is enough.")
            read.append(value)
        return tuple(read)

    def _is_of_fit_length(self, length: int, least: int, line: int, path: str) -> bool:
        if least <= length <= MAX_ITEMS:
            return True
        self.fault(line, path, f"found {length or 'no'} entries; {least} to {MAX_ITEMS} are allowed.")
        return False

    def _map(self, holds: MapOf, node: Node, path: str) -> dict[str, Anything] | None:
        if not isinstance(node, Mapping):
            self.fault(node.line, path, f"found {describe(node)}; a mapping (id: value) is needed.")
            return None
        if not self._is_of_fit_length(len(node.items), holds.least, node.line, path):
            return None
        read = {}
        for key, item in node.items.items():
            inside = f"{path}.{key}"
            if self.is_id(key, node.lines[key], path):
                read[key] = self.read(holds.item, item, inside)
        return read

    def table(self, table: Table, node: Node, path: str) -> dict[str, Anything] | None:
        """Return the values of a table by key; a key that is missing or faulty is left out."""
        if table.short and isinstance(node, Scalar):
            return {table.short: self._text(node, path)}
        if not isinstance(node, Mapping):
            needed = f"a text, or a mapping with the keys {', '.join(table.keys)}," if table.short else "a mapping"
            self.fault(node.line, path, f"found {describe(node)}; {needed} is needed.")
            return None
        for key in [key for key in node.items if key not in table.keys]:
            near = suggestion(self.faults.nearest(key, table.keys))
            self.fault(node.lines[key], path, f"unknown key {quoted(key)}; {listing(table.keys)}.{near}")
        chosen = node.items.get("type")
        type_ = chosen.text if isinstance(chosen, Scalar) else ""
        read = {}
        for name, described in table.keys.items():
            inside = f"{path}.{name}" if path else name
            if name in node.items:
                if self._may_stand(described, type_, node.lines[name], inside):
                    read[name] = self.read(described.holds, node.items[name], inside)
            elif described.needed and (not described.only or type_ in described.only):
                self.fault(node.line, inside, f"is missing. {described.doc}")
        return {name: value for name, value in read.items() if value is not None}

    def _may_stand(self, key: Key, type_: str, line: int, path: str) -> bool:
        # A type that is not known at all has a fault of its own.
        if not key.only or type_ in key.only or type_ not in ("yes_no", "one", "many", "number"):
            return True
        self.fault(line, path, f"stands in a question of type {type_}; allowed with {' and '.join(key.only)} only.")
        return False

    def _one_of(self, holds: OneOf, node: Node, path: str) -> dict[str, Anything] | None:
        firsts = tuple(next(iter(table.keys)) for table in holds.tables)
        keys = tuple(node.items) if isinstance(node, Mapping) else ()
        tables = [table for first, table in zip(firsts, holds.tables, strict=True) if first in keys]
        if len(tables) == 1:
            return self.table(tables[0], node, path)
        what = "two conclusions" if tables else describe(node)
        if keys and not tables:
            what = f"the keys {', '.join(map(quoted, keys[:5]))}"
        near = suggestion(self.faults.nearest(keys[0], firsts)) if keys and not tables else ""
        self.fault(node.line, path, f"found {what}; exactly one of {', '.join(firsts)} is needed.{near}")
        return None

    # --- conditions -----------------------------------------------------------------------------------------------

    def condition(self, node: Node, path: str, depth: int = 1) -> Condition | None:
        """Return the condition written in a node; a mapping with one key is that test itself."""
        if not isinstance(node, Mapping) or not node.items:
            self.fault(node.line, path, f"found {describe(node)}; a condition such as {{question: yes}} is needed.")
            return None
        if depth > MAX_CONDITION_DEPTH:
            self.fault(node.line, path, f"conditions are nested more than {MAX_CONDITION_DEPTH} deep.")
            return None
        found = [self._term(key, item, node.lines[key], f"{path}.{key}", depth) for key, item in node.items.items()]
        whole = [part for part in found if part is not None]
        if len(whole) < len(found):
            return None
        return whole[0] if len(whole) == 1 else All(tuple(whole))

    def _term(self, key: str, node: Node, line: int, path: str, depth: int) -> Condition | None:
        match key:
            case "all" | "any":
                parts = self._parts(node, path, depth)
                if not parts or len(parts) == 1:
                    return parts[0] if parts else None
                return All(parts) if key == "all" else Any(parts)
            case "not":
                part = self.condition(node, path, depth + 1)
                return None if part is None else Not(part)
            case "at_least":
                return self._count(node, path, depth)
        self._tests += 1
        if self._tests == MAX_CONDITION_TESTS + 1:
            self.fault(line, path, f"is one test too many; a condition may have {MAX_CONDITION_TESTS}.")
        return self._test(key, node, line, path)

    def _parts(self, node: Node, path: str, depth: int) -> tuple[Condition, ...] | None:
        if not isinstance(node, Sequence) or not node.items:
            self.fault(node.line, path, f"found {describe(node)}; a list of conditions is needed.")
            return None
        found = [self.condition(item, f"{path}[{place}]", depth + 1) for place, item in enumerate(node.items)]
        whole = tuple(part for part in found if part is not None)
        return whole if len(whole) == len(found) else None

    def _count(self, node: Node, path: str, depth: int) -> Condition | None:
        if not isinstance(node, Mapping) or node.items.keys() != {"count", "of"}:
            self.fault(node.line, path, f"found {describe(node)}; {{count: 2, of: [conditions]}} is needed.")
            return None
        of = self._parts(node.items["of"], f"{path}.of", depth)
        items = node.items["of"].items if isinstance(node.items["of"], Sequence) else []
        most = max(len(items), 1)
        count = self._number(Number(1, most, whole=True), node.items["count"], f"{path}.count")
        if of is None or count is None:
            return None
        ways = max(math.comb(most, int(count)), math.comb(most, int(count) - 1))
        if ways > MAX_COMBINATIONS:
            self.fault(
                node.line,
                path,
                f"{count} of {most} can come about in {ways:,} ways; at most {MAX_COMBINATIONS} are allowed. "
                "Split it by findings.",
            )
            return None
        if most == 1:
            return of[0]
        return Count(int(count), of)

    def _test(self, name: str, node: Node, line: int, path: str) -> Condition | None:
        subject = self.subjects.get(name)
        if subject is None and not self.is_complete:
            return None
        if subject is None:
            near = self.faults.nearest(name, self.subjects, _COMBINATORS)
            if near is not None and near in self.subjects:
                self.uses.add((self.subjects[near].section, near))
            where = "; questions, scores and findings are what a condition can name."
            self.fault(line, path, f"unknown name {quoted(name)}{where}{suggestion(near)}")
            return None
        self.uses.add((subject.section, name))
        match subject.type:
            case "number" | "score":
                return self._limit(name, subject.type, node, path)
            case "yes_no" | "finding":
                return self._is(name, ("yes", "no"), node, path, one_only=True)
            case "one" | "many":
                return self._is(name, subject.options, node, path)
        return None  # the question itself is faulty

    def _is(
        self, name: str, allowed: tuple[str, ...], node: Node, path: str, *, one_only: bool = False
    ) -> Condition | None:
        items = node.items if isinstance(node, Sequence) else [node]
        if not allowed:
            return None  # the question itself is faulty
        if len(items) > MAX_ITEMS:
            self.fault(node.line, path, f"found {len(items)} values; at most {MAX_ITEMS} are allowed.")
            return None
        words = [self._value(item, allowed, path) for item in items]
        if not words:
            self.fault(node.line, path, f"found an empty list; {listing(allowed)}.")
        if None in words or not words:
            return None
        if len(set(words)) < len(words):
            self.fault(node.line, path, "names a value twice; once is enough.")
            return None
        if one_only and len(words) > 1:
            self.fault(node.line, path, f"found several values; one is needed, {listing(allowed)}.")
            return None
        return Is(name, tuple(value for value in allowed if value in words))

    def _value(self, node: Node, allowed: tuple[str, ...], path: str) -> str | None:
        if not isinstance(node, Scalar) or node.value is None:
            self.fault(node.line, path, f"found {describe(node)}; {listing(allowed)}.")
        elif node.text in allowed:
            return node.text
        elif node.text == NOT_SURE:
            self.fault(node.line, path, f"found 'not_sure', which cannot be tested: it is unknown; {listing(allowed)}.")
        elif isinstance(node.value, bool) and "yes" in allowed:
            self.fault(node.line, path, f"found {node.text}; write {'yes' if node.value else 'no'}.")
        else:
            self._not_among(node.line, path, node.text, allowed)
        return None

    def _limit(self, name: str, kind: str, node: Node, path: str) -> Condition | None:
        if not isinstance(node, Mapping) or not node.items:
            self.fault(node.line, path, f"found {describe(node)}; a {kind} needs a range such as {{at_least: 3}}.")
            return None
        if unknown := [key for key in node.items if key not in RANGE_KEYS]:
            self._not_among(node.lines[unknown[0]], path, unknown[0], RANGE_KEYS)
            return None
        values = {key: self._number(Number(), item, f"{path}.{key}") for key, item in node.items.items()}
        lows = [key for key in ("at_least", "more_than") if key in values]
        highs = [key for key in ("at_most", "less_than") if key in values]
        for ends in (lows, highs):
            if len(ends) > 1:
                self.fault(node.line, path, f"has both {ends[0]} and {ends[1]}; one of them is enough.")
                return None
        if None in values.values():
            return None
        low = float(values[lows[0]] or 0) if lows else None
        high = float(values[highs[0]] or 0) if highs else None
        low_open, high_open = lows == ["more_than"], highs == ["less_than"]
        if low is not None and high is not None and (low > high or (low == high and (low_open or high_open))):
            self.fault(node.line, path, f"no number is both {lows[0]} {low:g} and {highs[0]} {high:g}.")
            return None
        return Limit(name, low, high, low_open, high_open)


def noun(section: str) -> str:
    """Return what one entry of a section is called in messages."""
    return SECTIONS[section].noun if section in SECTIONS else section.removesuffix("s")


def subjects_of(sections: MappingABC[str, MappingABC[str, Node]]) -> dict[str, Subject]:
    """Return what conditions can name, read leniently: faults in a question are for the reading of that question."""
    subjects: dict[str, Subject] = {}
    for section in SUBJECT_SECTIONS:
        for name, node in sections[section].items():
            is_question = section == "questions"
            type_, options = _type_and_options(node) if is_question else (noun(section), ())
            subjects.setdefault(name, Subject(section, type_, options))
    return subjects


def _type_and_options(node: Node) -> tuple[str, tuple[str, ...]]:
    entries = node.items if isinstance(node, Mapping) else {}
    chosen, options = entries.get("type"), entries.get("options")
    type_ = chosen.text if isinstance(chosen, Scalar) else ""
    return type_, tuple(islice(options.items, MAX_ITEMS)) if isinstance(options, Mapping) else ()
