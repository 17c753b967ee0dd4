"""CPU time against size: the exponent at the last doubling, below 1.25 but for the exceptions that are named here.

The size is the number of characters of the command and of what it writes. For `check`, which writes a line for an input
but runs all that depends on it, it is the number of operations that depend on an input, summed over the inputs; its
formulas are as large as those that it checks input by input, in many digits: of larger ones it takes a sample. Each
command is run at half its largest size and at that; the time is the CPU time of the process, the least of a few runs.

Run it with `pytest tests/benchmarks/bench_growth.py -s`, which prints a table.
"""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator
from contextlib import redirect_stdout
from math import log
from pathlib import Path
from time import process_time
from typing import NamedTuple

import pytest

from graphdiff import parse
from graphdiff.cli.main import run

LIMIT = 1.25
ROUNDS = 3
TARGETS = ("python", "numpy", "c", "javascript", "rust", "jax", "torch")


def names(count: int) -> list[str]:
    return [f"a{number}" for number in range(count)]


def point(count: int) -> str:
    return ",".join(f"{name}=0.{number % 9 + 1}" for number, name in enumerate(names(count)))


def separable(count: int) -> str:
    return "+".join(f"sin({name})*{name}" for name in names(count))


def array(count: int) -> str:
    return f"sum([{','.join(f'sin({name})' for name in names(count))}])"


def balanced(count: int) -> str:
    """The same sum as a tree of additions, so that the output is a few operations from each input."""
    terms = [f"sin({name})*{name}" for name in names(count)]
    while len(terms) > 1:
        terms = [f"({'+'.join(pair)})" for pair in zip(terms[::2], terms[1::2], strict=True)]
    return terms[0]


def recurrent(steps: int) -> str:
    return "\n".join(["h0 = a0", *(f"h{step} = tanh(w*h{step - 1} + u*a{step} + b)" for step in range(1, steps))])


def recurrent_point(steps: int) -> str:
    return f"w=0.5,u=0.3,b=0.1,{point(steps)}"


def functions(count: int) -> str:
    return "; ".join([*(f"f{n}(u) = u^2 + {n}" for n in range(count)), "+".join(f"f{n}(x)" for n in range(count))])


def rosenbrock(count: int) -> str:
    return f"sum(100*(x[k+1]-x[k]^2)^2+(1-x[k])^2 for k in range({count - 1}))"


def windows(count: int) -> str:
    return f"sum(norm(x[k:k+3])*norm(X[:, k])*X[0, k] for k in range({count - 2}))"


def power_sum(count: int) -> str:
    """4·count operations."""
    return "+".join(f"a{number}*x^n*sin({number}*x)" for number in range(count))


def power_product(count: int) -> str:
    """2·count operations."""
    return "*".join(f"(x+a{number})" for number in range(count))


def quotients(count: int) -> str:
    """5·count operations, each on the result of the one before."""
    return "\n".join(["h0 = x", *(f"h{k} = (x*h{k - 1} + a)/(b + h{k - 1}^2)" for k in range(1, count))])


def layers(count: int) -> str:
    """4·count operations on arrays."""
    return "\n".join(
        ["h0 = x", *(f"h{k} = tanh(W@h{k - 1} + b)*h{k - 1}" for k in range(1, count)), f"sum(h{count - 1})"]
    )


def quadratic_forms(count: int) -> str:
    """4·count operations on arrays."""
    return "+".join(f"(A@x-b{number})@(A@x-b{number})" for number in range(count))


def vectors(count: int) -> str:
    return ",".join(["A=2x3,x=3", *(f"b{number}=2" for number in range(count))])


def compile_to(target: str) -> Callable[[int], list[str]]:
    return lambda count: ["compile", rosenbrock(count), "--to", target, "--shape", f"x={count}"]


class Case(NamedTuple):
    """A command for each size; it is run at half the largest size and at the largest."""

    largest: int
    command: Callable[[int], list[str]]
    writes_picture: bool = False


CASES = {
    "diff by many inputs": Case(1920, lambda n: ["diff", separable(n)]),
    "diff --at by many inputs": Case(480, lambda n: ["diff", separable(n), "--at", point(n)]),
    "diff --order 2": Case(960, lambda n: ["diff", separable(n), "--order", "2"]),
    "diff --hessian": Case(96, lambda n: ["diff", separable(n), "--hessian"]),
    "diff --hessian --at": Case(96, lambda n: ["diff", separable(n), "--hessian", "--at", point(n)]),
    "check, few operations from each input": Case(64, lambda n: ["check", balanced(n), "--at", point(n)]),
    "check, many operations from each input": Case(64, lambda n: ["check", separable(n), "--at", point(n)]),
    "check, an array of all inputs": Case(96, lambda n: ["check", array(n), "--at", point(n)]),
    "check of a recurrent net": Case(40, lambda n: ["check", recurrent(n), "--at", recurrent_point(n)]),
    "compile --to latex with many functions": Case(3200, lambda n: ["compile", functions(n), "--to", "latex"]),
    "diff of a long array literal": Case(32000, lambda n: ["diff", f"sum([{','.join(map(str, range(n)))}]*x)"]),
    "eval of a long array literal": Case(1600, lambda n: ["eval", array(n), "--at", point(n)]),
    "draw of many inputs": Case(960, lambda n: ["draw", separable(n), "--at", point(n), "--limit", "0"], True),
    "draw of a recurrent net": Case(
        384, lambda n: ["draw", recurrent(n), "--at", recurrent_point(n), "--limit", "0"], True
    ),
    "diff of entries": Case(1600, lambda n: ["diff", rosenbrock(n), "--shape", f"x={n}"]),
    "diff of a sum of 10,000 operations": Case(2500, lambda n: ["diff", power_sum(n), "--wrt", "x"]),
    "diff of a product of 10,000 operations": Case(5000, lambda n: ["diff", power_product(n), "--wrt", "x"]),
    "diff of a chain of 10,000 operations": Case(2000, lambda n: ["diff", quotients(n), "--wrt", "x"]),
    "diff of 10,000 operations on arrays": Case(
        2500, lambda n: ["diff", layers(n), "--wrt", "W", "--shape", "W=3x3,x=3,b=3"]
    ),
    "diff of a sum of 10,000 operations on arrays": Case(
        1700, lambda n: ["diff", quadratic_forms(n), "--wrt", "x", "--shape", vectors(n)]
    ),
    "diff of slices, columns and entries": Case(
        800, lambda n: ["diff", windows(n), "--wrt", "X", "--shape", f"x={n},X=2x{n}"]
    ),
    **{f"compile of entries --to {target}": Case(1000, compile_to(target)) for target in TARGETS},
}
EXCEPTIONS: dict[str, str] = {}
"""The reason of each command whose cost grows faster, by its name; the benchmark fails where that is no longer so."""


def reached_operations(case: Case, count: int) -> int:
    graph = parse(case.command(count)[1])
    return sum(len(graph.reached_from([index])) for index in graph.inputs)


def measure(case: Case, count: int, folder: Path) -> tuple[int, float]:
    """The size of a run and its CPU time, the least of a few."""
    command = case.command(count)
    picture, text = folder / "circuit.svg", folder / "output.txt"
    times = []
    for _ in range(ROUNDS):
        gc.collect()
        start = process_time()
        with text.open("w") as output, redirect_stdout(output):
            assert run([*command, *(["-o", str(picture)] if case.writes_picture else [])]) == 0
        times.append(process_time() - start)
    if command[0] == "check":
        return reached_operations(case, count), min(times)
    written = picture if case.writes_picture else text
    return sum(map(len, command)) + written.stat().st_size, min(times)


@pytest.mark.parametrize("name", CASES)
def test_growth(name: str, tmp_path: Path, table: list[str]) -> None:
    case = CASES[name]
    measure(case, 4, tmp_path)  # imports
    (small, short), (large, long) = (measure(case, count, tmp_path) for count in (case.largest // 2, case.largest))
    exponent = log(long / short) / log(large / small)
    reason = f"  exception: {EXCEPTIONS[name]}" if name in EXCEPTIONS else ""
    table.append(f"{name:<48} {case.largest:>6} {small:>9} {large:>9} {short:8.3f} {long:8.3f} {exponent:6.2f}{reason}")
    assert (exponent < LIMIT) == (name not in EXCEPTIONS), f"{name}: {exponent:.2f}"


@pytest.fixture(scope="module")
def table() -> Iterator[list[str]]:
    rows: list[str] = []
    yield rows
    print(f"\n{'command':<48} {'inputs':>6} {'size':>9} {'doubled':>9} {'seconds':>8} {'doubled':>8} exponent")
    print("\n".join(rows))
