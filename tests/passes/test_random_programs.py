"""Random programs: the trace, compiled code and the derivative graph agree with JAX."""

from __future__ import annotations

import pytest

pytest.importorskip("jax", reason="JAX is the judge; it is in the test extra")
from graphdiff.operations.shapes import Shape
from support.random_programs import SHAPES, all_agree, random_program


@pytest.mark.slow
@pytest.mark.parametrize(("shape", "count"), [((), 100), (SHAPES[-1], 100)], ids=["numbers", "arrays"])
def test_all_agree(shape: Shape, count: int) -> None:
    agreements = sum(all_agree(random_program(seed, shape)) for seed in range(count))
    assert agreements > 0.9 * count
