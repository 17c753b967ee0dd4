"""The identities of squares: sin(x)^2 + cos(x)^2 is 1, cosh(x)^2 - sinh(x)^2 is 1, tanh(x)^2 + sech(x)^2 is 1; and
1 - sigmoid(-x) is sigmoid(x)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from graphdiff.graph.function import Operation
from graphdiff.textbook.scalars.expressions import ONE, Number, Power, Product, Sum, quotient
from graphdiff.textbook.scalars.identities import COS, COSH, SECH, SIGMOID, SIN, SINH, TAN, TANH

if TYPE_CHECKING:
    from graphdiff.textbook.scalars.algebra import Algebra

RELATIONS: tuple[tuple[tuple[Operation, int, int], ...], ...] = (
    ((SIN, 2, 1), (COS, 2, 1)),
    ((COSH, 2, 1), (SINH, 2, -1)),
    ((TANH, 2, 1), (SECH, 2, 1)),
    ((COS, -2, 1), (TAN, 2, -1)),
)
"""Functions of one argument, their powers and coefficients; the sum is 1 where it is finite."""


def reduce_squares(algebra: Algebra, total: Sum) -> Sum:
    """A sum with as few terms as these identities can make of it: each is used where it removes a term."""
    changed = True
    while changed:
        changed = False
        for product in list(total.terms):
            shorter = _reduce_at(algebra, total, product)
            if shorter is not None:
                total, changed = shorter, True
                break
    return total


def _reduce_at(algebra: Algebra, total: Sum, product: Product) -> Sum | None:
    """A sum without one of its terms, by an identity that has this term."""
    for (base, exponent), power in product.powers.items():
        if exponent is not ONE or len(base.arguments) != 1:
            continue
        if base.operation is SIGMOID and power == 1 and any([each < 0 for each in base.arguments[0].terms.values()]):
            other = algebra.product({key: each for key, each in product.powers.items() if key[0] is not base})
            coefficient = total.terms[product]
            if total.terms.get(other) == -coefficient:
                opposite = algebra.plain_call(SIGMOID, [algebra.scale(-1, base.arguments[0])])
                others = {key: each for key, each in total.terms.items() if key not in (product, other)}
                whole = algebra.multiply(algebra.sum({other: -coefficient}), opposite)
                return algebra.add([(1, algebra.sum(others)), (1, whole)])
        for relation in RELATIONS:
            for operation, square, _ in relation:
                if base.operation is operation and power * square >= square * square:
                    rest = {**product.powers, (base, exponent): power - square}
                    shorter = _apply(algebra, total, relation, base.arguments[0], rest)
                    if shorter is not None:
                        return shorter
    return None


def _apply(
    algebra: Algebra,
    total: Sum,
    relation: tuple[tuple[Operation, int, int], ...],
    argument: Sum,
    rest: dict[Power, Number],
) -> Sum | None:
    """A sum less a multiple of rest·(f^2 + g^2 - 1), if it has fewer terms."""
    cofactor = algebra.term(1, rest)
    parts = [
        (sign, algebra.multiply(cofactor, algebra.power(algebra.plain_call(operation, [argument]), square)))
        for operation, square, sign in relation
    ]
    parts.append((-1, cofactor))
    for sign, part in parts:
        single = part.single
        coefficient = total.terms.get(single[1], 0) if single is not None else 0
        if single is not None and coefficient:
            multiple = quotient(-coefficient, sign * single[0])
            shorter = algebra.add([(1, total), *[(multiple * each, one) for each, one in parts]])
            if len(shorter.terms) < len(total.terms):
                return shorter
    return None
