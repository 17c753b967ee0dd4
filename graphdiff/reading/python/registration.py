"""The functions of libraries that no row of the table can describe, by their full names."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

IRREGULAR: dict[str, tuple[str, Callable[..., Any]]] = {}
"""The parameters of each function, and what reads a call of it."""


def function(*signatures: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Register what reads the calls of these functions: "math.log(x, base=None)"."""

    def register(read: Callable[..., Any]) -> Callable[..., Any]:
        for signature in signatures:
            path, _, parameters = signature.partition("(")
            IRREGULAR[path] = parameters.removesuffix(")"), read
        return read

    return register
