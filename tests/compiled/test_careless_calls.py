"""Options of wrong types, and arguments that a function was not compiled for: errors that say what to write."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import graphdiff
from graphdiff import GraphdiffError

COLUMN = np.array([1.0, 2.0, 3.0])


@pytest.mark.parametrize(
    ("options", "message", "hint"),
    [
        ({"want": 3}, "unknown result '3'", "want is one of"),
        ({"batch": "yes", "backend": "numpy"}, "batch is not True or False: 'yes'", "batch=True"),
        ({"sparse": "no", "want": "hessian"}, "sparse is not True or False: 'no'", "sparse=True"),
        ({"fallback": 0}, "fallback is not True or False: 0", "fallback=False"),
        ({"wrt": 5}, "wrt is not a list of names: 5", "wrt=['x', 'y']"),
        ({"wrt": ["x", 1]}, "wrt is not a list of names: ['x', 1]", "wrt=['x', 'y']"),
        ({"wrt": "x, y"}, "wrt is not a name: 'x, y'", "wrt=['x', 'y']"),
        ({"inputs": "y,x"}, "inputs is not a name: 'y,x'", "inputs=['y', 'x']"),
        ({"inputs": 3}, "inputs is not a list of names: 3", "inputs=['x', 'y']"),
        ({"outputs": "q,r"}, "outputs is not a name: 'q,r'", "outputs=['q', 'r']"),
        ({"shapes": "x=3"}, "shapes is not a dictionary: 'x=3'", "shapes={'x': (3,)}"),
        ({"shapes": {"x": 3}}, "the shape of 'x' is not a tuple of sizes: 3", "shapes={'x': (2, 3)}"),
        ({"backend": 3}, "unknown backend '3'", "the backends are"),
    ],
)
def test_options(options: dict[str, Any], message: str, hint: str) -> None:
    with pytest.raises(GraphdiffError) as caught:
        graphdiff.compile("x*y", **options)
    assert message in caught.value.message
    assert hint in str(caught.value.hint)


@pytest.mark.parametrize(
    "call",
    [
        lambda: graphdiff.jacobian("x*y", 3),  # type: ignore[arg-type]
        lambda: graphdiff.trace("x*y", [1, 2]),  # type: ignore[arg-type]
        lambda: graphdiff.check("x*y", "x=1"),  # type: ignore[arg-type]
        lambda: graphdiff.value_and_gradient("x*y", [1, 2]),  # type: ignore[arg-type]
    ],
)
def test_points(call: Callable[[], object]) -> None:
    with pytest.raises(GraphdiffError, match="the point is not a dictionary"):
        call()


def test_names_with_commas_are_names() -> None:
    function = graphdiff.compile("`a, b`*y", wrt="a, b")
    assert function.wrt == ("a, b",)
    assert graphdiff.compile(graphdiff.parse("`a, b`*y"), wrt="a, b").wrt == ("a, b",)


@pytest.mark.parametrize(
    "text", ["x*y + sin(x)", "x*y", "y*where(x > 1, x, 2)", "x^2 + exp(y)", "fold(h*x for t in range(3), h=y)"]
)
@pytest.mark.parametrize("value", [COLUMN, [1, 2], [2.0], np.ones((2, 2)), (), "2", None], ids=repr)
def test_arguments_of_functions_of_numbers(text: str, value: Any) -> None:
    """As the first argument and as the second, in every want."""
    for want in ("gradient", "value", "hessian"):
        function = graphdiff.compile(text, want=want, inputs=["x", "y"])
        for point in ((value, 2), (2, value), (value, 2.5)):
            with pytest.raises(GraphdiffError) as caught:
                function(*point)
            is_array = isinstance(value, (list, tuple, np.ndarray))
            assert ("is an array of shape" if is_array else "is not a number") in caught.value.message


def test_what_is_a_number() -> None:
    """As it was: Python's and NumPy's numbers, arrays without axes, and other types that compute."""
    from fractions import Fraction

    function = graphdiff.compile("x*y + x")
    assert function(2, 3) == (8, (4, 2))
    assert function(np.float64(2), np.int64(3)) == (8, (4, 2))
    assert function(np.array(2.0), 3.0)[0] == 8
    assert function(Fraction(1, 2), 3) == (2, (4, Fraction(1, 2)))


@pytest.mark.parametrize("value", [[1.0, 2.0], [1.0, 2.0, 3.0, 4.0], 2.0, [[1.0, 2.0, 3.0]], np.ones(4), "abc"])
def test_arguments_of_functions_of_arrays(value: Any) -> None:
    """Of another length, no entry is left out in silence."""
    function = graphdiff.compile("sum(x)*k + x[0]", shapes={"x": (3,)}, inputs=["x", "k"])
    assert function(COLUMN, 2.0)[0] == function([1, 2, 3], 2)[0] == 13
    with pytest.raises(GraphdiffError, match=r"compiled for shape|not a number"):
        function(value, 2.0)
    matrix = graphdiff.compile("sum(A@x)", shapes={"x": (3,), "A": (2, 3)}, inputs=["A", "x"])
    assert matrix(np.ones((2, 3)), COLUMN)[0] == 12
    for other in (np.ones((2, 2)), np.ones((3, 3)), [[1, 2, 3, 4]] * 2, value):
        with pytest.raises(GraphdiffError):
            matrix(other, COLUMN)


def test_directions() -> None:
    function = graphdiff.compile("x*y", want="jvp")
    for direction in (1.0, (1.0,), (1.0, 2.0, 3.0)):
        with pytest.raises(GraphdiffError, match="the direction is not a tuple of 2 parts"):
            function(1.0, 2.0, direction)
