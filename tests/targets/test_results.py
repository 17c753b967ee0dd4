"""Results and directions of every structure, in every language that can be run."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from graphdiff import parse
from graphdiff.checking.runner import Function, run
from graphdiff.graph.graph import Graph
from graphdiff.graph.shapes import infer_shapes
from graphdiff.operations.shapes import Shape
from graphdiff.targets.entries import all_entries_of
from graphdiff.targets.generate import signature_of
from graphdiff.targets.instructions import Code
from graphdiff.targets.registry import Target
from graphdiff.targets.results import Direction, Leaf, Result, Tree
from graphdiff.targets.vectorize import instructions_of
from support.languages import EACH_LANGUAGE, skip_without

PROGRAM = "p = x*u\nq = W*V\nr = sum(W, axis=0)\np + sum(q) + sum(r)"
INPUTS: dict[str, Any] = {
    "x": 3.0,
    "W": np.array([[1.0, 2.0], [3.0, 4.0]]),
    "u": 0.5,
    "V": np.array([[2.0, 0.0], [1.0, -1.0]]),
}
VALUES = {"p": [1.5], "q": [2.0, 0.0, 3.0, -4.0], "r": [4.0, 6.0]}
LEAVES = {"p": Leaf(), "q": Leaf((2, 2)), "r": Leaf((2,))}
KINDS = ("value", "jacobian")
PROGRAMS: list[tuple[list[list[str]], list[str]]] = [
    ([["p"]], ["V"]),
    ([["q"]], ["u", "V"]),
    ([["p", "q"], ["r", "r"]], ["u", "V"]),
    ([["p"], ["p"]], []),
    ([["q", "q"], ["p", "r"]], ["V"]),
]
"""The outputs of each result, and the inputs that are parts of the direction."""


def code_of(target: Target, results: list[list[str]], parts: list[str], has_nests: bool) -> Code:
    graph = parse(PROGRAM)
    order = [name for name in INPUTS if name not in parts] + parts
    outputs = [graph.names[name] for names in results for name in names]
    program = Graph(graph.nodes, [graph.input_indices[name] for name in order], outputs, graph.names)
    shapes: dict[str, Shape] = {name: np.shape(INPUTS[name]) for name in order}
    by_index = dict(enumerate(infer_shapes(program, list(shapes.values()))))
    known = {index: shape for index, shape in by_index.items() if shape is not None}
    on_arrays = has_nests or target.writes == "arrays"
    code = instructions_of(program, known) if on_arrays else all_entries_of(program, known, "")
    trees: list[Tree] = [tuple(LEAVES[name] for name in names) if names[1:] else LEAVES[names[0]] for names in results]
    return code._replace(
        shapes={name: shape for name, shape in shapes.items() if shape},
        results=[
            Result(kind, tree, order[:1], [f"{name}{place}" for place, name in enumerate(names)])
            for kind, tree, names in zip(KINDS[: len(trees)], trees, results, strict=True)
        ],
        direction=Direction("direction", parts) if parts else None,
        has_nests=has_nests,
    )


@EACH_LANGUAGE
@pytest.mark.parametrize("has_nests", [False, True])
def test_every_structure(target: Target, has_nests: bool) -> None:
    skip_without(target)
    if has_nests and not target.has_nests:
        return
    functions, calls = [], []
    for place, (results, parts) in enumerate(PROGRAMS):
        code = code_of(target, results, parts, has_nests)
        text, parameters, *_ = target.module.source(code, f"f{place}")
        functions.append(Function(text, signature_of(code, f"f{place}")))
        assert list(parameters) == [name for name in INPUTS if name not in parts]
        direction = [INPUTS[name] for name in parts]
        last = [] if not parts else [direction[0] if len(parts) == 1 else tuple(direction)]
        calls.append((place, [*(INPUTS[name] for name in parameters), *last]))
    for (results, _), entries in zip(PROGRAMS, run(target, functions, calls), strict=True):
        assert entries == [pytest.approx(VALUES[name]) for names in results for name in names]
