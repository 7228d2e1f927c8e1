"""The shape of the project: who may import what, and what may not be done where. Read off the syntax trees."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
EXPERT = sorted((ROOT / "expert").rglob("*.py"))
INTERVIEW = sorted((ROOT / "interview").rglob("*.py"))

NETWORK = {
    "asyncio", "ftplib", "http", "httpx", "imaplib", "poplib", "requests", "smtplib", "socket", "socketserver", "ssl",
    "telnetlib", "urllib", "urllib3", "webbrowser", "xmlrpc",
}  # fmt: skip
TERMINAL = {"click", "curses", "getpass", "prompt_toolkit", "questionary", "readline", "rich", "termios", "tty"}


def named(path: Path) -> str:
    """A file as it is told in a failure."""
    return str(path.relative_to(ROOT))


def imports(path: Path) -> Iterator[str]:
    """Every module that a file imports, anywhere in it, by its full name."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{named(path)} imports relatively"
            yield node.module or ""


def importers(files: list[Path], packages: set[str]) -> set[str]:
    """The files that import any of some packages."""
    return {named(path) for path in files if any(name.split(".")[0] in packages for name in imports(path))}


def test_there_is_something_to_check() -> None:
    """The folders are where the other tests look for them."""
    assert len(EXPERT) > 5
    assert len(INTERVIEW) > 1


def test_knowledge_is_data_only() -> None:
    """`rules/` holds no Python and nothing that could run."""
    found = [path for path in (ROOT / "rules").rglob("*") if path.is_file() and "__pycache__" not in path.parts]
    assert {path.suffix for path in found} == {".yaml"}
    assert not [named(path) for path in found if path.stat().st_mode & 0o111]


def test_expert_never_imports_the_interview() -> None:
    """One direction, from knowledge to screen."""
    assert importers(EXPERT, {"interview", "tests", "rules"}) == set()


def test_only_two_modules_know_experta() -> None:
    """`expert.engine` imports it; `compile` builds rules with it, `infer` runs them, `strategies` order them."""
    assert importers(EXPERT + INTERVIEW, {"experta", "frozendict"}) == {"expert/engine.py"}
    users = {named(path) for path in EXPERT + INTERVIEW if "expert.engine" in imports(path)}
    assert users <= {"expert/compile.py", "expert/infer.py", "expert/strategies.py"}


def test_only_one_module_knows_clipspy() -> None:
    """And none but the command that asks for it imports that one: clipspy is an extra that people may not have."""
    assert importers(EXPERT + INTERVIEW, {"clips"}) == {"expert/clips_engine.py"}
    users = {named(path) for path in EXPERT + INTERVIEW if "expert.clips_engine" in imports(path)}
    assert users == {"interview/commands/results.py"}


def test_the_second_translation_is_independent_of_the_first() -> None:
    """Else a fault in one would be in both, and the engines would agree on it."""
    translation = [path for path in EXPERT if path.parent.name == "export"]
    assert translation
    shared = {"expert.compile", "expert.engine", "expert.infer", "expert.logic"}
    assert [named(path) for path in translation if shared & set(imports(path))] == []


def test_expert_knows_no_terminal() -> None:
    """The engine asks nobody and prints nothing: no terminal library, no print or input, no standard stream."""
    assert importers(EXPERT, TERMINAL) == set()
    for path in EXPERT:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                assert node.func.id not in ("print", "input", "breakpoint"), f"{named(path)}:{node.lineno}"
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "sys":
                assert node.attr not in ("stdin", "stdout", "stderr", "argv", "exit"), f"{named(path)}:{node.lineno}"


def test_nothing_reaches_for_the_network() -> None:
    """No answer can leave the machine: nothing here imports what could send it."""
    assert importers(EXPERT + INTERVIEW, NETWORK) == set()


def test_nothing_runs_what_it_reads() -> None:
    """No eval, exec, pickle or unsafe YAML anywhere."""
    assert importers(EXPERT + INTERVIEW, {"pickle", "marshal", "shelve", "importlib_metadata"}) == set()
    for path in EXPERT + INTERVIEW:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call):
                name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
                assert name not in ("eval", "exec", "unsafe_load", "full_load"), f"{named(path)}:{node.lineno}"


@pytest.mark.parametrize("module", ["expert.consultation", "expert.cache"])
def test_what_the_first_question_needs_does_not_import_the_engine(module: str) -> None:
    """Start-up is quick because experta comes later; guarded by what is imported, not by a stop-watch."""
    program = f"import sys, {module}; print(sorted({{'experta', 'yaml', 'expert.engine', 'rich'}} & set(sys.modules)))"
    run = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    assert run.stdout == "[]\n"
