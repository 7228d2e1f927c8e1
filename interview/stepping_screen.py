"""The stepper on the whole screen of a terminal: keys, and one prompt_toolkit application that draws the session."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from prompt_toolkit.application import Application
from prompt_toolkit.formatted_text import FormattedText
from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent
from prompt_toolkit.keys import Keys
from prompt_toolkit.layout import FormattedTextControl, Layout, Window
from prompt_toolkit.output import create_output
from prompt_toolkit.output.vt100 import Vt100_Output
from prompt_toolkit.styles import Style

from expert.strategies import NAMES
from interview.render.stepping import Line, folded, page_lines, screen
from interview.stepping import BACK, COMMANDS, END, LEAVE, NEXT, ORDERS, START, Command, LeftError, Opened, Session

_STYLE = Style(
    [
        ("heading", "bold fg:ansicyan"),
        ("title", "bold"),
        ("did", ""),
        ("new", "fg:ansigreen"),
        ("next", "bold"),
        ("quiet", "fg:ansibrightblack"),
        ("message", "fg:ansiyellow"),
    ]
)
_MAX_TYPED = 120
#: Names offered while one is typed.
_MAX_OFFERED = 40
_MOVES = {
    Keys.Right: NEXT, Keys.Enter: NEXT, Keys.ControlN: NEXT, " ": NEXT, Keys.Left: BACK, Keys.Backspace: BACK,
    Keys.ControlP: BACK, Keys.Home: START, Keys.End: END,
}  # fmt: skip
_BY_KEY = {command.key: command for command in COMMANDS}


class StepScreen:
    """What is on the screen: the session, a page over it, or a name being typed."""

    def __init__(self, session: Session) -> None:
        """Show the session itself."""
        self.session = session
        self.opened: Opened | None = None
        self.scroll = 0
        self.asking: Command | None = None
        self.typed = ""

    # --- drawing --------------------------------------------------------------------------------------------------

    def lines(self, columns: int, rows: int) -> list[Line]:
        """Return what fits into `columns` by `rows`."""
        width = max(columns - 1, 8)
        if self.opened is not None:
            return self._page(self.opened, width, rows)
        return screen(self.session, columns, rows, list(self._prompt(width)) if self.asking else ())

    def _page(self, opened: Opened, width: int, rows: int) -> list[Line]:
        lines = page_lines(self.session, opened, width)
        room = max(rows - 1, 1)
        self.scroll = max(min(self.scroll, len(lines) - room), 0)
        shown = lines[self.scroll : self.scroll + room]
        left = len(lines) - self.scroll - len(shown)
        more = f"{left} more lines below: Space or Down. " if left else ""
        return [*shown, *folded("quiet", f"{more}q goes back.", width)[:1]]

    def _prompt(self, width: int) -> Iterator[Line]:
        assert self.asking is not None
        what = "strategy (none: all)" if self.asking is ORDERS else self.asking.takes
        yield from folded("message", self.session.message, width) if self.session.message else ()
        yield from folded("title", f"{self.typed}_", width, f"{self.asking.word}, {what}: ")
        yield from folded("quiet", "  ".join(self.offered()) or "no name begins so", width)[:2]
        yield from folded("quiet", "Tab completes, Enter does it, Esc goes back.", width)[:1]

    # --- names ----------------------------------------------------------------------------------------------------

    def offered(self) -> list[str]:
        """Return the names that begin with what is typed; those with a colon, the productions', only when asked for."""
        assert self.asking is not None
        names = NAMES if self.asking.takes == "strategy" else self.session.stepper.names
        begun = [name for name in names if name.startswith(self.typed) and (":" in self.typed or ":" not in name)]
        return begun[:_MAX_OFFERED]

    # --- keys -----------------------------------------------------------------------------------------------------

    def press(self, key: str) -> None:
        """Take one key. Raises: LeftError."""
        if self.asking is not None:
            self._type(key)
        elif self.opened is not None:
            self._read(key)
        elif key in _MOVES:
            self._do(_MOVES[key])
        elif (command := _BY_KEY.get(key.lower())) is not None:
            if command.takes:
                self.asking, self.typed = command, ""
                self.session.message = ""
            else:
                self._do(command)

    def resume(self) -> None:
        """Go back from a page or a name to the session."""
        self.opened, self.asking = None, None

    def _type(self, key: str) -> None:
        if key == Keys.Enter:
            command, name = self.asking, self.typed.strip()
            if name or command is ORDERS:
                assert command is not None
                self._do(command, name)
            if not (name and self.session.is_misnamed):  # then it can be mended
                self.asking = None
        elif key == Keys.Backspace:
            self.typed = self.typed[:-1]
        elif key == Keys.Tab:
            self.typed = _begun_by_all(self.offered()) or self.typed
        elif len(key) == 1 and key.isprintable():
            self.typed = (self.typed + key)[:_MAX_TYPED]

    def _read(self, key: str, page: int = 10) -> None:
        steps = {Keys.Down: 1, Keys.Up: -1, Keys.PageDown: page, Keys.PageUp: -page, " ": page, Keys.Home: -(10**6)}
        if key in steps:
            self.scroll += steps[key]
        elif key == Keys.End:
            self.scroll = 10**6
        elif key in (Keys.Enter, Keys.Left, Keys.Backspace, LEAVE.key) or key in _BY_KEY:
            self.resume()

    def _do(self, command: Command, name: str = "") -> None:
        self.opened, self.scroll = self.session.do(command, name), 0


def _begun_by_all(names: Sequence[str]) -> str:
    """Return the longest beginning that some names share."""
    if not names:
        return ""
    low, high = min(names), max(names)
    return low[: next((place for place, letter in enumerate(low) if high[place : place + 1] != letter), len(low))]


def step_on_screen(session: Session) -> None:
    """Step on the whole screen until the person leaves. Raises: KeyboardInterrupt: on Ctrl-C."""
    shown = StepScreen(session)
    output = create_output()
    if isinstance(output, Vt100_Output):
        output.enable_cpr = False  # some terminals never say where their cursor is

    def draw() -> FormattedText:
        size = output.get_size()
        return formatted(shown.lines(size.columns, size.rows))

    application: Application[Any] = Application(
        layout=Layout(Window(FormattedTextControl(draw, show_cursor=False), always_hide_cursor=True)),
        key_bindings=_bindings(shown),
        style=_STYLE,
        include_default_pygments_style=False,
        full_screen=True,
        output=output,
    )
    application.run()


def formatted(lines: Sequence[Line]) -> FormattedText:
    """Return lines as prompt_toolkit takes them."""
    pieces = [piece for line in lines for piece in (*((f"class:{style}", text) for style, text in line), ("", "\n"))]
    return FormattedText(pieces[:-1])


def _bindings(shown: StepScreen) -> KeyBindings:
    bindings = KeyBindings()

    @bindings.add(Keys.Any)
    def _(event: KeyPressEvent) -> None:
        for key in event.key_sequence:
            _press(shown, event, key.key)

    @bindings.add(Keys.Escape)
    def _(_event: KeyPressEvent) -> None:
        shown.resume()

    @bindings.add(Keys.BracketedPaste)
    def _(event: KeyPressEvent) -> None:
        for character in event.data if shown.asking else "":
            _press(shown, event, character)

    for key in (Keys.ControlC, Keys.SIGINT):
        bindings.add(key)(lambda event: _leave(event, exception=KeyboardInterrupt))
    bindings.add(Keys.ControlD)(_leave)
    return bindings


def _press(shown: StepScreen, event: KeyPressEvent, key: str) -> None:
    try:
        shown.press(key)
    except LeftError:
        _leave(event)


def _leave(event: KeyPressEvent, **outcome: Any) -> None:
    """End the application, unless a key before this one has already ended it."""
    if event.app.future is not None and not event.app.future.done():
        event.app.exit(**outcome)
