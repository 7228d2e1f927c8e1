"""How values show themselves in a notebook: as Markdown or HTML, made by `expert.telling` when it is asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from expert.model import Base
    from expert.telling import Telling


class InNotebook:
    """Mixed into what can be told in words: notebooks call the two methods whose names begin with `_repr`."""

    __slots__ = ()

    def _told(self) -> tuple[list[Telling], Base | None]:
        """Return this in words, with its base where it has one."""
        from expert.telling import notebook  # noqa: PLC0415 - only a notebook needs it

        return notebook(self)

    def _repr_markdown_(self) -> str:
        """Return this as Markdown."""
        from expert.telling import to_markdown  # noqa: PLC0415 - only a notebook needs it

        return to_markdown(*self._told())

    def _repr_html_(self) -> str:
        """Return this as HTML."""
        from expert.telling import to_html  # noqa: PLC0415 - only a notebook needs it

        return to_html(*self._told())
