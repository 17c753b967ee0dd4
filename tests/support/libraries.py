"""The other libraries, if they are installed, in float64; and their results as plain numbers."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest


def library(name: str) -> Any:
    """The module of that name; the benchmark is skipped where it is missing."""
    module = pytest.importorskip(name, reason=f"{name} is in the bench extra")
    if name == "jax":
        module.config.update("jax_enable_x64", True)
    return module


def numbers(result: Any) -> np.ndarray:
    """The value and the gradients, each possibly an array, end to end, whatever they are nested in."""
    if isinstance(result, tuple | list):
        return np.concatenate([np.empty(0), *map(numbers, result)])
    return np.asarray(result).ravel()


def agree(result: Any, other: Any) -> bool:
    """Whether two results hold the same numbers in the same order."""
    return np.allclose(numbers(result), numbers(other), rtol=1e-9, atol=1e-12)
