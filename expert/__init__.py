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


def open_base(folder: Path | str | None = None) -> Base:
    """Open the rule base in a folder, or the stiff-legs base that comes with Legwise.

    Raises: expert.faults.FaultsError: with all faults of the base.
    """
    from expert.cache import cached_load, default_folder  # noqa: PLC0415

    return cached_load(folder or default_folder())


def consult(base: Base, answers: Mapping[str, Any]) -> Consultation:
    """Hold a consultation with given answers: replies by question id, in any order.

    Raises: expert.answers.ReplyError: a question is unknown, or a reply does not fit it.
    """
    from expert.answers import check_reply  # noqa: PLC0415
    from expert.consultation import consult as hold  # noqa: PLC0415

    return hold(base, {question: check_reply(base, question, reply) for question, reply in answers.items()})
