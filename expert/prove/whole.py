"""Everything that is proved of a base, statement by statement."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator

from msgspec.structs import replace

from expert.cases import Case
from expert.harmless import harmless
from expert.model import Base
from expert.prove.checks import KINDS, Check, Kind
from expert.prove.safety import Prover
from expert.prove.sparing import ends_of_cases, induction
from expert.prove.structure import at_odds, of_use, options_of_use, reached
from expert.prove.theorems import Theorem, Theorems


def prove(
    base: Base, theorems: Theorems, cases: Iterable[Case] = (), only: Collection[str] | None = None
) -> Iterator[Check]:
    """Yield every statement about a base with whether it holds, as it is found out.

    Args: cases: those of the base; only: ids of theorems, and kinds of checks, to leave all others out.
    """
    prover = Prover(base)
    excused = dict(theorems.excused)
    for kind in KINDS:
        for check in _of_kind(kind, prover, theorems, cases, only):
            reason = excused.pop(check.id, "")
            yield replace(check, excused=reason) if reason else check
    if only is None:
        for id_ in excused:
            yield Check(f"excused/{id_}", "theorem", f"There is a statement '{harmless(id_)}' to excuse.", holds=False)


def _of_kind(
    kind: Kind, prover: Prover, theorems: Theorems, cases: Iterable[Case], only: Collection[str] | None
) -> Iterator[Check]:
    if kind == "theorem":
        chosen = (one for one in theorems.theorems if only is None or one.id in only or kind in only)
        yield from (tried(prover, theorem) for theorem in chosen)
    elif only is not None and kind not in only:
        return
    elif kind == "reach":
        yield from reached(prover)
    elif kind == "rules":
        yield from of_use(prover)
        yield from at_odds(prover)
    elif kind == "options":
        yield from options_of_use(prover)
    else:
        yield from induction(prover.base)
        yield from ends_of_cases(prover.base, cases)


def tried(prover: Prover, theorem: Theorem) -> Check:
    """Return a theorem proved, or with answers for which it does not hold."""
    example = prover.refute(theorem)
    return Check(f"theorem/{theorem.id}", "theorem", harmless(theorem.says), example is None, example=example)
