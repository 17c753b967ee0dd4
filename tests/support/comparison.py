"""How results of numbers are held against the trace."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from graphdiff import trace
from graphdiff.graph.graph import Graph

RELATIVE = 1e-13
TIMES = 8
"""Of a rounding of the largest number on the way, which terms that cancel leave."""


def to_floats(value: Any) -> Any:
    """An array of floats, or a float."""
    return np.asarray(value, float) if np.ndim(value) else float(value)


def assert_as_traced(
    results: tuple[Any, Sequence[Any]], text: str | Graph, point: Mapping[str, float], wrt: Sequence[str]
) -> None:
    traced = trace(text, point, wrt=wrt)
    numbers = [value for value in traced.values if value is not None]
    numbers += [step.upstream.value for step in traced.steps]
    finite = [float(np.max(np.abs(number))) for number in numbers if np.all(np.isfinite(number))]
    slack = TIMES * 2.0**-52 * max(finite, default=0.0)
    expected = [traced.value, *(traced.gradients[name] for name in wrt)]
    for one, other in zip([results[0], *results[1]], expected, strict=True):
        assert type(one) is float
        assert other is not None
        # where the trace has inf - inf, code that divides once has inf
        is_same = one == other or (other != other and not math.isfinite(one))
        assert is_same or abs(one - other) <= RELATIVE * abs(other) + slack, (text, point)
