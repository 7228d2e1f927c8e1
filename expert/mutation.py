"""Measuring what a base is tried on: every mutant before every judge, in parallel, doing again only what changed.

Work is shared out by entry (a rule, a red flag, ...) among processes that are started afresh, which every platform
can do; results come in the order of the base, whatever the number of processes. What a judge found is kept under a
digest of the mutant and of all that the judgement depends on, so a second run judges only what changed.
"""

from __future__ import annotations

import os
import signal
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from itertools import chain
from multiprocessing import get_context

import msgspec
from msgspec import Struct

from expert.cache import keep_findings, kept_findings
from expert.faults import Fault
from expert.judges import CaseJudge, JudgeMaker, Material, digest
from expert.model import Base
from expert.mutants import Entry, Mutant, entries_of, meaning_of, mutants_of
from expert.reads import Reads
from expert.survivors import Excuse, names_of_mutants, read_excuses
from expert.witnesses import Witness, witness

#: Entries handed to a process at once.
_CHUNK = 8
#: Fewer entries than this are not worth starting processes for.
_WORTH_SHARING = 24
#: Cases named that are told otherwise.
_MOST_CASES = 3


class Outcome(Struct, frozen=True):
    """What became of one mutant.

    `judge` and `by` say what killed it; of a survivor, `witness` holds answers that would tell it, and `cases` those
    told something else under it without expecting anything of that.
    """

    mutant: Mutant
    judge: str | None = None
    by: str = ""
    witness: Witness | None = None
    cases: tuple[str, ...] = ()


class Tally(Struct, frozen=True):
    """How many mutants of a kind there are, and how many of them were killed and excused."""

    name: str
    mutants: int
    killed: int
    excused: int

    @property
    def survivors(self) -> int:
        """How many live and are not excused."""
        return self.mutants - self.killed - self.excused

    @property
    def score(self) -> float:
        """The share that was killed, of those not excused; 1 where there are none."""
        counted = self.mutants - self.excused
        return self.killed / counted if counted else 1.0


class Measurement(Struct, frozen=True):
    """All mutants of a base, or of some of its entries, and what became of them.

    `same` counts those passed over since they mean the same as the entry or as another; `judges` are the names of all
    judges, in the order in which they were asked; `faults` are excuses that are not needed.
    """

    outcomes: tuple[Outcome, ...]
    same: int
    judges: tuple[str, ...]
    excuses: dict[str, Excuse]
    faults: tuple[Fault, ...]

    @property
    def survivors(self) -> tuple[Outcome, ...]:
        """The mutants that live and are not excused, in the order of the base."""
        return tuple(each for each in self.outcomes if each.judge is None and each.mutant.name not in self.excuses)

    @property
    def excused(self) -> tuple[Outcome, ...]:
        """The mutants that live and may."""
        return tuple(each for each in self.outcomes if each.judge is None and each.mutant.name in self.excuses)

    @property
    def total(self) -> Tally:
        """All of them."""
        return self._tally("all", self.outcomes)

    def by(self, key: Callable[[Mutant], str], order: Iterable[str] = ()) -> tuple[Tally, ...]:
        """Return a tally for each value of a key, in an order, or else in that of the mutants."""
        groups: dict[str, list[Outcome]] = {name: [] for name in order}
        for outcome in self.outcomes:
            groups.setdefault(key(outcome.mutant), []).append(outcome)
        return tuple(self._tally(name, outcomes) for name, outcomes in groups.items() if outcomes)

    def _tally(self, name: str, outcomes: Collection[Outcome]) -> Tally:
        killed = sum(outcome.judge is not None for outcome in outcomes)
        excused = sum(outcome.judge is None and outcome.mutant.name in self.excuses for outcome in outcomes)
        return Tally(name, len(outcomes), killed, excused)

    @property
    def killed_by(self) -> dict[str, int]:
        """How many each judge killed; the first to kill a mutant counts."""
        counts = Counter(outcome.judge for outcome in self.outcomes if outcome.judge is not None)
        return {name: counts[name] for name in self.judges}


def file_of(mutant: Mutant) -> str:
    """Return the file in which the entry of a mutant stands."""
    return mutant.place.rpartition(":")[0]


def measure(
    material: Material,
    makers: Sequence[JudgeMaker],
    *,
    only: Collection[Entry] | None = None,
    jobs: int | None = None,
    progress: Callable[[int, int], None] = lambda _done, _all: None,
) -> Measurement:
    """Try every mutant of a base, or `only` those of some entries.

    Args: makers: of judges, the quickest first; functions or classes of a module, so that another process finds them;
    jobs: how many processes (as many as there are processors); progress: is told how many of how many entries are done.
    Raises: ExcusesError: the base's file of excuses is faulty.
    """
    every = entries_of(material.base)
    excuses = read_excuses(material.folder, names_of_mutants(material.base))
    chosen = [entry for entry in every if only is None or entry in only]
    kept = kept_findings(material.folder)
    tried: list[_Tried] = []
    try:
        with _trials(material, makers, kept, jobs or os.cpu_count() or 1, chosen) as trials:
            for each in trials:
                tried.append(each)
                progress(len(tried), len(chosen))
    finally:  # also what was found out before Ctrl-C
        found = dict(chain.from_iterable(each.found.items() for each in tried))
        is_whole = len(tried) == len(every)
        keep_findings(material.folder, found if is_whole else {**kept, **found})
    outcomes = tuple(chain.from_iterable(each.outcomes for each in tried))
    needless = (each for each in outcomes if each.judge is not None and each.mutant.name in excuses)
    return Measurement(
        outcomes=outcomes,
        same=sum(each.same for each in tried),
        judges=tried[0].judges if tried else (),
        excuses=excuses,
        faults=tuple(
            excuses[each.mutant.name].fault(f"it is killed ({each.by}); take the excuse out.") for each in needless
        ),
    )


# --- the work ---------------------------------------------------------------------------------------------------------


class _Tried(Struct, frozen=True):
    """What became of the mutants of one entry, and what was found out on the way, to be kept."""

    outcomes: tuple[Outcome, ...]
    same: int
    judges: tuple[str, ...]
    found: dict[str, str]


class _Court:
    """The judges of one process, and what is known from earlier runs."""

    def __init__(self, material: Material, makers: Sequence[JudgeMaker], kept: Mapping[str, str]) -> None:
        self._base = material.base
        self._judges = [judge for make in makers if (judge := make(material)) is not None]
        own = (judge for judge in self._judges if isinstance(judge, CaseJudge))
        self._cases = next(own, None) or CaseJudge(material)
        self._reads = Reads(material.base)
        self._kept = kept
        self._found: dict[str, str] = {}

    def tried(self, entry: Entry) -> _Tried:
        """Try every mutant of an entry."""
        self._found = {}
        mutants = mutants_of(self._base, entry)
        outcomes = tuple(map(self._outcome, mutants.mutants))
        return _Tried(outcomes, mutants.same, tuple(judge.name for judge in self._judges), self._found)

    def _outcome(self, mutant: Mutant) -> Outcome:
        content = _content(mutant)
        changed: Base | None = None
        for judge in self._judges:
            key = digest(judge.name, content, judge.basis(mutant)).hex()
            if key not in self._kept:
                changed = changed or mutant.applied(self._base)
            by = self._known(key, lambda judge=judge, changed=changed: judge.kills(mutant, changed) or "")  # type: ignore[misc]
            if by:
                return Outcome(mutant, judge.name, by)
        return self._survivor(mutant, content)

    def _survivor(self, mutant: Mutant, content: bytes) -> Outcome:
        key = digest("survivor", content, self._cases.basis(mutant)).hex()
        told = self._known(key, lambda: self._describe(mutant))
        described = msgspec.json.decode(told, type=_Described)
        return Outcome(mutant, witness=described.witness, cases=described.cases)

    def _describe(self, mutant: Mutant) -> str:
        cases = self._cases.told_otherwise(mutant)[:_MOST_CASES]
        return msgspec.json.encode(_Described(witness(self._base, mutant, self._reads), cases)).decode()

    def _known(self, key: str, find: Callable[[], str]) -> str:
        self._found[key] = self._kept[key] if key in self._kept else find()
        return self._found[key]


class _Described(Struct, frozen=True):
    witness: Witness
    cases: tuple[str, ...]


def _content(mutant: Mutant) -> bytes:
    """Return a digest of what a mutant is, without words and places."""
    return digest(mutant.name, meaning_of(mutant.changed))


@contextmanager
def _trials(
    material: Material, makers: Sequence[JudgeMaker], kept: Mapping[str, str], jobs: int, entries: Sequence[Entry]
) -> Iterator[Iterator[_Tried]]:
    """Try entries, here or in other processes; the results come in the order of the entries."""
    if jobs == 1 or len(entries) < _WORTH_SHARING:
        yield map(_Court(material, makers, kept).tried, entries)
        return
    pool = ProcessPoolExecutor(
        jobs, mp_context=get_context("spawn"), initializer=_begin, initargs=(material, makers, kept)
    )
    try:
        yield pool.map(_tried, entries, chunksize=_CHUNK)
    finally:
        pool.shutdown(cancel_futures=True)


#: The court of a process that was started for the work.
_COURT: list[_Court] = []


def _begin(material: Material, makers: Sequence[JudgeMaker], kept: Mapping[str, str]) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the process that started this one
    _COURT.append(_Court(material, makers, kept))


def _tried(entry: Entry) -> _Tried:
    return _COURT[0].tried(entry)
