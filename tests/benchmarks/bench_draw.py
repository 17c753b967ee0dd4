"""From text to SVG of a circuit of some 500 gates, against Graphviz's `dot -Tsvg` of the same circuit."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from shutil import which

import pytest

from graphdiff import parse, trace
from graphdiff.drawing.circuit import circuit
from graphdiff.drawing.picture import Picture, render

LAYERS = 31
NAMES = "abcd"


def layers() -> str:
    """Layers of a small network, written out: four sums of two products each."""
    lines = []
    for layer in range(LAYERS):
        before = [f"{name}{layer}" for name in NAMES]
        for place, name in enumerate(NAMES):
            one, other = before[place], before[(place + 1) % len(before)]
            lines.append(f"{name}{layer + 1} = tanh({one}*{other} + {one}*0.5)")
    return "\n".join([*lines, " + ".join(f"{name}{LAYERS}" for name in NAMES)])


TEXT = layers()
POINT = {f"{name}0": 0.5 for name in NAMES}


def drawn(form: str) -> bytes:
    return render(Picture(circuit(trace(parse(TEXT), POINT), limit=0), TEXT), form)


def test_500_gates(compare: Callable[..., None]) -> None:
    if which("dot") is None:
        pytest.skip("needs Graphviz's dot")
    text = drawn("dot")
    words = ["dot", "-Tsvg"]
    compare(
        "a picture of 500 gates",
        1.0,
        lambda: drawn("svg"),
        lambda: subprocess.run(words, input=text, check=True, capture_output=True),
        rounds=3,
    )
