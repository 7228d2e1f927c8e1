"""The graph of a rule base as a picture: SVG that stands alone, or Mermaid or DOT text for other programs to draw.

Texts of the base are harmless first (see `expert.harmless`) and then escaped for the form they stand in.
"""

from __future__ import annotations

import graphlib
import re
from collections.abc import Callable, Iterator, Sequence
from html import escape

from msgspec import Struct

from expert.graph import Edge, Graph, Name, Node, NodeKind
from expert.harmless import harmless
from expert.layers import layered

#: Pixels: of a box, between columns and rows, around the drawing, and from one line of text to the next.
_WIDTH, _GAP_X, _GAP_Y, _MARGIN, _LINE = 214, 84, 10, 24, 16
_PADDING = 10
#: How much of a row a line takes up that passes a column.
_THIN = 0.3
_MOST_LINES = 3
_HEAD = 64
#: Rules named where a line is pointed at.
_MOST_RULES = 12
#: How many times the height of a letter it is wide; what is not here is `_USUAL`. Somewhat too wide is meant.
_LETTERS = {**dict.fromkeys("iljtfrI.,:;'!|() ", 0.4), **dict.fromkeys("mwMWQOGDNHU@%&", 0.95)}
_USUAL, _CAPITAL, _WIDE = 0.6, 0.78, 1.1
_SIZE = 13
_INK = "#1c2329"
#: From one number of the table to the next.
_CELL = 34

#: The sorts of boxes: their colour, that of their edge, and what they are called.
_LOOKS: dict[NodeKind, tuple[str, str, str]] = {
    "topic": ("#eef1f4", "#5b6b7b", "Topic"),
    "question": ("#eef1f4", "#5b6b7b", "Question"),
    "score": ("#eae6f6", "#5b4b9a", "Score"),
    "finding": ("#fdf3d8", "#94700f", "Finding"),
    "hypothesis": ("#dcecfb", "#1d5f9e", "Hypothesis"),
    "red_flag": ("#fbe0de", "#b3261e", "Red flag"),
    "advice": ("#e3f2e1", "#2e7031", "Advice"),
    "group": ("#fbe0de", "#b3261e", "Red flags"),
}
_SHAPES: dict[NodeKind, tuple[str, str]] = {
    "finding": ("([", "])"),
    "hypothesis": ("[[", "]]"),
    "red_flag": ("{{", "}}"),
    "group": ("{{", "}}"),
}
_PLAIN = re.compile(r"[^A-Za-z0-9 .,:?!()'\u00c0-\U0010ffff-]")


class Placed(Struct, frozen=True):
    """A box where it stands, with its lines of text."""

    node: Node
    x: float
    y: float
    lines: tuple[str, ...]


# --- SVG --------------------------------------------------------------------------------------------------------------


def to_svg(graph: Graph) -> str:
    """Return a drawing without overlaps: what is asked on the left, what is concluded on the right.

    A folded graph, in which nearly everything bears on everything, is a table of numbers instead.
    """
    if graph.is_folded:
        lines, width, height = _table(graph)
    else:
        boxes, paths, width, height = _laid_out(graph)
        is_against = any(edge.against for edge in graph.edges)
        kinds = [kind for kind in _LOOKS if any(box.node.kind == kind for box in boxes)]
        drawn = [line for box in boxes for line in _box(box, _height(boxes))]
        lines = [*_legend(kinds, is_against=is_against), '<g fill="none">', *paths, "</g>", *drawn]
    title = escape(harmless(graph.about))
    said = f"{len(graph.nodes)} boxes and {len(graph.edges)} lines: each box feeds those that its lines lead to."
    if graph.is_folded:
        said = "A row for each topic or question, a column for each conclusion; the number says how many bear on it."
    wide = max(width, 2 * _MARGIN + 1.4 * _width_of(harmless(graph.about)))
    head = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {wide:.0f} {height:.0f}" width="{wide:.0f}" ',
        f'height="{height:.0f}" role="img" aria-labelledby="t d" font-family="system-ui, sans-serif" ',
        f'font-size="{_SIZE}">',
    ]
    return "\n".join(
        [
            "".join(head),
            f'<title id="t">{title}</title>',
            f'<desc id="d">{said}</desc>',
            '<rect width="100%" height="100%" fill="#ffffff"/>',
            f'<text x="{_MARGIN}" y="{_MARGIN + 8}" font-size="17" font-weight="600" fill="{_INK}">{title}</text>',
            *lines,
            "</svg>\n",
        ]
    )


def _table(graph: Graph) -> tuple[list[str], float, float]:
    """Return a table: what bears on what, as numbers in circles."""
    starts = {edge.start for edge in graph.edges}
    rows = [node for node in graph.nodes if node.name in starts]
    columns = [node for node in graph.nodes if node.name not in starts]
    top, left = _MARGIN + 200, _MARGIN + 390
    y = {node.name: top + number * _CELL for number, node in enumerate(rows)}
    x = {node.name: left + number * _CELL for number, node in enumerate(columns)}
    heaviest = max((edge.weight for edge in graph.edges), default=1)
    lines = []
    for node in rows:
        note = f" ({harmless(node.note)})" if node.note else ""
        text = _cut(harmless(node.label) + note, 370)
        lines.append(f'<path d="M{_MARGIN} {y[node.name] + 17} H{left + len(columns) * _CELL - 17}" stroke="#e3e7ea"/>')
        lines.append(_text(f'x="{_MARGIN}" y="{y[node.name] + 5}"', text, _INK, harmless(node.label)))
    for node in columns:
        note = f": {harmless(node.note)}" if node.note else ""
        _, colour, _ = _LOOKS[_look(node)]
        place = f'x="{x[node.name]}" y="{top - 26}" transform="rotate(-50 {x[node.name]} {top - 26})"'
        label = harmless(node.label) + note
        lines.append(_text(place, _cut(label, 230), colour, label))
    for edge in graph.edges:
        fill, stroke, _ = _LOOKS[_look(next(node for node in columns if node.name == edge.end))]
        size = 7 + 7 * (edge.weight / heaviest) ** 0.5
        place = f'cx="{x[edge.end]}" cy="{y[edge.start]}"'
        lines.append(f'<circle {place} r="{size:.1f}" fill="{fill}" stroke="{stroke}"/>')
        lines.append(
            f'<text x="{x[edge.end]}" y="{y[edge.start] + 4}" font-size="11" text-anchor="middle" fill="{_INK}">'
            f"{edge.weight}</text>"
        )
    return lines, left + len(columns) * _CELL + 150, top + len(rows) * _CELL + _MARGIN


def _text(place: str, text: str, colour: str, whole: str) -> str:
    return f'<text {place} fill="{colour}"><title>{escape(whole)}</title>{escape(text)}</text>'


def _cut(text: str, room: float) -> str:
    """Return a text that is no wider than there is room for."""
    if _width_of(text) <= room:
        return text
    while text and _width_of(f"{text}…") > room:
        text = text[:-1]
    return f"{text.rstrip()}…"


def _laid_out(graph: Graph) -> tuple[list[Placed], list[str], float, float]:
    numbers = {node.name: number for number, node in enumerate(graph.nodes)}
    ends = [(numbers[edge.start], numbers[edge.end]) for edge in graph.edges]
    columns = _columns(graph, ends)
    rows, through = layered(columns, ends, line=_THIN) if graph.nodes else ([], [])
    texts = [_wrapped(harmless(node.label)) for node in graph.nodes]
    height = max((len(lines) + bool(node.note) for lines, node in zip(texts, graph.nodes, strict=True)), default=1)
    step = height * _LINE + 2 * _PADDING + _GAP_Y

    def x(column: float) -> float:
        return _MARGIN + column * (_WIDTH + _GAP_X)

    top = min([*rows, *(row for points in through for _, row in points)], default=0.0)

    def y(row: float) -> float:
        return _MARGIN + _HEAD + (row - top) * step

    boxes = [
        Placed(node, x(column), y(row), lines)
        for node, column, row, lines in zip(graph.nodes, columns, rows, texts, strict=True)
    ]
    middle = (step - _GAP_Y) / 2
    paths = [
        _path(
            edge,
            [
                (boxes[start].x + _WIDTH, boxes[start].y + middle),
                *((x(column), y(row) + middle) for column, row in points),
                (boxes[end].x, boxes[end].y + middle),
            ],
        )
        for edge, (start, end), points in zip(graph.edges, ends, through, strict=True)
    ]
    lowest = max(
        [box.y for box in boxes] + [y(row) for points in through for _, row in points], default=_MARGIN + _HEAD
    )
    return boxes, paths, x(max(columns, default=0)) + _WIDTH + _MARGIN, lowest + step - _GAP_Y + _MARGIN


def _height(boxes: Sequence[Placed]) -> float:
    return max((len(box.lines) + bool(box.node.note) for box in boxes), default=1) * _LINE + 2 * _PADDING


def _columns(graph: Graph, ends: Sequence[tuple[int, int]]) -> list[int]:
    """Return for each box its column: what is concluded stands in the last, all else just before what it feeds."""
    below: dict[int, list[int]] = {}
    for start, end in ends:
        below.setdefault(start, []).append(end)
    steps: dict[int, int] = {}  # from each box, the longest way to a last one
    for last in graphlib.TopologicalSorter(
        {number: below.get(number, ()) for number in range(len(graph.nodes))}
    ).static_order():
        steps[last] = 1 + max((steps[end] for end in below.get(last, ())), default=-1)
    most = max(steps.values(), default=0)
    return [most - steps[number] for number in range(len(graph.nodes))]


def _path(edge: Edge, points: list[tuple[float, float]]) -> str:
    (x, y), *rest = points
    way = [f"M{x:g} {y:g}"]
    for number, (to_x, to_y) in enumerate(rest):
        bend = _GAP_X / 2
        way.append(f"C{x + bend:g} {y:g} {to_x - bend:g} {to_y:g} {to_x:g} {to_y:g}")
        x, y = to_x, to_y
        if number < len(rest) - 1:  # past the boxes of a column, straight on
            x += _WIDTH
            way.append(f"H{x:g}")
    colour = "#b3261e" if edge.against else "#7a8894"
    dashes = ' stroke-dasharray="5 4"' if edge.against else ""
    return (
        f'<path d="{" ".join(way)}" stroke="{colour}" stroke-width="1.2" stroke-opacity="0.75"{dashes}>'
        f"<title>{escape(_by(edge))}</title></path>"
    )


def _by(edge: Edge) -> str:
    """Return by what one box feeds another."""
    if not edge.rules:
        return f"{edge.weight} question{'s' * (edge.weight != 1)}"
    more = len(edge.rules) - _MOST_RULES
    listed = ", ".join(map(harmless, edge.rules[:_MOST_RULES])) + (f" and {more} more" if more > 0 else "")
    return f"{'against, ' if edge.against else ''}by {listed}"


def _box(box: Placed, height: float) -> Iterator[str]:
    fill, edge, called = _LOOKS[_look(box.node)]
    round_ = {"finding": 18, "red_flag": 3, "group": 3}.get(box.node.kind, 8)
    full = f"{called}: {harmless(box.node.label)} ({harmless(box.node.id)})"
    yield f"<g><title>{escape(full)}</title>"
    yield (
        f'<rect x="{box.x:g}" y="{box.y:g}" width="{_WIDTH}" height="{height:g}" rx="{round_}" fill="{fill}" '
        f'stroke="{edge}"/>'
    )
    lines = [*box.lines, *([_cut(harmless(box.node.note), _WIDTH - 2 * _PADDING)] if box.node.note else [])]
    y = box.y + (height - len(lines) * _LINE) / 2 + 12
    for number, line in enumerate(lines):
        colour = edge if number >= len(box.lines) else _INK
        yield f'<text x="{box.x + _PADDING:g}" y="{y + number * _LINE:g}" fill="{colour}">{escape(line)}</text>'
    yield "</g>"


def _look(node: Node) -> NodeKind:
    return "hypothesis" if node.kind == "group" and node.id == "other" else node.kind


def _legend(kinds: Sequence[NodeKind], *, is_against: bool) -> Iterator[str]:
    x: float = _MARGIN
    y = _MARGIN + 22
    for kind in kinds:
        fill, edge, called = _LOOKS[kind]
        yield f'<rect x="{x:g}" y="{y}" width="14" height="14" rx="3" fill="{fill}" stroke="{edge}"/>'
        yield f'<text x="{x + 20:g}" y="{y + 12}" fill="{_INK}">{called}</text>'
        x += 34 + _width_of(called)
    if is_against:
        yield f'<path d="M{x:g} {y + 7} h22" stroke="#b3261e" stroke-width="1.2" stroke-dasharray="5 4"/>'
        yield f'<text x="{x + 28:g}" y="{y + 12}" fill="{_INK}">speaks against</text>'


def _width_of(text: str) -> float:
    """Return how wide a text is at most, about."""
    return sum(_SIZE * _letter(letter) for letter in text)


def _letter(letter: str) -> float:
    if letter in _LETTERS:
        return _LETTERS[letter]
    if not letter.isascii():
        return _WIDE
    return _CAPITAL if letter.isupper() else _USUAL


def _wrapped(text: str) -> tuple[str, ...]:
    """Return a text in lines that fit a box; what is left over is cut off, for the title has it whole."""
    room = _WIDTH - 2 * _PADDING
    lines = [""]
    for word in _broken(text, room):
        longer = f"{lines[-1]} {word}".strip()
        if _width_of(longer) <= room:
            lines[-1] = longer
        else:
            lines.append(word)
    if len(lines) > _MOST_LINES:
        rest = " ".join(lines[_MOST_LINES - 1 :])
        lines = [*lines[: _MOST_LINES - 1], _cut(rest, room)]
    return tuple(lines)


def _broken(text: str, room: float) -> Iterator[str]:
    """Yield the words of a text, those that are too long in pieces."""
    for word in text.split():
        piece = ""
        for letter in word:
            if _width_of(piece + letter) > room:
                yield piece
                piece = ""
            piece += letter
        yield piece


# --- text for other programs ------------------------------------------------------------------------------------------


def to_mermaid(graph: Graph) -> str:
    """Return a Mermaid flow chart, as Markdown on many sites draws it."""

    def text(words: str) -> str:
        # Mermaid has no quoting that is sure; all that could be markup, a directive or an entity becomes a number.
        return _PLAIN.sub(lambda found: f"#{ord(found[0])};", harmless(words))

    def link(edge: Edge, start: str, end: str) -> str:
        return f"    {start} {'-.->' if edge.against else '-->'} {end}"

    def node(each: Node, name: str) -> str:
        left, right = _SHAPES.get(each.kind, ("[", "]"))
        note = f"<br>{text(each.note)}" if each.note else ""
        return f'    {name}{left}"{text(each.label)}{note}"{right}:::{_look(each)}'

    used = {_look(each) for each in graph.nodes}
    styles = [
        f"    classDef {kind} fill:{fill},stroke:{edge},color:{_INK}"
        for kind, (fill, edge, _) in _LOOKS.items()
        if kind in used
    ]
    lines = [f"    %% {text(graph.about)}", *_listed(graph, node, link), *styles]
    return "\n".join(["flowchart LR", *lines]) + "\n"


def to_dot(graph: Graph) -> str:
    """Return a graph in the DOT language, for Graphviz and its like."""

    def text(words: str) -> str:
        # Graphviz reads entities too.
        return harmless(words).replace("&", "&amp;").replace("\\", "\\\\").replace('"', '\\"')

    def link(edge: Edge, start: str, end: str) -> str:
        style = ', style="dashed", color="#b3261e"' if edge.against else ""
        return f'  {start} -> {end} [tooltip="{text(_by(edge))}"{style}];'

    def node(each: Node, name: str) -> str:
        fill, edge, _ = _LOOKS[_look(each)]
        note = f"\\n{text(each.note)}" if each.note else ""
        return f'  {name} [label="{text(each.label)}{note}", fillcolor="{fill}", color="{edge}"];'

    head = [
        "digraph base {",
        f'  label="{text(graph.about)}";',
        "  rankdir=LR;",
        '  node [shape=box, style="rounded,filled", fontname="sans-serif"];',
    ]
    return "\n".join([*head, *_listed(graph, node, link), "}"]) + "\n"


def _listed(graph: Graph, node: Callable[[Node, str], str], link: Callable[[Edge, str, str], str]) -> Iterator[str]:
    names: dict[Name, str] = {each.name: f"n{number}" for number, each in enumerate(graph.nodes)}
    yield from (node(each, names[each.name]) for each in graph.nodes)
    yield from (link(edge, names[edge.start], names[edge.end]) for edge in graph.edges)
