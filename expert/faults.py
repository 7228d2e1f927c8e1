"""Faults in files that people write: where they are, what was found, what is allowed, and the closest known name."""

from __future__ import annotations

import difflib
import re
from collections.abc import Collection, Iterable
from itertools import chain, islice

from msgspec import Struct

#: Faults reported of one load; a file of rubbish should not fill a screen a thousand times over.
MAX_FAULTS = 1000
#: Names that one load compares in search of suggestions; keeps a hostile base from buying time with misspellings.
_MAX_COMPARISONS = 50_000
#: Longest list of allowed names that is worth reading in a message.
_MAX_LISTED = 20
#: Longest word that is looked up for a suggestion, and that is shown whole.
_LONGEST_WORD = 60
#: Letters that a cut-off name needs at least to be completed.
_LEAST_BEGUN = 3
#: What must not reach a terminal from a file's name or text.
_UNPRINTABLE = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


class Fault(Struct, frozen=True):
    """One fault. `line` counts from 1, or is 0 where there is none; `key` is the path to it, such as `rule 'x', if`."""

    file: str
    line: int
    key: str
    message: str

    def __str__(self) -> str:
        """Return `file:line: key: message`."""
        place = f"{self.file}:{self.line}" if self.line else self.file
        return _UNPRINTABLE.sub("?", ": ".join(part for part in (place, self.key, self.message) if part))


class FaultsError(ValueError):
    """Everything that is wrong with what was read, at once."""

    def __init__(self, faults: Iterable[Fault]) -> None:
        """Carry `faults`, in the order of the files."""
        self.faults = tuple(faults)
        super().__init__("\n".join(map(str, self.faults)))


class Faults:
    """A growing list of faults, bounded in length and in the time spent on suggestions."""

    def __init__(self) -> None:
        """Begin with none."""
        self.count = 0
        self._kept: list[Fault] = []
        self._comparisons = 0

    def add(self, *faults: Fault) -> None:
        """Add faults."""
        self.count += len(faults)
        self._kept += faults[: MAX_FAULTS - len(self._kept)]

    def nearest(self, word: str, *names: Collection[str]) -> str | None:
        """Return the name closest to a misspelt word, if one is close."""
        self._comparisons += sum(map(len, names))
        if self._comparisons > _MAX_COMPARISONS or len(word) > _LONGEST_WORD:
            return None
        known = list(chain(*names))
        small = word.lower()
        close = difflib.get_close_matches(small if small in known else word, known, n=1, cutoff=0.7)
        begun = (name for name in known if len(word) >= _LEAST_BEGUN and name.startswith(small))
        return next(iter(close), None) or next(begun, None)

    def sorted(self) -> tuple[Fault, ...]:
        """Return the faults in the order of files and lines; if there are more than are kept, the last one says so."""
        kept = sorted(self._kept, key=lambda fault: (fault.file, fault.line))
        unsaid = self.count - len(kept)
        more = [Fault("", 0, "", f"and {unsaid} more faults, not listed here.")] if unsaid else []
        return (*kept, *more)


def suggestion(name: str | None) -> str:
    """Return the sentence that offers a name, or nothing."""
    return f" Did you mean '{name}'?" if name else ""


def listing(names: Collection[str], most: int = _MAX_LISTED) -> str:
    """Return `allowed: a, b, c`, cut short after `most`, when there are too many to read."""
    rest = len(names) - most
    shown = ", ".join(islice(names, most)) or "none is declared"
    return f"allowed: {shown}" + (f" and {rest} more" if rest > 0 else "")


def quoted(text: str) -> str:
    """Return a word as it is shown in a message: in quotes, on one line, not too long."""
    line = " ".join(text.split())
    return f"'{line[: _LONGEST_WORD - 3]}...'" if len(line) > _LONGEST_WORD else f"'{line}'"
