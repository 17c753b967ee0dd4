"""PRIMITIVES: the primitives of all modules of this package by name; and by what formulas write, a name or a symbol.

A new operation is one record in one of these modules; a new module is one line here.
"""

from __future__ import annotations

import copyreg
import math

from graphdiff.operations import (
    arithmetic,
    comparisons,
    creation,
    cumulative,
    decompositions,
    elementary,
    hyperbolic,
    indexing,
    joining,
    linear,
    normal,
    norms,
    ordering,
    piecewise,
    products,
    reductions,
    reshaping,
    special,
    stable,
)
from graphdiff.operations.primitive import Fold, Primitive

PRIMITIVES: dict[str, Primitive] = {
    primitive.name: primitive
    for module in (
        arithmetic,
        elementary,
        hyperbolic,
        normal,
        special,
        stable,
        piecewise,
        comparisons,
        reductions,
        cumulative,
        ordering,
        linear,
        products,
        decompositions,
        norms,
        reshaping,
        joining,
        creation,
        indexing,
    )
    for primitive in module.PRIMITIVES
}


def primitive_of(name: str) -> Primitive:
    """The primitive with this name."""
    return PRIMITIVES[name]


# A primitive is pickled by its name, since its rules are code; a copy of it is the same primitive.
copyreg.pickle(Primitive, lambda primitive: (primitive_of, (primitive.name,)))

FUNCTIONS: dict[str, Primitive] = {
    name: primitive
    for primitive in PRIMITIVES.values()
    for name in ((primitive.name,) if primitive.operator is None and primitive.is_called else ()) + primitive.aliases
}
"""The primitives that a formula can call, by name and alias."""

ALONE: dict[tuple[str, str], Primitive] = {
    (primitive.alone_as, primitive.with_option): primitive for primitive in PRIMITIVES.values() if primitive.alone_as
}
"""The primitives that a function stands for when it is called with one operand, by its name and "", or the option that
this needs: max(x) is the reduction amax, norm(x, ord=1) is norm_of_order."""

FOLDS: dict[str, tuple[Primitive, Fold]] = {
    primitive.fold.function: (primitive, primitive.fold)
    for primitive in PRIMITIVES.values()
    if primitive.fold is not None
}
"""The operation that joins the terms of a comprehension, by the comprehension's function."""

OPERATORS: dict[tuple[str, int], Primitive] = {
    (primitive.operator.symbol, len(primitive.inputs)): primitive
    for primitive in PRIMITIVES.values()
    if primitive.operator is not None
}
"""The primitives that are written as operators, by symbol and number of operands."""

CONSTANTS: dict[str, float] = {
    "pi": math.pi,
    "π": math.pi,
    "e": math.e,
    "true": 1.0,
    "True": 1.0,
    "false": 0.0,
    "False": 0.0,
}
"""The inputs that have a value by default; a program or a point can give them another."""
