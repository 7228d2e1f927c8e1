"""Watch a rule base while it is written: at each save, what is wrong with it, and who is now told something else.

Files are looked at now and then; `wait` says how long, so that tests need not.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Iterator
from pathlib import Path

from msgspec import Struct

from expert import cases
from expert.beside import FOLDERS, read_beside
from expert.compare import compare, tell_comparison
from expert.faults import Fault, FaultsError
from expert.harmless import harmless
from expert.lint import check
from expert.load import load
from expert.model import Base
from expert.scorecard import CaseScore, judge_case, tell_misses
from interview.render.proof import to_plain

#: Faults told at one save; more are not read.
_MOST_FAULTS = 20
_MOST_FILES = 8

#: When each file was last written, and how long it is.
Snapshot = dict[str, tuple[int, int]]


class Look(Struct, frozen=True):
    """A base at one moment: its faults, and how its cases come out; `base` is None while it cannot be loaded."""

    base: Base | None
    faults: tuple[Fault, ...]
    scores: tuple[CaseScore, ...] = ()
    examples: int = 0

    @property
    def missed(self) -> dict[str, CaseScore]:
        """The cases that do not come to what they expect, by id."""
        return {score.case: score for score in self.scores if score.is_missed}


def watch(folder: Path, say: Callable[[str], None], wait: Callable[[], None], width: Callable[[], int]) -> None:
    """Tell `say` how a base stands, and at each save what changed, until `wait` raises."""
    before, last = snapshot(folder), look(folder)
    good = last.base
    say(f"Watching {harmless(str(folder))}: {_counted(len(before), 'file')}. Ctrl-C ends it.")
    say("\n".join([*_faults(last.faults), *_all_missed(last), *_standing(last)]))
    while True:
        wait()
        now = snapshot(folder)
        if now == before:
            continue
        while (later := settled(folder, wait)) != now:  # it is still being written
            now = later
        new = look(folder)
        lines = ["", f"Saved: {_saved(before, now)}", *_faults(new.faults, _mended(last, new))]
        if good is not None and new.base is not None and good.digest != new.base.digest:
            lines += _told_otherwise(good, new.base, folder, width())
        say("\n".join([*lines, *_newly_missed(last, new), *_standing(new)]))
        before, last, good = now, new, new.base or good


def settled(folder: Path, wait: Callable[[], None]) -> Snapshot:
    """Wait once, and return the files as they are then."""
    wait()
    return snapshot(folder)


def snapshot(folder: Path) -> Snapshot:
    """Return the YAML files of a base and of what stands beside it, by their names from the folder on."""
    return dict(sorted(_files(folder)))


def _files(folder: Path) -> Iterator[tuple[str, tuple[int, int]]]:
    for part in ("", *FOLDERS):
        try:
            with os.scandir(folder / part) as entries:
                for entry in entries:
                    if entry.name.endswith((".yaml", ".yml")) and not entry.name.startswith("."):
                        status = entry.stat()
                        yield str(Path(part, entry.name)), (status.st_mtime_ns, status.st_size)
        except OSError:
            continue  # what is not there has no files; what is wrong with it, `look` says


def look(folder: Path) -> Look:
    """Return how a base stands."""
    try:
        faults = check(folder)
        base = load(folder)
    except FaultsError as error:
        return Look(None, error.faults)
    beside = read_beside(base, folder)
    scores = tuple(judge_case(base, case) for case in beside.cases)
    return Look(base, (*faults, *beside.faults), scores, len(beside.examples))


# --- in words ---------------------------------------------------------------------------------------------------------


def _standing(now: Look) -> Iterator[str]:
    """Yield the last line: how it stands after all."""
    if now.base is None:
        yield "The base cannot be read until that is mended, so no case was tried."
        return
    missed = f" ({len(now.missed)} not as expected)" if now.missed else ""
    counts = (
        _counted(len(now.faults), "fault") if now.faults else "no faults",
        _counted(len(now.scores), "case") + missed,
        _counted(now.examples, "example"),
    )
    yield f"{harmless(f'{now.base.name} {now.base.version}')}: {', '.join(counts)}."


def _all_missed(now: Look) -> Iterator[str]:
    for score in now.missed.values():
        yield from _missed("Not as expected", score, now.base)


def _newly_missed(last: Look, now: Look) -> Iterator[str]:
    """Yield the cases that went wrong at this save, or wrong in another way, and those that came right."""
    for case, score in now.missed.items():
        if last.missed.get(case) != score:
            lead = "Not as expected" if last.base is None or case in last.missed else "No longer as expected"
            yield from _missed(lead, score, now.base)
    tried = {score.case for score in now.scores}
    if again := [case for case in last.missed if case in tried and case not in now.missed]:
        yield f"As expected again: {', '.join(map(harmless, again))}."


def _mended(last: Look, now: Look) -> int:
    left = {_key(fault) for fault in now.faults}
    return sum(_key(fault) not in left for fault in last.faults)


def _told_otherwise(old: Base, new: Base, folder: Path, width: int) -> Iterator[str]:
    try:
        comparison = compare(old, new, folder / cases.FOLDER)
    except FaultsError:
        return  # the cases cannot be read, and that was told
    if comparison.compared:
        yield to_plain(tell_comparison(comparison, old, new), new, width).rstrip("\n")


def _missed(lead: str, score: CaseScore, base: Base | None) -> Iterator[str]:
    yield f"{lead}: {harmless(score.title)} ({harmless(score.case)})"
    if base is not None:
        yield from (f"- {item.lead} {item.text}" for item in tell_misses(score, base))


def _faults(faults: Collection[Fault], mended: int = 0) -> Iterator[str]:
    if mended:
        yield f"{_counted(mended, 'fault')} mended."
    if faults:
        yield f"{_counted(len(faults), 'fault')}:"
        yield from (f"- {harmless(str(fault))}" for fault in tuple(faults)[:_MOST_FAULTS])
        if len(faults) > _MOST_FAULTS:
            yield f"- and {len(faults) - _MOST_FAULTS} more"


def _key(fault: Fault) -> tuple[str, str, str]:
    """Return what makes a fault the same one, though its line has moved."""
    return fault.file, fault.key, fault.message


def _saved(before: Snapshot, now: Snapshot) -> str:
    changed = [name for name in now if name in before and now[name] != before[name]]
    new = [f"{name} (new)" for name in now if name not in before]
    gone = [f"{name} (gone)" for name in before if name not in now]
    names = [*changed, *new, *gone]
    more = f" and {len(names) - _MOST_FILES} more" if len(names) > _MOST_FILES else ""
    return ", ".join(map(harmless, names[:_MOST_FILES])) + more


def _counted(count: int, noun: str) -> str:
    return f"{count} {noun}{'s' * (count != 1)}"
