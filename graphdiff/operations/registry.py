"""Every primitive, by its name, by the names it is called by, and by its symbol."""

from __future__ import annotations

import math

from graphdiff.operations import (
    arithmetic,
    comparisons,
    creation,
    elementary,
    indexing,
    linear,
    piecewise,
    reductions,
    special,
    structure,
)
from graphdiff.operations.primitive import Fold, Primitive

PRIMITIVES: dict[str, Primitive] = {
    primitive.name: primitive
    for module in (
        arithmetic,
        elementary,
        special,
        piecewise,
        comparisons,
        reductions,
        linear,
        structure,
        creation,
        indexing,
    )
    for primitive in module.PRIMITIVES
}

FUNCTIONS: dict[str, Primitive] = {
    name: primitive
    for primitive in PRIMITIVES.values()
    for name in ((primitive.name,) if primitive.operator is None and primitive.is_called else ()) + primitive.aliases
}
"""What a formula may call."""

ALONE: dict[str, Primitive] = {primitive.alone_as: primitive for primitive in PRIMITIVES.values() if primitive.alone_as}
"""What a function means when it is called with one operand, where that is something else: max(x) is a reduction."""

FOLDS: dict[str, tuple[Primitive, Fold]] = {
    primitive.fold.function: (primitive, primitive.fold)
    for primitive in PRIMITIVES.values()
    if primitive.fold is not None
}
"""By the function of a comprehension: the operation that joins its terms."""

OPERATORS: dict[tuple[str, int], Primitive] = {
    (primitive.operator.symbol, len(primitive.inputs)): primitive
    for primitive in PRIMITIVES.values()
    if primitive.operator is not None
}
"""By symbol and number of operands."""

CONSTANTS: dict[str, float] = {
    "pi": math.pi,
    "π": math.pi,
    "e": math.e,
    "true": 1.0,
    "True": 1.0,
    "false": 0.0,
    "False": 0.0,
}
"""Inputs that have a value unless a program or a point gives them another."""
