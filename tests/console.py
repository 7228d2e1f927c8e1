"""Legwise run as a person runs it: in a pseudo-terminal, or with its streams in pipes."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Self

import pexpect
import pyte

REPOSITORY = Path(__file__).parent.parent
LEGS = REPOSITORY / "tests" / "fixtures" / "legs"
#: Only a program that hangs takes as long as this.
_PATIENCE = 60.0

UP, DOWN, ENTER, ESC, CTRL_C, CTRL_D, BACKSPACE = "\x1b[A", "\x1b[B", "\r", "\x1b", "\x03", "\x04", "\x7f"


def environment(folder: Path, **more: str) -> dict[str, str]:
    """Return the surroundings of a run that keeps everything it writes below `folder`."""
    kept = {name: os.environ[name] for name in ("PATH", "SYSTEMROOT", "COVERAGE_PROCESS_START") if name in os.environ}
    return {
        **kept,
        "PYTHONPATH": str(REPOSITORY),
        "HOME": str(folder / "home"),
        "LEGWISE_DATA_DIR": str(folder / "data"),
        "LEGWISE_CACHE_DIR": str(folder / "cache"),
        "LEGWISE_REGION": "GB",
        "TERM": "xterm-256color",
        "PYTHONUTF8": "1",
        "LEGWISE_DEBUG": "1",  # a fault of ours should be seen
        **more,
    }


def command(*arguments: str) -> list[str]:
    """Return the command line of a run."""
    return [sys.executable, "-m", "interview", *arguments]


def piped(
    folder: Path, *arguments: str, typed: str = "", env: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Run to the end with `typed` on standard input."""
    return subprocess.run(
        command(*arguments),
        input=typed,
        capture_output=True,
        text=True,
        encoding="utf-8",
        errors="replace",
        cwd=folder,
        env=environment(folder, **(env or {})),
        timeout=_PATIENCE,
        check=False,
    )


class Terminal:
    """Legwise in a pseudo-terminal. What is on its screen is read as a person would, not as bytes."""

    def __init__(
        self,
        folder: Path,
        *arguments: str,
        columns: int = 80,
        rows: int = 24,
        env: Mapping[str, str] | None = None,
        run: Sequence[str] | None = None,
    ) -> None:
        """Start `legwise` with arguments, or another command."""
        self._screen = pyte.HistoryScreen(columns, rows, history=2000)
        self._stream = pyte.Stream(self._screen)
        program, *rest = run or command(*arguments)
        self.child = pexpect.spawn(
            program,
            rest,
            cwd=str(folder),
            env=environment(folder, **(env or {})),
            dimensions=(rows, columns),
            encoding="utf-8",
            codec_errors="replace",
            timeout=_PATIENCE,
        )
        self.child.delaybeforesend = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.child.close(force=True)

    # --- looking --------------------------------------------------------------------------------------------------

    @property
    def lines(self) -> list[str]:
        """The lines of the screen."""
        return [line.rstrip() for line in self._screen.display]

    @property
    def text(self) -> str:
        """The words on the screen, however they are wrapped."""
        return " ".join(" ".join(self.lines).split())

    @property
    def whole(self) -> str:
        """The words on the screen and of what has scrolled off it."""
        columns = range(self._screen.columns)
        above = ["".join(line[column].data for column in columns) for line in self._screen.history.top]
        return " ".join(" ".join([*above, *self.lines]).split())

    def wait_for(self, *words: str, whole: bool = False) -> str:
        """Read until all of `words` are on the screen (or, `whole`, above it)."""
        while not all(word in (self.whole if whole else self.text) for word in words):
            self._read()
        return self.text

    def wait_gone(self, words: str) -> str:
        """Read until some words are no longer on the screen."""
        while words in self.text:
            self._read()
        return self.text

    def _read(self) -> None:
        try:
            self._stream.feed(self.child.read_nonblocking(4096, timeout=_PATIENCE))
        except (pexpect.EOF, pexpect.TIMEOUT) as error:
            screen = "\n".join(self.lines)
            raise AssertionError(f"{type(error).__name__} while the screen showed:\n{screen}") from None

    # --- typing ---------------------------------------------------------------------------------------------------

    def press(self, keys: str) -> None:
        """Press keys one after another."""
        self.child.send(keys)

    def answer(self, keys: str, next_words: str) -> str:
        """Press keys and wait for what comes next."""
        self.press(keys)
        return self.wait_for(next_words)

    def resize(self, columns: int, rows: int) -> None:
        """Change the size of the window."""
        self._screen.resize(rows, columns)
        self.child.setwinsize(rows, columns)

    def leave(self) -> int:
        """Read to the end and return the exit code."""
        while True:
            try:
                self._stream.feed(self.child.read_nonblocking(4096, timeout=_PATIENCE))
            except pexpect.EOF:
                break
        self.child.close()
        return int(self.child.exitstatus if self.child.exitstatus is not None else -self.child.signalstatus)
