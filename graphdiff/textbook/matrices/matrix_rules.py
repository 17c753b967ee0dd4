"""MATRIX_RULES: operations that multiply, move, repeat and add up entries in index notation; a comment states each
identity."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise

from graphdiff.algebra.readable import ONE, Ratio
from graphdiff.operations.indexing import ALL, NEW, OPERAND, expand_items
from graphdiff.operations.products import sizes_of, terms_of
from graphdiff.operations.registry import PRIMITIVES
from graphdiff.operations.shapes import Shape, axes_of, size_of, summed_axes
from graphdiff.textbook.matrices.exceptions import WHERE_ZERO
from graphdiff.textbook.matrices.index_algebra import IndexAlgebra, Parameters, Rule
from graphdiff.textbook.matrices.index_notation import Term, Value, number, rename
from graphdiff.textbook.matrices.inverses import inverse_of
from graphdiff.textbook.matrices.unit_vectors import MOST_ENTRIES, entries_of, unit_vector

DET, INDEX, INV, RESHAPE, ONE_HOT, PAD = (
    PRIMITIVES[name] for name in ("det", "index", "inv", "reshape", "one_hot", "pad")
)
MOST_MULTIPLIED = 8
"""The largest power of a matrix that is taken as a product."""


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
    contracted = [axes_of(axes, each.shape) for axes, each in zip(parameters["axes"], operands, strict=True)]
    sums = {len(shape) + place: operands[0].shape[axis] for place, axis in enumerate(contracted[0])}
    free = iter(range(len(shape)))
    labels: list[list[int]] = []
    for operand, axes in zip(operands, contracted, strict=True):
        names = {axis: len(shape) + place for place, axis in enumerate(axes)}
        labels.append([names[axis] if axis in names else next(free) for axis in range(operand.rank)])
    return algebra.product(operands, labels, shape, sums)


def _einsum(algebra: IndexAlgebra, operands: Sequence[Value], shape: Shape, parameters: Parameters) -> Value:
    # its subscripts are indices; one that the output has twice is that of a diagonal, x[i] δ[i, j]
    terms, output = terms_of(parameters["subscripts"])
    sizes = sizes_of(parameters["subscripts"], [operand.shape for operand in operands])
    summed = [letter for letter in sizes if letter not in output]
    places = {letter: output.find(letter) for letter in output}
    places |= {letter: len(output) + place for place, letter in enumerate(summed)}
    repeated = [axis for axis, letter in enumerate(output) if places[letter] != axis]
    values = [*operands, *[algebra.atoms.identity(shape[axis]) for axis in repeated]]
    labels = [[places[letter] for letter in term] for term in terms]
    labels += [[places[output[axis]], axis] for axis in repeated]
    return algebra.product(values, labels, shape, {places[letter]: sizes[letter] for letter in summed})


def _matrix_power(
    algebra: IndexAlgebra, operands: Sequence[Value], shape: Shape, parameters: Parameters
) -> Value | None:
    # matrix_power(A, 3) = A @ A @ A
    count = parameters["n"]
    if len(shape) != 2 or not 0 < count <= MOST_MULTIPLIED:
        return None
    places = [0, *range(2, count + 1), 1]
    sums = dict.fromkeys(places[1:-1], shape[0])
    return algebra.product([*operands] * count, [*map(list, pairwise(places))], shape, sums)


def _transpose(algebra: IndexAlgebra, operands: Sequence[Value], shape: Shape, parameters: Parameters) -> Value:
    # A.T[i, j] = A[j, i]; x.T = x for a vector
    (operand,) = operands
    algebra.transposes_vectors = algebra.transposes_vectors or operand.rank == 1
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
    determinant = algebra.atoms.call(DET, operands, {}, ())
    algebra.exceptions[WHERE_ZERO, determinant] = None
    inverse = algebra.atoms.call(INV, operands, {}, shape)
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
    if any(index.rank > 1 for index in indices):
        return None
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
        if places == range(size)[::-1] and size > 1:  # x in reverse order
            slot = len(labels[0])
            labels[0].append(axis)
            if slot in x.axes:
                items = (*[ALL] * slot, item)
                values[0] = algebra.atoms.call(INDEX, values[:1], {"items": items}, x.shape)
            continue
        if places.step != 1:  # the columns of an identity matrix at these places, times x
            whole = algebra.atoms.identity(size)
            values.append(algebra.atoms.call(INDEX, [whole], {"items": (ALL, item)}, (size, len(places))))
            labels.append([axis, len(shape) + 1 + axis])
            labels[0].append(len(shape) + 1 + axis)
            sums[len(shape) + 1 + axis] = len(places)
            continue
        widths[axis] = places.start, size - places.stop
        labels[0].append(axis)
    if any(before or after for before, after in widths):
        if len(values) > 1:
            return None
        inner_shape = tuple([size - sum(width) for size, width in zip(shape, widths, strict=True)])
        inner = algebra.product(values, labels, inner_shape, {})
        return algebra.atoms.call(PAD, [inner], {"widths": tuple(widths)}, shape)
    return algebra.product(values, labels, shape, sums)


def _one_hot_like(algebra: IndexAlgebra, operands: Sequence[Value], shape: Shape, parameters: Parameters) -> Value:
    return algebra.atoms.call(ONE_HOT, operands[:1], {"size": shape[-1]}, shape)


def _index(algebra: IndexAlgebra, operands: Sequence[Value], shape: Shape, parameters: Parameters) -> Value | None:
    items = expand_items(parameters["items"], operands[0].shape)
    kept = [item for item in items if item != NEW]
    dropped = [axis for axis, item in enumerate(kept) if item not in (ALL, NEW)]
    if (
        dropped
        and not set(dropped).intersection(operands[0].axes)
        and all(kept[axis][0] == "index" for axis in dropped)
    ):
        # an entry along an axis that nothing mentions
        left = [axis for axis in range(operands[0].rank) if axis not in dropped]
        return _reshape(algebra, [algebra.atoms.take_axes(operands[0], left)], shape, {})
    if operands[0].rank == 1 and items[0][0] == "index":
        return _entry(algebra, operands[0], items[0][1] % operands[0].shape[0])
    return _reshape(algebra, operands, shape, {}) if all(item in (ALL, NEW) for item in items) else None


def _entry(algebra: IndexAlgebra, value: Value, place: int) -> Value | None:
    """An entry of a vector that is a number times an array which is written entry by entry."""
    entries = entries_of(algebra.atoms, value)
    if entries is not None:
        return entries[(place,)]
    if len(value.terms) != 1:
        return None
    coefficient, factors = value.terms[0]
    arrays = [factor for factor in factors if 0 in factor.indices]
    if len(arrays) != 1 or arrays[0].exponent != 1 or not algebra.atoms.table[arrays[0].atom].is_sum:
        return None
    entries = entries_of(algebra.atoms, algebra.atoms.table[arrays[0].atom].operands[0])
    if entries is None:
        return None
    rest = tuple([factor for factor in factors if factor is not arrays[0]])
    names = {index: index - 1 for factor in rest for index in factor.indices}
    number_of_rest = Value((), (Term(coefficient, tuple(rename(rest, names))),))
    return algebra.multiply([number_of_rest, entries[(place,)]], ())


def _stack(algebra: IndexAlgebra, operands: Sequence[Value], shape: Shape, parameters: Parameters) -> Value | None:
    # an array of numbers is a sum of them times unit vectors
    if len(operands) == 1:
        return _reshape(algebra, operands, shape, {})
    if len(shape) > 1 or size_of(shape) > MOST_ENTRIES:
        return None
    units = [unit_vector(algebra.atoms, place, len(operands)) for place in range(len(operands))]
    return algebra.add([algebra.multiply(pair, shape) for pair in zip(operands, units, strict=True)], shape)


def _section(algebra: IndexAlgebra, operands: Sequence[Value], shape: Shape, parameters: Parameters) -> Value:
    # the part of a concatenation that an array was is a slice
    whole, *parts = operands
    axis, slot = parameters.get("axis", 0) % whole.rank, parameters.get("slot", 0)
    start = sum(part.shape[axis] for part in parts[:slot])
    items = (*[ALL] * axis, ("slice", start, start + shape[axis], None))
    return algebra.atoms.call(INDEX, [whole], {"items": items}, shape)


MATRIX_RULES: Mapping[str, Rule] = {
    "matmul": _matmul,
    "outer": _outer,
    "tensordot": _tensordot,
    "einsum": _einsum,
    "matrix_power": _matrix_power,
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
    "stack": _stack,
}
"""The rules by the name of the operation; one that returns None does not apply."""
