"""Nothing overlaps: labels and gates do not, and wires only touch the gates that they connect."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations, pairwise
from pathlib import Path

import numpy as np
import pytest

import graphdiff
from graphdiff.display import text_width
from graphdiff.drawing import svg, tikz
from graphdiff.drawing.circuit import circuit
from graphdiff.drawing.layout import Box, Layout, Metrics, Piece, PlacedWire, layout
from graphdiff.passes.collapse import collapse_trace
from graphdiff.passes.trace import Trace
from support import examples
from support.pictures import random_trace, trace_example

TOUCHES = 1e-6
ALONG = np.linspace(0.0, 1.0, 24)


def points(wire: PlacedWire) -> np.ndarray:
    """Points of a wire as all formats draw it: Bézier curves between columns, else straight lines."""
    parts = []
    curve = np.array([(1 - ALONG) ** 3, 3 * (1 - ALONG) ** 2 * ALONG, 3 * (1 - ALONG) * ALONG**2, ALONG**3])
    for before, piece in pairwise(wire.pieces):
        assert before[-1] == piece[0]
    for piece in wire.pieces:
        parts.append(curve.T @ np.array(piece) if len(piece) == 4 else straight(piece))
    return np.concatenate(parts)


def straight(piece: Piece) -> np.ndarray:
    (x, y), (end_x, end_y) = piece
    assert x == end_x or y == end_y
    return np.column_stack([x + (end_x - x) * ALONG, y + (end_y - y) * ALONG])


def is_passed(box: Box, path: np.ndarray) -> bool:
    x, y = path.T
    inside = (box.left + TOUCHES < x) & (x < box.right - TOUCHES)
    return bool(np.any(inside & (box.top + TOUCHES < y) & (y < box.bottom - TOUCHES)))


def boxes(arrangement: Layout) -> Iterator[tuple[str, Box]]:
    """The boxes of all labels and of the bodies of all gates; the body of an input is its label."""
    for gate in arrangement.gates:
        if gate.gate.kind == "operation":
            yield f"gate {gate.gate.node}", gate.body
        for label in gate.labels:
            if label.kind != "symbol" or gate.gate.kind != "operation":
                yield f"{label.kind} {label.lines} of {gate.gate.node}", label.box
    for wire in arrangement.wires:
        for label in wire.labels:
            yield f"{label.kind} {label.lines} of wire {wire.wire.source}-{wire.wire.target}", label.box


def assert_clear(
    trace: Trace, metrics: Metrics, patterns: bool, digits: int | None, collapses: bool, leads_down: bool = False
) -> None:
    """With patterns, there are names of all gates and local derivatives too."""
    subject = collapse_trace(trace) if collapses else trace
    arrangement = layout(circuit(subject, digits, 0, patterns, patterns), metrics, patterns, leads_down)
    named_boxes = list(boxes(arrangement))
    for (name, one), (other_name, other) in combinations(named_boxes, 2):
        shrunk = Box(one.left + TOUCHES, one.top + TOUCHES, one.right - TOUCHES, one.bottom - TOUCHES)
        assert not shrunk.overlaps(other), (name, one, other_name, other)
    for name, box in named_boxes:
        assert min(box.left, box.top) >= -TOUCHES, name
        assert box.right <= arrangement.width + TOUCHES, name
        assert box.bottom <= arrangement.height + TOUCHES, name
    paths = [(points(wire), f"gate {wire.wire.target}") for wire in arrangement.wires]
    paths += [(straight(gate.output), "") for gate in arrangement.gates]
    for path, target in paths:
        for name, box in named_boxes:
            assert name == target or not is_passed(box, path), (name, box)
    for gate in arrangement.gates:  # a symbol fits its gate
        for label in gate.labels:
            if label.kind == "symbol":
                assert gate.body.left - TOUCHES <= label.box.left
                assert label.box.right <= gate.body.right + TOUCHES


@pytest.mark.sampled(8)
@pytest.mark.parametrize("program", examples.PROGRAMS, ids=lambda program: program.stem)
def test_examples(program: Path) -> None:
    trace = trace_example(program)
    for metrics in (svg.METRICS, tikz.METRICS):
        for patterns, digits, collapses in [
            (False, None, False),
            (True, None, False),
            (False, 3, True),
            (True, 17, False),
        ]:
            assert_clear(trace, metrics, patterns, digits, collapses)
    assert_clear(trace, svg.METRICS, True, None, False, leads_down=True)


@pytest.mark.slow
@pytest.mark.parametrize("start", range(0, 300, 50))
def test_random_programs(start: int) -> None:
    for seed in range(start, start + 50):
        trace = random_trace(seed)
        patterns, digits, leads_down = seed % 2 == 0, (None, 3, 17)[seed % 3], seed % 7 < 3
        assert_clear(trace, svg.METRICS, patterns, digits, seed % 5 == 0, leads_down)


def test_a_picture_that_leads_down() -> None:
    """Operands are above their gates, values left of the wires and gradients right of them, with room for long ones."""
    trace = graphdiff.trace("(x + y)*z", x=-2, y=5, z=-4)
    assert_clear(trace, tikz.METRICS, True, None, False, leads_down=True)
    whole = circuit(trace)
    roomy = {
        index: gate._replace(value=gate.value and gate.value._replace(room=9)) for index, gate in whole.gates.items()
    }
    arrangement = layout(whole._replace(gates=roomy), svg.METRICS, leads_down=True)
    gates = {gate.gate.node: gate for gate in arrangement.gates}
    for wire in arrangement.wires:
        assert gates[wire.wire.source].body.bottom < gates[wire.wire.target].body.top
        assert wire.pieces[-1][-1][1] <= gates[wire.wire.target].body.top + gates[wire.wire.target].body.bottom
    for gate in arrangement.gates:
        (x, _), (end_x, _) = gate.output
        boxes = {label.kind: label.box for label in gate.labels}
        assert boxes["value"].right < x == end_x < boxes["gradient"].left


def test_large_circuits(monkeypatch: pytest.MonkeyPatch) -> None:
    """Shared dummies and late columns, which many wires bring about, keep everything apart too."""
    monkeypatch.setattr("graphdiff.drawing.layers.MOST_DUMMIES", -1)
    net = "h = tanh(w*a + b); g = tanh(w*h + u*c + b); w*g + 2*u"
    for text, names in [(net, "wabuc"), ("a + b*sin(exp(a)) + tanh(log(exp(sin(a*b))))*a", "ab")]:
        trace = graphdiff.trace(text, dict.fromkeys(names, 0.5))
        assert_clear(trace, svg.METRICS, False, None, True)


def test_the_room_for_text() -> None:
    assert [text_width(text) for text in ("w_0", "x₀", "変数", "q̄", "")] == [3, 2, 4, 1, 0]
