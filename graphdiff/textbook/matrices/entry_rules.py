"""ENTRY_RULES: operations on entries, and along an axis, in index notation; a comment states each identity."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from graphdiff.algebra.readable import MINUS, ONE
from graphdiff.operations import comparisons
from graphdiff.operations.registry import PRIMITIVES
from graphdiff.operations.shapes import Shape, axes_of
from graphdiff.textbook.matrices.atoms import Atom
from graphdiff.textbook.matrices.exceptions import WHERE_AN_ENTRY_IS_ZERO, WHERE_ZERO, where_repeated
from graphdiff.textbook.matrices.index_algebra import IndexAlgebra, Parameters, Rule
from graphdiff.textbook.matrices.index_notation import Term, Value, number

POW, EQ, LOG, SOFTMAX, LOG_SOFTMAX, PROD, MAX, MIN = (
    PRIMITIVES[name] for name in ("pow", "eq", "log", "softmax", "log_softmax", "prod", "amax", "amin")
)
CONDITIONS = frozenset(comparisons.PRIMITIVES)


def _add(algebra: IndexAlgebra, operands: Sequence[Value], shape: Shape, parameters: Parameters) -> Value:
    return algebra.add(operands, shape)


def _sub(algebra: IndexAlgebra, operands: Sequence[Value], shape: Shape, parameters: Parameters) -> Value:
    return algebra.add([operands[0], algebra.atoms.scale(operands[1], MINUS)], shape)


def _neg(algebra: IndexAlgebra, operands: Sequence[Value], shape: Shape, parameters: Parameters) -> Value:
    return algebra.atoms.scale(operands[0], MINUS)


def _mul(algebra: IndexAlgebra, operands: Sequence[Value], shape: Shape, parameters: Parameters) -> Value:
    return algebra.multiply(operands, shape)


def _div(algebra: IndexAlgebra, operands: Sequence[Value], shape: Shape, parameters: Parameters) -> Value | None:
    # x/y = x*y^-1
    reciprocal = algebra.power(operands[1], -1.0)
    return None if reciprocal is None else algebra.multiply([operands[0], reciprocal], shape)


def _pow(algebra: IndexAlgebra, operands: Sequence[Value], shape: Shape, parameters: Parameters) -> Value | None:
    base, exponent = operands
    whole = [term for term in exponent.terms if not term.factors]
    if not whole or not base.terms or any(exponent.shape):
        return None
    above, below = whole[0].coefficient
    if len(exponent.terms) == 1:
        return algebra.power(base, above / below) if below in (1, 2) else None
    if below != 1 or not above.is_integer():
        return None
    # x^(n - 1) = x^n*x^-1, which may cancel; it is written as it was
    rest = exponent._replace(terms=tuple([term for term in exponent.terms if term.factors]))
    term = algebra.atoms.factor_of(base)
    is_plain = len(term.factors) == 1 and term.coefficient == ONE and term.factors[0].exponent == 1
    if not is_plain:
        return None
    power = algebra.atoms.apply(POW, [base, rest], {}, shape)
    number_power = Value(base.shape, (Term(ONE, (term.factors[0]._replace(exponent=above),)),))
    return algebra.multiply([power, number_power], shape)


def _sqrt(algebra: IndexAlgebra, operands: Sequence[Value], shape: Shape, parameters: Parameters) -> Value | None:
    # sqrt(x) = x^(1/2)
    return algebra.power(operands[0], 0.5)


def _exp(algebra: IndexAlgebra, operands: Sequence[Value], shape: Shape, parameters: Parameters) -> Value | None:
    # exp(log_softmax(x)) = softmax(x), exp(log(x)) = x
    atom = _argument(algebra, operands[0])
    if atom is None or atom.operation not in (LOG_SOFTMAX, LOG):
        return None
    (argument,) = atom.operands
    return argument if atom.operation is LOG else algebra.atoms.call(SOFTMAX, [argument], atom.parameters, shape)


def _expm1(algebra: IndexAlgebra, operands: Sequence[Value], shape: Shape, parameters: Parameters) -> Value | None:
    # expm1(x) = exp(x) - 1
    power = _exp(algebra, operands, shape, parameters)
    return None if power is None else algebra.add([power, number(MINUS, shape)], shape)


def _argument(algebra: IndexAlgebra, value: Value) -> Atom | None:
    """The operation that a value is."""
    atom = _atom_of(algebra, value)
    return atom if atom is not None and value.terms[0].factors[0].indices == tuple(range(value.rank)) else None


def _atom_of(algebra: IndexAlgebra, value: Value) -> Atom | None:
    """The operation that a value is, with its axes in another order or broadcast."""
    if len(value.terms) != 1 or value.terms[0].coefficient != ONE or len(value.terms[0].factors) != 1:
        return None
    (factor,) = value.terms[0].factors
    atom = algebra.atoms.table[factor.atom]
    are_axes = len(set(factor.indices)) == len(factor.indices) and all(index < value.rank for index in factor.indices)
    return atom if atom.operation is not None and factor.exponent == 1 and are_axes else None


def _where(algebra: IndexAlgebra, operands: Sequence[Value], shape: Shape, parameters: Parameters) -> Value | None:
    condition, then, otherwise = operands
    atom = _atom_of(algebra, condition)
    if atom is None or atom.operation not in CONDITIONS:
        return None
    if atom.operation is EQ and not atom.operands[1].terms and _is_guarded(algebra, atom.operands[0], otherwise):
        algebra.exceptions[WHERE_ZERO, atom.operands[0]] = None
        return algebra.atoms.align(otherwise, shape)  # where(x == 0, 0, y/x) = y/x, but at x = 0
    if not otherwise.terms and _is_finite(algebra, then):
        return algebra.multiply([condition, then], shape)  # where(x > y, z, 0) = (x > y)*z
    return None


def _is_finite(algebra: IndexAlgebra, value: Value) -> bool:
    """Whether a formula is known to be finite wherever its inputs are, overflow apart."""
    pending, known = [value], set[int]()
    while pending:
        for factor in [factor for term in pending.pop().terms for factor in term.factors]:
            atom = algebra.atoms.table[factor.atom]
            is_known = atom.operation is None or atom.operation.is_total
            if factor.exponent < 0 or not factor.exponent.is_integer() or not is_known:
                return False
            if factor.atom not in known:
                known.add(factor.atom)
                pending += atom.operands
    return True


def _is_guarded(algebra: IndexAlgebra, value: Value, formula: Value) -> bool:
    """Whether a formula divides by a value, or has it in an exponent, so that a rule has a case where that is 0."""
    guarded = {factor.atom for term in value.terms for factor in term.factors}
    for term in formula.terms:
        for factor in term.factors:
            atom = algebra.atoms.table[factor.atom]
            exponent = atom.operands[1].terms if atom.operation is POW else ()
            if factor.exponent < 0 and factor.atom in guarded:
                return True
            if guarded.intersection([each.atom for inner in exponent for each in inner.factors]):
                return True
    return False


def _first(algebra: IndexAlgebra, operands: Sequence[Value], shape: Shape, parameters: Parameters) -> Value | None:
    # first(x == max(x)) = x == max(x), but where the largest entry occurs more than once
    atom = _atom_of(algebra, operands[0])
    extremum = None if atom is None or atom.operation is not EQ else _atom_of(algebra, atom.operands[1])
    if extremum is None or extremum.operation not in (MAX, MIN):
        return None
    exceptions = where_repeated("largest" if extremum.operation is MAX else "smallest", extremum.parameters.get("axis"))
    algebra.exceptions[exceptions, extremum.operands[0]] = None
    return operands[0]


def _others(algebra: IndexAlgebra, operands: Sequence[Value], shape: Shape, parameters: Parameters) -> Value | None:
    # others(x) = prod(x)/x, but where an entry is 0
    algebra.exceptions[WHERE_AN_ENTRY_IS_ZERO, operands[0]] = None
    axis = parameters.get("axis")
    reciprocal = algebra.power(operands[0], -1.0)
    if reciprocal is None:
        return None
    options = {} if axis is None else {"axis": axis}
    left = [place for place in range(len(shape)) if place not in axes_of(axis, shape)]
    product = algebra.atoms.call(PROD, operands, options, tuple(shape[place] for place in left))
    return algebra.product([product, reciprocal], [left, range(len(shape))], shape, {})


def _softmax(algebra: IndexAlgebra, operands: Sequence[Value], shape: Shape, parameters: Parameters) -> Value | None:
    # of a vector, along all axes is along the last one
    axis = parameters.get("axis", -1)
    is_last = axis in (-1, len(shape) - 1) or (axis is None and len(shape) == 1)
    return algebra.atoms.call(SOFTMAX, operands, {}, shape) if is_last and parameters else None


ENTRY_RULES: Mapping[str, Rule] = {
    "add": _add,
    "sub": _sub,
    "neg": _neg,
    "mul": _mul,
    "div": _div,
    "pow": _pow,
    "sqrt": _sqrt,
    "exp": _exp,
    "expm1": _expm1,
    "where": _where,
    "first": _first,
    "others": _others,
    "softmax": _softmax,
}
"""The rules by the name of the operation; one that returns None does not apply."""
