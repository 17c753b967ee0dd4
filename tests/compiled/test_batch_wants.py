"""Functions of columns of numbers and of small arrays, for all that can be wanted, against one point at a time."""

from __future__ import annotations

import pickle
from typing import Any

import numpy as np
import pytest

import graphdiff
from graphdiff import GraphdiffError

POINTS = 5
LAYER: dict[str, Any] = {"W": (2, 3), "x": (3,), "b": (2,)}


def at(value: Any, place: int) -> Any:
    """The results, or the direction, at one of the points."""
    return tuple([at(part, place) for part in value]) if isinstance(value, tuple) else value[place]


def flat(value: Any) -> Any:
    return np.concatenate([np.zeros(0), *map(flat, value)]) if isinstance(value, tuple) else np.ravel(value)


@pytest.mark.parametrize(
    ("text", "shapes", "wrt", "want", "shared"),
    [
        ("x*y^2 + sin(x)", {}, ["x", "y"], "hessian", ""),
        ("x*y^2 + sin(x)", {}, ["x", "y"], "hvp", ""),
        ("x*y^2 + sin(x)", {}, ["x"], "jvp", "y"),
        ("p = x*y; q = x/y; 0", {}, ["y", "x"], "jacobian", ""),
        ("p = x*y; q = x/y; 0", {}, ["y", "x"], "value", ""),
        ("tanh(W@x + b)", LAYER, ["x", "b"], "jacobian", ""),
        ("tanh(W@x + b)", LAYER, ["x"], "vjp", "Wb"),
        ("sum(tanh(W@x + b)^2)*lgamma(z)", LAYER, ["z", "x"], "gradient", "W"),
        ("fold(h*tanh(v) + h*x[0] for v in x, h=z)", {"x": (3,)}, ["x", "z"], "gradient", ""),
        ("fold(h*x[t, 1] + w[t] for t in range(3), h=z)", {"x": (3, 2), "w": (3,)}, ["x", "z"], "jacobian", "w"),
        ("fold(W@h + x[t] for t in range(3), h=x[0])", {"x": (3, 2), "W": (2, 2)}, ["x"], "jacobian", "x"),
        ("sort(x)[1]*max(x) + softmax(x)[0]", {"x": (4,)}, ["x"], "hvp", ""),
        ("x", {"x": (2,)}, ["x"], "jacobian", ""),
    ],
)
def test_every_point(text: str, shapes: dict[str, Any], wrt: list[str], want: str, shared: str) -> None:
    outputs = ("p", "q") if "p =" in text else ()
    graph = graphdiff.parse(text, shapes=shapes)
    options: Any = {"want": want, "shapes": shapes, "outputs": outputs, "backend": "numpy"}
    columns, one = graphdiff.compile(graph, wrt, batch=True, **options), graphdiff.compile(graph, wrt, **options)
    chance = np.random.default_rng(4)

    def draw(name: str) -> Any:
        return chance.uniform(0.2, 1.2, (() if name in shared else (POINTS,)) + shapes.get(name, ()))

    point = [draw(name) for name in columns.inputs]
    direction: list[Any] = []
    if want in ("jvp", "hvp"):
        parts = tuple([chance.normal(size=(POINTS, *shapes.get(name, ()))) for name in wrt])
        direction = [parts if len(parts) > 1 else parts[0]]
    elif want == "vjp":
        direction = [chance.normal(size=(POINTS, 2))]
    results = columns(*point, *direction)
    for place in range(POINTS):
        own = [value if name in shared else value[place] for name, value in zip(columns.inputs, point, strict=True)]
        expected = one(*own, *(at(each, place) for each in direction))
        assert flat(at(results, place)) == pytest.approx(flat(expected), rel=1e-11, abs=1e-13)
    again = pickle.loads(pickle.dumps(columns))
    assert flat(again(*point, *direction)) == pytest.approx(flat(results), rel=0, abs=0)


def test_one_point_and_a_buffer() -> None:
    f: Any = graphdiff.compile("sum(x*y)", batch=True, backend="numpy", shapes={"x": (2,)})
    value, (by_x, by_y) = f([1, 2], 3)
    assert (value, by_x.tolist(), by_y) == (9.0, [3.0, 3.0], 3.0)
    out = np.zeros((4, 2))
    value, (by_x, by_y) = f([1, 2], np.array([3.0, 4.0]), out=out)
    assert np.shares_memory(value, out)
    assert out.tolist() == [[9.0, 12.0], [3.0, 4.0], [3.0, 4.0], [3.0, 3.0]]
    with pytest.raises(GraphdiffError, match=r"'x' is an array of shape \(3,\)"):
        f(np.ones(3), 1.0)


def test_directions_must_fit() -> None:
    f: Any = graphdiff.compile("x*y", want="jvp", batch=True, backend="numpy")
    x = np.array([1.0, 2.0])
    for direction in (1.0, None, "ab", np.ones(2), (1.0,)):
        with pytest.raises(GraphdiffError, match="the direction is not a tuple of 2 parts"):
            f(x, x, direction)
    for part in ("a", None, 1j):
        with pytest.raises(GraphdiffError, match="the value of 'direction_x' is not a number"):
            f(x, x, (part, 1.0))
