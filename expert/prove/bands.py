"""Bands of certainty as sums of whole numbers, exactly where `expert.certainty` draws the line.

With what belief and disbelief leave open, `certainty >= t` is `doubt <= (1 - t) * trust`: each a product of one minus a
strength, so in logarithms a sum over the evidence that counts, for less against, that must reach `-log(1 - t)`. Scaled
to whole numbers such a sum is exact; the scale is chosen so large that rounding the logarithms cannot carry any
combination of evidence over the line. Where a combination lies on the line itself, the arithmetic of
`expert.certainty.combine` is asked what it makes of it.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator
from functools import lru_cache
from itertools import product
from math import ceil, log, log1p

from msgspec import Struct

from expert.certainty import combine

#: A certainty nearer to the threshold than this may fall on either side by rounding; products err by far less.
_NEAR = 1e-12
#: Combinations on the line that are looked at one by one.
_MOST_NEAR = 50_000
#: What is left open by all evidence together must not vanish in floating point.
_LEAST_OPEN = 1e-300


class TooFineError(ValueError):
    """The strengths of a base cannot be weighed exactly in whole numbers."""


class Counts(Struct, frozen=True):
    """How much evidence of one strength (a certainty factor) can count, at the most, for and against."""

    factor: float
    supporting: int
    opposing: int


#: So many pieces of evidence of each strength that count for, and so many that count against.
Combination = tuple[tuple[int, ...], tuple[int, ...]]


class Line(Struct, frozen=True):
    """When a threshold is reached: the weights (a strength each, in the order asked for) come to `least`.

    `above` and `below` are combinations on the line, that reach it, or do not, whatever their weights come to.
    """

    weights: tuple[int, ...]
    least: int
    above: tuple[Combination, ...] = ()
    below: tuple[Combination, ...] = ()


@lru_cache(maxsize=4096)
def line(counts: tuple[Counts, ...], threshold: float) -> Line:
    """Return when evidence reaches a certainty of `threshold`.

    Args: counts: one for each strength, strongest first; threshold: more than 0 and less than 1.
    Raises: TooFineError: floating point cannot weigh so much, or so strong, evidence.
    """
    logs = [-log1p(-one.factor) for one in counts]
    if sum(size * max(one.supporting, one.opposing) for size, one in zip(logs, counts, strict=True)) > -log(
        _LEAST_OPEN
    ):
        raise TooFineError("there is too much evidence, or strengths are too near to 1, to weigh it exactly.")
    needed = -log1p(-threshold)
    near, gap = _nearest(counts, logs, needed, _NEAR / (1 - threshold))
    held = [one for one in near if _reaches(counts, one, threshold)]
    missed = [one for one in near if not _reaches(counts, one, threshold)]
    if near and not missed:
        needed, gap = needed - gap / 2, gap / 2
    elif near and not held:
        needed, gap = needed + gap / 2, gap / 2
    most = sum(max(one.supporting, one.opposing) for one in counts) + 1
    scale = ceil(most / gap)
    mixed = bool(held and missed)
    return Line(
        weights=tuple(round(size * scale) for size in logs),
        least=round(needed * scale),
        above=tuple(held) if mixed else (),
        below=tuple(missed) if mixed else (),
    )


def _reaches(counts: tuple[Counts, ...], combination: Combination, threshold: float) -> bool:
    factors = [one.factor for one in counts]
    sides = (
        [factor for factor, times in zip(factors, side, strict=True) for _ in range(times)] for side in combination
    )
    return combine(*sides) >= threshold


def _nearest(
    counts: tuple[Counts, ...], logs: list[float], needed: float, tolerance: float
) -> tuple[list[Combination], float]:
    """Return the combinations whose sum is within `tolerance` of `needed`, and how far off the nearest other one is."""
    half = len(counts) // 2
    left, right = _sums(counts[:half], logs[:half]), _sums(counts[half:], logs[half:])
    right.sort()
    sums = [total for total, _ in right]
    near: list[Combination] = []
    gap = 1.0
    for total, differences in left:
        wanted = needed - total
        first = bisect_left(sums, wanted - tolerance)
        last = first
        while last < len(sums) and sums[last] <= wanted + tolerance:
            near += _combinations(counts, (*differences, *right[last][1]))
            if len(near) > _MOST_NEAR:
                raise TooFineError("the strengths and bands of this base lie too often exactly on each other.")
            last += 1
        gap = min(
            [
                gap,
                *(wanted - one for one in sums[first - 1 : first] if first),
                *(sums[last : last + 1] and [sums[last] - wanted]),
            ]
        )
    return near, gap


def _sums(counts: tuple[Counts, ...], logs: list[float]) -> list[tuple[float, tuple[int, ...]]]:
    ranges = (range(-one.opposing, one.supporting + 1) for one in counts)
    return [
        (sum(times * size for times, size in zip(differences, logs, strict=True)), differences)
        for differences in product(*ranges)
    ]


def _combinations(counts: tuple[Counts, ...], differences: tuple[int, ...]) -> Iterator[Combination]:
    """Yield every combination whose evidence for, less that against, comes to some differences."""
    ranges = [
        [
            (times, times - difference)
            for times in range(max(0, difference), one.supporting + 1)
            if times - difference <= one.opposing
        ]
        for one, difference in zip(counts, differences, strict=True)
    ]
    for pairs in product(*ranges):
        yield tuple(pair[0] for pair in pairs), tuple(pair[1] for pair in pairs)
