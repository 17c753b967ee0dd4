"""How many operations generated code has, against the published counts of FastDifferentiation.jl.

Its documentation gives the operations of a Jacobian alone, negations not counted, relative to those of the function:
1.13 for Rosenbrock's function; 2.2, 2.34 and 2.4 for spherical harmonics, and 2.6, 3.5 and 3.8 for a function of
matrices, each ten times as large as the one before. The functions are those of its benchmarks.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence

import pytest

from graphdiff import parse
from graphdiff.algebra.rewrite import select_outputs
from graphdiff.operations.shapes import Shape, size_of
from graphdiff.passes.request import Request
from graphdiff.targets.generate import code_of
from graphdiff.targets.results import leaves

NOT_COUNTED = ("input", "constant", "entry", "negative")


def operations(
    text: str, want: str, wrt: Sequence[str] = (), outputs: Sequence[str] = (), shapes: dict[str, Shape] | None = None
) -> int:
    """The number of operations of a value, or of what else is wanted alone."""
    graph = select_outputs(parse(text, shapes=shapes), outputs)
    request = Request(want, wrt, outputs if len(outputs) > 1 else (), list(shapes or {}))
    code = code_of(graph, request, shapes, by_entry="C")
    if want != "value":
        values = sum(size_of(leaf.shape) for leaf in leaves(code.results[0].tree))
        code = code._replace(outputs=code.outputs[values:])
    pairs = zip(code.instructions, code.uses(), strict=True)
    return sum(use > 0 and each.function not in NOT_COUNTED for each, use in pairs)


def ratio(text: str, wrt: Sequence[str], outputs: Sequence[str] = (), shapes: dict[str, Shape] | None = None) -> float:
    value = operations(text, "value", (), outputs, shapes)
    return operations(text, "jacobian", wrt, outputs, shapes) / value


def spherical_harmonics(order: int) -> tuple[str, list[str]]:
    """All of a lower order, by recurrences for the associated Legendre functions P and for C and S, and their names."""
    lines, outputs = ["P0_0 = 1; C0 = 1; S0 = 0"], []
    for m in range(1, order):
        lines.append(
            f"S{m} = x*C{m - 1} - y*S{m - 1}; C{m} = x*S{m - 1} + y*C{m - 1}; P{m}_{m} = (1 - 2*{m})*P{m - 1}_{m - 1}"
        )
    for m in range(order - 1):
        lines.append(f"P{m + 1}_{m} = (2*{m} + 1)*z*P{m}_{m}")
        for n in range(m + 2, order):
            before = f"({n} + {m} - 1)/({n} - {m})*P{n - 2}_{m}"
            lines.append(f"P{n}_{m} = (2*{n} - 1)/({n} - {m})*z*P{n - 1}_{m} - {before}")
    for n in range(order):
        for m in range(n + 1):
            scale = math.sqrt(
                (2 * n + 1) / (4 * math.pi) * (2 if m else 1) * math.factorial(n - m) / math.factorial(n + m)
            )
            for name in ("C", "S")[: 1 + (m > 0)]:
                lines.append(f"Y{n}_{name}{m} = {scale!r}*P{n}_{m}*{name}{m}")
                outputs.append(f"Y{n}_{name}{m}")
    return "\n".join(lines), outputs


def test_rosenbrock() -> None:
    for count in (5, 20):
        text = f"sum((1 - x[k])^2 + 100*(x[k + 1] - x[k]^2)^2 for k in range({count}))"
        assert ratio(text, ["x"], shapes={"x": (count + 1,)}) <= 1.13


@pytest.mark.slow
@pytest.mark.parametrize(("order", "published"), [(4, 2.2), (12, 2.34), (40, 2.4)])
def test_spherical_harmonics(order: int, published: float) -> None:
    text, outputs = spherical_harmonics(order)
    assert ratio(text, ["x", "y", "z"], outputs) <= published


@pytest.mark.slow
@pytest.mark.parametrize(("size", "published"), [(2, 2.6), (4, 3.5), (9, 3.8)])
def test_a_function_of_matrices(size: int, published: float) -> None:
    """From 8, 32 and 162 numbers to half as many: 28, 240 and 2,835 operations."""
    assert ratio("(A + B) @ (A @ B).T", ["A", "B"], shapes={"A": (size, size), "B": (size, size)}) <= published


REACTIONS = """
.35: 1  26.6: 2 4  12300: 5 2  .00086: 7  .00082: 7  15000: 7 6  .00013: 9  24000: 9 6  16500: 11 2  9000: 11 1
.022: 13  12000: 10 2  1.88: 14  16300: 1 6  4800000: 3  .00035: 4  .0175: 4  1e8: 16  4.44e11: 16  1240: 17 6  2.1: 19
5.78: 19  .0474: 1 4  1780: 19 1  3.12: 20
"""
"""The rate of each reaction of the air pollution problem of Verwer (1994), and the species that react."""
CHANGES = """
-1-10-14-23-24+2+3+9+11+12+22+25  -2-3-9-12+1+21  -15+1+17+19+22  -2-16-17-23+15  -3+4+4+6+7+13+20  -6-8-14-20+3+18+18
-4-5-6+13  4+5+6+7  -7-8  -12+7+9  -9-10+8+11  9  -11+10  -13+12  14  -18-19+16  -20  20  -21-22-24+23+25  -25+24
"""
"""The reactions that change the concentration of each species."""


def test_an_ordinary_differential_equation() -> None:
    """The Jacobian by hand of its benchmarks has 72 operations, equal ones counted once."""
    lines = []
    for number, reaction in enumerate(REACTIONS.replace("\n", "  ").strip().split("  "), 1):
        rate, species = reaction.split(": ")
        lines.append(f"r{number} = {rate}*{'*'.join(f'y{each}' for each in species.split())}")
    outputs = []
    for number, change in enumerate(CHANGES.replace("\n", "  ").strip().split("  "), 1):
        lines.append(f"d{number} = {re.sub('(?=[0-9]+)(?<![0-9])', 'r', change)}")
        outputs.append(f"d{number}")
    text = "\n".join(lines)
    assert len(outputs) == 20
    wrt = [name for name in parse(text).input_names if name.startswith("y")]
    assert operations(text, "jacobian", wrt, outputs) <= 72
