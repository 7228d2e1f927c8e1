"""Text from rule bases, files and people, made safe to show.

Whatever is shown passes through `harmless`: it can no longer move the cursor, recolour the terminal, turn the reading
direction round, or hide words between other words. Markdown takes `for_markdown` as well, so that a text stays text.
"""

from __future__ import annotations

import re

#: What replaces a character that has no business in a sentence: visible, so that tampering shows.
_REPLACEMENT = "\N{REPLACEMENT CHARACTER}"

#: Written as escapes, since these characters cannot be seen. Fixed ranges, so that every Python shows the same.
_NEVER_SHOWN = re.compile(
    "["
    "\x00-\x1f\x7f-\x9f"  # C0 and C1 controls, ESC and CSI among them
    "\u00ad\u061c\u180e\u200b\u200e\u200f"  # soft hyphen, invisible marks and spaces, direction marks
    "\u202a-\u202e\u2060-\u206f"  # direction embeddings, overrides and isolates; invisible operators
    "\ud800-\udfff"  # halves of surrogate pairs: cannot be encoded
    "\ufdd0-\ufdef\ufeff\ufff0-\ufffb\ufffe\uffff"  # noncharacters, byte order mark, annotations
    "\U000e0000-\U000e0fff"  # tags: text nobody sees
    "]"
)
_SPACES = re.compile("[\t\n\v\f\r\x1c-\x1f\x85\u2028\u2029 ]+")
#: Accents piled up on one letter reach into the lines above; no language needs more than four.
_ACCENTS = "[\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]"
_PILED_ACCENTS = re.compile(f"({_ACCENTS}{{4}}){_ACCENTS}+")

#: `&` is escaped because an entity could bring back what `harmless` took out.
#: An underscore within a word is no markup.
_MARKDOWN = re.compile(r"[\\`*\[\]<>|~&$]|(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])")
_MARKDOWN_AT_START = re.compile(r"(?P<mark>[#+=-])|(?P<number>[0-9]+)(?P<dot>[.)])")
_WEB_ADDRESS = re.compile(r"https?://[A-Za-z0-9][A-Za-z0-9._~:/?#@!$&'()*+,;=%-]*")


def harmless(text: str) -> str:
    """Return `text` as one line that is safe to print: spaces run together, controls and invisible marks replaced.

    What is already harmless is returned as it is; doing it twice changes nothing.
    """
    if text.isascii() and text.isprintable() and "  " not in text:
        return text.strip(" ")
    line = _SPACES.sub(" ", text).strip(" ")
    return _PILED_ACCENTS.sub(r"\1", _NEVER_SHOWN.sub(_REPLACEMENT, line))


def for_markdown(text: str) -> str:
    """Return `text` as Markdown that shows exactly that text, on one line: no markup, no HTML, no links, no images."""
    escaped = _MARKDOWN.sub(r"\\\g<0>", harmless(text))
    return _MARKDOWN_AT_START.sub(_escape_start, escaped, count=1) if _MARKDOWN_AT_START.match(escaped) else escaped


def _escape_start(found: re.Match[str]) -> str:
    return f"\\{found['mark']}" if found["mark"] else f"{found['number']}\\{found['dot']}"


def is_web_address(text: str) -> bool:
    """Tell whether `text` is an http(s) address in plain ASCII, safe to make a link of."""
    return _WEB_ADDRESS.fullmatch(text) is not None
