"""Pages of the documentation as programs: every command in them is run, and what it prints is compared.

In a block ```` ```console ```` a line that begins with `$ ` is a command, and the lines up to the next one are what it
prints; a line `...` stands for any lines. A block ```` ```yaml file=NAME ```` is written to that file first, and
```` ```yaml more=NAME ```` is added to its end. Everything happens in one folder of its own, in the order of the page.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from textwrap import dedent, indent

from console import REPOSITORY, environment

_BLOCK = re.compile(r"^(?P<indent> *)```(?P<info>[^\n`]+)\n(?P<text>.*?)^ *```$", re.DOTALL | re.MULTILINE)
#: Only a program that hangs takes as long as this.
_PATIENCE = 60.0


def run_page(page: Path, folder: Path) -> list[str]:
    """Run a page in `folder` and return what does not come out as it says.

    With LEGWISE_ACCEPT_GOLDEN in the environment, what differs is written into the page instead.
    """
    home = folder / "home"
    home.mkdir()
    work = folder / "work"
    work.mkdir()
    _install(folder / "bin")
    text = page.read_text(encoding="utf-8")
    faults: list[str] = []

    def replay(block: re.Match[str]) -> str:
        word, _, rest = block["info"].partition(" ")
        kind, _, name = rest.partition("=")
        inside = dedent(block["text"])
        if word == "console":
            inside = "".join(_replayed(inside, folder, work, faults))
        if kind in ("file", "more"):
            (work / name).parent.mkdir(parents=True, exist_ok=True)
            with (work / name).open("a" if kind == "more" else "w", encoding="utf-8") as file:
                file.write(inside)
        return indent(f"```{block['info']}\n{inside}```", block["indent"])

    replayed = _BLOCK.sub(replay, text)
    if os.environ.get("LEGWISE_ACCEPT_GOLDEN"):
        page.write_text(replayed, encoding="utf-8")
        return []
    return faults


def _install(folder: Path) -> None:
    folder.mkdir()
    for name, call in (("legwise", "-m interview "), ("python", "")):
        program = folder / name
        program.write_text(f'#!/bin/sh\nexec "{sys.executable}" {call}"$@"\n', encoding="utf-8")
        program.chmod(0o755)


def _replayed(block: str, folder: Path, work: Path, faults: list[str]) -> Iterator[str]:
    """Yield a block as it comes out; where it does as it says, it stays as it is."""
    before, *commands = re.split(r"^\$ ", block, flags=re.MULTILINE)
    assert not before, f"a console block begins with a command, not with {before!r}"
    for command in commands:
        line, _, said = command.partition("\n")
        printed = _run(line, folder, work)
        if is_as_said(printed, said):
            yield f"$ {line}\n{said}"
        else:
            faults.append(f"$ {line}\n--- printed:\n{printed}--- the page says:\n{said}")
            yield f"$ {line}\n{printed}"


def _run(line: str, folder: Path, work: Path) -> str:
    env = environment(folder, PATH=f"{folder / 'bin'}{os.pathsep}{os.environ['PATH']}", TERM="dumb")
    done = subprocess.run(
        ["/bin/sh", "-c", line],
        cwd=work,
        env={**env, "RULES": str(REPOSITORY / "rules")},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        encoding="utf-8",
        timeout=_PATIENCE,
        check=False,
    )
    # A page has no trailing blanks, and no empty lines around what is printed.
    lines = [printed.rstrip() for printed in done.stdout.replace(str(work), "~").splitlines()]
    return "".join(f"{printed}\n" for printed in lines).strip("\n") + "\n" if any(lines) else ""


def is_as_said(printed: str, said: str) -> bool:
    """Tell whether what is printed is what a page says, in which a line `...` stands for any lines."""
    pattern = "".join(r"(?:.*\n)*?" if line == "..." else re.escape(line) + r"\n" for line in said.splitlines())
    return re.fullmatch(pattern, printed) is not None
