"""The trace that several commands report, and the warning about its inaccurate numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, overload

from graphdiff.algebra.formula import Formula
from graphdiff.cli.constant import read_constant
from graphdiff.cli.option_hints import option_hint
from graphdiff.cli.output import print_warning
from graphdiff.errors import GraphdiffError, Hint, shorten
from graphdiff.graph.graph import Graph
from graphdiff.passes.trace import Trace, trace
from graphdiff.passes.values import is_finite

if TYPE_CHECKING:
    from graphdiff.accuracy.inaccuracy import Inaccuracy


def make_trace(
    graph: Graph,
    point: Mapping[str, Any],
    names: list[str] | None,
    upstream: str | None,
    allow_nonfinite: bool,
    precision: int | None = None,
) -> Trace:
    """Trace a graph with respect to the inputs of these names, starting from the gradient of --upstream.

    With a precision, all numbers are right to so many digits.

    Raises GraphdiffError: "nonfinite" if a number is not finite, unless that is allowed.
    """
    cotangent = None if upstream is None else read_constant(upstream, "--upstream", precision is not None)
    if precision is None:
        result = trace(graph, point, wrt=names, upstream=cotangent)
    else:
        from graphdiff.precise.evaluation import precise_trace

        result = precise_trace(graph, point, names, cotangent, precision)
    if not result.is_finite and not allow_nonfinite:
        from graphdiff.accuracy.nonfinite import nonfinite_error

        raise nonfinite_error(result)
    return result


def trace_formula(
    graph: Graph, formula: Formula, upstream: str | None, allow_nonfinite: bool, precision: int | None
) -> Trace:
    """Trace the graph of a formula as make_trace does, and propagate the uncertainties of its point, if it has any.

    Raises GraphdiffError: as propagate does, and "nonfinite" if an uncertainty is not finite, unless that is allowed.
    """
    trace = make_trace(graph, formula.point, formula.wrt, upstream, allow_nonfinite, precision)
    if not formula.uncertainty and not formula.correlation:
        return trace
    from graphdiff.passes.propagation import propagate  # lazy: it imports NumPy

    result = propagate(trace, formula.uncertainty, formula.correlation)
    assert result.uncertainty is not None
    if not is_finite(result.uncertainty.standard) and not allow_nonfinite:
        names = ", ".join(
            dict.fromkeys(each.input for each in result.uncertainty.contributions if not is_finite(each.contribution))
        )
        message = f"the uncertainty of the output is not finite: the gradient by {shorten(names)} is not"
        hint = Hint("allow_nonfinite=True reports it", "allow_nonfinite")
        raise GraphdiffError("nonfinite", message, graph.source, graph.nodes[graph.output].span, hint)
    return result


@overload
def collapsed(subject: Graph) -> Graph: ...
@overload
def collapsed(subject: Trace) -> Trace: ...
def collapsed(subject: Graph | Trace) -> Graph | Trace:
    """A graph or a trace with one gate for each named node."""
    from graphdiff.algebra.collapse import collapse  # lazy: few command lines collapse
    from graphdiff.passes.collapse import collapse_trace

    return collapse_trace(subject) if isinstance(subject, Trace) else collapse(subject).graph


def accuracy_of(trace: Trace) -> list[Inaccuracy]:
    """The inaccurate numbers of a trace, with hints in the words of the command line."""
    return with_option_hints(trace.accuracy)


def with_option_hints(accuracy: Sequence[Inaccuracy]) -> list[Inaccuracy]:
    """Inaccurate numbers with hints in the words of the command line."""
    return [replace(each, hint=option_hint(each.hint)) for each in accuracy]


def warn_of(accuracy: Sequence[Inaccuracy], graph: Graph) -> None:
    """Print one warning about inaccurate numbers, if there are any."""
    if accuracy:
        from graphdiff.report.accuracy import inaccuracy_text

        first = accuracy[0]
        count = f"{len(accuracy):,} numbers are inaccurate; the first: " if len(accuracy) > 1 else ""
        span = first.cause.span if first.cause else None
        print_warning(f"{count}{inaccuracy_text(first)}", graph.source, span, first.hint)


def warn_of_uncertainty(trace: Trace) -> None:
    """Print a warning where the law of propagation of uncertainty does not hold, or second order matters."""
    if trace.uncertainty is not None:
        from graphdiff.report.uncertainty import doubts

        for message, hint in doubts(trace.uncertainty):
            print_warning(message, None, None, hint)
