"""What a proof of a base comes to: a list of statements, each proved or refuted."""

from __future__ import annotations

from typing import Literal, get_args

from msgspec import Struct

from expert.prove.replay import Counterexample

#: `theorem`: of the base's own file; `reach`: every part can come to be; `rules`: no rule is idle or at odds with
#: another; `options`: no choice is dead; `sparing`: what is not asked could not have mattered.
Kind = Literal["theorem", "reach", "rules", "options", "sparing"]
KINDS: tuple[Kind, ...] = get_args(Kind)


class Check(Struct, frozen=True):
    """One statement that was tried. `id` names it in `excused`, if it need not hold; `why` is told when it fails."""

    id: str
    kind: Kind
    says: str
    holds: bool
    why: tuple[str, ...] = ()
    example: Counterexample | None = None
    excused: str = ""

    @property
    def fails(self) -> bool:
        """Whether it should hold and does not; or is excused, and holds after all."""
        return self.holds == bool(self.excused)
