"""Value and all gradients of array programs as people write them, against handwritten references in JAX."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from graphdiff import GraphdiffError, parse, trace, value_and_gradient
from graphdiff.algebra.expand import expand_gates
from graphdiff.graph.shapes import infer_shapes
from graphdiff.operations.registry import PRIMITIVES
from graphdiff.passes.derivative import derivatives
from graphdiff.passes.formula import upstream_name
from graphdiff.textbook.matrices.form import matrix_form
from graphdiff.writing.text import graph_text

jax = pytest.importorskip("jax", reason="JAX is the judge; it is in the test extra")
from support.array_programs import PROGRAMS, Program  # noqa: E402  # it needs JAX

EACH = pytest.mark.parametrize("program", PROGRAMS, ids=[program.name for program in PROGRAMS])
TOLERANCE = 1e-9
"""Of an entry, relative to the largest of its gradient."""


def evaluate_by_jax(program: Program) -> tuple[float, dict[str, NDArray[np.float64]]]:
    wanted = {name: jax.numpy.asarray(program.point[name], dtype=float) for name in program.wrt}
    fixed = {name: jax.numpy.asarray(value) for name, value in program.point.items() if name not in program.wrt}

    def value(point: dict[str, Any]) -> Any:
        return program.judge(**fixed, **point)

    actual, gradients = jax.jit(jax.value_and_grad(value))(wanted)
    return float(actual), {name: np.asarray(gradient) for name, gradient in gradients.items()}


@pytest.mark.sampled(120)
@EACH
def test_against_jax(program: Program) -> None:
    value, gradients = evaluate_by_jax(program)
    actual_value, actual = value_and_gradient(program.text, program.point)
    assert actual_value == pytest.approx(value, rel=TOLERANCE)
    for name, gradient in gradients.items():
        scale = max(float(np.max(np.abs(gradient))), 1e-300)
        assert np.shape(actual[name]) == gradient.shape
        assert np.max(np.abs(actual[name] - gradient)) <= TOLERANCE * scale


@pytest.mark.sampled(12)
@EACH
def test_text_and_opened_gates_mean_the_same(program: Program) -> None:
    """The graph's text parses to it again, and with every gate opened it computes the same."""
    graph = parse(program.text)
    assert str(parse(str(graph))) == str(graph)
    value, gradients = value_and_gradient(graph, program.point)
    for same in (parse(str(graph)), expand_gates(graph)):
        actual_value, actual = value_and_gradient(same, program.point)
        assert actual_value == pytest.approx(value, rel=1e-12)
        for name, gradient in gradients.items():
            if gradient is not None:
                assert actual[name] == pytest.approx(gradient, rel=1e-9, abs=1e-12)


@pytest.mark.sampled(28)
@EACH
def test_chain_rule_on_every_edge(program: Program) -> None:
    """What a value receives over its edges adds up to the upstream of its own step, and to its gradient."""
    traced = trace(program.text, program.point)
    arrived: dict[int, Any] = {traced.graph.output: 1.0}
    for step in traced.backward:
        assert step.upstream == pytest.approx(arrived[step.node.index], rel=1e-12, abs=1e-12)
        for edge in step.edges:
            arrived[edge.source] = arrived.get(edge.source, 0.0) + edge.downstream
            assert edge.local.formula
    for name, gradient in traced.gradients.items():
        if gradient is not None:
            index = traced.graph.input_indices[name]
            assert gradient == pytest.approx(arrived.get(index, 0 * np.asarray(gradient)), rel=1e-12, abs=1e-12)


@pytest.mark.sampled(12)
@EACH
def test_what_is_printed_is_what_is_computed(program: Program) -> None:
    """Every printed formula of an edge and of a gradient, read as a program at the labels' values, gives its numbers.

    Left out are those that name a rule only, and the outer product of vectors, which formulas write as a @ bᵀ.
    """
    traced = trace(program.text, program.point)
    labels = traced.graph.labels
    values = {labels[index]: value for index, value in enumerate(traced.values) if value is not None}
    for step in traced.backward:
        upstream = upstream_name(step.label)
        for edge in step.edges:
            formula = edge.local.formula.replace(upstream, "upstream_")
            expected = edge.downstream if edge.local.values is None else edge.local.values
            assert_same(formula, {**values, "upstream_": step.upstream}, expected)
    for name, formula in traced.gradient_formulas.items():
        assert_same(formula, values, traced.gradients[name])


@pytest.mark.sampled(36)
@EACH
def test_the_textbook_form_has_the_same_value(program: Program) -> None:
    """The printed gradients, read as programs; at points where no note says that they do not hold."""
    shapes = {name: np.shape(value) for name, value in program.point.items()}
    for gradient in derivatives(parse(program.text), program.wrt, shapes=shapes):
        form = matrix_form(gradient, shapes)
        if not any("more than once" in note or "is 0" in note for note in form.notes):
            own = {each: program.point[each] for each in gradient.input_names}
            assert_same(graph_text(form.graph), own, trace(gradient, own, wrt=[], upstream=1).value)


def assert_same(formula: str, values: dict[str, Any], expected: Any) -> None:
    if "∂" in formula:
        return
    graph = parse(formula)
    point = {name: values[name] for name in graph.input_names if name in values}
    if "ᵀ" in formula:
        try:
            shapes = infer_shapes(graph, [np.shape(point.get(name, 0.0)) for name in graph.input_names])
        except GraphdiffError:  # what an outer product is part of does not fit either
            return
        transposed = [node.operands[0] for node in graph.nodes if node.operation is PRIMITIVES["transpose"]]
        if any(len(shapes[index] or ()) == 1 for index in transposed):
            return
    actual = trace(graph, point, upstream=1).value
    shape = np.broadcast_shapes(np.shape(actual), np.shape(expected))
    assert shape == np.shape(expected)
    scale = max(float(np.max(np.abs(expected))), 1e-300)
    assert np.max(np.abs(actual - np.asarray(expected))) <= 1e-9 * scale, formula


@pytest.mark.sampled(2)
@pytest.mark.parametrize(
    ("text", "point"),
    [
        ("f(M, b) = (M + b)^2; sum(f(M, b))", {"M": [[1, 2], [3, 4]], "b": [1, 2]}),
        ("sum(logaddexp(x, s))", {"x": [1, 2, 3], "s": 0.5}),
        ("sum(leaky_relu(x, s)*x)", {"x": [[1, -2, 3]], "s": 0.5}),
        ("f(x, y) = x; sum(f(x, y)) + sum(y)", {"x": 1, "y": [1, 2, 3]}),
        ("f(x) = 1; f(x) + sum(x)", {"x": [1, 2]}),
        ("sum(where(x > 0, x, 0)*norm(x))", {"x": [0, 1]}),
        ("norm(x @ y)", {"x": [[0, 0], [0, 0]], "y": [1, 2]}),
        ("sum(x^0 + x^2)", {"x": [1, 2]}),
    ],
)
def test_formulas_of_broadcast_operands(text: str, point: dict[str, Any]) -> None:
    test_what_is_printed_is_what_is_computed(Program("", text, point, lambda: jax.numpy.zeros(()), ()))


def test_there_are_enough() -> None:
    assert len(PROGRAMS) >= 60
