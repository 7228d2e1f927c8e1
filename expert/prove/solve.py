"""Asking z3 whether there is any case at all in which a formula holds."""

from __future__ import annotations

from typing import Any

import z3

from expert.prove.formula import Formula


class Valuation:
    """What every formula comes to in one case that z3 found."""

    def __init__(self, model: Any) -> None:
        """Wrap a model of z3."""
        self._model = model

    def __call__(self, formula: Formula) -> bool:
        """Return what a formula comes to; what the case leaves open is false."""
        if isinstance(formula, bool):
            return formula
        return bool(z3.is_true(self._model.evaluate(formula, model_completion=True)))


class Solver:
    """Decides whether formulas can hold together with what it was told holds always."""

    def __init__(self) -> None:
        """Know nothing yet."""
        self._z3 = z3.SolverFor("QF_FD")  # finite domains: a SAT solver that also counts

    def learn(self, formula: Formula) -> None:
        """Take something to hold always."""
        if formula is not True:
            self._z3.add(formula)

    def can_hold(self, formula: Formula) -> bool:
        """Tell whether there is any case in which a formula holds."""
        return self.case(formula) is not None

    def case(self, formula: Formula) -> Valuation | None:
        """Return a case in which a formula holds, or None."""
        if formula is False:
            return None
        self._z3.push()
        try:
            if formula is not True:
                self._z3.add(formula)
            found = self._z3.check()
            if found == z3.unknown and "interrupt" in self._z3.reason_unknown():  # z3 takes Ctrl-C for itself
                raise KeyboardInterrupt
            if found == z3.unknown:
                raise RuntimeError(f"z3 gave up: {self._z3.reason_unknown()}")
            return Valuation(self._z3.model()) if found == z3.sat else None
        finally:
            self._z3.pop()
