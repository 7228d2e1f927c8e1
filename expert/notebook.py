"""How values show themselves in a notebook: as Markdown or HTML, made by `expert.telling` when it is asked for."""

from __future__ import annotations


class InNotebook:
    """Mixed into what can be told in words: notebooks call these two methods."""

    __slots__ = ()

    def _repr_markdown_(self) -> str:
        """Return this as Markdown."""
        from expert.telling import notebook, to_markdown  # noqa: PLC0415 - only a notebook needs it

        return to_markdown(*notebook(self))

    def _repr_html_(self) -> str:
        """Return this as HTML."""
        from expert.telling import notebook, to_html  # noqa: PLC0415 - only a notebook needs it

        return to_html(*notebook(self))
