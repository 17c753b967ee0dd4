"""CPU time against size: the exponent at the last doubling, below 1.25 but for the exceptions named here.

Sizes are those of input plus output; `check` is measured against the operations that its inputs reach, summed.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import redirect_stdout
from math import log
from pathlib import Path
from time import process_time

import pytest

from graphdiff.cli.main import run

LIMIT = 1.25
ROUNDS = 3


def names(count: int) -> list[str]:
    return [f"a{number}" for number in range(count)]


def point(count: int) -> str:
    return ",".join(f"{name}=0.{number % 9 + 1}" for number, name in enumerate(names(count)))


def separable(count: int) -> str:
    return "+".join(f"sin({name})*{name}" for name in names(count))


def recurrent(steps: int) -> list[str]:
    lines = ["h0 = a0", *(f"h{step} = tanh(w*h{step - 1} + u*a{step} + b)" for step in range(1, steps))]
    return ["\n".join(lines), "--at", f"w=0.5,u=0.3,b=0.1,{point(steps)}"]


def functions(count: int) -> str:
    return "; ".join([*(f"f{n}(u) = u^2 + {n}" for n in range(count)), "+".join(f"f{n}(x)" for n in range(count))])


def rosenbrock(count: int) -> str:
    return f"sum(100*(x[k+1]-x[k]^2)^2+(1-x[k])^2 for k in range({count - 1}))"


CASES: dict[str, tuple[int, Callable[[int], list[str]]]] = {
    "diff by many inputs": (480, lambda n: ["diff", separable(n)]),
    "diff --order 2": (480, lambda n: ["diff", separable(n), "--order", "2"]),
    "check, inputs that reach as many operations": (
        60,
        lambda n: ["check", f"sum([{','.join(f'sin({name})' for name in names(n))}])", "--at", point(n)],
    ),
    "compile --to latex with many functions": (400, lambda n: ["compile", functions(n), "--to", "latex"]),
    "a long array literal": (8000, lambda n: ["diff", f"sum([{','.join(map(str, range(n)))}]*x)", "--wrt", "x"]),
    "draw of many inputs": (240, lambda n: ["draw", separable(n), "--at", point(n), "--limit", "0"]),
    "draw of a recurrent net": (96, lambda n: ["draw", *recurrent(n), "--limit", "0"]),
    "diff of a comprehension": (400, lambda n: ["diff", rosenbrock(n), "--shape", f"x={n}"]),
}
EXCEPTIONS = {
    "check, inputs that reach as many operations": "a pass over the whole graph for each input",
    "draw of many inputs": "the order of items within many columns, in fast-sugiyama",
    "draw of a recurrent net": "the order of items within many columns, in fast-sugiyama",
}


def cpu_time(arguments: list[str]) -> float:
    times = []
    for _ in range(ROUNDS):
        start = process_time()
        with Path(os.devnull).open("w") as output, redirect_stdout(output):
            assert run(arguments) == 0
        times.append(process_time() - start)
    return min(times)


@pytest.mark.parametrize("name", CASES)
def test_growth(name: str, tmp_path: Path, record_growth: Callable[[str, list[tuple[int, float]]], float]) -> None:
    size, command = CASES[name]
    written = ["-o", str(tmp_path / "circuit.svg")] if command(2)[0] == "draw" else []
    cpu_time([*command(2), *written])  # imports
    times = [(n, cpu_time([*command(n), *written])) for n in (size // 2, size, 2 * size)]
    exponent = record_growth(name, times)
    assert exponent < LIMIT or name in EXCEPTIONS, f"{name}: {exponent:.2f}"


@pytest.fixture(scope="module")
def record_growth() -> Iterator[Callable[[str, list[tuple[int, float]]], float]]:
    rows: list[str] = []

    def record(name: str, times: list[tuple[int, float]]) -> float:
        (_, half), (_, whole) = times[-2:]
        exponent = log(whole / half, 2)
        measured = ", ".join(f"{n}: {seconds:.3f} s" for n, seconds in times)
        exception = f"  exception: {EXCEPTIONS[name]}" if name in EXCEPTIONS else ""
        rows.append(f"{exponent:5.2f}  {name} ({measured}){exception}")
        return exponent

    yield record
    print("\n" + "\n".join(rows))
