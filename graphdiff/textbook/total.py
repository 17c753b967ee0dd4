"""The operations that are finite at all numbers, overflow apart: 0 times their value is 0."""

from __future__ import annotations

from graphdiff.graph.function import Function, Operation

OF_ENTRIES = """
    abs add atan ceil clip cos cosh eq erf erfc exp expm1 floor ge gelu gt hypot le log_sigmoid logaddexp lt max min mul
    ne neg relu round sech sigmoid sign silu sin sinh softplus square sub tanh where
"""
OF_ARRAYS = """
    amax amin concat cumsum diag eye index log_softmax logsumexp matmul mean norm one_hot outer pad prod reshape roll
    section softmax stack sum transpose var
"""
TOTAL = frozenset((OF_ENTRIES + OF_ARRAYS).split())
"""Their names."""


def is_total(operation: Operation) -> bool:
    """Whether an operation is finite wherever its operands are."""
    is_known = not isinstance(operation, Function) or operation.is_prelude
    return is_known and operation.name in TOTAL
