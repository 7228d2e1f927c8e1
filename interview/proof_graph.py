"""A proof as a layered drawing: which step goes into which column, and where in it.

Columns and rows are in steps of one box: whoever draws the boxes knows how large they are. Two boxes of one column are
never less than one row apart.
"""

from __future__ import annotations

from msgspec import Struct

from expert.layers import layered
from expert.proof import Proof


class Node(Struct, frozen=True):
    """One box: the step of the proof it shows, its column and row, and the numbers of the boxes below it."""

    proof: Proof
    column: int
    row: float
    children: tuple[int, ...]


class Line(Struct, frozen=True):
    """A line between two boxes, by their numbers, through points (column, row) that keep it clear of other boxes."""

    start: int
    end: int
    through: tuple[tuple[int, float], ...]


class Drawing(Struct, frozen=True):
    """A proof laid out; the first node is its conclusion. A step that several others rest on is one box."""

    nodes: tuple[Node, ...]
    lines: tuple[Line, ...]


def draw(proof: Proof) -> Drawing:
    """Lay a proof out, from its conclusion on the left to the answers on the right."""
    numbers: dict[Proof, int] = {}
    _number(proof, numbers)
    steps = list(numbers)
    children = [tuple(dict.fromkeys(numbers[part] for part in step.parts)) for step in steps]
    columns = _columns(children)
    ends = [(start, end) for start, below in enumerate(children) for end in below]
    rows, through = layered(columns, ends)
    return Drawing(
        tuple(Node(step, columns[number], rows[number], children[number]) for number, step in enumerate(steps)),
        tuple(Line(start, end, points) for (start, end), points in zip(ends, through, strict=True)),
    )


def _number(proof: Proof, numbers: dict[Proof, int]) -> None:
    if proof not in numbers:
        numbers[proof] = len(numbers)
        for part in proof.parts:
            _number(part, numbers)


def _columns(children: list[tuple[int, ...]]) -> list[int]:
    """Return for each step the length of the longest way to it from the conclusion."""
    above = [0] * len(children)
    for below in children:
        for child in below:
            above[child] += 1
    columns = [0] * len(children)
    ready = [0]
    while ready:
        number = ready.pop()
        for child in children[number]:
            columns[child] = max(columns[child], columns[number] + 1)
            above[child] -= 1
            if not above[child]:
                ready.append(child)
    return columns
