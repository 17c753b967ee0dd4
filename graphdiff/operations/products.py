"""Products of arrays: einsum, kron, cross and matrix_power.

The rule of einsum is einsum: what is passed back to an operand is a sum of products of the others, with the output's
subscripts in place of the operand's own. For this, subscripts of the output may be repeated, as in "i->ii", which puts
a vector on a diagonal: the adjoint of "ii->i".
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from graphdiff.operations import options
from graphdiff.operations.linear import matrix_transpose, solve_or_nan, square_shape
from graphdiff.operations.options import REQUIRED, Option
from graphdiff.operations.primitive import MATRIX_MULTIPLIER, Primitive, Sample
from graphdiff.operations.shapes import Shape, broadcast, shape_error, shape_text, size_of

LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
"""The subscripts of einsum. Those of kron are made of them."""


def terms_of(subscripts: str) -> tuple[list[str], str]:
    """The subscripts of each operand, and those of the output."""
    left, _, output = subscripts.partition("->")
    return left.split(","), output


def sizes_of(subscripts: str, shapes: Sequence[Shape]) -> Mapping[str, int]:
    """The size of the axes with each subscript.

    Raises GraphdiffError where operands do not fit the subscripts.
    """
    terms, _ = terms_of(subscripts)
    if len(terms) != len(shapes):
        raise shape_error(f'"{subscripts}" is for {len(terms)} operands, not for {len(shapes)}')
    sizes: dict[str, int] = {}
    for term, shape in zip(terms, shapes, strict=True):
        if len(term) != len(shape):
            raise shape_error(f'"{term}" does not fit {shape_text(shape)}', "it needs a letter for each axis")
        for letter, size in zip(term, shape, strict=True):
            if sizes.setdefault(letter, size) != size:
                raise shape_error(f"the sizes of the axes '{letter}' differ: {sizes[letter]} and {size}")
    return sizes


def _einsum_shape(*shapes: Shape, subscripts: str) -> Shape:
    sizes = sizes_of(subscripts, shapes)
    return tuple(sizes[letter] for letter in terms_of(subscripts)[1])


def _permute(xp: Any, x: Any, letters: str, order: str) -> Any:
    return x if letters == order else xp.permute_dims(x, tuple(map(letters.index, order)))


def _diagonals(xp: Any, x: Any, letters: str) -> tuple[Any, str]:
    """An array with one axis for each letter."""
    for letter in dict.fromkeys(letters):
        while letters.count(letter) > 1:
            first, second = letters.index(letter), letters.rindex(letter)
            others = [place for place in range(len(letters)) if place not in (first, second)]
            x = xp.permute_dims(x, (*others, first, second))
            x = xp.sum(xp.where(xp.eye(x.shape[-1]), x, 0.0), axis=-1)
            letters = "".join(letters[place] for place in others) + letter
    return x, letters


def on_diagonals(xp: Any, x: Any, letters: str, output: str, sizes: Mapping[str, int]) -> Any:
    """An array with one axis for each letter in the order of the output, in which letters can be repeated."""
    for letter in letters:
        for _ in range(output.count(letter) - 1):
            x = xp.expand_dims(xp.moveaxis(x, letters.index(letter), -1), axis=-1)
            x = xp.where(xp.eye(sizes[letter]), x, 0.0)
            letters = letters.replace(letter, "", 1) + 2 * letter
    places = [[place for place, each in enumerate(letters) if each == letter] for letter in output]
    order = tuple(each[output[:number].count(output[number])] for number, each in enumerate(places))
    return x if order == tuple(range(len(order))) else xp.permute_dims(x, order)


def _sum_others(xp: Any, x: Any, letters: str, kept: str) -> tuple[Any, str]:
    """An array summed over the axes of all letters but these."""
    axes = tuple(place for place, letter in enumerate(letters) if letter not in kept)
    return (xp.sum(x, axis=axes), "".join(each for each in letters if each in kept)) if axes else (x, letters)


def _contract(xp: Any, a: Any, left: str, b: Any, right: str, kept: str) -> tuple[Any, str]:
    """The product of two arrays, summed over the letters that are not kept: a product of matrices, or of stacks."""
    a, left = _sum_others(xp, a, left, kept + right)
    b, right = _sum_others(xp, b, right, kept + left)
    stacked = "".join(each for each in left if each in right and each in kept)
    summed = "".join(each for each in left if each in right and each not in kept)
    rows = "".join(each for each in left if each not in right)
    columns = "".join(each for each in right if each not in left)
    a, b = _permute(xp, a, left, stacked + rows + summed), _permute(xp, b, right, stacked + summed + columns)
    lead, inner = a.shape[: len(stacked)], a.shape[len(stacked + rows) :]
    outer = a.shape[len(stacked) : len(stacked + rows)], b.shape[len(stacked + summed) :]
    matrices = xp.reshape(a, (*lead, size_of(outer[0]), size_of(inner)))
    product = xp.matmul(matrices, xp.reshape(b, (*lead, size_of(inner), size_of(outer[1]))))
    return xp.reshape(product, (*lead, *outer[0], *outer[1])), stacked + rows + columns


def _einsum(xp: Any, *xs: Any, subscripts: str) -> Any:
    terms, output = terms_of(subscripts)
    sizes = sizes_of(subscripts, [x.shape for x in xs])
    pairs = [_diagonals(xp, x, term) for x, term in zip(xs, terms, strict=True)]
    result, letters = pairs[0]
    for number, (x, term) in enumerate(pairs[1:], 2):
        result, letters = _contract(xp, result, letters, x, term, output + "".join(terms[number:]))
    result, letters = _sum_others(xp, result, letters, output)
    return on_diagonals(xp, result, letters, output, sizes)


def _einsum_rule(slot: int) -> Callable[..., Any]:
    def rule(op: Any, g: Any, y: Any, *xs: Any, subscripts: str) -> Any:
        terms, output = terms_of(subscripts)
        own = terms[slot]
        operands = [g, *(x for number, x in enumerate(xs) if number != slot)]
        others = [output, *(term for number, term in enumerate(terms) if number != slot)]
        if not set(own) <= set("".join(others)):  # the operand was summed over an axis of its own
            operands.append(op.broadcast_to(1.0, xs[slot]))
            others.append(own)
        return op.einsum(*operands, subscripts=f"{','.join(others)}->{own}")

    return rule


def kron_terms(rank: int) -> tuple[str, str, str]:
    """The subscripts of a, of b, and of all products of their entries, with the axes of both in turns."""
    a, b = LETTERS[:rank], LETTERS[rank : 2 * rank]
    return a, b, "".join(each for pair in zip(a, b, strict=True) for each in pair)


def kron_shape(a: Shape, b: Shape) -> Shape:
    if len(a) != len(b) or not a or len(a) > len(LETTERS) // 2:
        raise shape_error(
            f"the operands must be arrays with the same number of axes, not {shape_text(a)} and {shape_text(b)}"
        )
    return tuple(left * right for left, right in zip(a, b, strict=True))


def _kron(xp: Any, a: Any, b: Any) -> Any:
    left, right, both = kron_terms(a.ndim)
    return xp.reshape(_einsum(xp, a, b, subscripts=f"{left},{right}->{both}"), kron_shape(a.shape, b.shape))


def _kron_rule(op: Any, g: Any, a: Any, b: Any, is_left: bool) -> Any:
    left, right, both = kron_terms(op.rank(a))
    products = op.reshape_like(g, op.einsum(a, b, subscripts=f"{left},{right}->{both}"))
    if is_left:
        return op.einsum(products, b, subscripts=f"{both},{right}->{left}")
    return op.einsum(products, a, subscripts=f"{both},{left}->{right}")


def _cross_shape(a: Shape, b: Shape) -> Shape:
    if a[-1:] != (3,) or b[-1:] != (3,):
        raise shape_error(f"the operands must be vectors of 3 entries, not {shape_text(a)} and {shape_text(b)}")
    return broadcast(a, b)


def _cross(xp: Any, a: Any, b: Any) -> Any:
    return xp.roll(a * xp.roll(b, -1, axis=-1) - xp.roll(a, -1, axis=-1) * b, -1, axis=-1)


def matrix_power(xp: Any, a: Any, n: int) -> Any:
    """The power with n from 0, by repeated squaring."""
    if n == 0:
        return xp.broadcast_to(xp.eye(a.shape[-1]), a.shape)
    result = None
    while n:
        if n % 2:
            result = a if result is None else xp.matmul(result, a)
        n //= 2
        a = xp.matmul(a, a) if n else a
    return result


def _matrix_power_or_inverse(xp: Any, a: Any, n: int) -> Any:
    return matrix_power(xp, solve_or_nan(xp, lambda: xp.linalg.inv(a), a) if n < 0 else a, abs(n))


def _matrix_power_rule(op: Any, g: Any, y: Any, a: Any, n: int) -> Any:
    """The adjoint of repeated squaring: an even power is b @ b with b = a^(n/2), an odd one a @ a^(n-1)."""
    if n < 0:
        inverse = op.inv(a)
        transposed = matrix_transpose(op, inverse)
        back = _matrix_power_rule(op, g, y, inverse, -n)
        return op.neg(op.matmul(op.matmul(transposed, back), transposed))
    terms = []
    while n > 1:
        if n % 2:
            terms.append(op.matmul(g, matrix_transpose(op, _power(op, a, n - 1))))
            g, n = op.matmul(matrix_transpose(op, a), g), n - 1
        half = matrix_transpose(op, _power(op, a, n // 2))
        g, n = op.add(op.matmul(g, half), op.matmul(half, g)), n // 2
    total = g if n else op.broadcast_to(0.0, a)
    for term in reversed(terms):
        total = op.add(term, total)
    return total


def _power(op: Any, a: Any, n: int) -> Any:
    return a if n == 1 else op.matrix_power(a, n=n)


PRIMITIVES = (
    Primitive(
        name="einsum",
        inputs=("a", "b"),
        doc='the sums of products of entries that subscripts such as "ij,jk->ik" describe',
        title="product",
        backward_pattern=MATRIX_MULTIPLIER,
        kernel=_einsum,
        vjps=_einsum_rule,
        shape=_einsum_shape,
        samples=(
            Sample(((2, 3), (3, 4)), {"subscripts": "ij,jk->ik"}),
            Sample(((2, 3, 4), (2, 4)), {"subscripts": "bij,bj->bi"}),
            Sample(((3, 3),), {"subscripts": "ii->"}),
            Sample(((3, 3),), {"subscripts": "ii->i"}),
            Sample(((3, 2),), {"subscripts": "ij->jii"}),
            Sample(((2, 3), (3, 2), (2,)), {"subscripts": "ij,ji,i->j"}),
            Sample(((2, 3), (4,)), {"subscripts": "ij,k->ki"}),
        ),
        options=(Option("subscripts", options.subscripts, REQUIRED, is_first=True),),
        n_ary=True,
    ),
    Primitive(
        name="kron",
        inputs=("a", "b"),
        doc="the Kronecker product: blocks of b, times the entries of a",
        title="product",
        backward_pattern=MATRIX_MULTIPLIER,
        kernel=_kron,
        vjps=(
            lambda op, g, y, a, b: _kron_rule(op, g, a, b, True),
            lambda op, g, y, a, b: _kron_rule(op, g, a, b, False),
        ),
        shape=kron_shape,
        samples=(Sample(((2, 3), (3, 2))), Sample(((2,), (3,)))),
    ),
    Primitive(
        name="cross",
        inputs=("a", "b"),
        doc="the cross product of vectors of 3 entries, along the last axis",
        title="product",
        backward_pattern=MATRIX_MULTIPLIER,
        kernel=_cross,
        vjps=(
            lambda op, g, y, a, b: op.unbroadcast(op.cross(b, g), a),
            lambda op, g, y, a, b: op.unbroadcast(op.cross(g, a), b),
        ),
        shape=_cross_shape,
        samples=(Sample(((3,), (3,))), Sample(((2, 3), (3,))), Sample(((3,), (2, 2, 3)))),
    ),
    Primitive(
        name="matrix_power",
        inputs=("a",),
        doc="the product of n factors a of a square matrix; of its inverse for negative n",
        title="power",
        backward_pattern=MATRIX_MULTIPLIER,
        kernel=_matrix_power_or_inverse,
        vjps=(_matrix_power_rule,),
        shape=lambda shape, n: square_shape(shape),
        samples=(
            *[Sample(((2, 2),), {"n": power}) for power in (2, 0, 1, 3, 7, -1, -2)],
            Sample(((2, 3, 3),), {"n": 3}),
        ),
        options=(Option("n", options.whole, REQUIRED),),
    ),
)
