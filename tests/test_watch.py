"""`legwise watch`: what it says at each save. Saves are made while it waits, so that no test has to."""

from __future__ import annotations

import itertools
import os
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from console import command, environment

from interview.cli import main
from interview.new_base import write_new
from interview.watching import watch

_CLOCK = itertools.count(2_000_000_000)


class Desk:
    """Somebody who writes a base while it is watched: a list of saves, one each time it waits."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.said: list[str] = []

    def save(self, name: str, *change: str) -> Callable[[], None]:
        """Save a file with a text replaced by another, or without two texts, as it is."""

        def do() -> None:
            path = self.folder / name
            text = path.read_text(encoding="utf-8")
            if change:
                assert change[0] in text
                text = text.replace(*change)
            path.write_text(text, encoding="utf-8")
            os.utime(path, (next(_CLOCK),) * 2)  # a clock of our own: two saves may come in one tick of the system's

        return do

    def remove(self, name: str) -> Callable[[], None]:
        return (self.folder / name).unlink

    def watched(self, *saves: Callable[[], None]) -> list[str]:
        """Watch, save, and leave by Ctrl-C; return what was said, a text for each save."""
        steps = iter([step for save in saves for step in (save, lambda: None)])

        def wait() -> None:
            step = next(steps, None)
            if step is None:
                raise KeyboardInterrupt
            step()

        with pytest.raises(KeyboardInterrupt):
            watch(self.folder, self.said.append, wait, lambda: 80)
        return self.said[2:]


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    """A desk with the base that `legwise new` writes on it."""
    folder = tmp_path / "plant"
    write_new(folder)
    return Desk(folder)


def test_it_begins_with_how_the_base_stands(desk: Desk) -> None:
    """Which folder, and what there is to be tried."""
    assert desk.watched() == []
    assert desk.said == [
        f"Watching {desk.folder}: 3 files. Ctrl-C ends it.",
        "plant 0.1.0: no faults, 1 case, 8 examples.",
    ]


def test_a_save_that_changes_nothing_says_so_shortly(desk: Desk) -> None:
    """No fault, nobody told anything else: one line on how it stands."""
    (said,) = desk.watched(desk.save("base.yaml"))
    assert said == "\nSaved: base.yaml\nplant 0.1.0: no faults, 1 case, 8 examples."


def test_a_fault_is_told_and_its_mending(desk: Desk) -> None:
    """With its place and the nearest name, and what it was compared with stays the last base that could be read."""
    broken, mended = desk.watched(
        desk.save("base.yaml", "limp: yes}", "limb: yes}"), desk.save("base.yaml", "limb: yes}", "limp: yes}")
    )
    assert broken == (
        "\nSaved: base.yaml\n1 fault:\n"
        "- base.yaml:69: rule 'thirsty-soil', if.limb: unknown name 'limb'; questions, scores and findings are what a "
        "condition can name. Did you mean 'limp'?\n"
        "The base cannot be read until that is mended, so no case was tried."
    )
    assert mended == "\nSaved: base.yaml\n1 fault mended.\nplant 0.1.0: no faults, 1 case, 8 examples."


def test_who_is_told_something_else_and_by_which_rule(desk: Desk) -> None:
    """A changed limit moves a band: the case, from what to what, the rule; and the example that no longer holds."""
    (said,) = desk.watched(desk.save("base.yaml", "at_least: 10", "at_least: 20"))
    assert "- Rules altered (1): too-dry-days" in said
    assert "Forgotten for two weeks (thirsty)\n- Too little water: likely, then possible" in said
    assert "- By rules that no longer hold:\n  - too-dry-days: Too little water, fair risk for" in said
    assert "- examples/base.yaml:14: rule 'too-dry-days', fires, 'ten days': does not hold" in said
    assert said.endswith("plant 0.1.0: 1 fault, 1 case, 8 examples.")


def test_a_case_that_no_longer_comes_out(desk: Desk) -> None:
    """It is told once with what it misses, and again when it comes right."""
    wrong, same, right = desk.watched(
        desk.save("cases/thirsty.yaml", "soil: dry", "soil: wet"),
        desk.save("base.yaml"),
        desk.save("cases/thirsty.yaml", "soil: wet", "soil: dry"),
    )
    assert "No longer as expected: Forgotten for two weeks (thirsty)\n- Main hypothesis not first:" in wrong
    assert wrong.endswith("1 case (1 not as expected), 8 examples.")
    assert "thirsty" not in same.replace("cases/thirsty.yaml", "")
    assert same.endswith("1 case (1 not as expected), 8 examples.")
    assert "As expected again: thirsty." in right


def test_files_that_come_and_go(desk: Desk) -> None:
    """A new file and one that is gone are named as such; without examples nothing asks for them."""

    def add() -> None:
        (desk.folder / "more.yaml").write_text("topics: {more: {title: More}}\n", encoding="utf-8")

    new, gone, empty = desk.watched(add, desk.remove("more.yaml"), desk.remove("base.yaml"))
    assert "Saved: more.yaml (new)\n" in new
    assert "Saved: more.yaml (gone)\n" in gone
    assert "has no .yaml files" in empty


def test_theorems_are_read_as_well(desk: Desk) -> None:
    """As `legwise check` reads them: a slip in one is told at the save that made it."""

    def add() -> None:
        text = "theorems:\n  eaten:\n    says: Always.\n    when: {chewd: yes}\n    always: {urgency: emergency}\n"
        (desk.folder / "theorems.yaml").write_text(text, encoding="utf-8")

    (said,) = desk.watched(add)
    assert "Saved: theorems.yaml (new)\n1 fault:\n- theorems.yaml:4:" in said
    assert "'chewd'" in said


def test_a_file_that_is_still_being_written_is_waited_for(desk: Desk) -> None:
    """An editor may empty a file before it fills it: only what stays is looked at."""
    path = desk.folder / "base.yaml"
    text = path.read_text(encoding="utf-8")

    def emptied() -> None:
        path.write_text("", encoding="utf-8")

    def filled() -> None:
        path.write_text(text, encoding="utf-8")
        os.utime(path, (next(_CLOCK),) * 2)

    steps = iter([emptied, filled, lambda: None])

    def wait() -> None:
        step = next(steps, None)
        if step is None:
            raise KeyboardInterrupt
        step()

    with pytest.raises(KeyboardInterrupt):
        watch(desk.folder, desk.said.append, wait, lambda: 80)
    assert desk.said[2:] == ["\nSaved: base.yaml\nplant 0.1.0: no faults, 1 case, 8 examples."]


def test_hostile_names_and_texts_are_harmless(desk: Desk) -> None:
    """Nothing that a file says or is called reaches the terminal raw."""

    def add() -> None:
        (desk.folder / "evil\x1b[2J.yaml").write_text("topics: {}\n", encoding="utf-8")

    said = desk.watched(add, desk.save("cases/thirsty.yaml", "title: Forgotten", "title: \u202eForgotten"))
    assert "\x1b" not in "".join(said)
    assert "\u202e" not in "".join(said)


def test_in_a_pipe_until_ctrl_c(desk: Desk, tmp_path: Path) -> None:
    """Each line comes at once, also in a pipe, and Ctrl-C ends it with 130 and one line."""
    with subprocess.Popen(
        command("watch", str(desk.folder)),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=tmp_path,
        env=environment(tmp_path),
    ) as run:
        assert run.stdout is not None
        assert run.stderr is not None
        assert run.stdout.readline().startswith("Watching ")
        assert run.stdout.readline() == "plant 0.1.0: no faults, 1 case, 8 examples.\n"
        desk.save("base.yaml", "version: 0.1.0", "version: 0.2.0")()
        assert [run.stdout.readline() for _ in range(2)] == ["\n", "Saved: base.yaml\n"]
        assert "plant 0.1.0, then plant 0.2.0" in run.stdout.readline()
        run.send_signal(signal.SIGINT)
        run.wait(timeout=60)
        assert run.returncode == 130
        assert run.stderr.read() == "legwise: stopped.\n"


def test_no_folder_is_bad_input(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """One message that says how to begin."""
    assert main(["watch", str(tmp_path / "none")]) == 2
    assert "is no folder; `legwise new" in capsys.readouterr().err
