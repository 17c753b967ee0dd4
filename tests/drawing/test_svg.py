"""The numbers of a picture are the trace's, each visible from the step that computes it on; all text is legible."""

from __future__ import annotations

import math
import re
from collections import Counter
from itertools import combinations
from pathlib import Path
from typing import Any, NamedTuple
from xml.etree import ElementTree

import numpy as np
import pytest

import graphdiff
from graphdiff.drawing.circuit import circuit
from graphdiff.drawing.layout import layout
from graphdiff.drawing.picture import FORWARD, WHOLE, Picture, render
from graphdiff.drawing.svg import METRICS, svg
from graphdiff.drawing.theme import AUTO, THEMES
from graphdiff.passes.trace import Trace
from support import examples
from support.contrast import contrast
from support.judge import value_and_gradient as value_and_gradient_by_mpmath
from support.pictures import random_trace, trace_example

SVG = "{http://www.w3.org/2000/svg}"
SEEDS = range(40)


class Read(NamedTuple):
    """The labels in an SVG by the node of their gate and their kind, or by their wire."""

    gates: dict[tuple[int, str], str]
    wires: dict[tuple[int, int, int], str]
    copies: set[int]


def read(document: str) -> Read:
    root = ElementTree.fromstring(document)
    labels = Read({}, {}, set())
    for group in root.iter(f"{SVG}g"):
        for text in group.findall(f"{SVG}text"):
            label_text = "\n".join(line.text or "" for line in text.findall(f"{SVG}tspan"))
            if "data-node" in group.attrib:
                labels.gates[int(group.attrib["data-node"]), text.attrib["class"]] = label_text
            elif "data-source" in group.attrib:
                source, target, slot = (int(group.attrib[f"data-{name}"]) for name in ("source", "target", "slot"))
                labels.wires[source, target, slot] = label_text
        labels.copies.update(int(group.attrib["data-node"]) for _ in group.findall(f"{SVG}circle[@class='copy']"))
    return labels


def round_to(number: float, digits: int | None) -> float:
    """A number rounded to the digits that a drawing shows."""
    if digits is not None:
        return float(f"{number:.{digits - 1}e}")
    if 0 < abs(number) < 0.1:
        return float(f"{number:.1e}")
    return float(f"{number:.2e}") if abs(number) >= 1e6 else float(f"{number:.2f}")


def assert_shows(text: str, value: Any, digits: int | None) -> None:
    numbers = np.asarray(value, dtype=float)
    if text.startswith("("):
        assert text == str(numbers.shape)
        return
    shown_numbers = [float(number) for number in re.findall(r"[-+.\de]+|-?inf|nan", text)]
    assert shown_numbers == pytest.approx(
        [round_to(number, digits) for number in numbers.ravel()], rel=0, abs=0, nan_ok=True
    )


def tables(trace: Trace, digits: int | None) -> tuple[Read, dict[int, Any]]:
    return read(svg(Picture(circuit(trace, digits), ""))), {step.node.index: step for step in trace.backward}


def assert_numbers(trace: Trace, digits: int | None) -> None:
    drawing, steps = tables(trace, digits)
    labels = trace.graph.labels
    for (node, kind), text in drawing.gates.items():
        if kind == "value":
            assert_shows(text, trace.values[node], digits)
        elif kind == "gradient":
            step = steps.get(node)
            assert_shows(text, trace.gradients[labels[node]] if step is None else step.upstream, digits)
    for (source, target, slot), text in drawing.wires.items():
        (edge,) = [edge for edge in steps[target].edges if (edge.source, edge.slot) == (source, slot)]
        assert_shows(text, edge.downstream, digits)
    labels_with_gradient = {labels[node] for node, kind in drawing.gates if kind == "gradient"}
    assert {name for name, gradient in trace.gradients.items() if gradient is not None} <= labels_with_gradient
    assert {step.label for step in trace.backward} <= labels_with_gradient


@pytest.mark.sampled(3)
@pytest.mark.parametrize("digits", [None, 3, 17])
@pytest.mark.parametrize("program", examples.PROGRAMS, ids=lambda program: program.stem)
def test_numbers_are_the_traces(program: Path, digits: int | None) -> None:
    assert_numbers(trace_example(program), digits)


@pytest.mark.sampled(5)
@pytest.mark.parametrize("seed", SEEDS)
def test_numbers_of_random_programs(seed: int) -> None:
    assert_numbers(random_trace(seed), (None, 3, 17)[seed % 3])


@pytest.mark.parametrize("name", ["neuron", "gates", "fan_out", "product_and_sine", "logistic_regression"])
def test_numbers_are_the_judges(name: str) -> None:
    """The output's value and the inputs' gradients are mpmath's."""
    program = examples.FOLDER / f"{name}.gd"
    trace = trace_example(program)
    drawing, _ = tables(trace, None)
    value, gradients = value_and_gradient_by_mpmath(*examples.read(program))
    assert_shows(drawing.gates[trace.graph.output, "value"], float(value), None)
    for node in trace.graph.nodes:
        if node.name in gradients and node.is_input:
            assert_shows(drawing.gates[node.index, "gradient"], float(gradients[node.name]), None)


def assert_steps(trace: Trace) -> None:
    """A gradient is visible once all consumers of its node have passed theirs back."""
    graph = trace.graph
    number = {step.node.index: step.step for step in trace.backward}
    whole = circuit(trace, None)
    final = read(svg(Picture(whole, "")))
    for until in range(FORWARD, len(trace.backward) + 1):
        drawing = read(svg(Picture(whole, "", until=until)))
        assert {key for key in drawing.gates if key[1] != "gradient"} == {
            key for key in final.gates if key[1] != "gradient"
        }
        for node, kind in final.gates:
            if kind != "gradient":
                continue
            consumers = [other.index for other in graph.nodes if node in other.operands and other.index in number]
            last_step = max((number[consumer] for consumer in consumers), default=0)
            assert ((node, kind) in drawing.gates) == (until >= last_step), (graph.labels[node], until)
        for wire in final.wires:
            assert (wire in drawing.wires) == (until >= number[wire[1]]), (wire, until)
    assert not {kind for _, kind in read(svg(Picture(whole, "", until=FORWARD))).gates} & {"gradient"}


@pytest.mark.sampled(4)
@pytest.mark.parametrize("program", examples.PROGRAMS, ids=lambda program: program.stem)
def test_steps(program: Path) -> None:
    assert_steps(trace_example(program))


@pytest.mark.sampled(8)
@pytest.mark.parametrize("seed", SEEDS)
def test_steps_of_random_programs(seed: int) -> None:
    assert_steps(random_trace(seed))


def test_step_0_has_only_the_outputs_gradient() -> None:
    trace = graphdiff.trace("(x + y) * z + sin(x)", x=-2, y=5, z=-4)
    drawing = read(svg(Picture(circuit(trace), "", until=0)))
    assert [(node, text) for (node, kind), text in drawing.gates.items() if kind == "gradient"] == [
        (trace.graph.output, "1.00")
    ]
    assert not drawing.wires


@pytest.mark.sampled(5)
@pytest.mark.parametrize("seed", SEEDS)
def test_copy_points(seed: int) -> None:
    """There is one where a value has several consumers, and the gradients on its wires sum to the value's gradient."""
    trace = random_trace(seed)
    drawing, _ = tables(trace, 17)
    uses = Counter(operand for node in trace.graph.nodes if trace.graph.needed[node.index] for operand in node.operands)
    gates = {node for node, _ in drawing.gates}
    assert drawing.copies == {node for node, count in uses.items() if count > 1 and node in gates}
    for node in drawing.copies:
        parts = [float(text) for (source, _, _), text in drawing.wires.items() if source == node]
        gradient = float(drawing.gates[node, "gradient"])
        assert math.fsum(parts) == pytest.approx(gradient, rel=1e-12, abs=1e-12 * max(map(abs, parts)))


@pytest.mark.parametrize("background", ["#ffffff", "#0d1117"])
def test_colors_are_legible_on_white_and_on_dark(background: str) -> None:
    for color in {*AUTO.colors.values(), AUTO.ink, AUTO.active}:
        assert contrast(color, background) >= 4, color


@pytest.mark.slow
@pytest.mark.parametrize("name", ["neuron", "squared_norm", "convolutional_network", "turing_machine_head"])
def test_text_fits_its_box_in_a_browser(name: str, browser: Any, tmp_path: Path) -> None:
    program = examples.FOLDER / f"{name}.gd"
    picture = Picture(circuit(trace_example(program)), name, patterns=True, until=WHOLE)
    page = tmp_path / "picture.svg"
    page.write_text(svg(picture), "utf-8")
    browser.get(page.as_uri())
    boxes = browser.execute_script(
        "return [...document.querySelectorAll('text')].map(text => {const box = text.getBBox();"
        "return [box.x, box.y, box.x + box.width, box.y + box.height]})"
    )
    arrangement = layout(picture.circuit, METRICS, picture.patterns)
    labels = [label for wire in arrangement.wires for label in wire.labels]
    labels += [label for gate in arrangement.gates for label in gate.labels]
    assert len(boxes) == len(labels)
    for (left, top, right, bottom), label in zip(boxes, labels, strict=True):
        assert label.box.left - 1.5 <= left, label  # italics lean over
        assert right <= label.box.right + 1.5, label
        assert label.box.top - 2 <= top, label  # ascenders and descenders, which numbers have not
        assert bottom <= label.box.bottom + 2, label
    for one, other in combinations(boxes, 2):
        assert min(one[2], other[2]) <= max(one[0], other[0]) or min(one[3], other[3]) <= max(one[1], other[1]) + 2


def test_the_wires_of_a_step_are_active_from_end_to_end() -> None:
    """Step 2 of the fan-out is y = b + c: c's wire begins at c, that of b at its dot."""
    trace = graphdiff.trace("x = a+b; y = b+c; z = x*y", a=-1, b=3, c=4)
    document = ElementTree.fromstring(svg(Picture(circuit(trace), "", until=2)))
    outputs = {group.findtext(f"{SVG}text/{SVG}tspan"): group.find(f"{SVG}path") for group in document.iter(f"{SVG}g")}
    strokes = {name: path.get("stroke") for name, path in outputs.items() if path is not None}
    assert [strokes[name] for name in "abc"] == [AUTO.ink, AUTO.ink, AUTO.active]


@pytest.mark.parametrize("name", THEMES)
def test_themes(name: str) -> None:
    """Every colour is legible on the theme's background, and in all formats there are no others."""
    theme = THEMES[name]
    colors = {*theme.colors.values(), theme.ink, theme.active}
    for color in colors:
        assert theme.background is None or contrast(color, theme.background) >= 4.5, color
    picture = Picture(circuit(graphdiff.trace("x*y + x", x=2, y=3), has_locals=True), "", True, 1, theme=theme)
    for form in ("svg", "dot", "mmd", "tex"):
        text = render(picture, form).decode()
        used = re.findall(r"#[0-9a-f]{6}\b", text) + [f"#{each.lower()}" for each in re.findall(r"L}{(\w{6})}", text)]
        assert set(used) - {theme.background} == colors


def test_the_width() -> None:
    """The same picture, scaled."""
    picture = Picture(circuit(graphdiff.trace("x*y", x=2, y=3)), "")
    own, scaled = (ElementTree.fromstring(svg(each)) for each in (picture, picture._replace(width=600)))
    assert scaled.get("width") == "600"
    assert own.get("viewBox") == scaled.get("viewBox")
    ratios = [float(each.get("width", 0)) / float(each.get("height", 0)) for each in (own, scaled)]
    assert ratios[0] == pytest.approx(ratios[1], rel=1e-3)
    png = render(picture._replace(width=600), "png")
    assert int.from_bytes(png[16:20], "big") == 600  # the header's width


@pytest.mark.parametrize(
    ("formula", "symbols"),
    [
        ("1/2*m*v^2", {"m", "v", "*(1/2)", "^2", "*"}),
        ("exp(-x^2/2)/sqrt(2*pi)", {"x", "^2", "neg", "/2", "exp", "/sqrt(2*pi)"}),
        ("x^(1/2) + 0.12345678901*x", {"x", "^(1/2)", "0.12345678901", "*", "+"}),
        ("half = 1/2; x*half", {"half", "1/2", "x", "*"}),  # what has a name has a gate
        ("1/2", {"1/2"}),
    ],
)
def test_constants_are_inside_gates(formula: str, symbols: set[str]) -> None:
    gates = circuit(graphdiff.parse(formula)).gates.values()
    assert {text for gate in gates for text in (gate.symbol, gate.name) if text} == symbols


def test_pi_as_an_input_is_not_inside_a_gate() -> None:
    gates = circuit(graphdiff.trace("2*pi*r", r=3, pi=3)).gates.values()
    assert {gate.symbol for gate in gates} == {"*2", "pi", "*", "r"}
    captions = circuit(graphdiff.trace("1/2*m", m=1)).captions
    assert captions[0][0].startswith("step 1 of 1: v2 = 1/2*m, ")
