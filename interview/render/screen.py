"""A report on a terminal, with rich: the same text as everywhere, with what matters most set in a frame."""

from __future__ import annotations

from rich import box
from rich.console import Console
from rich.panel import Panel
from rich.text import Text

from interview.render.layout import Card, Line, lay_out, source_in_words
from interview.render.plain import to_plain
from interview.report import Report
from interview.wrapping import columns, wrap

#: Longer lines are tiring to read, however wide the terminal is.
_MAX_WIDTH = 88
_FRAMES = {
    "emergency": (box.HEAVY, "bold red"),
    "urgent": (box.ROUNDED, "bold yellow"),
    "incomplete": (box.ROUNDED, "bold magenta"),
    "calm": (box.ROUNDED, "bold cyan"),
}
#: How the lead and the text of a line look.
_STYLES = {
    "heading": ("bold underline", "bold underline"),
    "name": ("bold", ""),
    "text": ("bold", ""),
    "apart": ("bold", ""),
    "item": ("bold", ""),
    "quiet": ("dim", "dim"),
}


def show(report: Report, console: Console, *, full: bool = False) -> None:
    """Print the report on `console`; as plain text where there is no terminal to draw on."""
    width = min(console.width, _MAX_WIDTH)
    if not console.is_terminal or console.is_dumb_terminal:
        console.out(to_plain(report, width, full=full), end="", highlight=False)
        return
    page = lay_out(report, full=full)
    console.print()
    for block in page.blocks:
        if isinstance(block, Card):
            _print_card(block, console, width)
        else:
            _print_line(block, console, width)
    if page.sources:
        _print_line(Line("heading", "Sources"), console, width)
        for number, source in enumerate(page.sources, 1):
            mark = f"[{number}] "
            lines = wrap(source_in_words(source), width, first=mark, rest=" " * len(mark))
            _print(console, Text("\n".join(lines), style="dim"))
    _print_line(page.last, console, width)


def _print_line(line: Line, console: Console, width: int) -> None:
    if line.style in ("heading", "name", "apart", "quiet"):
        console.print()
    _print(console, _styled(line, width))


def _print_card(card: Card, console: Console, width: int) -> None:
    frame, style = _FRAMES[card.tone]
    inner = width - 4
    # A frame cuts a title that is too long for it, and this one matters.
    has_room = columns(card.title) <= inner - 2
    title = Text(card.title, style=style)
    content = Text() if has_room else Text("\n".join(wrap(card.title, inner)), style=style).append("\n")
    for index, line in enumerate(card.lines):
        gap = "\n\n" if line.style in ("name", "apart") else "\n"
        content.append(gap if index else "").append_text(_styled(line, inner))
    panel = Panel(
        content,
        box=frame,
        title=title if has_room else None,
        title_align="left",
        border_style=style,
        width=width,
        padding=(0, 1),
    )
    console.print(panel, highlight=False, emoji=False, markup=False)


def _print(console: Console, text: Text) -> None:
    console.print(text, highlight=False, emoji=False, markup=False, soft_wrap=True)


def _styled(line: Line, width: int) -> Text:
    """Return a line wrapped to `width`, its lead (or, in a name without one, all of it) emphasised."""
    lead = line.lead or (line.text if line.style == "name" else "")
    lines = wrap(line.words, width, first="- ", rest="  ") if line.style == "item" else wrap(line.words, width)
    lead_style, text_style = _STYLES[line.style]
    styled = Text("\n".join(lines), style=text_style)
    styled.stylize(lead_style, 0, _end_of(lead, styled.plain))
    return styled


def _end_of(lead: str, wrapped: str) -> int:
    """Return where `lead` ends in the wrapped text, which differs from it only in white space and the bullet."""
    left = sum(not character.isspace() for character in lead)
    for index, character in enumerate(wrapped):
        if left == 0:
            return index
        if not character.isspace() and not (index == 0 and wrapped.startswith("- ") and not lead.startswith("-")):
            left -= 1
    return len(wrapped)
