"""graphdiff: the gradient of a formula, step by step.

    >>> import graphdiff
    >>> value, gradients = graphdiff.value_and_gradient("(x + y) * z", x=-2, y=5, z=-4)
    >>> value, gradients
    (-12.0, {'x': -4.0, 'y': -4.0, 'z': 3.0})

What is public is the names in `__all__`, and the documented attributes of its classes. They are imported when they are
first used: start-up pays only for what is used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from graphdiff.accuracy.inaccuracy import Cause as Cause
    from graphdiff.accuracy.inaccuracy import Inaccuracy as Inaccuracy
    from graphdiff.checking.check import Check as Check
    from graphdiff.checking.check import check as check
    from graphdiff.checking.row import CheckRow as CheckRow
    from graphdiff.compiled.at_point import hessian as hessian
    from graphdiff.compiled.at_point import jacobian as jacobian
    from graphdiff.compiled.compile import Compiled as Compiled
    from graphdiff.compiled.compile import compile as compile
    from graphdiff.errors import GraphdiffError as GraphdiffError
    from graphdiff.exercises.grade import grade as grade
    from graphdiff.exercises.grade_result import Grade as Grade
    from graphdiff.exercises.grade_result import GradedAnswer as GradedAnswer
    from graphdiff.exercises.slips import Slip as Slip
    from graphdiff.fitting.fit import fit as fit
    from graphdiff.fitting.result import Fit as Fit
    from graphdiff.fitting.result import FittedParameter as FittedParameter
    from graphdiff.fitting.result import Prediction as Prediction
    from graphdiff.graph.graph import Graph as Graph
    from graphdiff.graph.node import Edge as Edge
    from graphdiff.graph.node import Node as Node
    from graphdiff.passes.derivative import derivative as derivative
    from graphdiff.passes.gradient import value_and_gradient as value_and_gradient
    from graphdiff.passes.steps import Accumulation as Accumulation
    from graphdiff.passes.steps import BackwardEdge as BackwardEdge
    from graphdiff.passes.steps import BackwardStep as BackwardStep
    from graphdiff.passes.steps import ForwardStep as ForwardStep
    from graphdiff.passes.steps import LocalDerivative as LocalDerivative
    from graphdiff.passes.steps import Term as Term
    from graphdiff.passes.trace import Trace as Trace
    from graphdiff.passes.uncertainty import Contribution as Contribution
    from graphdiff.passes.uncertainty import CorrelationTerm as CorrelationTerm
    from graphdiff.passes.uncertainty import SecondOrder as SecondOrder
    from graphdiff.passes.uncertainty import Uncertainty as Uncertainty
    from graphdiff.precise.trace import trace as trace
    from graphdiff.reading.parse import parse as parse
    from graphdiff.source import Source as Source

    __version__: str

__all__ = [
    "Accumulation",
    "BackwardEdge",
    "BackwardStep",
    "Cause",
    "Check",
    "CheckRow",
    "Compiled",
    "Contribution",
    "CorrelationTerm",
    "Edge",
    "Fit",
    "FittedParameter",
    "ForwardStep",
    "Grade",
    "GradedAnswer",
    "Graph",
    "GraphdiffError",
    "Inaccuracy",
    "LocalDerivative",
    "Node",
    "Prediction",
    "SecondOrder",
    "Slip",
    "Source",
    "Term",
    "Trace",
    "Uncertainty",
    "__version__",
    "check",
    "compile",
    "derivative",
    "fit",
    "grade",
    "hessian",
    "jacobian",
    "parse",
    "trace",
    "value_and_gradient",
]

DISTRIBUTION = "graphdiff-cli"

_MODULES = {
    "Accumulation": "graphdiff.passes.steps",
    "BackwardEdge": "graphdiff.passes.steps",
    "BackwardStep": "graphdiff.passes.steps",
    "Cause": "graphdiff.accuracy.inaccuracy",
    "Check": "graphdiff.checking.check",
    "CheckRow": "graphdiff.checking.row",
    "Compiled": "graphdiff.compiled.compile",
    "Contribution": "graphdiff.passes.uncertainty",
    "CorrelationTerm": "graphdiff.passes.uncertainty",
    "Edge": "graphdiff.graph.node",
    "Fit": "graphdiff.fitting.result",
    "FittedParameter": "graphdiff.fitting.result",
    "ForwardStep": "graphdiff.passes.steps",
    "Grade": "graphdiff.exercises.grade_result",
    "GradedAnswer": "graphdiff.exercises.grade_result",
    "Graph": "graphdiff.graph.graph",
    "GraphdiffError": "graphdiff.errors",
    "Inaccuracy": "graphdiff.accuracy.inaccuracy",
    "LocalDerivative": "graphdiff.passes.steps",
    "Node": "graphdiff.graph.node",
    "Prediction": "graphdiff.fitting.result",
    "SecondOrder": "graphdiff.passes.uncertainty",
    "Slip": "graphdiff.exercises.slips",
    "Source": "graphdiff.source",
    "Term": "graphdiff.passes.steps",
    "Trace": "graphdiff.passes.trace",
    "Uncertainty": "graphdiff.passes.uncertainty",
    "check": "graphdiff.checking.check",
    "compile": "graphdiff.compiled.compile",
    "derivative": "graphdiff.passes.derivative",
    "fit": "graphdiff.fitting.fit",
    "grade": "graphdiff.exercises.grade",
    "hessian": "graphdiff.compiled.at_point",
    "jacobian": "graphdiff.compiled.at_point",
    "parse": "graphdiff.reading.parse",
    "trace": "graphdiff.precise.trace",
    "value_and_gradient": "graphdiff.passes.gradient",
}

if not TYPE_CHECKING:  # a type checker would take any name for an attribute of the module

    def __getattr__(name: str) -> object:
        if name == "__version__":
            from importlib.metadata import version

            value = version(DISTRIBUTION)
        elif name in _MODULES:
            from importlib import import_module

            value = getattr(import_module(_MODULES[name]), name)
        else:
            import sys

            message = f"module 'graphdiff' has no attribute '{name}'"
            raise AttributeError(message, name=name, obj=sys.modules[__name__])
        globals()[name] = value
        return value


def __dir__() -> list[str]:
    return __all__
