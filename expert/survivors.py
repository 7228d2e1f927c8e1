"""Survivors that are excused: mutants that may live, each by name with the reason, in `survivors.yaml` of a base.

```yaml
vd-bone-pain:drop:falls: The dossier does not say whether a fall is needed.
```
"""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

from msgspec import Struct

from expert.faults import Fault, Faults, FaultsError, quoted, suggestion
from expert.files import read_regular, reason
from expert.language import MAX_TEXT
from expert.model import Base
from expert.mutants import entries_of, mutants_of
from expert.yaml_reader import Mapping, Node, Scalar, describe, parse

#: The file of a base's excuses.
FILE = "survivors.yaml"


class ExcusesError(FaultsError):
    """Every fault of a file of excuses."""


class Excuse(Struct, frozen=True):
    """Why one mutant may survive; `line` is where it stands."""

    mutant: str
    reason: str
    line: int

    def fault(self, message: str) -> Fault:
        """Return a fault of this excuse."""
        return Fault(FILE, self.line, quoted(self.mutant), message)


def read_excuses(folder: Path, mutants: Collection[str]) -> dict[str, Excuse]:
    """Return the excuses in a folder by the name of the mutant; none when there is no such file.

    Args: mutants: the names of all mutants of the base.
    Raises: ExcusesError: all that is wrong with them.
    """
    path = folder / FILE
    if not path.exists():
        return {}
    try:
        document = parse(read_regular(path), FILE)
    except OSError as error:
        raise ExcusesError([Fault(FILE, 0, "", f"cannot be read: {reason(error)}.")]) from None
    except FaultsError as error:
        raise ExcusesError(error.faults) from None
    faults = Faults()
    faults.add(*document.faults)
    excuses = dict(_excuses(document.root, mutants, faults))
    if faults.count:
        raise ExcusesError(faults.sorted())
    return excuses


def faults_of_excuses(base: Base, folder: Path) -> tuple[Fault, ...]:
    """Return what is wrong with the excuses in a folder, without making any mutant."""
    if not (folder / FILE).exists():
        return ()
    try:
        read_excuses(folder, names_of_mutants(base))
    except ExcusesError as error:
        return error.faults
    return ()


def names_of_mutants(base: Base) -> frozenset[str]:
    """Return the names of all mutants of a base."""
    return frozenset(mutant.name for entry in entries_of(base) for mutant in mutants_of(base, entry).mutants)


def _excuses(root: Node, mutants: Collection[str], faults: Faults) -> list[tuple[str, Excuse]]:
    if not isinstance(root, Mapping):
        if not (isinstance(root, Scalar) and root.value is None):
            faults.add(Fault(FILE, root.line, "", f"found {describe(root)}; a mapping (mutant: reason) is needed."))
        return []
    excuses = []
    for name, node in root.items.items():
        line = root.lines[name]
        why = node.text.strip() if isinstance(node, Scalar) and isinstance(node.value, str) else ""
        if name not in mutants:
            near = suggestion(faults.nearest(name, _of_same_entry(name, mutants) or mutants))
            faults.add(Fault(FILE, line, quoted(name), f"there is no such mutant; take the excuse out.{near}"))
        elif not why or len(why) > MAX_TEXT:
            message = f"found {describe(node)}; a reason in words, of at most {MAX_TEXT:,} characters, is needed."
            faults.add(Fault(FILE, line, quoted(name), message))
        excuses.append((name, Excuse(name, why, line)))
    return excuses


def _of_same_entry(name: str, mutants: Collection[str]) -> list[str]:
    entry = name.partition(":")[0]
    return [mutant for mutant in mutants if mutant.partition(":")[0] == entry]
