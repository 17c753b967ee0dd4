"""Gradients of comprehensions over the entries of an array: as of slices, and in linear size."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from graphdiff import compile, parse, value_and_gradient
from graphdiff.passes.derivative import derivatives, gradient_graph

SLICES = "sum(100*(x[1:]-x[:-1]^2)^2+(1-x[:-1])^2)"


def entries(size: int) -> str:
    return f"sum(100*(x[k+1]-x[k]^2)^2+(1-x[k])^2 for k in range({size - 1}))"


def point(*shape: int) -> Any:
    return np.random.default_rng(1).normal(size=shape)


@pytest.mark.parametrize("size", [5, 9, 100])
def test_entries_are_as_slices(size: int) -> None:
    x = point(size)
    _, expected = value_and_gradient(SLICES, x=x)
    _, gradients = value_and_gradient(entries(size), x=x)
    np.testing.assert_allclose(gradients["x"], expected["x"], rtol=1e-12)
    for backend in ("python", "numpy"):
        _, (gradient,) = compile(entries(size), backend=backend, shapes={"x": (size,)})(x)
        np.testing.assert_allclose(gradient, expected["x"], rtol=1e-12)


def test_entries_of_a_matrix() -> None:
    w = point(6, 6)
    _, expected = value_and_gradient("trace(W)^2 + sum(W[:, 0]^3) + sum(W[-1]^2)", W=w)
    text = "sum(W[k,k] for k in range(6))^2 + sum(W[k,0]^3 for k in range(6)) + sum(W[-1]^2)"
    _, gradients = value_and_gradient(text, W=w)
    np.testing.assert_allclose(gradients["W"], expected["W"], rtol=1e-12)


def test_the_gradient_grows_with_the_number_of_entries() -> None:
    def operations(size: int) -> int:
        graph, shapes = gradient_graph(parse(entries(size)), ["x"], {"x": (size,)})
        return sum(int(np.prod(shapes.get(node.index, ()))) for node in graph.nodes if graph.needed[node.index])

    assert operations(200) < 2.1 * operations(100)


def test_derivatives_by_many_inputs_have_the_nodes_they_need() -> None:
    names = [f"a{number}" for number in range(50)]
    graph = parse("+".join(f"sin({name})*{name}" for name in names))
    graphs = derivatives(graph, names)
    assert all(len(each.nodes) < 10 for each in graphs)
