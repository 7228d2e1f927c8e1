"""Codes in words, with how far each was confirmed, and what the licences of their systems want said beside them."""

from __future__ import annotations

from collections.abc import Iterable

from expert.harmless import harmless
from expert.model import Base, Code

_STATUS = {"seen": "", "excerpt": "seen in excerpts only: confirm before use", "unconfirmed": "confirm before use"}


def code_in_words(base: Base, code: Code) -> str:
    """Return a code with its system, its name and what is to be confirmed, such as "LOINC 2601-3 Magnesium"."""
    doubts = "; ".join(harmless(part) for part in (_STATUS[code.status], code.note or "") if part).rstrip(".")
    words = f"{harmless(base.code_systems[code.system].name)} {harmless(code.code)} {harmless(code.name)}"
    return f"{words} ({doubts})" if doubts else words


def notices_of(base: Base, codes: Iterable[str]) -> tuple[str, ...]:
    """Return what the licences of the systems of some codes want said, each once, in the order of the base."""
    systems = {base.codes[code].system for code in codes}
    return tuple(
        harmless(system.notice) for system in base.code_systems.values() if system.id in systems and system.notice
    )
