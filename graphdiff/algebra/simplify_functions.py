"""Rewrites of special functions; a comment states each rewrite."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from graphdiff.algebra.constants import number_of
from graphdiff.graph.function import Operation
from graphdiff.graph.node import Node
from graphdiff.operations.primitive import Primitive
from graphdiff.operations.registry import PRIMITIVES

if TYPE_CHECKING:
    from graphdiff.algebra.simplify import Simplifier

LOG, LOG1P, MUL = (PRIMITIVES[name] for name in ("log", "log1p", "mul"))


def _reflect_order(
    function: Primitive, is_alternating: bool, simplifier: Simplifier, order: Node, x: Node
) -> Node | None:
    """f(-n, x) = f(n, x), or (-1)^n f(n, x), for a whole number n (DLMF 10.4.1, 10.27.1 and 10.27.3)"""
    value = number_of(order)
    if value is None or value >= 0 or value % 1 != 0:
        return None
    reflected = simplifier.intern(function, [simplifier.constant(-value), x])
    return simplifier.negate(reflected) if is_alternating and value % 2 == 1 else reflected


def _separate_factor(logarithm: Primitive, simplifier: Simplifier, x: Node, y: Node) -> Node | None:
    """xlogy(c, y) = c*log(y) and xlog1py(c, y) = c*log1p(y), unless c is 0"""
    if number_of(x) in (None, 0):
        return None
    return simplifier.apply(MUL, [x, simplifier.apply(logarithm, [y])])


REWRITES: dict[Operation, Callable[..., Node | None]] = {
    **{
        PRIMITIVES[name]: partial(_reflect_order, PRIMITIVES[name], is_alternating)
        for name, is_alternating in (("besselj", True), ("bessely", True), ("besseli", False), ("besselk", False))
    },
    PRIMITIVES["xlogy"]: partial(_separate_factor, LOG),
    PRIMITIVES["xlog1py"]: partial(_separate_factor, LOG1P),
}
"""By operation."""
