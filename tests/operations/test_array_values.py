"""The value of each operation that is not elementwise, on the shapes of its samples, against NumPy and SciPy."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import array_api_strict
import numpy as np
import pytest

from graphdiff.errors import GraphdiffError
from graphdiff.operations.indexing import ALL, NEW, OPERAND, REST
from graphdiff.operations.primitive import Primitive, Sample
from graphdiff.operations.registry import PRIMITIVES
from graphdiff.passes.arrays import Arrays
from support.rules.values import assert_value, place, selection
from support.samples import CASES, case

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


@pytest.mark.sampled(3)
@pytest.mark.parametrize(("primitive", "sample"), [*CASES, *MORE])
def test_value(primitive: Primitive, sample: Sample) -> None:
    assert_value(primitive, sample)


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
