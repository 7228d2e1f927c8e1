"""Text that others wrote cannot do anything to a terminal or a Markdown page but be read."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from expert.harmless import for_markdown, harmless, is_web_address


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Plain words, as they are.", "Plain words, as they are."),
        ("Ménière, 5 µg, 維生素, שלום", "Ménière, 5 µg, 維生素, שלום"),
        ("\x1b[2J\x1b]0;title\x07", "�[2J�]0;title�"),
        ("\x9b31m", "�31m"),
        ("a\x00b", "a�b"),
        ("one\r\nEMERGENCY: none\n\n", "one EMERGENCY: none"),
        ("safe \u202e ton", "safe � ton"),
        ("in\u2066visi\u200bble\ufeff", "in�visi�ble�"),
        ("line\u2028line\u2029\x85line", "line line line"),
        ("tag\U000e0041", "tag�"),
        ("half\ud800", "half�"),
        ("Z" + "\u0301" * 50, "Z" + "\u0301" * 4),
    ],
)
def test_what_is_shown(text, shown):
    """Controls, invisible and turned text become visible marks; line breaks become spaces; all else stays."""
    assert harmless(text) == shown


@given(st.text())
def test_never_a_control_and_never_two_lines(text):
    """Whatever comes in, one line without controls or surrogates comes out, and twice is the same as once."""
    shown = harmless(text)
    assert not any(unicodedata.category(character) in ("Cc", "Cs", "Zl", "Zp") for character in shown)
    assert not any(
        unicodedata.bidirectional(character) in ("RLO", "LRO", "RLE", "LRE", "PDF", "RLI", "LRI", "FSI", "PDI")
        for character in shown
    )
    assert harmless(shown) == shown
    shown.encode("utf-8")


@pytest.mark.parametrize(
    ("text", "markdown"),
    [
        ("<script>alert(1)</script>", r"\<script\>alert(1)\</script\>"),
        ("![x](https://evil.example/pixel)", r"!\[x\](https://evil.example/pixel)"),
        ("**bold** `code` ~gone~ a|b $x$", r"\*\*bold\*\* \`code\` \~gone\~ a\|b \$x\$"),
        ("# heading", r"\# heading"),
        ("1. list", r"1\. list"),
        ("- item", r"\- item"),
        ("&#x202e;", r"\&#x202e;"),
        ("small_legs 1.2", "small_legs 1.2"),
        ("_emphasis_", r"\_emphasis\_"),
        ("a\n\n# b", "a # b"),
    ],
)
def test_markdown_shows_the_text_itself(text, markdown):
    """No markup, HTML, image or entity in a text survives as such."""
    assert for_markdown(text) == markdown


def test_only_plain_web_addresses_become_links():
    """An address that could run code or break out of its link is not one."""
    assert is_web_address("https://www.nhs.uk/conditions/x?y=1#z")
    for bad in ("javascript:alert(1)", "https://a b", "https://a>b", "file:///etc/passwd", "https://ex\u202eample", ""):
        assert not is_web_address(bad)
