"""Sizes by name, as constants and as operations, and assignments of several names."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import graphdiff

Command = Callable[..., Any]
W = np.array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])
X = np.array([0.5, -1.0, 2.0])


@pytest.mark.sampled(3)
@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("sum(x[k]^2 for k in range(len(x)))", (X**2).sum()),
        ("sum(x)/len(x)", X.mean()),
        ("n = len(x); sum(x[k] for k in range(n))/n", X.mean()),
        ("n = len(x); m = n - 1; prod(x[k] for k in range(m))", X[:2].prod()),
        ("sum(W[i, j]*x[j] for i in range(W.shape[0]) for j in range(W.shape[-1]))", (W @ X).sum()),
        ("q = W@x; sum(q[k] for k in range(len(q)))", (W @ X).sum()),
        ("sum(W.T[k, 0] for k in range(len(W.T)))", W[0].sum()),
        ("sum(W)/(W.shape[0]*W.shape[1])", W.mean()),
        ("sum(x*pi)/len(e*x)", X.sum() * np.pi / 3),
        ("sum(x + arange(len(x)))", (X + np.arange(3)).sum()),
        ("x[len(x) - 1]", X[-1]),
        ("f(x) = sum(x[k] for k in range(len(x)))", X.sum()),
        ("average(u) = sum(u)/len(u); average(x)", X.mean()),
        ("len(u) = sum(u)*2; len(x)", X.sum() * 2),
        ("len = 2; len*sum(x)", X.sum() * 2),
        ("a, b = sum(x), max(x); a*b", X.sum() * X.max()),
        ("a, b = (sum(x), 2); a^b", X.sum() ** 2),
        ("a, b, c = [1, 2, sum(x)]; a + b*c", 1 + 2 * X.sum()),
    ],
)
def test_values(text: str, value: float) -> None:
    """Compared with NumPy."""
    shapes = {"x": X.shape, "W": W.shape}
    names = graphdiff.parse(text, shapes=shapes).input_names
    point = {name: each for name, each in {"x": X, "W": W}.items() if name in names}
    trace = graphdiff.trace(text, point)
    assert trace.value == pytest.approx(value, rel=1e-14)
    assert graphdiff.check(text, point).agrees
    assert str(graphdiff.parse(str(trace.graph))) == str(trace.graph)


@pytest.mark.parametrize(
    ("text", "message", "hint"),
    [
        ("sum(x[k] for k in range(len(x)))", "the size of 'x' is not known", "shapes={'x': (3,)}"),
        ("q = W@x; sum(q[k] for k in range(len(q)))", "the size of 'W' is not known", "'W'"),
        ("x = 2; sum(x for k in range(len(x)))", "this is a number, which has no axis 0", None),
        ("x = [1, 2]; zeros(x.shape[1])", "this is an array of shape (2,), which has no axis 1", None),
        ("g(u) = sum(u[k] for k in range(len(u))); g(x)", "the size of a parameter is not known here", "function"),
        ("a, b = x, y", "the last statement must have one value", "the output: b"),
        ("a, b = b, a; a", "'b' is on both sides", "one after the other"),
        ("a, b = x; a", "2 names for 1 value", "v[0], v[1]"),
        ("a, b = 1, 2, 3; a", "2 names for 3 values", None),
        ("a, b*c = 1, 2; a", "each left side must be a name", "a, b = x + y, x*y"),
    ],
)
def test_errors(text: str, message: str, hint: str | None) -> None:
    with pytest.raises(graphdiff.GraphdiffError) as caught:
        graphdiff.parse(text)
    assert caught.value.message == message
    assert hint is None or hint in (caught.value.hint or "")


def test_a_formula_that_was_read_for_one_size_refuses_another() -> None:
    text = "sum(x[k]^2 for k in range(len(x)))"
    graph = graphdiff.parse(text, shapes={"x": (3,)})
    function = graphdiff.compile(text, backend="numpy", shapes={"x": (3,)})
    assert (graphdiff.trace(graph, x=[1, 2, 3]).value, function([1, 2, 3])[0]) == (14, 14)
    for call in (lambda: graphdiff.trace(graph, x=[1, 2, 3, 4]), lambda: function([1, 2, 3, 4])):
        with pytest.raises(graphdiff.GraphdiffError, match="the formula was read for"):
            call()
    course = "x = [1, 2, 3]; sum(x[k] for k in range(len(x)))"
    assert graphdiff.trace(course, x=[1, 2, 3, 4]).value == 10
    with pytest.raises(graphdiff.GraphdiffError, match="the formula was read for"):
        graphdiff.trace(graphdiff.parse(course), x=[1, 2, 3, 4])


def test_command_line(command: Command, tmp_path: Path) -> None:
    text = "sum(x[k]^2 for k in range(len(x)))"
    assert "value 14" in command("eval", text, "--at", "x=[1,2,3]").out
    assert "give x a value with --at, or its shape with --shape x=3" in command("eval", text).err
    assert command("compile", text, "--shape", "x=2", "--to", "python").status == 0
    assert "choose it with --output b" in command("eval", "a, b = x, y").err
    table = tmp_path / "rows.jsonl"
    table.write_text('{"x": [1, 2]}\n{"x": [3, 4]}\n', "utf-8")
    assert command("map", text, "--data", str(table)).out.count('"value": ') == 2
    table.write_text('{"x": [1, 2]}\n{"x": [3, 4, 5]}\n', "utf-8")
    assert "the formula was read for" in command("map", text, "--data", str(table)).err
