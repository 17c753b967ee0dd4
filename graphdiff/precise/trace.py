"""The trace of the public API: in 64 bits, or with any number of digits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from graphdiff.graph.graph import Graph
from graphdiff.passes import trace as passes
from graphdiff.passes.point import join_values
from graphdiff.passes.trace import Trace
from graphdiff.source import Source


def trace(
    source: str | Source | Graph,
    point: Mapping[str, Any] | None = None,
    /,
    *,
    wrt: str | Sequence[str] | None = None,
    upstream: Any = None,
    precision: int | None = None,
    language: str | None = None,
    uncertainty: Mapping[str, Any] | None = None,
    correlation: Mapping[tuple[str, str], float] | None = None,
    **values: Any,
) -> Trace:
    """Evaluate and differentiate at a point, and keep every step.

    Arrays may be of any library that follows the array API standard, which then computes everything. They are not
    copied, and gradients may share their memory: changing one in place changes the trace. Numbers that are not finite
    are not errors; they propagate as IEEE arithmetic has it.

    Args:
        source: A formula or a program, or its graph.
        point: The value of each input by name: a number, nested lists or an array.
        wrt: The input or the inputs to differentiate by; all by default.
        upstream: The gradient that arrives at the output, in its shape: 1 by default; an array needs one.
        precision: The number of significant digits, from 1 to 10,000, to which all numbers are right; exponents have no
            limit. Numbers are then those of mpmath, arrays NumPy arrays of them. A float stands for its shortest
            decimal, so that 0.1 is 0.1; those in an array of NumPy are the numbers that they hold. Values may also be
            Fractions, Decimals and numbers of mpmath. By default, arithmetic is in 64 bits.
        language: The language of the text, as `parse` takes it.
        uncertainty: Standard uncertainties of inputs by name: {"x": 0.1}; of an array one for all entries, or an array
            of them. The result has that of the value, by the law of propagation, in `uncertainty`.
        correlation: Correlation coefficients of inputs with uncertainties: {("x", "y"): 0.5}. An entry of an array is
            named as "w[0]".
        **values: The values of inputs, in place of `point` or besides it.

    Returns:
        The value, the gradients in the shapes of the inputs, and each step.

    Raises:
        GraphdiffError: As by `parse`; "name" if an input has no value, or a name is not an input; "value" if a value is
            not a number or an array of numbers, shapes do not fit, an uncertainty is negative, or correlations
            contradict one another; "usage" if the precision is invalid; "limit" if arrays are too large, or
            numbers cannot be computed to so many digits.
    """
    if precision is None:
        result = passes.trace(source, point, wrt=wrt, upstream=upstream, language=language, **values)
    else:
        from graphdiff.precise.evaluation import precise_trace

        result = precise_trace(source, join_values(point, values), wrt, upstream, precision, language=language)
    if not uncertainty and not correlation:
        return result
    from graphdiff.passes.propagation import propagate  # lazy: it imports NumPy

    return propagate(result, uncertainty or {}, correlation)
