"""Text in lines of a given width, counted as a terminal counts."""

from __future__ import annotations

import unicodedata


def wrap(text: str, width: int, first: str = "", rest: str = "") -> list[str]:
    """Return `text` in lines of at most `width` columns, the first beginning with `first`, the others with `rest`.

    Columns are counted as a terminal does: wide characters take two, accents none. Words too long are broken.
    """
    lines = [first]
    used, empty = columns(first), True
    for word in text.split(" "):
        pieces = _broken(word, max(width - columns(rest), 2))
        for index, piece in enumerate(pieces):
            space = "" if empty or index else " "
            if not empty and used + columns(space + piece) > width:
                lines.append(rest)
                used, empty, space = columns(rest), True, ""
            lines[-1] += space + piece
            used, empty = used + columns(space + piece), False
    return lines


def _broken(word: str, width: int) -> list[str]:
    if columns(word) <= width:
        return [word]
    pieces = [""]
    for character in word:
        if columns(pieces[-1] + character) > width:
            pieces.append("")
        pieces[-1] += character
    return pieces


def columns(text: str) -> int:
    """Return how many columns of a terminal `text` takes."""
    if text.isascii():
        return len(text)
    return sum(_columns(character) for character in text)


def _columns(character: str) -> int:
    if unicodedata.combining(character):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1
