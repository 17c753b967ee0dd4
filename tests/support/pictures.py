"""Traces to draw: every program of examples/, and random ones."""

from __future__ import annotations

import random
from pathlib import Path

import graphdiff
from graphdiff.passes.trace import Trace
from support import examples

UNARY = ("sin", "tanh", "exp", "relu", "sigmoid", "abs", "-", "1 + ", "square_of_")
BINARY = ("{} * {}", "{} + {}", "{} - {}", "max({}, {})", "{} * {} + {}", "hypot({}, {})", "[{}, {}] @ [{}, {}]")


def trace_example(program: Path) -> Trace:
    """The trace of a program of examples/ at its point."""
    return graphdiff.trace(*examples.read(program))


def random_trace(seed: int) -> Trace:
    """The trace of a random program: names that fan out, long names, arrays, inputs that do not reach the output."""
    draw = random.Random(seed)
    names = ["x", "y", "w_0", "a_rather_long_name", "σ"][: draw.randint(1, 5)]
    point = {name: draw.choice([-2.0, 0.5, 1.234567, 0.001, 1.0]) for name in names}
    lines = ["square_of_(u) = u*u"]
    for number in range(draw.randint(1, 14)):
        recent = [draw.choice(names[-6:]) for _ in range(4)]
        if draw.random() < 0.4:
            lines.append(f"n{number} = tanh({draw.choice(UNARY)}({recent[0]}))")
        else:
            lines.append(f"n{number} = tanh({draw.choice(BINARY).format(*recent)} - {recent[3]})")
        names.append(f"n{number}")
    lines.append(" + ".join(draw.sample(names, min(len(names), draw.randint(1, 5)))))
    graph = graphdiff.parse("\n".join(lines))
    return graphdiff.trace(graph, {name: value for name, value in point.items() if name in graph.input_names})
