"""Nothing overlaps: labels keep clear of labels and gates, wires of labels and of gates that they do not lead to."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest
from pictures import PROGRAMS, example, random_trace

from graphdiff.drawing import svg, tikz
from graphdiff.drawing.circuit import circuit
from graphdiff.drawing.layout import Box, Layout, Metrics, PlacedWire, layout
from graphdiff.passes.trace import Trace
from graphdiff.report.lines import text_width

TOUCHES = 1e-6
ALONG = np.linspace(0.0, 1.0, 24)


def points(placed: PlacedWire) -> np.ndarray:
    """Points of a wire as all formats draw it: Bézier curves between columns, else straight lines."""
    found = []
    for place, (left, right, y) in enumerate(placed.stations):
        if place:
            _, x0, y0 = placed.stations[place - 1]
            middle = (x0 + left) / 2
            weights = np.array([(1 - ALONG) ** 3, 3 * (1 - ALONG) ** 2 * ALONG, 3 * (1 - ALONG) * ALONG**2, ALONG**3])
            found.append(weights.T @ np.array([[x0, y0], [middle, y0], [middle, y], [left, y]]))
        found.append(straight(left, right, y))
    found.append(straight(placed.stations[-1][1], placed.x, placed.y))
    return np.concatenate(found)


def straight(left: float, right: float, y: float) -> np.ndarray:
    return np.column_stack([left + (right - left) * ALONG, np.full(len(ALONG), y)])


def is_passed(box: Box, path: np.ndarray) -> bool:
    x, y = path.T
    inside = (box.left + TOUCHES < x) & (x < box.right - TOUCHES)
    return bool(np.any(inside & (box.top + TOUCHES < y) & (y < box.bottom - TOUCHES)))


def boxes(placed: Layout) -> Iterator[tuple[str, Box]]:
    """Every label's, and the body of every gate; the body of an input is its label."""
    for gate in placed.gates:
        if gate.gate.kind == "operation":
            yield f"gate {gate.gate.node}", gate.body
        for label in gate.labels:
            if label.kind != "symbol" or gate.gate.kind != "operation":
                yield f"{label.kind} {label.lines} of {gate.gate.node}", label.box
    for wire in placed.wires:
        for label in wire.labels:
            yield f"{label.kind} {label.lines} of wire {wire.wire.source}-{wire.wire.target}", label.box


def assert_clear(trace: Trace, metrics: Metrics, patterns: bool, digits: int | None, collapses: bool) -> None:
    placed = layout(circuit(trace, digits, 0, collapses), metrics, patterns)
    found = list(boxes(placed))
    for (name, one), (other_name, other) in combinations(found, 2):
        shrunk = Box(one.left + TOUCHES, one.top + TOUCHES, one.right - TOUCHES, one.bottom - TOUCHES)
        assert not shrunk.overlaps(other), (name, one, other_name, other)
    for name, box in found:
        assert min(box.left, box.top) >= -TOUCHES, name
        assert box.right <= placed.width + TOUCHES, name
        assert box.bottom <= placed.height + TOUCHES, name
    paths = [(points(wire), f"gate {wire.wire.target}") for wire in placed.wires]
    paths += [(straight(gate.body.right, gate.end, gate.y), "") for gate in placed.gates]
    for path, target in paths:
        for name, box in found:
            assert name == target or not is_passed(box, path), (name, box)
    for gate in placed.gates:  # what stands in a gate fits in it
        for label in gate.labels:
            if label.kind == "symbol":
                assert gate.body.left - TOUCHES <= label.box.left
                assert label.box.right <= gate.body.right + TOUCHES


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda program: program.stem)
def test_examples(program: Path) -> None:
    trace = example(program)
    for metrics in (svg.METRICS, tikz.METRICS):
        for patterns, digits, collapses in [
            (False, None, False),
            (True, None, False),
            (False, 3, True),
            (True, 17, False),
        ]:
            assert_clear(trace, metrics, patterns, digits, collapses)


@pytest.mark.parametrize("start", range(0, 300, 50))
def test_random_programs(start: int) -> None:
    for seed in range(start, start + 50):
        trace = random_trace(seed)
        assert_clear(trace, svg.METRICS, seed % 2 == 0, (None, 3, 17)[seed % 3], seed % 5 == 0)


def test_the_room_for_text() -> None:
    assert [text_width(text) for text in ("w_0", "x₀", "変数", "q̄", "")] == [3, 2, 4, 1, 0]
