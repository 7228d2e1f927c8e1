"""The rich terminal: keys, a pointer and ticks, on questionary and prompt_toolkit.

One questionary `Question` with a control of our own serves every kind of question. questionary's own `select` and
`checkbox` point at an answer before the person does, cut long lines off, have no way back, and build three applications
for each question; here nothing is chosen until it is chosen, everything wraps, and one application serves them all.
"""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any

from msgspec import Struct
from msgspec.structs import replace
from prompt_toolkit import print_formatted_text
from prompt_toolkit.application import Application
from prompt_toolkit.formatted_text import FormattedText
from prompt_toolkit.input import create_input
from prompt_toolkit.input.typeahead import clear_typeahead
from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent
from prompt_toolkit.keys import Keys
from prompt_toolkit.layout import FormattedTextControl, Layout, Window
from prompt_toolkit.output import Output, create_output
from prompt_toolkit.output.vt100 import Vt100_Output
from questionary import Question, Style

from expert.harmless import harmless
from interview.asking import (
    KEY_WORDS,
    Ask,
    Choice,
    Chosen,
    Key,
    Pressed,
    all_unsure,
    settle,
    span,
    ticked_with,
    unsure,
)
from interview.line import can_mark, keys_line, keys_list, wrapped
from interview.wrapping import wrap

#: Longer lines are tiring to read.
_MAX_WIDTH = 88
#: Lines of choices below which the question itself scrolls with them.
_FEWEST_LINES = 4
_MAX_TYPED = 12
#: Lines that a question and its choices mostly need, and those below a page of a long text.
_ROOM_FOR_QUESTION = 16
_ROOM_FOR_PAUSE = 5
_STYLE = Style(
    [
        ("heading", "fg:ansicyan"),
        ("question", "bold"),
        ("pointed", "bold fg:ansicyan"),
        ("quiet", "fg:ansibrightblack"),
        ("message", "fg:ansiyellow"),
        ("answer", "fg:ansicyan"),
        ("loud", "bold fg:ansired"),
    ]
)

#: One line on the screen: its style class and its text.
Line = tuple[str, str]


class View(Struct, frozen=True):
    """What is on the screen while one thing is asked: `pointed` is the place of a choice, None before any is chosen."""

    ask: Ask
    pointed: int | None = None
    ticked: tuple[str, ...] = ()
    typed: str = ""
    message: str = ""
    digits: str = ""


def view_of(ask: Ask) -> View:
    """Return the screen on which a question begins: nothing is chosen but what was chosen before."""
    if ask.kind in ("many", "each"):
        return View(ask, ticked=ask.earlier)
    places = [place for place, choice in enumerate(ask.choices) if choice.value in ask.earlier]
    return View(ask, pointed=places[0] if places else None)


# --- drawing ----------------------------------------------------------------------------------------------------------


def lines_of(view: View, columns: int, rows: int) -> list[Line]:
    """Return a screen as lines that fit into `columns` by `rows`; what does not fit scrolls with the pointer."""
    ask, width = view.ask, min(columns - 1, _MAX_WIDTH)
    top = [*_wrapped("heading", ask.heading, width), *_wrapped("question", ask.text, width)]
    if ask.kind == "number":
        top += _wrapped("", number_line(view), width)
    blocks = [_choice_lines(view, place, width) for place in range(len(ask.choices))]
    bottom = [*_wrapped("message", view.message, width), *_wrapped("quiet", keys_line(ask), width)]
    if len(top) + sum(map(len, blocks)) + len(bottom) > rows:
        bottom = [*_wrapped("message", view.message, width), ("quiet", _few_keys(ask, width))]
    room = max(rows - len(bottom), 1)
    first = sum(len(block) for block in blocks[: view.pointed or 0])
    last = first + (len(blocks[view.pointed]) if view.pointed is not None else 1)
    choices = [line for block in blocks for line in block]
    if len(top) + min(len(choices), _FEWEST_LINES) <= room:
        return [*top, *scrolled(choices, first, last, room - len(top)), *bottom][:rows]
    if view.pointed is None:
        first, last = 0, 1
    else:
        first, last = first + len(top), last + len(top)
    return [*scrolled([*top, *choices], first, last, room), *bottom][:rows]


def _few_keys(ask: Ask, width: int) -> str:
    """Return as many keys as one line holds; the last of them shows all."""
    chosen = [Key.KEYS] if Key.KEYS in ask.keys else []
    for key in (Key.NOT_SURE, Key.BACK, Key.STOP, Key.WHY, Key.HELP, Key.REVIEW):
        more = [*chosen[:-1], key, *chosen[-1:]]
        if key in ask.keys and len(_keys_in_words(more)) <= width:
            chosen = more
    return _keys_in_words(chosen)[:width]


def _keys_in_words(keys: Sequence[Key]) -> str:
    return ", ".join(f"{key.value} {KEY_WORDS[key]}" for key in keys)


def scrolled(lines: Sequence[Line], first: int, last: int, height: int) -> list[Line]:
    """Return at most `height` of `lines`, those from `first` to `last` among them, and say what is out of sight."""
    if len(lines) <= height:
        return list(lines)
    inner = max(height - 2, 1)
    start = min(max((first + last - inner) // 2, 0), len(lines) - inner)
    end = start + inner
    if height < 3:  # noqa: PLR2004 - no room to say it
        return list(lines[start : start + height])
    above = ("quiet", f"... {start} more {_lines(start)} above") if start else ("", "")
    below = ("quiet", f"... {len(lines) - end} more {_lines(len(lines) - end)} below") if end < len(lines) else ("", "")
    return [above, *lines[start:end], below]


def _lines(count: int) -> str:
    return "line" if count == 1 else "lines"


def _wrapped(style: str, text: str, width: int) -> list[Line]:
    return [(style, line) for line in wrapped(text, width)] if text else []


def _choice_lines(view: View, place: int, width: int) -> list[Line]:
    choice = view.ask.choices[place]
    pointer = ">" if place == view.pointed else " "
    first = f"{pointer} {_box(view, choice)}{place + 1:>{len(str(len(view.ask.choices)))}}. "
    style = "pointed" if place == view.pointed else ""
    rest = " " * min(len(first), max(width // 3, 1))
    above = _wrapped("question", choice.heading, width)
    return [*above, *((style, line) for line in wrap(harmless(choice.text), max(width, 8), first=first, rest=rest))]


def _box(view: View, choice: Choice) -> str:
    if view.ask.kind == "one":
        return ""
    mark = "x" if choice.value in view.ticked else "?" if unsure(choice.value) in view.ticked else " "
    return f"({mark}) " if view.ask.kind == "each" else f"[{mark}] "


def number_line(view: View) -> str:
    """Return the line on which a number is typed."""
    limits = " ".join(part for part in (span(view.ask.number.low, view.ask.number.high), view.ask.number.unit) if part)
    earlier = f" Earlier: {view.ask.texts_of(view.ask.earlier)}; Enter keeps it." if view.ask.earlier else ""
    return f"> {view.typed}_" + (f"  ({limits})" if limits else "") + earlier


def how_to(ask: Ask) -> str:
    """Return the one sentence that says how to answer."""
    if ask.kind == "number":
        return "Type the number in digits, then press Enter."
    if ask.kind == "many":
        how = "Up and down (or a number) to a line, Space ticks it, Enter goes on."
        return f"{how} Not sure of one line? Press n on it." if can_mark(ask) else how
    if ask.kind == "each":
        return "Up and down (or a number) to a line, Space chooses it, one for each question. Enter goes on."
    return "Up and down (or a number) to a line, then Enter."


# --- keys -------------------------------------------------------------------------------------------------------------


def moved(view: View, step: int) -> View:
    """Return the view with the pointer moved up or down, round the ends."""
    count = len(view.ask.choices)
    if not count:
        return view
    start = view.pointed if view.pointed is not None else (-1 if step > 0 else count)
    return replace(view, pointed=(start + step) % count, message="", digits="")


def with_digit(view: View, digit: str) -> View:
    """Return the view after a digit: typed into a number, or pointing at the choice of that number."""
    if view.ask.kind == "number":
        return replace(view, typed=(view.typed + digit)[:_MAX_TYPED], message="")
    if not view.ask.choices:
        return view
    for digits in (view.digits + digit, digit):  # "1", "2" is 12 where there are twelve
        if 1 <= int(digits) <= len(view.ask.choices):
            return replace(view, pointed=int(digits) - 1, digits=digits, message="")
    return replace(view, pointed=None, digits="", message=f"There are {len(view.ask.choices)} lines.")


def with_sign(view: View, sign: str) -> View:
    """Return the view after a point, comma or minus."""
    return replace(view, typed=view.typed + sign) if view.ask.kind == "number" else view


def rubbed_out(view: View) -> View:
    """Return the view after Backspace."""
    return replace(view, typed=view.typed[:-1], message="")


def toggled(view: View) -> View:
    """Return the view after Space."""
    if view.ask.kind not in ("many", "each") or view.pointed is None:
        return replace(view, message=how_to(view.ask))
    return _ticked(view, view.ask.choices[view.pointed].value)


def _ticked(view: View, value: str) -> View:
    return replace(view, ticked=ticked_with(view.ask, view.ticked, value), message="", digits="")


def entered(view: View) -> Chosen | View:
    """Return the reply that Enter gives, or the view that says what is amiss."""
    ask = view.ask
    values: tuple[str, ...]
    if ask.kind == "number":
        values = (view.typed,) if view.typed else ask.earlier
    elif ask.kind == "each":
        view = _with_pointed(view)
        values = view.ticked
    elif ask.kind == "many":
        values = view.ticked
    else:
        values = () if view.pointed is None else (ask.choices[view.pointed].value,)
    outcome = settle(ask, values)
    if isinstance(outcome, Chosen):
        return outcome
    return replace(view, message=outcome if values else _nothing_yet(view, outcome))


def _nothing_yet(view: View, outcome: str) -> str:
    if view.ask.kind == "many" and view.pointed is not None:
        return f'Nothing is ticked yet. Space ticks "{view.ask.choices[view.pointed].text}"; then Enter goes on.'
    return f"{outcome} {how_to(view.ask)}"


def _with_pointed(view: View) -> View:
    """Choose the line pointed at, where its question has no reply yet."""
    if view.pointed is None:
        return view
    chosen = view.ask.choices[view.pointed]
    mine = {choice.value for choice in view.ask.choices if choice.group == chosen.group}
    return view if mine.intersection(view.ticked) else _ticked(view, chosen.value)


def pressed(view: View, key: Key) -> Chosen | Pressed | View:
    """Return what one of the letter keys does."""
    if key not in view.ask.keys:
        return view
    if key is Key.KEYS:
        message = f"{keys_list(view.ask)}\n{how_to(view.ask)}"
        return replace(view, message=message if view.message != message else "")
    if key is Key.NOT_SURE:
        if view.pointed is not None and view.ask.choices and view.ask.choices[view.pointed].can_be_unsure:
            return _ticked(view, unsure(view.ask.choices[view.pointed].value))
        values = _unsure_of_it(view)
        outcome = settle(view.ask, values)
        if isinstance(outcome, Chosen):
            return outcome
        return replace(view, message=outcome, ticked=values if view.ask.kind == "each" else view.ticked)
    return Pressed(key, view.ticked)


def _unsure_of_it(view: View) -> tuple[str, ...]:
    """Return what is ticked, and *not sure* of the question pointed at, or of each that has no reply yet."""
    if view.ask.kind != "each":
        return (*view.ticked, *all_unsure(view.ask))
    group = {choice.value: choice.group for choice in view.ask.choices}
    mine = {view.ask.choices[view.pointed].group} if view.pointed is not None else set(view.ask.groups)
    if view.pointed is None:
        mine -= {group[value] for value in view.ticked}
    kept = (value for value in view.ticked if group[value] not in mine)
    return (*kept, *(value for value in all_unsure(view.ask) if group[value] in mine))


#: What a key makes of the screen.
Action = Callable[[View], Chosen | Pressed | View]


def actions() -> Iterator[tuple[Keys | str, Action]]:
    """Yield every key with what it does; all others, Esc and pasted text do nothing."""
    for nothing in (Keys.Any, Keys.BracketedPaste, Keys.Escape):
        yield nothing, lambda view: view
    for key, step in ((Keys.Up, -1), (Keys.ControlP, -1), (Keys.Down, 1), (Keys.ControlN, 1)):
        yield key, partial(moved, step=step)
    for digit in "0123456789":
        yield digit, partial(with_digit, digit=digit)
    for sign in ".,-":
        yield sign, partial(with_sign, sign=sign)
    yield Keys.Backspace, rubbed_out
    yield " ", toggled
    yield Keys.Enter, entered
    for letter in Key:
        for typed in {letter.value, letter.value.upper()}:  # with caps lock on, too
            yield typed, partial(pressed, key=letter)


def _leave(application: Application[Any], **outcome: Any) -> None:
    """End the application, unless a key before this one has already ended it."""
    if application.future is not None and not application.future.done():
        application.exit(**outcome)


# --- the terminal -----------------------------------------------------------------------------------------------------


class TerminalPrompter:
    """Asks with keys on the terminal of this process."""

    def __init__(self, when_shown: Callable[[], None] = lambda: None) -> None:
        """Build the one application for all questions; `when_shown` is called once, when the first can be read."""
        self._output: Output = create_output()
        if isinstance(self._output, Vt100_Output):
            # Asking the terminal where its cursor is gains us nothing, and some never answer.
            self._output.enable_cpr = False
        self._input = create_input()
        self._view: View | None = None
        application: Application[Any] = Application(
            layout=Layout(Window(FormattedTextControl(self._draw, show_cursor=False), always_hide_cursor=True)),
            key_bindings=self._bindings(),
            style=_STYLE,
            include_default_pygments_style=False,
            erase_when_done=True,
            input=self._input,
            output=self._output,
        )
        self._question = Question(application)

        def first_shown(sender: Application[Any]) -> None:
            sender.after_render -= first_shown
            when_shown()

        application.after_render += first_shown

    def say(self, text: str, *, loud: bool = False) -> None:
        """Show some text, wrapped; what is `loud` also takes back what was typed ahead."""
        if loud:
            self._forget_typed_ahead()
        rule = "=" * min(self._width(), 40)
        lines = wrapped(text, self._width())
        self._print("loud" if loud else "", ["", rule, *lines, rule] if loud else lines)

    def ask(self, ask: Ask) -> Chosen | Pressed:
        """Put one thing before the person until there is a valid reply or a key."""
        self._view = view_of(ask)
        outcome: Chosen | Pressed = self._question.unsafe_ask()
        if isinstance(outcome, Chosen) and ask.echo:
            self._print("question", ["", *wrapped(ask.text, self._width())])
            self._print("answer", wrapped(f"= {ask.texts_of(outcome.values)}", self._width()))
        return outcome

    def explain(self, text: str) -> None:
        """Show a text; one that the question would push off the screen is shown a page at a time."""
        lines = wrapped(text, self._width())
        rows = self._output.get_size().rows
        if len(lines) <= max(rows - _ROOM_FOR_QUESTION, 0):
            self._print("", ["", *lines])
            return
        page = max(rows - _ROOM_FOR_PAUSE, 1)
        for start in range(0, len(lines), page):
            self._print("", ["", *lines[start : start + page]])
            more = "Enter shows more." if start + page < len(lines) else "Enter goes back to the question."
            self.ask(Ask(more, "pause", keys=(), echo=False))

    def how(self, ask: Ask) -> str:
        """Return the one sentence that says how to answer."""
        return how_to(ask)

    def _width(self) -> int:
        return min(self._output.get_size().columns - 1, _MAX_WIDTH)

    def _print(self, style: str, lines: Sequence[str]) -> None:
        fragments = FormattedText([(f"class:{style}", "\n".join(lines))])
        print_formatted_text(fragments, style=_STYLE, output=self._output, include_default_pygments_style=False)

    def _draw(self) -> FormattedText:
        assert self._view is not None
        size = self._output.get_size()
        lines = [("", ""), *lines_of(self._view, size.columns, max(size.rows - 2, 1))]
        return FormattedText([(f"class:{style}", f"{text}\n") for style, text in lines])

    def _forget_typed_ahead(self) -> None:
        clear_typeahead(self._input)
        with contextlib.suppress(Exception):  # no such thing on Windows, or no terminal after all
            import termios  # noqa: PLC0415 - not there on Windows

            termios.tcflush(sys.stdin.fileno(), termios.TCIFLUSH)

    def _bindings(self) -> KeyBindings:
        bindings = KeyBindings()

        def bind(key: Keys | str, act: Action) -> None:
            def act_on(event: KeyPressEvent) -> None:
                outcome = act(self._current())
                if isinstance(outcome, View):
                    self._view = outcome
                else:
                    _leave(event.app, result=outcome)

            bindings.add(key)(act_on)

        for key, act in actions():
            bind(key, act)
        for key in (Keys.ControlC, Keys.SIGINT):
            bindings.add(key)(lambda event: _leave(event.app, exception=KeyboardInterrupt))
        bindings.add(Keys.ControlD)(lambda event: _leave(event.app, exception=EOFError))
        return bindings

    def _current(self) -> View:
        assert self._view is not None
        return self._view
