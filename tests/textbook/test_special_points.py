"""What is printed beside what is computed where terms cancel, factors vanish, and choices guard what is not finite."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from graphdiff import derivative, parse, trace
from graphdiff.graph.graph import Graph
from graphdiff.passes.jacobian import hessian, jacobian
from graphdiff.report.derivatives import Derivative, derivatives_text
from graphdiff.textbook.derivatives import formulas_of

VALUES = (-1.0, 0.0, 0.5, 1.0, 2.0)


def printed(text: str, by: str, shapes: dict[str, tuple[int, ...]], kind: str, order: int) -> str:
    computed = compute(text, by, shapes, kind, order)
    names = (by, by) if kind == "hessian" else (by,) * order
    (formula,) = formulas_of(parse(text), [names], shapes, kind == "hessian", kind == "jacobian")
    return derivatives_text([Derivative(names, *(formula or (computed,)))], shapes, 6)


def compute(text: str, by: str, shapes: dict[str, tuple[int, ...]], kind: str, order: int) -> Graph:
    if kind == "hessian":
        return hessian(text, by, by, shapes=shapes)
    if kind == "jacobian":
        return jacobian(text, by, shapes=shapes)
    return derivative(text, by, order=order, shapes=shapes)


def value(graph: Graph, point: dict[str, Any]) -> Any:
    own = {name: number for name, number in point.items() if name in graph.input_names}
    return np.asarray(trace(graph, own, wrt=[], upstream=1.0).value)


def has_note(program: str, point: dict[str, Any]) -> bool:
    """Whether a comment says of a point that the formula does not hold there."""
    notes = [line.split(" hold where ")[1] for line in program.split("\n") if " hold where " in line]
    return any(
        all(np.any(value(parse(left), point) == value(parse(right), {})) for left, right in equations)
        for equations in [[each.rsplit(" = ", 1) for each in note.split(" and ")] for note in notes]
    )


@pytest.mark.parametrize(
    ("text", "by", "shapes", "kind", "order", "expected"),
    [
        # terms that cancel keep the shape of the array
        ("sum((x - x)^2)", "x", {"x": (2, 2)}, "", 1, "zeros(2, 2)"),
        ("sum(x^2/x)", "x", {"x": (3,)}, "", 1, "ones(3)"),
        ("sum(sum(x - 2, axis=-1))", "x", {"x": (2, 2, 3)}, "", 1, "ones(2, 2, 3)"),
        ("sin(s)*sum(x)", "x", {"x": (3,)}, "", 1, "sin(s)*ones(3)"),
        ("sum(s*x - s*x)", "s", {"x": (3,)}, "", 1, "0"),
        # 0 as a base, and powers of arrays with an axis of one entry
        ("sum((norm((u - u))^2*((x + x)*(y*x))))", "y", {}, "", 1, "2*x^2*0^2"),
        ("sum(x[:-1]^s)", "x", {"x": (2,)}, "", 1, None),
        ("sum((y/x).T)", "y", {"x": (2, 1), "y": (1, 2)}, "", 1, None),
        ("sum(sqrt(sigmoid(x^y)))", "x", {"x": (2, 1), "y": (2, 1)}, "", 1, None),
        ("sum((x@x)^y*(y@y))", "y", {"x": (2,), "y": (2,)}, "", 1, None),
        ("x^y*abs(x)", "y", {"x": (3,), "y": (3,)}, "jacobian", 1, None),
        ("sum(((x - x)^y)^s)", "y", {"x": (3,), "y": (3,)}, "hessian", 1, None),
        ("sum((s^2)^y)", "s", {"y": (2, 2)}, "", 1, None),
        ("sum(s^y*s^A/s)", "s", {"y": (2, 2), "A": (2, 2)}, "", 1, None),
        # forms that led to further forms without end
        ("(0.5^(-2))*((hypot(1, 0.5)*hypot(x, x)) - (3/x)^(3/2))", "x", {}, "", 3, None),
        ("(x + n)^(-x)/sign(x + n)", "x", {}, "", 2, None),
        # choices that guard what is not finite
        ("where(x > 0, a*log(x)*max(x, 0), 0)", "a", {}, "", 1, "where(x > 0, log(x)*max(x, 0), 0)"),
        ("where(x > 0, a*max(x, 0)/x, 0)", "a", {}, "", 1, "where(x > 0, max(x, 0)/x, 0)"),
        ("where(x > 0, a*y*relu(x), 0)", "a", {}, "", 1, "y*relu(x)"),
        ("sum(where(y > 0.25, log(y), y))", "y", {"y": (3,)}, "", 1, None),
        ("sum(sqrt(relu(x)))", "x", {"x": (5,)}, "", 1, None),
        # slices with steps
        ("sum(exp(y)[::-1])", "y", {"y": (3,)}, "", 1, "exp(y)"),
        ("sum(x*exp(y[::-1]))", "y", {"x": (3,), "y": (3,)}, "", 1, "(x*exp(y[::-1]))[::-1]"),
        ("sum(x*exp(y[::2]))", "y", {"x": (2,), "y": (4,)}, "", 1, "eye(4)[:, ::2] @ (x*exp(y[::2]))"),
    ],
)
def test_values_and_shapes(
    text: str, by: str, shapes: dict[str, tuple[int, ...]], kind: str, order: int, expected: str | None
) -> None:
    """Wherever the formula and what is computed are finite, unless a comment says otherwise."""
    program = printed(text, by, shapes, kind, order)
    if expected is not None:
        assert program == expected
    graph, computed, formula = parse(program), compute(text, by, shapes, kind, order), parse(text)
    generator = np.random.default_rng(len(text))
    for entries in (np.array([0.5, 0.25, 0.75]), np.array(VALUES), np.array(VALUES)):
        point = {name: generator.choice(entries, shapes.get(name, ())) for name in computed.input_names}
        expected_value, actual = value(computed, point), value(graph, point)
        if np.all(np.isfinite(expected_value)) and np.all(np.isfinite(value(formula, point))):
            assert actual.shape == expected_value.shape
            assert has_note(program, point) or actual == pytest.approx(expected_value, rel=1e-9, abs=1e-12)
