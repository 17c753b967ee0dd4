"""graphdiff: the gradient of a formula, step by step.

    >>> import graphdiff
    >>> value, gradients = graphdiff.value_and_gradient("(x + y) * z", x=-2, y=5, z=-4)
    >>> value, gradients
    (-12.0, {'x': -4.0, 'y': -4.0, 'z': 3.0})

Names are imported when they are first used: start-up pays only for what is used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from graphdiff.checking.check import check as check
    from graphdiff.compiled.compile import compile as compile
    from graphdiff.errors import GraphdiffError as GraphdiffError
    from graphdiff.graph.graph import Graph as Graph
    from graphdiff.language.build import parse as parse
    from graphdiff.passes.derivative import derivative as derivative
    from graphdiff.passes.trace import Trace as Trace
    from graphdiff.passes.trace import trace as trace
    from graphdiff.passes.trace import value_and_gradient as value_and_gradient

    __version__: str

_HOMES = {
    "GraphdiffError": "graphdiff.errors",
    "Graph": "graphdiff.graph.graph",
    "Trace": "graphdiff.passes.trace",
    "check": "graphdiff.checking.check",
    "compile": "graphdiff.compiled.compile",
    "derivative": "graphdiff.passes.derivative",
    "parse": "graphdiff.language.build",
    "trace": "graphdiff.passes.trace",
    "value_and_gradient": "graphdiff.passes.trace",
}

__all__ = ["Graph", "GraphdiffError", "Trace", "check", "compile", "derivative", "parse", "trace", "value_and_gradient"]

DISTRIBUTION = "graphdiff-cli"


def __getattr__(name: str) -> Any:
    if name == "__version__":
        from importlib.metadata import version

        return version(DISTRIBUTION)
    if name not in _HOMES:
        raise AttributeError(f"module 'graphdiff' has no attribute '{name}'")
    from importlib import import_module

    value = globals()[name] = getattr(import_module(_HOMES[name]), name)
    return value


def __dir__() -> list[str]:
    return [*__all__, "__version__"]
