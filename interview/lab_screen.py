"""A session of exercises at a rich terminal: colours, line editing, history, and names completed by Tab."""

from __future__ import annotations

from collections.abc import Sequence

from prompt_toolkit import PromptSession
from prompt_toolkit.completion import WordCompleter
from prompt_toolkit.output import create_output
from prompt_toolkit.output.vt100 import Vt100_Output
from rich.console import Console

from expert.model import Base
from expert.telling import Telling
from interview.line import wrapped
from interview.render.proof import MAX_WIDTH, show


class ScreenDesk:
    """Shows text in colours, and reads lines that can be edited."""

    def __init__(self) -> None:
        """Use the terminal that this runs in."""
        self._console = Console()
        output = create_output()
        if isinstance(output, Vt100_Output):
            output.enable_cpr = False  # some terminals never say where their cursor is
        self._session: PromptSession[str] = PromptSession(output=output)

    def show(self, tellings: Sequence[Telling], base: Base | None = None) -> None:
        """Show what is told."""
        self._console.print()
        show(tellings, base, self._console)

    def say(self, text: str) -> None:
        """Show one text, wrapped."""
        for line in wrapped(text, min(self._console.width, MAX_WIDTH)):
            self._console.print(line, markup=False, highlight=False, emoji=False, soft_wrap=True)

    def read(self, prompt: str, names: Sequence[str] = ()) -> str:
        """Read one line."""
        completer = WordCompleter(list(names))
        return self._session.prompt(f"{prompt} ", completer=completer, complete_while_typing=False)
