"""Formulas of propositional logic: z3's, but what is already decided stays a plain True or False.

Folding constants keeps the formulas small where some answers are given, which is what makes proofs quick.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import z3

#: `True`, `False`, or a Boolean expression of z3 (which has no types).
Formula = Any


def variable(name: str) -> Formula:
    """Return a variable; the same name is the same variable."""
    return z3.Bool(name)


def negation(formula: Formula) -> Formula:
    """Return what holds when `formula` does not."""
    if isinstance(formula, bool):
        return not formula
    context = z3.main_ctx()
    return z3.BoolRef(z3.Z3_mk_not(context.ref(), formula.as_ast()), context)


def conjunction(*formulas: Formula) -> Formula:
    """Return what holds when all do."""
    open_ = [one for one in formulas if one is not True]
    if any(one is False for one in open_):
        return False
    if len(open_) < 2:  # noqa: PLR2004 - one, or none
        return open_[0] if open_ else True
    return _joined(z3.Z3_mk_and, open_)


def disjunction(*formulas: Formula) -> Formula:
    """Return what holds when at least one does."""
    open_ = [one for one in formulas if one is not False]
    if any(one is True for one in open_):
        return True
    if len(open_) < 2:  # noqa: PLR2004 - one, or none
        return open_[0] if open_ else False
    return _joined(z3.Z3_mk_or, open_)


def _joined(join: Any, formulas: list[Formula]) -> Formula:
    # As z3.And and z3.Or do, without asking each time what sorts the formulas are of: three times as quick.
    context = z3.main_ctx()
    array = (z3.Ast * len(formulas))(*(one.as_ast() for one in formulas))
    return z3.BoolRef(join(context.ref(), len(formulas), array), context)


def implication(premise: Formula, conclusion: Formula) -> Formula:
    """Return what holds unless the premise does and the conclusion does not."""
    return disjunction(negation(premise), conclusion)


def at_least(count: int, formulas: Iterable[Formula]) -> Formula:
    """Return what holds when at least `count` of the formulas do."""
    return weighs_at_least(count, [(one, 1) for one in formulas])


def at_most_one(formulas: Iterable[Formula]) -> Formula:
    """Return what holds when no two of the formulas do."""
    return negation(at_least(2, formulas))


def weighs_at_least(least: int, weighted: Iterable[tuple[Formula, int]]) -> Formula:
    """Return what holds when the weights of the formulas that hold come to `least` or more; weights may be negative."""
    terms: list[tuple[Formula, int]] = []
    for formula, weight in weighted:
        if formula is True:
            least -= weight
        elif formula is not False and weight > 0:
            terms.append((formula, weight))
        elif formula is not False and weight < 0:  # -w if it holds is w if it does not, less w
            terms.append((negation(formula), -weight))
            least -= weight
    if least <= 0:
        return True
    if sum(weight for _, weight in terms) < least:
        return False
    if all(weight >= least for _, weight in terms):
        return disjunction(*(formula for formula, _ in terms))
    return z3.PbGe(terms, least)


def differ(first: Formula, second: Formula) -> Formula:
    """Return what holds when just one of two formulas does."""
    return conjunction(disjunction(first, second), disjunction(negation(first), negation(second)))


def with_value(formula: Formula, one: Formula, value: bool) -> Formula:
    """Return a formula in which a variable has a value."""
    return formula if isinstance(formula, bool) else z3.substitute(formula, (one, z3.BoolVal(value)))
