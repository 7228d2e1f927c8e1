"""Legwise as a library: open a rule base, give it answers, read and explain the verdict.

>>> import expert
>>> base = expert.open_base()
>>> expert.consult(base, {"chest_pain": "yes"}).verdict.urgency
'emergency'
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:  # what is needed is imported when it is needed: the first question of an interview must come at once
    from collections.abc import Mapping

    from expert.consultation import Consultation
    from expert.model import Base

__all__ = ["consult", "open_base"]


def open_base(folder: Path | str | None = None, *, name: str | None = None) -> Base:
    """Open the rule base in a folder, one that comes with Legwise by its `name`, or (neither) the stiff-legs base.

    Raises: expert.faults.FaultsError: with all faults of the base. KeyError: none that comes with Legwise is so called.
    """
    from expert.cache import cached_load, default_folder, shipped_bases  # noqa: PLC0415

    return cached_load(folder or (shipped_bases()[name] if name else default_folder()))


def consult(base: Base, answers: Mapping[str, Any]) -> Consultation:
    """Hold a consultation with given answers: replies by question id, in any order.

    Raises: expert.answers.ReplyError: a question is unknown, or a reply does not fit it.
    """
    from expert.answers import check_reply  # noqa: PLC0415
    from expert.consultation import consult as hold  # noqa: PLC0415

    return hold(base, {question: check_reply(base, question, reply) for question, reply in answers.items()})
