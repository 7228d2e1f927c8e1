"""Safe YAML: text to nodes with line numbers, read by the core schema of YAML 1.2.

Only true/false, null, whole and decimal numbers are anything but words: `yes`, `no`, `on`, `12:30` and dates stay
words. Nothing is constructed, so no tag can run code; anchors, aliases, tags and second documents are refused, and
depth and number of nodes are bounded while parsing.
"""

from __future__ import annotations

import re
from itertools import islice
from typing import Any

import yaml
from msgspec import Struct

from expert.faults import Fault, FaultsError, quoted

MAX_DEPTH = 40
MAX_NODES = 100_000

# What could move the cursor, hide text or reorder it on a terminal: C0 (but tab and line breaks), DEL, C1, line and
# paragraph separators, bidirectional overrides and isolates, a byte order mark inside the text, non-characters.
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff\ufffe\uffff]")
_DIRECTIVE = re.compile("^%", re.MULTILINE)
_LONGEST_NUMBER = 40
_INT = re.compile(r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?|[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)")
_WORDS = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}

# Only events are used: no constructor and no resolver of PyYAML ever runs. The C parser is some twenty times faster.
_PARSER = getattr(yaml, "CBaseLoader", yaml.BaseLoader)


class Scalar(Struct):
    """A word, number, text or nothing; `plain` when it was written without quotes."""

    line: int
    text: str
    plain: bool

    @property
    def value(self) -> str | int | float | bool | None:
        """The value by the YAML 1.2 core schema."""
        text = self.text
        if not self.plain:
            return text
        if text in _WORDS:
            return _WORDS[text]
        if len(text) > _LONGEST_NUMBER:
            return text
        if _INT.fullmatch(text):
            base = {"0o": 8, "0x": 16}.get(text[:2], 10)
            return int(text, base)
        if _FLOAT.fullmatch(text):
            return float(text.lower().replace(".inf", "inf").replace(".nan", "nan"))
        return text


class Sequence(Struct):
    """A list of nodes."""

    line: int
    items: list[Node]


class Mapping(Struct):
    """Nodes by key, in the order of the file; `lines` is where each key stands."""

    line: int
    items: dict[str, Node]
    lines: dict[str, int]


Node = Scalar | Sequence | Mapping


def plain_data(node: Node) -> Any:
    """Return a node as dicts, lists and scalars."""
    match node:
        case Scalar():
            return node.value
        case Sequence():
            return [plain_data(item) for item in node.items]
        case Mapping():
            return {key: plain_data(item) for key, item in node.items.items()}


def describe(node: Node) -> str:
    """Return what a node is, in the words of a message."""
    match node:
        case Sequence(items=items):
            return "a list" if items else "an empty list"
        case Mapping(items=entries):
            return "a mapping" if entries else "an empty mapping"
        case Scalar():
            return "nothing" if node.value is None else quoted(node.text)


def has_control_characters(text: str) -> bool:
    """Tell whether a text holds a character that could disturb a terminal."""
    return "\r" in text or _CONTROL.search(text) is not None


class Document(Struct):
    """What a file holds: its value, and the faults that left the rest readable (keys there twice)."""

    root: Node
    faults: tuple[Fault, ...]


class Budget(Struct):
    """How many nodes may still be read, of all the files that share it."""

    nodes: int = MAX_NODES


def parse(content: bytes, file: str, budget: Budget | None = None) -> Document:
    """Return the one document in `content`.

    Raises: FaultsError: the text cannot be read any further; the faults up to there are included.
    """
    builder = _Builder(file, budget or Budget())
    text = _decode(content, file)
    try:
        for event in yaml.parse(text, Loader=_PARSER):
            builder.take(event)
    except yaml.MarkedYAMLError as error:
        raise FaultsError([*builder.faults, _syntax_fault(error, text, file)]) from None
    except yaml.YAMLError as error:
        raise FaultsError([*builder.faults, Fault(file, 0, "", f"is not YAML: {error}.")]) from None
    return Document(builder.root, tuple(builder.faults))


def _decode(content: bytes, file: str) -> str:
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise FaultsError([Fault(file, 1, "", "is saved as UTF-16; save it as UTF-8.")])
    content = content.removeprefix(b"\xef\xbb\xbf")
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        message = f"byte 0x{content[error.start]:02x} is not UTF-8; save it as UTF-8."
        raise FaultsError([Fault(file, line, "", message)]) from None
    directives = list(islice(_DIRECTIVE.finditer(text), 2))
    if len(directives) > 1:  # the parser compares each with all before it
        line = text.count("\n", 0, directives[1].start()) + 1
        raise FaultsError([Fault(file, line, "", "has a second line that begins with '%'; one is allowed.")])
    if found := _CONTROL.search(text):
        line = text.count("\n", 0, found.start()) + 1
        raise FaultsError([Fault(file, line, "", _control_message(found.group()))])
    return text


def _control_message(character: str) -> str:
    return f"holds the control character U+{ord(character):04X}; only printable text is allowed."


def _syntax_fault(error: yaml.MarkedYAMLError, text: str, file: str) -> Fault:
    lines = text.splitlines() or [""]
    # What is never closed is missed on the line after the last.
    line = min(error.problem_mark.line + 1, len(lines)) if error.problem_mark else 0
    if line and re.match(r" *\t", lines[line - 1]):
        return Fault(file, line, "", "is not YAML: a tab indents this line; use spaces.")
    context = f" ({error.context}" if error.context else ""
    if context and error.context_mark and error.context_mark.line + 1 < line:
        context += f" that begins on line {error.context_mark.line + 1}"
    return Fault(file, line, "", f"is not YAML: {error.problem}{context and context + ')'}.")


class _Builder:
    """Builds nodes from parser events with a stack of its own, so that depth costs no recursion."""

    def __init__(self, file: str, budget: Budget) -> None:
        self.file = file
        self.budget = budget
        self.faults: list[Fault] = []
        self.root: Node = Scalar(1, "", plain=True)
        self._open: list[Sequence | Mapping] = []
        self._keys: list[Scalar | None] = []
        self._documents = 0

    def take(self, event: Any) -> None:
        """Take one event. Raises: FaultsError where going on would be unsafe or pointless."""
        line = event.start_mark.line + 1
        if isinstance(event, yaml.DocumentStartEvent):
            self._documents += 1
            if self._documents > 1:
                self._stop(line, "holds a second document ('---'); one is allowed.")
        elif isinstance(event, yaml.AliasEvent):
            self._stop(line, f"uses the alias '*{event.anchor}'; aliases are not allowed, write the value out.")
        elif isinstance(event, yaml.CollectionEndEvent):
            self._open.pop()
            self._keys.pop()
        elif isinstance(event, yaml.NodeEvent):
            self._take_node(event, line)

    def _take_node(self, event: Any, line: int) -> None:
        if event.anchor is not None:
            self._stop(line, f"sets the anchor '&{event.anchor}'; anchors are not allowed, write the value out.")
        if event.tag is not None:
            self._stop(line, f"uses the tag {quoted(event.tag)}; tags are not allowed.")
        self.budget.nodes -= 1
        if self.budget.nodes < 0:
            self._stop(line, f"is too much: at most {MAX_NODES:,} values are read.")
        if isinstance(event, yaml.ScalarEvent):
            if has_control_characters(event.value):
                found = _CONTROL.search(event.value)
                self._stop(line, _control_message(found.group() if found else "\r"))
            self._place(Scalar(line, event.value, event.implicit[0]), line)
            return
        node = Mapping(line, {}, {}) if isinstance(event, yaml.MappingStartEvent) else Sequence(line, [])
        self._place(node, line)
        self._open.append(node)
        self._keys.append(None)
        if len(self._open) > MAX_DEPTH:
            self._stop(line, f"is nested more than {MAX_DEPTH} deep, the most that is read.")

    def _place(self, node: Node, line: int) -> None:
        if not self._open:
            self.root = node
            return
        parent = self._open[-1]
        if isinstance(parent, Sequence):
            parent.items.append(node)
            return
        key = self._keys[-1]
        if key is None:
            if isinstance(node, Scalar):
                self._keys[-1] = node
            else:
                self._stop(line, "has a list or a mapping as a key; a key is one word.")
            return
        self._keys[-1] = None
        if key.text in parent.items:
            message = f"the key {quoted(key.text)} is there twice, first on line {parent.lines[key.text]}."
            self.faults.append(Fault(self.file, key.line, "", message))
            return
        parent.items[key.text] = node
        parent.lines[key.text] = key.line

    def _stop(self, line: int, message: str) -> None:
        raise FaultsError([*self.faults, Fault(self.file, line, "", message)])
