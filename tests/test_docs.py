"""The documentation says what is so: generated pages are fresh, links lead somewhere, examples run."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path

import pytest

from expert.answers import read_answers
from expert.cache import default_folder
from expert.lint import check
from expert.load import load

ROOT = Path(__file__).parent.parent
PAGES = sorted([ROOT / "README.md", ROOT / "CONTRIBUTING.md", *(ROOT / "docs").rglob("*.md")])


def test_generated_pages_are_fresh(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever changes a rule, a question or a command runs `make docs`."""
    monkeypatch.delenv("COLUMNS", raising=False)
    spec = importlib.util.spec_from_file_location("generate", ROOT / "docs" / "generate.py")
    assert spec is not None
    assert spec.loader is not None
    generate = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(generate)
    stale = [
        name
        for name, text in generate.pages().items()
        if not (generate.REFERENCE / name).is_file() or (generate.REFERENCE / name).read_text(encoding="utf-8") != text
    ]
    assert stale == [], "run `make docs`"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    """A reader never meets a dead end."""
    targets = re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8"))
    local = [target for target in targets if not re.match(r"[a-z]+:", target)]
    assert [target for target in local if not (page.parent / target).exists()] == []


def test_the_library_example_runs() -> None:
    """The code of the how-to page is code that works."""
    page = (ROOT / "docs" / "how-to" / "use-as-a-library.md").read_text(encoding="utf-8")
    names: dict[str, object] = {}
    for block in re.findall(r"```python\n(.*?)```", page, re.DOTALL):
        exec(compile(block.replace('"path/to/my/rules"', "None"), "use-as-a-library.md", "exec"), names)
    assert names["screen"] is not None


def test_the_least_base_is_whole(tmp_path: Path) -> None:
    """Who copies the base of the language reference has one without faults."""
    page = (ROOT / "docs/reference/rule-language.md").read_text(encoding="utf-8")
    (text,) = re.findall(r"```yaml\n(base:\n  name: plant.*?)```", page, re.DOTALL)
    (tmp_path / "plant.yaml").write_text(text, encoding="utf-8")
    assert [str(fault) for fault in check(tmp_path)] == []


def test_the_example_of_answers_is_accepted(tmp_path: Path) -> None:
    """Who copies the first file of the how-to page gets a result."""
    page = (ROOT / "docs/how-to/answers-file.md").read_text(encoding="utf-8")
    first = re.findall(r"```yaml\n(.*?)```", page, re.DOTALL)[0]
    assert read_answers(load(default_folder()), first)


def test_every_command_is_in_the_readme() -> None:
    """A command nobody is told of does not exist."""
    commands = re.findall(
        r"^## legwise (\S+)", (ROOT / "docs/reference/commands.md").read_text(encoding="utf-8"), re.MULTILINE
    )
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert [command for command in commands if f"`legwise {command}" not in readme] == []
