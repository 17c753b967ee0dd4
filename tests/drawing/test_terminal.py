"""The drawing in the terminal: the circuit can be reconstructed from the characters alone."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from rich.cells import cell_len

from graphdiff.drawing.canvas import Canvas
from graphdiff.drawing.channel import Net, route_nets
from graphdiff.drawing.circuit import Circuit, circuit
from graphdiff.drawing.picture import FORWARD, Picture
from graphdiff.drawing.terminal import lines, txt
from graphdiff.passes.collapse import collapse_trace
from graphdiff.passes.trace import trace
from graphdiff.reading.parse import parse
from support import examples
from support.wires import Cell, Drawing

HERE = Path(__file__).parent
NEURON = "1/(1+exp(-(w0*x0+w1*x1+w2)))"
POINT = {"w0": 2, "x0": -1, "w1": -3, "x1": -2, "w2": -3}
TIGHT, WIDE = 1, 10**6
"""Widths that no drawing and that every drawing fits."""


def draw(picture: Picture, width: int) -> str:
    return "\n".join("".join(span.text for span in line) for line in lines(picture, width))


def circuit_at(source: str, **point: Any) -> Circuit:
    return circuit(trace(parse(source), point))


def random_program(seed: int) -> tuple[str, dict[str, float]]:
    """Some inputs, then statements that use earlier names, some of them several times."""
    chance = random.Random(seed)
    names = [f"x{number}" for number in range(chance.randint(1, 6))]
    point = {name: round(chance.uniform(0.2, 2), 2) for name in names}
    statements = []
    for number in range(chance.randint(1, 14)):
        one, two, three = (chance.choice(names[-6:] if chance.random() < 0.7 else names) for _ in range(3))
        forms = [
            f"{one} + {two}",
            f"{one}*{two}",
            f"{one} - {two}",
            f"tanh({one}) / (1 + {two}^2)",
            f"max({one}, {two})",
            f"where({one} < {two}, {two}, {three})",
            f"clip({one}, {two}, {three})",
            f"sin({one})",
            f"{one}*{one} + {three}",
        ]
        name = f"n{number}"
        statements.append(f"{name} = {chance.choice(forms)}")
        names.append(name)
    terms = " + ".join(names[-chance.randint(2, 5) :])
    source = "\n".join([*statements, f"out = {terms}"])
    return source, {name: point[name] for name in parse(source).input_names}


PROGRAMS = [examples.read(path) for path in examples.PROGRAMS]


def circuits() -> Iterator[Circuit]:
    """The examples with their numbers and without, then random programs."""
    for source, point in PROGRAMS:
        graph = parse(source)
        yield circuit(trace(graph, point))
        yield circuit(graph)
        yield circuit(collapse_trace(trace(graph, point)))
    for seed in range(200):
        source, point = random_program(seed)
        yield circuit_at(source, **point) if seed % 3 else circuit(parse(source))


def structure(source_circuit: Circuit) -> Counter[tuple[int, int]]:
    """For each gate a hash of its symbol and operands, and the number of wires that leave it."""
    entering: dict[int, list[int]] = {}  # in the order of the slots
    leaving = Counter(wire.source for wire in source_circuit.wires)
    for wire in source_circuit.wires:
        entering.setdefault(wire.target, []).append(wire.source)
    meanings: dict[int, int] = {}
    for node, gate in source_circuit.gates.items():
        operands = [meanings[source] for source in entering.get(node, [])]
        meanings[node] = hash((gate.symbol, tuple(operands if gate.is_ordered else sorted(operands))))
    return Counter((meanings[node], leaving[node]) for node in source_circuit.gates)


def read(text: str, source_circuit: Circuit) -> Counter[tuple[int, int]]:
    """The same from the characters alone, given which symbols have ordered operands."""
    drawing = Drawing(text)
    ordered_symbols = {gate.symbol for gate in source_circuit.gates.values() if gate.is_ordered}
    boxes = {box.leaves: box for box in drawing.boxes}
    sources = {box.leaves: [drawing.source(entrance) for entrance in box.entrances] for box in drawing.boxes}
    leaving = Counter(source for sources_of_box in sources.values() for source in sources_of_box)
    meanings: dict[Cell, int] = {}
    for cell in leaving:
        if cell not in boxes:
            meanings[cell] = hash((drawing.text_before(cell), ()))
    for cell, box in sorted(boxes.items()):  # from left to right
        operands = [meanings[source] for source in sources[cell]]
        meanings[cell] = hash((box.symbol, tuple(operands if box.symbol in ordered_symbols else sorted(operands))))
    return Counter((meaning, leaving[cell]) for cell, meaning in meanings.items())


def assert_readable(source_circuit: Circuit, **options: Any) -> None:
    expected = structure(source_circuit)
    wired_nodes = {end for wire in source_circuit.wires for end in (wire.source, wire.target)}
    for node, gate in source_circuit.gates.items():
        if node not in wired_nodes and gate.kind != "operation":  # nothing leads to it nor from it
            expected[hash((gate.symbol, ())), 0] -= 1
    for width in (TIGHT, WIDE):
        assert read(draw(Picture(source_circuit, "", **options), width), source_circuit) == +expected


@pytest.mark.slow
def test_the_lines_lead_to_the_operands() -> None:
    for number, source_circuit in enumerate(circuits()):
        assert_readable(source_circuit, patterns=number % 2 == 1)


@pytest.mark.slow
@pytest.mark.parametrize("until", [FORWARD, 0, 2])
def test_at_a_step(until: int) -> None:
    for source, point in PROGRAMS:
        assert_readable(circuit_at(source, **point), until=until)


def test_wires_between_columns() -> None:
    """Any rows may be connected: nets that block one another go around each other."""
    for seed in range(300):
        chance = random.Random(seed)
        count = chance.randint(1, 9)
        ends = chance.sample(range(12), count)
        parts = sorted(chance.sample(range(1, count), chance.randint(0, min(4, count - 1)))) if count > 1 else []
        targets = [ends[one:other] for one, other in pairwise([0, *parts, count])]
        starts = chance.sample(range(12), len(targets))
        nets = [Net(start, tuple(rows)) for start, rows in zip(starts, targets, strict=True)]
        routes, tracks = route_nets(nets)
        canvas = Canvas()
        for owner, (net, route) in enumerate(zip(nets, routes, strict=True)):
            for row in net.targets:
                points, start = [(0, net.source)], net.source
                if route.detour is not None:
                    points += [(route.detour[0] + 1, start), (route.detour[0] + 1, start := route.detour[1])]
                if route.track is not None:
                    points += [(route.track + 1, start), (route.track + 1, row)]
                canvas.line([*points, (tracks + 1, row)], owner, "wire", False)
            if len(net.targets) > 1:
                assert route.track is not None
                canvas.dot(route.track + 1, start)
        drawing_text = "\n".join("".join(span.text for span in line) for line in canvas.lines())
        drawing = Drawing(drawing_text)
        for net in nets:
            for row in net.targets:
                assert drawing.source((tracks + 1, row)) == (0, net.source), drawing_text


def test_two_wires_that_swap_rows() -> None:
    (one, other), tracks = route_nets([Net(0, (4,)), Net(4, (0,))])
    assert (one.detour is None) != (other.detour is None)
    assert tracks == 3


def test_nothing_is_overwritten() -> None:
    canvas = Canvas()
    canvas.write(1, 0, "値", "name")  # in cells 1 and 2
    for x in (1, 2):
        with pytest.raises(ValueError, match="taken"):
            canvas.write(x, 0, "x", "name")
        with pytest.raises(ValueError, match="taken"):
            canvas.line([(0, 0), (x, 0)], 1, "wire", False)
    canvas.line([(0, 1), (5, 1)], 1, "wire", False)
    with pytest.raises(ValueError, match="taken"):
        canvas.write(5, 1, "x", "name")
    canvas.line([(0, 2), (3, 2), (3, 3), (5, 3)], 2, "wire", False)
    list(canvas.lines())
    canvas.line([(0, 4), (4, 4), (4, 1), (5, 1)], 3, "wire", False)  # it would run along the first
    with pytest.raises(ValueError, match="touch"):
        list(canvas.lines())


def test_the_neuron_fits_80_columns() -> None:
    rows = txt(Picture(circuit_at(NEURON, **POINT), "")).splitlines()
    assert max(map(cell_len, rows)) <= 80
    assert txt(Picture(circuit_at(NEURON, **POINT), "")) == (HERE / "neuron.txt").read_text("utf-8")


def test_a_fan_out_at_a_step() -> None:
    """b feeds two gates: its dot has a branch to each, labelled with the downstream; the second step is active."""
    source_circuit = circuit_at("x = a+b; y = b+c; z = x*y", a=-1, b=3, c=4)
    assert txt(Picture(source_circuit, "", True, 2)) == (HERE / "fan_out.txt").read_text("utf-8")


def numbers(drawing: Drawing) -> list[tuple[float, float]]:
    """The numbers above and below the output of each box."""
    return [(drawing.number(box.leaves, -1), drawing.number(box.leaves, 1)) for box in drawing.boxes]


SCALARS = [
    (source, point)
    for source, point in PROGRAMS
    if not any(isinstance(value, list) for value in point.values()) and "sigma(" not in source
]


@pytest.mark.parametrize(("source", "point"), SCALARS)
def test_numbers_are_those_of_the_trace(source: str, point: dict[str, float]) -> None:
    """Each box has the value above its output and the gradient below, with two decimals or two digits."""
    result = trace(parse(source), point)

    def round_label(number: float) -> float:
        return float(f"{number:.2f}" if abs(number) >= 0.1 else f"{number:.2g}")

    gradients = {step.node.index: step.upstream for step in result.backward}
    expected = Counter((round_label(step.value), round_label(gradients[step.node.index])) for step in result.forward)
    for width in (TIGHT, WIDE):
        drawing = Drawing(draw(Picture(circuit(result), ""), width))
        assert Counter(numbers(drawing)) == expected


def test_the_neurons_numbers_are_the_lectures() -> None:
    drawing = Drawing(draw(Picture(circuit_at(NEURON, **POINT), ""), 80))
    assert set(numbers(drawing)) == {
        (-2.0, 0.2), (6.0, 0.2), (4.0, 0.2), (1.0, 0.2), (-1.0, -0.2), (0.37, -0.53), (1.37, -0.53), (0.73, 1.0)
    }  # fmt: skip


def test_before_the_backward_pass_there_are_no_gradients() -> None:
    rows = list(lines(Picture(circuit_at(NEURON, **POINT), "", until=FORWARD), 80))
    kinds = {span.kind for row in rows for span in row}
    assert "value" in kinds
    assert "gradient" not in kinds


def test_the_active_gate_and_its_wires() -> None:
    """Step 3 of the neuron is exp, which v5 = exp(v4) feeds by one wire."""
    rows = list(lines(Picture(circuit_at(NEURON, **POINT), "", until=3), 80))
    active = "".join(span.text for row in rows for span in row if span.kind == "active")
    assert [each for each in active if each not in "─━"] == list("┏┓┨┠┗┛")
    captions = [span.text for row in rows for span in row if span.kind == "caption"]
    assert captions == [
        "step 3 of 8: v6 = exp(v5), scaler: upstream × local = downstream",
        "v5: (-0.53) × 0.37 = -0.20",
    ]


def test_wide_characters_take_two_cells() -> None:
    source_circuit = circuit_at("値 = 重*x; 値*値", 重=2, x=3)
    for width in (TIGHT, WIDE):
        assert read(draw(Picture(source_circuit, ""), width), source_circuit) == structure(source_circuit)


def test_control_characters_are_escaped() -> None:
    canvas = Canvas()
    canvas.write(0, 0, "a\x1b[31m\n", "name")
    (row,) = canvas.lines()
    assert row == [("a<U+001B>[31m<U+000A>", "name")]


@pytest.mark.slow
def test_a_deep_chain_is_drawn() -> None:
    source_circuit = circuit(parse("sin(" * 3000 + "x" + ")" * 3000), limit=0)
    assert draw(Picture(source_circuit, ""), 80).count("sin") == 3000
