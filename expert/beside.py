"""What stands beside the rules of a base and is held against it: cases, examples, the dossier, theorems, survivors."""

from __future__ import annotations

from pathlib import Path

from msgspec import Struct

from expert import cases, dossier, examples
from expert.cases import Case
from expert.dossier import Dossier
from expert.examples import Example
from expert.faults import Fault, FaultsError
from expert.model import Base
from expert.prove import theorems
from expert.prove.theorems import Theorem
from expert.survivors import faults_of_excuses

#: The folders in that of a base; other files stand beside its own.
FOLDERS = (cases.FOLDER, examples.FOLDER, dossier.FOLDER)


class Beside(Struct, frozen=True):
    """All of it that fits the base, and the faults of the rest."""

    cases: tuple[Case, ...]
    examples: tuple[Example, ...]
    dossier: Dossier
    theorems: tuple[Theorem, ...]
    faults: tuple[Fault, ...]


def read_beside(base: Base, folder: Path) -> Beside:
    """Return what stands beside a base in its folder; whatever is missing there is empty."""
    read = cases.read_fitting_cases(base, folder / cases.FOLDER)
    found, wrong = examples.faults_of(base, folder / examples.FOLDER)
    try:
        evidence = dossier.read_dossier(base, folder / dossier.FOLDER)
        disagree = dossier.disagreements(base, evidence)
    except FaultsError as error:
        evidence, disagree = Dossier({}, {}), error.faults
    stated, slips = theorems.faults_of(base, folder)
    faults = (*read.faults, *wrong, *disagree, *slips, *faults_of_excuses(base, folder))
    return Beside(read.cases, found, evidence, stated.theorems, faults)
