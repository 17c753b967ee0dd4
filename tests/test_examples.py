"""Every program in examples/ at its point: the numbers of the lectures, and what holds for any trace."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from graphdiff.cli.main import run
from support import examples, judge
from support.schemas import Schema

NEURON = {
    "w0": -0.19661193324148182,
    "x0": 0.39322386648296365,
    "w1": -0.39322386648296365,
    "x1": -0.5898357997244454,
    "w2": 0.19661193324148182,
}
PRODUCT = {"x": -4.0, "y": -4.0, "z": 3.0}

ARRAYS = {
    "squared_norm",
    "logistic_regression_vector",
    "linear_regression",
    "perceptron",
    "svm_loss",
    "svm_loss_batch",
    "softmax_loss",
    "softmax_loss_batch",
    "two_layer_network",
    "two_layer_network_svm",
    "convolutional_network",
    "turing_machine_head",
}

# The lectures' numbers; systems 2c and 15 leave theirs to the reader, and have the judge's.
LECTURES: dict[str, tuple[float, dict[str, float]]] = {
    "product": (-12.0, PRODUCT),
    "product_named": (-12.0, PRODUCT),
    "product_function": (-12.0, PRODUCT),
    "neuron": (0.7310585786300049, NEURON),
    "neuron_gate": (0.7310585786300049, NEURON),
    "neuron_own_derivative": (0.7310585786300049, NEURON),
    "gates": (-20.0, {"x": -8.0, "y": 6.0, "z": 2.0, "w": 0.0}),
    "fan_out": (14.0, {"a": 7.0, "b": 9.0, "c": 2.0}),
    "product_and_sine": (6.909297426825682, {"x1": 2.5838531634528574, "x2": 2.0}),
    "logistic_regression": (
        0.3132616875182228,
        {
            "w0": 0.2689414213699951,
            "w1": 0.5378828427399902,
            "w2": -0.2689414213699951,
            "x0": -0.5378828427399902,
            "x1": 0.8068242641099853,
            "x2": 0.8068242641099853,
        },
    ),
}


def evaluate(capfdbinary: pytest.CaptureFixture[bytes], program: Path, *options: str) -> dict[str, Any]:
    words = ["eval", "-f", str(program), "--at", f"@{program.with_suffix('.json')}", "--json", *options]
    assert run(words) == 0
    document: dict[str, Any] = json.loads(capfdbinary.readouterr().out)
    return document


@pytest.fixture(params=examples.PROGRAMS, ids=[program.stem for program in examples.PROGRAMS])
def program(request: pytest.FixtureRequest) -> Path:
    path: Path = request.param
    return path


@pytest.mark.sampled(48)
@pytest.mark.parametrize("options", [[], ["--fuse"], ["--expand"], ["--expand", "--fuse"]], ids=" ".join)
def test_numbers(program: Path, options: list[str], capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    """However the graph is drawn, value and gradients are the lectures'."""
    document = evaluate(capfdbinary, program, *options)
    if program.stem in ARRAYS:
        assert_judged(program, document)
        return
    if program.stem in LECTURES:
        value, gradients = LECTURES[program.stem]
    else:
        exact = judge.value_and_gradient(*examples.read(program))
        value, gradients = float(exact[0]), {name: float(gradient) for name, gradient in exact[1].items()}
    assert document["value"] == pytest.approx(value, rel=1e-14)
    assert document["gradients"] == pytest.approx(gradients, rel=1e-14, abs=1e-300)


def assert_judged(program: Path, document: dict[str, Any]) -> None:
    """Systems 6 to 14, whose numbers are the lectures' where they give them, and JAX's."""
    judges = pytest.importorskip("support.lecture_judges", reason="JAX is the judge; it is in the test extra")
    point = judges.load(program.with_suffix(".json"))
    judged_value, judged_gradients = judges.evaluate_by_jax(program.stem, point)
    told = [(float(judged_value), judged_gradients)]
    if program.stem in judges.LECTURES:
        told.append(judges.LECTURES[program.stem])
    for value, gradients in told:
        assert document["value"] == pytest.approx(value, rel=1e-12)
        for name, gradient in gradients.items():
            assert np.shape(document["gradients"][name]) == np.shape(gradient)
            largest = float(np.max(np.abs(gradient)))
            assert document["gradients"][name] == pytest.approx(np.asarray(gradient), rel=1e-12, abs=1e-12 * largest)
    without = {name for name, gradient in document["gradients"].items() if gradient is None}
    assert without == set(judges.INDICES[program.stem])


@pytest.mark.sampled(12)
@pytest.mark.parametrize("options", [[], ["--fuse"], ["--expand"]], ids=" ".join)
def test_chain_rule_on_every_edge(program: Path, options: list[str], capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    """downstream is upstream × local; what arrives at a node is what its step starts from."""
    document = evaluate(capfdbinary, program, *options)
    arrived: dict[str, list[Any]] = {}
    upstream = {step["node"]: step["upstream"] for step in document["backward"]}
    for step in document["backward"]:
        for edge in step["edges"]:
            arrived.setdefault(edge["operand"], []).append(np.asarray(edge["downstream"]))
            if edge["local"] is None:
                assert np.prod(edge["jacobian_shape"]) > 36
            elif edge.get("structure") == "dense":
                product = np.tensordot(step["upstream"], edge["local"], np.ndim(step["upstream"]))
                assert edge["downstream"] == pytest.approx(product, rel=1e-12, abs=1e-12)
            else:
                product = np.asarray(step["upstream"]) * edge["local"]
                summed = np.sum(product, axis=tuple(edge.get("summed_axes", ())))
                assert np.array_equal(edge["downstream"], summed.reshape(np.shape(edge["downstream"])))
    for name, terms in arrived.items():
        total = upstream[name] if name in upstream else document["gradients"][name]
        assert sum(terms) == pytest.approx(np.asarray(total), rel=1e-15, abs=1e-15)
    fan_outs = {fan_out["node"]: fan_out for fan_out in document["accumulated"]}
    assert set(fan_outs) == {name for name, terms in arrived.items() if len(terms) > 1}
    for fan_out in fan_outs.values():
        total = sum(np.asarray(term["value"]) for term in fan_out["terms"])
        assert total == pytest.approx(np.asarray(fan_out["gradient"]), rel=1e-15, abs=1e-15)
    # The backward pass visits the forward pass's nodes the other way round.
    nodes = [step["node"] for step in document["forward"]]
    visited = [step["node"] for step in document["backward"]]
    assert visited == [node for node in reversed(nodes) if node in visited]


@pytest.mark.sampled(6)
def test_the_gradient_passes_its_check(program: Path, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    """Every entry agrees with differences, even those of softmax_loss for a score whose probability is 1e-164."""
    assert run(["check", "-f", str(program), "--at", f"@{program.with_suffix('.json')}", "--json"]) == 0
    document = json.loads(capfdbinary.readouterr().out)
    Schema("check").check(document)
    assert document["agrees"]
    assert {row["verdict"] for row in document["rows"] if row["analytic"] is not None} == {"agrees"}


def test_squared_norm_reads_as_on_the_board(command: Callable[..., Any]) -> None:
    """Lecture system 6: ∇q = 2q, ∇W = 2q·xᵀ and ∇x = 2Wᵀ·q stand in the table."""
    table = command(
        "eval", "-f", str(examples.FOLDER / "squared_norm.gd"), "--at", f"@{examples.FOLDER / 'squared_norm.json'}"
    ).out
    gradients = table[table.index("Gradients") :]
    assert "(2*q) @ xᵀ" in gradients
    assert "Wᵀ @ (2*q)" in gradients
    assert "q̄ @ xᵀ" in table
    assert "Wᵀ @ q̄" in table


def test_neuron_gate_by_gate(capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    """Lecture system 2a: every forward value and every upstream, to the slides' two decimals."""
    document = evaluate(capfdbinary, examples.FOLDER / "neuron.gd")
    values = [round(step["value"], 2) for step in document["forward"]]
    assert values == [-2, 6, 4, 1, -1, 0.37, 1.37, 0.73]
    upstreams = [round(step["upstream"], 2) for step in document["backward"]]
    assert upstreams == [1, -0.53, -0.53, -0.2, 0.2, 0.2, 0.2, 0.2]
    for step in document["backward"]:
        if step["op"] == "add" and step["step"] > 2:
            assert [round(edge["downstream"], 2) for edge in step["edges"]] == [0.2, 0.2]


def test_neuron_with_a_sigmoid_gate(capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    """Lecture system 2b: the last four gates as one, whose local derivative is (1 - σ)σ."""
    document = evaluate(capfdbinary, examples.FOLDER / "neuron.gd", "--fuse")
    step = document["backward"][0]
    assert (step["op"], step["upstream"]) == ("sigmoid", 1)
    (edge,) = step["edges"]
    assert edge["formula"] == f"(1 - {step['node']})*{step['node']}"
    assert edge["local"] == pytest.approx((1 - 0.7310585786300049) * 0.7310585786300049, rel=1e-15)
    assert round(edge["downstream"], 2) == 0.2
    assert len(document["forward"]) == 5


def test_neuron_read_three_ways(capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    """Lecture system 2, "the graph is not unique": gate by gate, fused, with a gate of its own."""
    ways = [("neuron.gd",), ("neuron.gd", "--fuse"), ("neuron_own_derivative.gd",)]
    documents = [evaluate(capfdbinary, examples.FOLDER / program, *options) for program, *options in ways]
    assert [len(document["forward"]) for document in documents] == [8, 5, 5]
    assert [document["backward"][0]["op"] for document in documents] == ["div", "sigmoid", "sigma"]
    (edge,) = documents[2]["backward"][0]["edges"]
    assert edge["formula"] == "{0}*(1 - {0})".format(documents[2]["backward"][0]["node"])
    assert round(edge["local"], 2) == 0.2
    for document in documents:
        assert document["gradients"] == pytest.approx(NEURON, rel=1e-14)
    opened = evaluate(capfdbinary, examples.FOLDER / "neuron_own_derivative.gd", "--expand")
    assert [step["op"] for step in opened["forward"]] == [step["op"] for step in documents[0]["forward"]]


def test_fan_out(capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    """Lecture system 4: ∂z/∂b = 7 (through x) + 2 (through y) = 9."""
    document = evaluate(capfdbinary, examples.FOLDER / "fan_out.gd")
    assert document["accumulated"] == [
        {
            "node": "b",
            "terms": [{"through": "x", "value": 7}, {"through": "y", "value": 2}],
            "gradient": 9,
        }
    ]


def test_every_example_has_a_point() -> None:
    assert examples.PROGRAMS
    assert [path.stem for path in examples.PROGRAMS] == [path.stem for path in sorted(examples.FOLDER.glob("*.json"))]
