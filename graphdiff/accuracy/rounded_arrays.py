"""Arrays with random rounding errors."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import Any

import numpy as np

from graphdiff.accuracy.rounding import (
    ARITHMETIC,
    LARGEST_WHOLE,
    ROUNDING,
    SINGLE_LARGEST_WHOLE,
    SINGLE_ROUNDING,
    absorbs,
)
from graphdiff.operations.ieee import QUANTUM
from graphdiff.operations.primitive import Primitive
from graphdiff.passes.arrays import Arrays

LEAST_ERROR = 2.0**-1000
"""The error of what underflows: so large that small factors do not round it to 0."""


class RoundedArrays(Arrays):
    """NumPy arrays, with a random rounding error in each result; operations that are not elementwise get errors in
    their operands too, because they round intermediate results."""

    def __init__(self, seed: int, rounding: float = ROUNDING, largest_whole: float = LARGEST_WHOLE) -> None:
        super().__init__(follows_closed=True)
        self._rounding = rounding
        self._largest_whole = largest_whole
        self._random = np.random.default_rng(seed)

    def apply(self, primitive: Primitive, *operands: Any, **parameters: Any) -> Any:
        if primitive.is_exact:
            return super().apply(primitive, *operands, **parameters)
        arrays = [np.asarray(operand) for operand in operands]
        # Elimination rounds intermediate results, even of whole numbers.
        is_arithmetic = primitive.backward_pattern in ARITHMETIC and not primitive.by_elimination
        wholes = [self._is_whole(operand) for operand in arrays]
        if not primitive.is_elementwise:
            is_exact = is_arithmetic and all(map(np.all, wholes)) and _largest_sum(arrays) < self._largest_whole
            operands = tuple(
                operand if primitive.is_index(slot) else self._perturb(operand, is_exact)
                for slot, operand in enumerate(arrays)
            )
            result = np.asarray(super().apply(primitive, *operands, **parameters))
            return self._perturb(result, is_exact | (result == 0) & (not all(map(np.any, arrays))))
        result = np.asarray(super().apply(primitive, *operands, **parameters))
        are_zero = functools.reduce(np.logical_and, [operand == 0 for operand in arrays])
        may_be_exact = are_zero | (is_arithmetic & functools.reduce(np.logical_and, wholes))
        if absorbs(primitive):
            return self._perturb(result, may_be_exact)
        may_be_exact = may_be_exact | (result == 0)
        underflows = functools.reduce(np.logical_and, arrays, result == 0)
        least = np.copysign(LEAST_ERROR, result)
        return np.where(underflows, least, self._perturb(result, may_be_exact))

    def _perturb(self, numbers: Any, may_be_exact: Any) -> Any:
        """Add a rounding error to each number, except to whole ones where they may be exact."""
        error = self._rounding * self._random.uniform(-1, 1, numbers.shape)
        least = QUANTUM * self._random.choice((-1.0, 1.0), numbers.shape)
        perturbation = numbers * (1 + error) + least
        return np.where(self._is_whole(numbers) & may_be_exact | ~np.isfinite(perturbation), numbers, perturbation)

    def _is_whole(self, numbers: Any) -> Any:
        return (np.abs(numbers) < self._largest_whole) & (numbers == np.rint(numbers))


class RoundedSingleArrays(RoundedArrays):
    """The same with the rounding errors of 32-bit floats, which constants have too."""

    def __init__(self, seed: int) -> None:
        super().__init__(seed, SINGLE_ROUNDING, SINGLE_LARGEST_WHOLE)

    def constant(self, value: Any) -> Any:
        numbers = np.asarray(super().constant(value), dtype=float)
        with np.errstate(over="ignore"):
            is_exact = numbers == numbers.astype(np.float32)
        return self._perturb(numbers, False) if not np.all(is_exact) else super().constant(value)


def _largest_sum(arrays: Sequence[Any]) -> float:
    """A bound of all partial sums of products of entries, one of each array. A mean is of one array, and a quotient of
    whole numbers below LARGEST_WHOLE is never rounded to a whole number."""
    largest = [np.max(np.abs(each), initial=0.0) for each in arrays]
    return float(np.prod(largest) * max(each.size for each in arrays))
