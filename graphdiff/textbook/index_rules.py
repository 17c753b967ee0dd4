"""RULES: what operations are in index notation; a comment states each identity. All shapes are known."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from graphdiff.algebra.constants import number_of
from graphdiff.algebra.readable import MINUS, ONE, Ratio
from graphdiff.graph.function import Function, Operation
from graphdiff.graph.graph import Graph
from graphdiff.graph.node import Node
from graphdiff.graph.shapes import infer_shapes
from graphdiff.operations.indexing import ALL, NEW, OPERAND, expand_items
from graphdiff.operations.registry import PRIMITIVES
from graphdiff.operations.shapes import Shape, axes_of, size_of, summed_axes
from graphdiff.textbook.index_algebra import IndexAlgebra
from graphdiff.textbook.index_notation import Term, Value, number
from graphdiff.textbook.inverses import inverse_of

POW, SOFTMAX, PROD, INDEX, RESHAPE, ONE_HOT, PAD = (
    PRIMITIVES[name] for name in ("pow", "softmax", "prod", "index", "reshape", "one_hot", "pad")
)
RESOLVED = frozenset(["dot", "trace"])
"""The functions of the language that are what their definition is in index notation."""
Parameters = Mapping[str, Any]
Rule = Callable[[IndexAlgebra, Sequence[Value], Shape, Parameters], Value | None]


def value_of(algebra: IndexAlgebra, node: Node, operands: Sequence[Value], shape: Shape) -> Value:
    """The value of a constant or an operation of a graph, by the rule of the operation if it has one that applies."""
    operation = node.operation
    if operation is None:
        plain = number_of(node)
        return algebra.atoms.constant(node.parameters["value"]) if plain is None else number(Ratio(plain))
    if isinstance(operation, Function):
        if operation.is_prelude and operation.name in RESOLVED:
            return _value_of_body(algebra, operation.graph, operands)
    elif operation.reflection is not None and _is_negative(operands[0]):
        # sigmoid(-x) = 1 - sigmoid(x)
        opposite = algebra.atoms.apply(operation, [algebra.atoms.scale(operands[0], MINUS)], {}, shape)
        return algebra.add([number(ONE), algebra.atoms.scale(opposite, MINUS)], shape)
    rule = RULES.get(operation)
    value = rule(algebra, operands, shape, node.parameters) if rule else None
    if value is not None:
        return value
    if operation.is_elementwise:
        return algebra.atoms.apply(operation, operands, node.parameters, shape)
    return algebra.atoms.call(operation, operands, node.parameters, shape)


def _value_of_body(algebra: IndexAlgebra, body: Graph, operands: Sequence[Value]) -> Value:
    """The value of a function with these operands."""
    values = dict(zip(body.inputs, operands, strict=True))
    shapes = infer_shapes(body, [operand.shape for operand in operands])
    for node in body.nodes:
        if body.needed[node.index] and not node.is_input:
            inner = [values[operand] for operand in node.operands]
            values[node.index] = value_of(algebra, node, inner, shapes[node.index] or ())
    return values[body.output]


def _is_negative(value: Value) -> bool:
    """Whether a formula begins with a minus, however its terms are ordered."""
    return bool(value.terms) and all(term.coefficient.above < 0 for term in value.terms)


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
    found = _argument(algebra, operands[0])
    if found is None or found[0] not in ("log_softmax", "log"):
        return None
    name, (argument,), options = found
    return argument if name == "log" else algebra.atoms.call(SOFTMAX, [argument], options, shape)


def _expm1(algebra: IndexAlgebra, operands: Sequence[Value], shape: Shape, parameters: Parameters) -> Value | None:
    # expm1(x) = exp(x) - 1
    power = _exp(algebra, operands, shape, parameters)
    return None if power is None else algebra.add([power, number(MINUS, shape)], shape)


def _argument(algebra: IndexAlgebra, value: Value) -> tuple[str, tuple[Value, ...], Parameters] | None:
    """The name, the operands and the options of the operation that a value is."""
    if len(value.terms) != 1 or value.terms[0].coefficient != ONE or len(value.terms[0].factors) != 1:
        return None
    ((atom, indices, exponent),) = value.terms[0].factors
    found = algebra.atoms.table[atom]
    if found.operation is None or exponent != 1 or indices != tuple(range(value.rank)):
        return None
    return found.operation.name, found.operands, found.parameters


def _where(algebra: IndexAlgebra, operands: Sequence[Value], shape: Shape, parameters: Parameters) -> Value | None:
    condition, then, otherwise = operands
    found = _argument(algebra, condition)
    if found is None or found[0] not in CONDITIONS:
        return None
    if found[0] == "eq" and not found[1][1].terms and _is_guarded(algebra, found[1][0], otherwise):
        return algebra.atoms.align(otherwise, shape)  # where(x == 0, 0, y/x) = y/x, but at x = 0
    if not otherwise.terms:
        return algebra.multiply([condition, then], shape)  # where(x > y, z, 0) = (x > y)*z
    return None


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


def _first(algebra: IndexAlgebra, operands: Sequence[Value], shape: Shape, parameters: Parameters) -> Value:
    # first(x == max(x)) = x == max(x), but where several entries are the largest
    return operands[0]


def _others(algebra: IndexAlgebra, operands: Sequence[Value], shape: Shape, parameters: Parameters) -> Value | None:
    # others(x) = prod(x)/x, but where an entry is 0
    axis = parameters.get("axis")
    reciprocal = algebra.power(operands[0], -1.0)
    if reciprocal is None:
        return None
    options = {} if axis is None else {"axis": axis}
    (axes, left) = _reduced(shape, axis)
    product = algebra.atoms.call(PROD, operands, options, tuple(shape[place] for place in left))
    return algebra.product([product, reciprocal], [left, range(len(shape))], shape, {})


def _softmax(algebra: IndexAlgebra, operands: Sequence[Value], shape: Shape, parameters: Parameters) -> Value | None:
    # of a vector, along all axes is along the last one
    axis = parameters.get("axis", -1)
    is_last = axis in (-1, len(shape) - 1) or (axis is None and len(shape) == 1)
    return algebra.atoms.call(SOFTMAX, operands, {}, shape) if is_last and parameters else None


def _matmul(algebra: IndexAlgebra, operands: Sequence[Value], shape: Shape, parameters: Parameters) -> Value | None:
    # (A @ B)[i, j] = A[i, k] B[k, j], with axes in front that broadcast
    left, right = operands
    summed = len(shape)
    columns = min(right.rank - 1, 1)
    rows = min(left.rank - 1, 1)
    batch = len(shape) - rows - columns
    left_labels = [*range(batch - max(left.rank - 2, 0), batch), *range(batch, batch + rows), summed]
    last = [summed, *range(batch + rows, batch + rows + columns)]
    right_labels = [*range(batch - max(right.rank - 2, 0), batch), *last]
    return algebra.product(operands, [left_labels, right_labels], shape, {summed: left.shape[-1]})


def _outer(algebra: IndexAlgebra, operands: Sequence[Value], shape: Shape, parameters: Parameters) -> Value:
    # outer(x, y)[i, j] = x[i] y[j]
    return algebra.product(operands, [[0], [1]], shape, {})


def _tensordot(algebra: IndexAlgebra, operands: Sequence[Value], shape: Shape, parameters: Parameters) -> Value:
    left, right = operands
    pairs = list(zip(*[axes_of(axes, each.shape) for axes, each in zip(parameters["axes"], operands, strict=True)], strict=True))
    sums = {len(shape) + place: left.shape[axis] for place, (axis, _) in enumerate(pairs)}
    lefts = {axis: len(shape) + place for place, (axis, _) in enumerate(pairs)}
    rights = {axis: len(shape) + place for place, (_, axis) in enumerate(pairs)}
    free = iter(range(len(shape)))
    labels = [[names[axis] if axis in names else next(free) for axis in range(each.rank)] for names, each in ((lefts, left), (rights, right))]
    return algebra.product(operands, labels, shape, sums)


def _transpose(algebra: IndexAlgebra, operands: Sequence[Value], shape: Shape, parameters: Parameters) -> Value:
    # A.T[i, j] = A[j, i]; x.T = x for a vector
    (operand,) = operands
    axes = parameters.get("axes")
    order = range(operand.rank)[::-1] if axes is None else axes_of(axes, operand.shape)
    return algebra.atoms.take_axes(operand, order)


def _moveaxis(algebra: IndexAlgebra, operands: Sequence[Value], shape: Shape, parameters: Parameters) -> Value:
    (operand,) = operands
    (source,), (destination,) = (axes_of(parameters[name], operand.shape) for name in ("source", "destination"))
    order = [axis for axis in range(operand.rank) if axis != source]
    order.insert(destination, source)
    return algebra.atoms.take_axes(operand, order)


def _reshape(algebra: IndexAlgebra, operands: Sequence[Value], shape: Shape, parameters: Parameters) -> Value | None:
    # axes of size 1 have no index
    operand = operands[0]
    old, new = ([axis for axis, size in enumerate(sizes) if size != 1] for sizes in (operand.shape, shape))
    if [operand.shape[axis] for axis in old] != [shape[axis] for axis in new]:
        return algebra.atoms.call(RESHAPE, [operand], {"shape": shape}, shape)
    names = [0] * operand.rank
    for axis, place in zip(old, new, strict=True):
        names[axis] = place
    return algebra.product([operand], [names], shape, {})


def _broadcast_to(algebra: IndexAlgebra, operands: Sequence[Value], shape: Shape, parameters: Parameters) -> Value:
    # an index that nothing mentions
    return algebra.atoms.align(operands[0], shape)


def _sum_to(algebra: IndexAlgebra, operands: Sequence[Value], shape: Shape, parameters: Parameters) -> Value:
    operand = operands[0]
    return _total(algebra, operand, summed_axes(operand.shape, shape), shape, operand.rank - len(shape))


def _sum(algebra: IndexAlgebra, operands: Sequence[Value], shape: Shape, parameters: Parameters) -> Value:
    # sum(x) = Σ_i x[i]; Σ_i 1 is the number of entries
    operand = operands[0]
    axes = axes_of(parameters.get("axis"), operand.shape)
    return _total(algebra, operand, axes, shape, 0 if parameters.get("keepdims") else None)


def _mean(algebra: IndexAlgebra, operands: Sequence[Value], shape: Shape, parameters: Parameters) -> Value:
    # mean(x) = sum(x)/n
    count = size_of(operands[0].shape) // size_of(shape)
    return algebra.atoms.scale(_sum(algebra, operands, shape, parameters), Ratio(1.0, float(count)))


def _total(algebra: IndexAlgebra, operand: Value, axes: Sequence[int], shape: Shape, lead: int | None) -> Value:
    """The sum over some axes; the others are in order those of the shape, or lead is how many axes are left out in
    front, and the summed ones stay with size 1."""
    free = iter(range(len(shape)))
    labels, sums = list[int](), dict[int, int]()
    for axis, size in enumerate(operand.shape):
        if axis in axes:
            labels.append(len(shape) + len(sums))
            sums[labels[-1]] = size
        else:
            labels.append(next(free) if lead is None else axis - lead)
    return algebra.product([operand], [labels], shape, sums)


def _count(algebra: IndexAlgebra, operands: Sequence[Value], shape: Shape, parameters: Parameters) -> Value:
    of = operands[0].shape
    return number(Ratio(float(size_of(tuple(of[axis] for axis in axes_of(parameters.get("axis"), of))))))


def _ones(algebra: IndexAlgebra, operands: Sequence[Value], shape: Shape, parameters: Parameters) -> Value:
    return number(ONE, shape)


def _zeros(algebra: IndexAlgebra, operands: Sequence[Value], shape: Shape, parameters: Parameters) -> Value:
    return Value(shape, ())


def _identity(algebra: IndexAlgebra, operands: Sequence[Value], shape: Shape, parameters: Parameters) -> Value:
    # the same for each matrix of a stack
    return algebra.atoms.align(algebra.atoms.identity(shape[-1]), shape)


def _diag(algebra: IndexAlgebra, operands: Sequence[Value], shape: Shape, parameters: Parameters) -> Value:
    # diag(x)[i, j] = x[i] δ[i, j]; diag(A)[i] = A[i, i]
    (operand,) = operands
    if operand.rank == 2:
        return algebra.product([operand], [[0, 0]], shape, {})
    return algebra.product([operand, algebra.atoms.identity(shape[0])], [[0], [0, 1]], shape, {})


def _cofactor(algebra: IndexAlgebra, operands: Sequence[Value], shape: Shape, parameters: Parameters) -> Value | None:
    # cofactor(A) = det(A)*inv(A).T, where A has an inverse
    if len(shape) != 2:
        return None
    determinant = algebra.atoms.call(PRIMITIVES["det"], operands, {}, ())
    inverse = algebra.atoms.call(PRIMITIVES["inv"], operands, {}, shape)
    return algebra.product([determinant, inverse], [[], [1, 0]], shape, {})


def _inv(algebra: IndexAlgebra, operands: Sequence[Value], shape: Shape, parameters: Parameters) -> Value | None:
    # inv(A.T) = inv(A).T, inv(inv(A)) = A
    (operand,) = operands
    if len(shape) != 2 or len(operand.terms) != 1:
        return None
    coefficient, factors = operand.terms[0]
    if coefficient != ONE or len(factors) != 1 or factors[0].exponent != 1 or sorted(factors[0].indices) != [0, 1]:
        return None
    return algebra.atoms.take_axes(inverse_of(algebra.atoms, factors[0].atom), factors[0].indices)


def _place(algebra: IndexAlgebra, operands: Sequence[Value], shape: Shape, parameters: Parameters) -> Value | None:
    # zeros but for the entries at indices: x times unit vectors; zeros around a slice: pad(x)
    x, _, *indices = operands
    values, labels, widths = [x], [list[int]()], [(0, 0)] * len(shape)
    sums, given, axes = dict[int, int](), iter(indices), iter(range(len(shape)))
    for item in expand_items(parameters["items"], shape):
        if item == NEW:
            labels[0].append(0)  # an axis of size 1, which nothing mentions
            continue
        axis = next(axes)
        size = shape[axis]
        if item[0] in ("index", "operand"):
            index = next(given) if item == OPERAND else number(Ratio(float(item[1] % size)))
            if size > 1 or item == OPERAND:
                values.append(algebra.atoms.call(ONE_HOT, [index], {"size": size}, (*index.shape, size)))
                labels.append([*([len(shape)] if index.rank else []), axis])
            if index.rank:
                labels[0].append(len(shape))
                sums[len(shape)] = index.shape[0]
            continue
        places = range(size)[slice(*item[1:])]
        if places.step != 1:
            return None
        widths[axis] = places.start, size - places.stop
        labels[0].append(axis)
    if any(before or after for before, after in widths):
        if len(values) > 1:
            return None
        (inner,) = [algebra.product([x], labels, tuple(size - sum(width) for size, width in zip(shape, widths, strict=True)), {})]
        return algebra.atoms.call(PAD, [inner], {"widths": tuple(widths)}, shape)
    return algebra.product(values, labels, shape, sums)


def _one_hot_like(algebra: IndexAlgebra, operands: Sequence[Value], shape: Shape, parameters: Parameters) -> Value:
    return algebra.atoms.call(ONE_HOT, operands[:1], {"size": shape[-1]}, shape)


def _index(algebra: IndexAlgebra, operands: Sequence[Value], shape: Shape, parameters: Parameters) -> Value | None:
    items = expand_items(parameters["items"], operands[0].shape)
    return _reshape(algebra, operands, shape, {}) if all(item in (ALL, NEW) for item in items) else None


def _section(algebra: IndexAlgebra, operands: Sequence[Value], shape: Shape, parameters: Parameters) -> Value:
    # the part of a concatenation that an array was is a slice
    whole, *parts = operands
    axis, slot = parameters.get("axis", 0) % whole.rank, parameters.get("slot", 0)
    start = sum(part.shape[axis] for part in parts[:slot])
    items = (*[ALL] * axis, ("slice", start, start + shape[axis], None))
    return algebra.atoms.call(INDEX, [whole], {"items": items}, shape)


def _reduced(shape: Shape, axis: Any) -> tuple[Shape, list[int]]:
    """The axes of a reduction, and those that it leaves."""
    axes = axes_of(axis, shape)
    return axes, [place for place in range(len(shape)) if place not in axes]


CONDITIONS = frozenset(["lt", "le", "gt", "ge", "eq", "ne"])

_BY_NAME: dict[str, Rule] = {
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
    "matmul": _matmul,
    "outer": _outer,
    "tensordot": _tensordot,
    "transpose": _transpose,
    "moveaxis": _moveaxis,
    "reshape": _reshape,
    "reshape_like": _reshape,
    "expand_dims": _reshape,
    "broadcast_to": _broadcast_to,
    "sum_to": _sum_to,
    "sum": _sum,
    "mean": _mean,
    "count": _count,
    "ones": _ones,
    "zeros": _zeros,
    "eye": _identity,
    "identity_like": _identity,
    "diag": _diag,
    "cofactor": _cofactor,
    "inv": _inv,
    "place": _place,
    "one_hot_like": _one_hot_like,
    "index": _index,
    "section": _section,
}
RULES: dict[Operation, Rule] = {PRIMITIVES[name]: rule for name, rule in _BY_NAME.items()}
"""The rules by operation; one that returns None does not apply."""
