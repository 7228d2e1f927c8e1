"""A layered drawing by igraph's Sugiyama layout: boxes that have their columns get rows, and lines a way between them.

Columns and rows are in steps of one box. Two boxes of one column are never less than one row apart.
"""

from __future__ import annotations

from collections.abc import Sequence

#: Sweeps to untangle the lines; more change nothing visible.
_SWEEPS = 100
#: Rows left of a stripe in which nothing stands.
_STRIPE = 0.4


def layered(
    columns: Sequence[int], ends: Sequence[tuple[int, int]], *, line: float | None = None
) -> tuple[list[float], list[tuple[tuple[int, float], ...]]]:
    """Return the row of each box, and for each line points (column, row) that keep it clear of other boxes.

    Args: columns: of each box; ends: of each line the two boxes, by number, the first in an earlier column; line: how
    much of a row a passing line takes up. Without it rows are igraph's own, which gives lines as much room as boxes.
    """
    # A line over several columns gets a place of its own in each, as if it were a box.
    places = list(columns)
    links: list[tuple[int, int]] = []
    vias: list[list[int]] = []
    for start, end in ends:
        via = list(range(len(places), len(places) + columns[end] - columns[start] - 1))
        places += range(columns[start] + 1, columns[end])
        links += zip([start, *via], [*via, end], strict=True)
        vias.append(via)
    rows = _rows(places, links)
    if line is not None:
        heights = [1.0 if number < len(columns) else line for number in range(len(places))]
        rows = _straightened(places, links, rows, heights)
    return rows[: len(columns)], [tuple((places[each], rows[each]) for each in via) for via in vias]


def _rows(columns: list[int], links: list[tuple[int, int]]) -> list[float]:
    import igraph  # noqa: PLC0415 - only needed here, and not quick

    graph = igraph.Graph(len(columns), links, directed=True)
    layout = graph.layout_sugiyama(layers=columns, maxiter=_SWEEPS)
    return _apart(columns, [row for row, _ in layout.coords[: len(columns)]])


def _apart(columns: list[int], rows: list[float]) -> list[float]:
    """Move boxes of one column down until they are a row apart: igraph 1.0 lets some of a large drawing touch."""
    lowest: dict[int, float] = {}
    apart = list(rows)
    for number in sorted(range(len(rows)), key=lambda each: (rows[each], each)):
        column = columns[number]
        apart[number] = round(max(rows[number], lowest.get(column, rows[number] - 1) + 1), 3)
        lowest[column] = apart[number]
    return apart


def _straightened(
    columns: Sequence[int], links: Sequence[tuple[int, int]], rows: Sequence[float], heights: Sequence[float]
) -> list[float]:
    """Move everything as near to what it is linked to as it can be without changing its turn in its column."""
    beside: list[list[int]] = [[] for _ in columns]
    for start, end in links:
        beside[start].append(end)
        beside[end].append(start)
    layers = [
        sorted((number for number in range(len(columns)) if columns[number] == column), key=lambda each: rows[each])
        for column in range(max(columns, default=-1) + 1)
    ]
    placed = [0.0] * len(columns)
    for layer in layers:
        for number, turn in zip(layer, _turns([heights[each] for each in layer]), strict=True):
            placed[number] = turn
    for _ in range(_SWEEPS // 2):
        for layer in (*layers, *reversed(layers)):
            wanted = [
                sum(placed[each] for each in beside[number]) / len(beside[number]) if beside[number] else placed[number]
                for number in layer
            ]
            turns = _turns([heights[number] for number in layer])
            rising = _rising([want - turn for want, turn in zip(wanted, turns, strict=True)])
            for number, shift, turn in zip(layer, rising, turns, strict=True):
                placed[number] = shift + turn
    return _closed_up(placed, heights)


def _closed_up(placed: Sequence[float], heights: Sequence[float]) -> list[float]:
    """Take out most of each stripe across the whole drawing in which nothing stands."""
    close = list(placed)
    shift, lowest = 0.0, None
    for number in sorted(range(len(placed)), key=lambda each: placed[each] - heights[each] / 2):
        top, bottom = (placed[number] + sign * heights[number] / 2 for sign in (-1, 1))
        if lowest is not None:
            shift += max(top - lowest - _STRIPE, 0)
        lowest = bottom if lowest is None else max(lowest, bottom)
        close[number] = round(placed[number] - shift, 3)
    return close


def _turns(heights: Sequence[float]) -> list[float]:
    """Return where the middle of each stands when they stand close together."""
    middles = []
    top = 0.0
    for height in heights:
        middles.append(top + height / 2)
        top += height
    return middles


def _rising(values: Sequence[float]) -> list[float]:
    """Return the sequence nearest to `values` (by least squares) that never falls: neighbours that do are pooled."""
    pools: list[tuple[float, int]] = []
    for value in values:
        mean, count = value, 1
        while pools and pools[-1][0] > mean:
            before, size = pools.pop()
            mean, count = (before * size + mean * count) / (size + count), size + count
        pools.append((mean, count))
    return [mean for mean, count in pools for _ in range(count)]
