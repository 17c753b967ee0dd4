"""The value of each operation that is not elementwise, on the shapes of its samples, against NumPy and SciPy."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import array_api_strict
import numpy as np
import pytest
import scipy.special
from samples import CASES, case, drawn, graph_of

from graphdiff.errors import GraphdiffError
from graphdiff.operations.indexing import ALL, NEW, OPERAND, REST
from graphdiff.operations.primitive import Primitive, Sample
from graphdiff.operations.registry import PRIMITIVES
from graphdiff.passes.arrays import Arrays
from graphdiff.passes.forward import forward


def first(x: Any, axis: int | None = None) -> Any:
    """One hot at the first entry that is not 0, of rows of what is all or along an axis."""
    rows = x.reshape(1, -1) if axis is None else np.moveaxis(x, axis, -1).reshape(-1, x.shape[axis])
    found = np.array([[float(place == np.flatnonzero(row)[0]) for place in range(len(row))] for row in rows])
    if axis is None:
        return found.reshape(x.shape)
    return np.moveaxis(found.reshape(np.moveaxis(x, axis, -1).shape), -1, axis)


def cofactor(a: Any) -> Any:
    """Entry by entry the determinant of what is left without its row and column."""
    if a.ndim > 2:
        return np.stack([cofactor(each) for each in a])
    size = len(a)
    minors = [
        [np.linalg.det(np.delete(np.delete(a, row, 0), column, 1)) for column in range(size)] for row in range(size)
    ]
    return np.array(minors) * (-1.0) ** np.add.outer(np.arange(size), np.arange(size))


def selection(items: Sequence[tuple[Any, ...]], indices: Sequence[Any]) -> tuple[Any, ...]:
    """What stands between NumPy's brackets."""
    left = iter(indices)
    meanings: dict[str, Callable[..., Any]] = {
        **{"index": int, "slice": slice, "new": lambda: None, "rest": lambda: ...},
        "operand": lambda: next(left).astype(int),
    }
    return tuple(meanings[kind](*given) for kind, *given in items)


def place(x: Any, like: Any, *indices: Any, items: Any) -> Any:
    found = np.zeros(like.shape)
    np.add.at(found, selection(items, indices), x)
    return found


def windows(x: Any, like: Any, stride: int | tuple[int, ...] = 1) -> Any:
    lead = x.ndim - like.ndim
    steps = stride if isinstance(stride, tuple) else (stride,) * like.ndim
    found = np.lib.stride_tricks.sliding_window_view(x, like.shape, axis=tuple(range(lead, x.ndim)))
    return found[(slice(None),) * lead + tuple(slice(None, None, step) for step in steps)]


def overlap_add(x: Any, array: Any, like: Any, stride: int | tuple[int, ...] = 1) -> Any:
    """Each window's entries added where the window took them from."""
    found = np.zeros(array.size)
    np.add.at(found, windows(np.arange(array.size).reshape(array.shape), like, stride), x)
    return found.reshape(array.shape)


def cumsum(x: Any, axis: int = 0, reverse: bool = False) -> Any:
    return np.flip(np.cumsum(np.flip(x, axis), axis), axis) if reverse else np.cumsum(x, axis)


def sum_to(x: Any, like: Any) -> Any:
    """What adds up to an entry is what NumPy broadcasts from it."""
    came_from = np.broadcast_to(np.arange(like.size).reshape(like.shape), x.shape)
    return np.bincount(came_from.ravel(), x.ravel()).reshape(like.shape)


def section(x: Any, *parts: Any, axis: int = 0, slot: int = 0) -> Any:
    return np.split(x, np.cumsum([part.shape[axis] for part in parts])[:-1], axis)[slot]


def pad(x: Any, widths: Any) -> Any:
    return np.pad(x, widths if isinstance(widths, int) else [(0, 0)] * (x.ndim - len(widths)) + list(widths))


VALUES: Mapping[str, Callable[..., Any]] = {
    **{name: getattr(np, name) for name in ("sum", "mean", "prod", "amax", "amin", "matmul", "outer", "tensordot")},
    **{name: getattr(np, name) for name in ("transpose", "moveaxis", "reshape", "expand_dims", "roll")},
    **{"first": first, "cofactor": cofactor, "place": place, "windows": windows, "overlap_add": overlap_add},
    **{"cumsum": cumsum, "sum_to": sum_to, "section": section, "pad": pad},
    **{"det": np.linalg.det, "inv": np.linalg.inv, "logdet": lambda a: np.log(np.abs(np.linalg.det(a)))},
    "solve": lambda a, b: np.linalg.inv(a) @ b,
    "identity_like": lambda a: np.broadcast_to(np.eye(a.shape[-1]), a.shape),
    "logsumexp": scipy.special.logsumexp,
    "softmax": lambda x, axis=-1: scipy.special.softmax(x, axis),
    "log_softmax": lambda x, axis=-1: scipy.special.log_softmax(x, axis),
    "norm": lambda x, **along: np.sqrt(np.sum(x**2, **along)),
    "others": lambda x, axis=None: np.prod(x, axis=axis, keepdims=True) / x,
    "count": lambda x, axis=None: np.sum(np.ones(x.shape), axis=axis).flat[0],
    "reshape_like": lambda x, like: x.reshape(like.shape),
    "broadcast_to": lambda x, like: np.broadcast_to(x, like.shape),
    "concat": lambda *xs, axis=0: np.concatenate(xs, axis),
    "stack": lambda *xs, axis=0: np.stack(xs, axis),
    "index": lambda x, *indices, items: x[selection(items, indices)],
    "zeros": lambda shape: np.zeros(shape),
    "ones": lambda shape: np.ones(shape),
    "eye": lambda size: np.eye(size),
    "arange": lambda bounds: np.arange(*bounds, dtype=float),
    "one_hot": lambda index, size: np.eye(size)[index.astype(int)],
    "one_hot_like": lambda index, like: np.eye(like.shape[-1])[index.astype(int)],
    "pick": lambda x, index: np.take_along_axis(x, index.astype(int)[..., None], -1)[..., 0],
}

MORE = [
    case(PRIMITIVES[name], Sample(shapes, parameters))
    for name, shapes, parameters in (
        ("expand_dims", ((2,),), {"axis": (-2, -1)}),
        ("section", ((2, 4), (2, 3), (2, 1)), {"axis": -1}),
        ("one_hot_like", ((4,), (2, 2, 3)), {}),
        ("sum_to", ((2, 3), (2, 3)), {}),
        ("windows", ((4, 5, 7), (2, 3)), {"stride": 2}),
    )
]
"""Samples that tell nothing new of derivatives."""


@pytest.mark.parametrize(("primitive", "sample"), [*CASES, *MORE])
def test_value(primitive: Primitive, sample: Sample) -> None:
    operands, op = drawn(primitive, sample), Arrays()
    graph = graph_of(primitive, sample)
    found = forward(graph, [op.constant(operand) for operand in operands], op)[graph.output]
    expected = VALUES[primitive.name](*operands, **sample.parameters)
    assert (found.shape, found.dtype) == (np.shape(expected), float)
    assert found == pytest.approx(expected, rel=1e-12, abs=1e-13)


@pytest.mark.parametrize(
    ("name", "x", "parameters", "expected"),
    [
        # Zeros among factors: all that an entry's others are is a product without it.
        ("others", [2, 0, 3], {}, [0, 6, 0]),
        ("others", [0, 0, 3], {}, [0, 0, 0]),
        ("others", [[2, 0], [0, 0], [3, 5]], {"axis": 0}, [[0, 0], [6, 0], [0, 0]]),
        ("others", [[2, 0, 4], [3, 5, 7]], {"axis": 1}, [[0, 8, 0], [35, 21, 15]]),
        # What overflows or vanishes on a careless way.
        ("logsumexp", [1e4, 1e4, -1e4], {}, 1e4 + math.log(2)),
        ("logsumexp", [[-1e4, -1e4], [1e4, 0]], {"axis": 1}, [-1e4 + math.log(2), 1e4]),
        ("logsumexp", [[-1e4, 1e4], [-1e4, 0]], {"axis": 0}, [-1e4 + math.log(2), 1e4]),
        ("logsumexp", [-math.inf, -math.inf], {}, -math.inf),
        ("logsumexp", [math.inf, 0], {}, math.inf),
        ("logsumexp", [-math.inf, 2], {}, 2),
        ("norm", [3e200, -4e200], {}, 5e200),
        ("norm", [3e-200, 4e-200], {}, 5e-200),
        ("norm", [[3e200, -4e200], [3e-200, -4e-200]], {"axis": 1}, [5e200, 5e-200]),
        ("norm", [1, -3e200], {}, 3e200),
        ("norm", [0, 0], {}, 0),
        ("norm", [math.inf, 1], {}, math.inf),
        ("softmax", [1e4, 1e4, -1e4], {}, [0.5, 0.5, 0]),
        ("softmax", [[-1e4, -1e4], [1e4, 1e4]], {"axis": 1}, [[0.5, 0.5], [0.5, 0.5]]),
        ("log_softmax", [1e4, 1e4, -1e4], {}, [-math.log(2), -math.log(2), -2e4 - math.log(2)]),
        ("log_softmax", [[-1e4, -1e4], [1e4, 1e4]], {"axis": 1}, [[-math.log(2)] * 2] * 2),
        # The first of those that are not 0, if there is one.
        ("first", [0, 0, 2, 3], {}, [0, 0, 1, 0]),
        ("first", [0, 0], {}, [0, 0]),
        ("first", [[0, 1, 1], [1, 0, 1]], {}, [[0, 1, 0], [0, 0, 0]]),
        ("first", [[0, 1, 1], [1, 0, 1]], {"axis": 0}, [[0, 1, 1], [1, 0, 0]]),
        ("first", [[0, 1, 1], [0, 0, 0]], {"axis": 1}, [[0, 1, 0], [0, 0, 0]]),
        # Matrices of which there is no inverse, or no number.
        ("cofactor", [[1, 2], [2, 4]], {}, [[4, -2], [-2, 1]]),
        ("cofactor", [[0, 1], [1, 0]], {}, [[0, -1], [-1, 0]]),
        ("cofactor", [[0, 0, 0], [0, 0, 0], [0, 0, 5]], {}, [[0] * 3] * 3),
        ("cofactor", [[1, math.inf], [2, 4]], {}, [[math.nan] * 2] * 2),
        ("cofactor", [[1, math.nan], [2, 4]], {}, [[math.nan] * 2] * 2),
        ("inv", [[1, 2], [2, 4]], {}, [[math.nan] * 2] * 2),
        ("roll", [[1, 2, 3], [4, 5, 6]], {"shift": (1, -1), "axis": (0, 1)}, [[5, 6, 4], [2, 3, 1]]),
        ("index", [1, 2, 3, 4, 5], {"items": (("slice", None, None, -2),)}, [5, 3, 1]),
    ],
)
def test_special_values(name: str, x: Any, parameters: Mapping[str, Any], expected: Any) -> None:
    """By hand."""
    op = Arrays()
    with op.quiet():
        found = op.apply(PRIMITIVES[name], op.constant(x), **parameters)
    assert found.shape == np.shape(expected)
    assert found == pytest.approx(np.asarray(expected, dtype=float), rel=1e-14, abs=1e-300, nan_ok=True)


BACK = ("slice", None, None, -1)


@pytest.mark.parametrize(
    ("items", "indices"),
    [
        *(((REST, ("slice", *cut)), ()) for cut in ((None, None, -2), (3, None, -2), (4, 1, -1), (1, None, 2))),
        *(((REST, ("slice", *cut)), ()) for cut in ((0, 1, 2), (5, 6, 3), (0, 5, 4), (1, 2, None))),
        ((NEW, BACK, ("slice", 3, 0, -2), ("slice", 1, 4, None), NEW), ()),
        ((BACK, NEW, ("index", -1), ("slice", 5, None, -3)), ()),
        ((("index", 0), REST, NEW, ("index", 2)), ()),
        ((OPERAND, ALL, OPERAND), (-1, 4)),
        ((ALL, OPERAND, BACK), ([3, -1, 3],)),
        ((("slice", 1, None, None), NEW, ALL, OPERAND), ([-6, 5],)),
    ],
)
def test_indices(items: Sequence[tuple[Any, ...]], indices: Sequence[Any]) -> None:
    """What NumPy takes with the same between its brackets, and back in its place."""
    op, x = Arrays(), np.arange(72.0).reshape(3, 4, 6)
    operands = [op.constant(index) for index in indices]
    taken = op.apply(PRIMITIVES["index"], x, *operands, items=items)
    assert np.array_equal(taken, x[selection(items, operands)])
    placed = op.apply(PRIMITIVES["place"], taken, x, *operands, items=items)
    assert np.array_equal(placed, place(taken, x, *operands, items=items))


@pytest.mark.parametrize(
    ("index", "message"),
    [
        (0.5, "a whole number, not 0.5"),
        (3, "index 3 is out of range"),
        (-4, "index -4 is out of range"),
        ([0, 3, 1], "index 3 is out of range"),
        ([[0, 1], [-4, 2]], "index -4 is out of range"),
        ([[7, 1], [0, 0.5]], "a whole number, not 0.5"),
        (math.nan, "a whole number, not nan"),
    ],
)
def test_wrong_indices(index: Any, message: str) -> None:
    operands = [np.asarray(each, dtype=float) for each in ([0, 0, 0], index, np.zeros_like(index))]
    for x, wrong, taken in (operands, map(array_api_strict.asarray, operands)):
        op = Arrays([x])
        for name, given, parameters in (
            ("one_hot", [wrong], {"size": 3}),
            ("index", [x, wrong], {"items": (OPERAND,)}),
            ("place", [taken, x, wrong], {"items": (OPERAND,)}),
        ):
            with pytest.raises(GraphdiffError, match=message):
                op.apply(PRIMITIVES[name], *given, **parameters)
