"""Tutorials and lessons: every command in them runs, and prints what the page says."""

from __future__ import annotations

from pathlib import Path

import pytest
from pages import is_as_said, run_page

TUTORIALS = Path(__file__).parent.parent / "docs" / "tutorial"
#: Every page with a block of commands, wherever it stands; those in which something is typed have tests of their own.
PAGES = sorted(
    page
    for page in TUTORIALS.parent.rglob("*.md")
    if "```console" in (text := page.read_text(encoding="utf-8")) and "\n> " not in text
)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_a_page_comes_out_as_it_says(page: Path, tmp_path: Path) -> None:
    """Who follows the page, command by command, sees what it shows."""
    assert run_page(page, tmp_path) == []


def test_every_teaching_base_has_a_lesson(repository: Path) -> None:
    """A base to learn from comes with a page to learn with."""
    bases = {folder.name for folder in (repository / "rules").iterdir()} - {"stiff_legs"}
    assert bases == {page.stem for page in TUTORIALS.glob("lessons/*.md")}


def test_a_page_that_is_wrong_is_told_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The runner itself can fail: on another output, on another file, and on output that the page leaves out."""
    monkeypatch.delenv("LEGWISE_ACCEPT_GOLDEN", raising=False)
    page = tmp_path / "page.md"
    page.write_text(
        "```yaml file=a/b.yaml\none: 1\n```\n\n1. Indented:\n\n"
        "   ```console\n   $ cat a/b.yaml\n   one: 2\n   $ echo x\n   x\n   ```\n",
        encoding="utf-8",
    )
    (fault,) = run_page(page, tmp_path)
    assert "one: 1" in fault
    assert "one: 2" in fault
    assert not is_as_said("a\nb\n", "a\n")
    assert is_as_said("a\nb\nc\n", "a\n...\nc\n")
    assert not is_as_said("a\nb\nc\n", "a\n...\nd\n")
