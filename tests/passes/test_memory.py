"""Peak memory: a trace takes less than 2 KB per node, parsing included."""

from __future__ import annotations

import tracemalloc

import pytest

from graphdiff import parse, trace


@pytest.mark.slow
def test_bytes_a_node() -> None:
    text = " + ".join(f"sin(x*{number})*y" for number in range(1, 5001))
    parse("x")  # the tables are not counted
    tracemalloc.start()
    result = trace(parse(text), {"x": 0.5, "y": 2.0})
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak / len(result.graph.nodes) < 2048
