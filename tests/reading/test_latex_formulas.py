"""LaTeX formulas of textbooks, encyclopedias and other parsers' tests, against an independent transcription."""

from __future__ import annotations

import pytest

from graphdiff import GraphdiffError, trace
from support import judge
from support.latex_reading import LatexFormula, ranks_of, read, read_latex_formulas, read_refused

FORMULAS = read_latex_formulas()


def test_there_are_many() -> None:
    assert len({formula.latex for formula in FORMULAS}) == len(FORMULAS) >= 500


@pytest.mark.sampled(30)
@pytest.mark.parametrize("formula", FORMULAS, ids=[f"{n}-{each.origin}" for n, each in enumerate(FORMULAS)])
def test_value_and_gradient(formula: LatexFormula) -> None:
    """Equal to the judge's, which has not read the LaTeX."""
    point = formula.point
    graph, _ = read(formula.latex, ranks_of(point))
    value, gradient = judge.value_and_gradient(formula.meaning, point)
    actual = trace(graph, {name: point[name] for name in graph.input_names if name in point})
    assert actual.value == pytest.approx(float(value), rel=1e-11, abs=1e-13)
    for name in point:
        derivative = actual.gradients.get(name, 0.0)
        assert derivative == pytest.approx(float(gradient[name]), rel=1e-9, abs=1e-11), name


@pytest.mark.sampled(8)
@pytest.mark.parametrize("text", read_refused())
def test_refused(text: str) -> None:
    """With a place in the text."""
    with pytest.raises(GraphdiffError) as caught:
        read(text)
    error = caught.value
    assert error.source is not None
    assert error.source.text == text
    assert error.span is not None
    assert 0 <= error.span[0] <= error.span[1] <= len(text)
