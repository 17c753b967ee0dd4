"""Each limit on the size of an input, by every way in: at the limit the input is taken, one above it is refused."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import graphdiff
from graphdiff import GraphdiffError
from graphdiff.batch import lines
from graphdiff.cli.diff import HIGHEST_ORDER
from graphdiff.language.program import DEEPEST_CALLS
from graphdiff.operations.literal import LARGEST_PRECISION
from graphdiff.operations.shapes import MOST_AXES
from graphdiff.passes.jacobian import MOST_COLUMNS

Way = Callable[["Inputs", int], None]
"""An input of a size, which raises GraphdiffError if it is refused."""


class Inputs:
    """The ways in: the command line with files, and the API."""

    def __init__(self, command: Callable[..., Any], folder: Path) -> None:
        self.command = command
        self.folder = folder

    def run(self, *words: str, stdin: bytes = b"") -> None:
        done = self.command(*words, stdin=stdin)
        if done.status:
            assert done.err.startswith(("error: ", '{"version": 1, "error": '))
            raise GraphdiffError("limit" if done.status == 2 else "nonfinite", done.err)

    def file(self, name: str, content: bytes) -> str:
        path = self.folder / name
        path.write_bytes(content)
        return str(path)

    def npy(self, array: Any) -> str:
        path = self.folder / "x.npy"
        np.save(path, array)
        return str(path)

    def parquet(self, cell: Any) -> str:
        pyarrow = pytest.importorskip("pyarrow", reason="the extra parquet is not installed")
        path = str(self.folder / "x.parquet")
        pytest.importorskip("pyarrow.parquet").write_table(pyarrow.table({"x": [cell]}), path)
        return path

    def point(self, value: str) -> None:
        self.run("eval", "sum(x)", "--at", "@" + self.file("p.json", f'{{"x": {value}}}'.encode()), "--json")

    def map(self, path: str) -> None:
        self.run("map", "sum(x)", "--data", path, "--format", "jsonl")


def nested(axes: int) -> str:
    return "[" * axes + "1" + "]" * axes


def calls(depth: int) -> str:
    lines = ["f1(u) = u", *(f"f{number}(u) = f{number - 1}(u)" for number in range(2, depth + 1))]
    return "\n".join([*lines, f"f{depth}(x)"])


def ones(axes: int) -> Any:
    return np.ones((1,) * axes)


AXES: dict[str, Way] = {
    "text": lambda on, n: on.run("eval", f"sum(x*{nested(n)})", "--at", "x=1", "--json"),
    "--at": lambda on, n: on.run("eval", "sum(x)", "--at", f"x={nested(n)}", "--json"),
    "--shape": lambda on, n: on.run("compile", "sum(x)", "--to", "numpy", "--shape", f"x={'x'.join('1' * n)}"),
    "a new axis": lambda on, n: on.run("eval", f"sum(x[{', '.join(['None'] * n)}])", "--at", "x=1", "--json"),
    "a point in JSON": lambda on, n: on.point(nested(n)),
    "an array in JSON": lambda on, n: on.run("eval", "sum(x)", "--at", f"x=@{on.file('x.json', nested(n).encode())}"),
    ".npy": lambda on, n: on.run("eval", "sum(x)", "--at", f"x=@{on.npy(ones(n))}"),
    "JSON lines": lambda on, n: on.map(on.file("x.jsonl", f'{{"x": {nested(n)}}}\n'.encode())),
    "Parquet": lambda on, n: on.map(on.parquet(json.loads(nested(n)))),
    "lists": lambda on, n: void(graphdiff.trace("sum(x)", x=json.loads(nested(n)))),
    "an array": lambda on, n: void(graphdiff.trace("sum(x)", x=ones(n))),
    "arrays in lists": lambda on, n: void(graphdiff.trace("sum(x)", x=[[ones(n - 2)]])),
    "upstream": lambda on, n: void(graphdiff.trace("x", x=ones(n), upstream=ones(n))),
    "many digits": lambda on, n: void(graphdiff.trace("sum(x)", x=json.loads(nested(n)), precision=20)),
    "check": lambda on, n: void(graphdiff.check("sum(x)", x=ones(n))),
    "compiled, an array": lambda on, n: void(graphdiff.compile("sum(x)", backend="numpy")(ones(n))),
    "compiled, lists": lambda on, n: void(graphdiff.compile("sum(x)", backend="numpy")(json.loads(nested(n)))),
    "compiled by JAX": lambda on, n: void(graphdiff.compile("sum(x)", backend="jax")([ones(n - 1)])),
    "shapes": lambda on, n: void(graphdiff.compile("sum(x)", backend="numpy", shapes={"x": (1,) * n})),
    "shapes of a derivative": lambda on, n: void(graphdiff.derivative("sum(x^2)", "x", shapes={"x": (1,) * n})),
}
"""Of the number of axes."""
NUMBERS: dict[str, Way] = {
    "text": lambda on, n: on.run("eval", f"x*sum(zeros({n}))", "--at", "x=1", "--json"),
    "--at": lambda on, n: on.run("eval", "sum(x)", "--at", f"x=zeros({n})", "--json"),
    "--shape": lambda on, n: on.run("diff", "sum(x)", "--wrt", "x", "--shape", f"x={n}"),
    "a point in JSON": lambda on, n: on.point(json.dumps([1] * n)),
    "an array in JSON": lambda on, n: on.run(
        "eval", "sum(x)", "--at", f"x=@{on.file('x.json', json.dumps([1] * n).encode())}"
    ),
    ".npy": lambda on, n: on.run("eval", "sum(x)", "--at", f"x=@{on.npy(np.ones(n))}"),
    "JSON lines": lambda on, n: on.map(on.file("x.jsonl", json.dumps({"x": [1] * n}).encode())),
    "Parquet": lambda on, n: on.map(on.parquet([1.0] * n)),
    "lists": lambda on, n: void(graphdiff.trace("sum(x)", x=[1] * n)),
    "an array": lambda on, n: void(graphdiff.trace("sum(x)", x=np.ones(n))),
    "many digits": lambda on, n: void(graphdiff.trace("sum(x)", x=[1] * n, precision=20)),
    "check": lambda on, n: void(graphdiff.check("sum(x)", x=np.ones(n))),
    "compiled, an array": lambda on, n: void(graphdiff.compile("sum(x)", backend="numpy")(np.ones(n))),
    "compiled, lists": lambda on, n: void(graphdiff.compile("sum(x)", backend="numpy")([1] * n)),
    "compiled by JAX": lambda on, n: void(graphdiff.compile("sum(x)", backend="jax")([1.0] * n)),
}
"""Of the numbers in all arrays of an evaluation, of which sum(x) has n of x and no other array."""
CHARACTERS: dict[str, Way] = {
    "text": lambda on, n: on.run("eval", "x".ljust(n), "--at", "x=1"),
    "a file": lambda on, n: on.run("eval", "-f", on.file("f.gd", b"x".ljust(n)), "--at", "x=1"),
    "standard input": lambda on, n: on.run("eval", "-", "--at", "x=1", stdin=b"x".ljust(n)),
    "the API": lambda on, n: void(graphdiff.parse("x".ljust(n))),
}
"""Of a program."""
BYTES: dict[str, Way] = {
    "a program": lambda on, n: on.run("eval", "-f", on.file("f.gd", b"x".ljust(n)), "--at", "x=1"),
    "standard input": lambda on, n: on.run("eval", "-", "--at", "x=1", stdin=b"x".ljust(n)),
    "a point": lambda on, n: on.run("eval", "x", "--at", "@" + on.file("p.json", b'{"x": 1}'.ljust(n))),
    "an array": lambda on, n: on.run("eval", "sum(x)", "--at", f"x=@{on.file('x.json', b'[1]'.ljust(n))}"),
}
"""Of a file that is read as a whole."""
LINES: dict[str, Way] = {
    "CSV": lambda on, n: on.map(on.file("x.csv", b"x,s\n1," + b"s" * (n - 2) + b"\n")),
    "CSV without an end": lambda on, n: on.map(on.file("x.csv", b"x,s\n1," + b"s" * (n - 2))),
    "the header of CSV": lambda on, n: on.map(on.file("x.csv", b"x," + b"s" * (n - 2) + b"\n1,1\n")),
    "JSON lines": lambda on, n: on.map(on.file("x.jsonl", b'{"x": 1}'.ljust(n) + b"\n")),
    "Parquet": lambda on, n: on.map(on.parquet([1.0] * ((n - 8) // 8 + (n % 8 > 0)))),
}
"""Of a line of a table, in bytes; a list of Parquet takes 8 bytes a number and 8 for its two offsets."""
TERMS: dict[str, Way] = {
    "text": lambda on, n: on.run("eval", f"sum(x for k in range({n}))", "--at", "x=1"),
    "two ranges": lambda on, n: on.run("eval", f"sum(sum(x for k in range({n - 1})) for j in range(1))", "--at", "x=1"),
    "a value": lambda on, n: on.run("eval", "x", "--at", f"x=sum(1 for k in range({n}))"),
    "the API": lambda on, n: void(graphdiff.parse(f"max(x*k for k in range({n}))")),
}
"""Of comprehensions."""
CALLS: dict[str, Way] = {
    "text": lambda on, n: on.run("eval", calls(n), "--at", "x=1"),
    "code": lambda on, n: on.run("compile", calls(n)),
    "the API": lambda on, n: void(graphdiff.parse(calls(n))),
}
"""Of functions inside one another."""
DIGITS: dict[str, Way] = {
    "eval": lambda on, n: on.run("eval", "x", "--at", "x=1", "--precision", str(n)),
    "check": lambda on, n: on.run("check", "x", "--at", "x=1", "--precision", str(n)),
    "diff": lambda on, n: on.run("diff", "x^2", "--wrt", "x", "--at", "x=1", "--precision", str(n)),
    "the API": lambda on, n: void(graphdiff.trace("x", x=1, precision=n)),
    "check in the API": lambda on, n: void(graphdiff.check("x", x=1, precision=n)),
}
"""Of --precision."""
ORDERS: dict[str, Way] = {"diff": lambda on, n: on.run("diff", "x^30", "--order", str(n))}
"""Of a derivative."""
COLUMNS: dict[str, Way] = {"diff": lambda on, n: on.run("diff", "cumsum(x)", "--jacobian", "--shape", f"x={n}")}
"""Of a Jacobian."""
LIMITS: dict[str, tuple[dict[str, Way], int]] = {
    "MOST_AXES": (AXES, MOST_AXES),
    "DEEPEST_CALLS": (CALLS, DEEPEST_CALLS),
    "LARGEST_PRECISION": (DIGITS, LARGEST_PRECISION),
    "HIGHEST_ORDER": (ORDERS, HIGHEST_ORDER),
    "MOST_COLUMNS": (COLUMNS, MOST_COLUMNS),
    "MOST_TERMS": (TERMS, 50),
    "MOST_ELEMENTS": (NUMBERS, 50),
    "LONGEST_TEXT": (CHARACTERS, 64),
    "LARGEST_FILE": (BYTES, 64),
    "LONGEST_LINE": (LINES, 64),
}
"""The ways in of each constant, and the limit that is tried: its own, or a smaller one that takes less time."""
CASES = [(constant, way) for constant, (ways, _) in LIMITS.items() for way in ways]


def void(result: object) -> None:
    """What a call returns does not matter, only whether it raises."""


@pytest.fixture
def limit(monkeypatch: pytest.MonkeyPatch) -> Callable[[str, int], int]:
    """Lower a limit in every module that has it."""

    def lower(constant: str, value: int) -> int:
        graphdiff.parse("softplus(x)")  # what is read once, such as the prelude, is larger
        monkeypatch.setattr(lines, "BLOCK", 16)  # shorter than the line
        for name, module in list(sys.modules.items()):
            if name.startswith("graphdiff.") and getattr(module, constant, value) > value:
                monkeypatch.setattr(module, constant, value)
        return value

    return lower


@pytest.fixture(scope="module", autouse=True)
def every_module() -> None:
    """Modules that are imported lazily, whose constants are to be lowered."""
    for name in (
        "cli.files",
        "cli.map",
        "cli.eval",
        "batch.csv_rows",
        "batch.json_lines",
        "batch.evaluate",
        "precise.evaluation",
    ):
        __import__(f"graphdiff.{name}")
    with suppress(ImportError):
        __import__("graphdiff.batch.parquet")


@pytest.mark.sampled(8)
@pytest.mark.parametrize(("constant", "way"), CASES, ids=[f"{constant}-{way}" for constant, way in CASES])
def test_limits(
    constant: str, way: str, command: Callable[..., Any], tmp_path: Path, limit: Callable[[str, int], int]
) -> None:
    ways, lower = LIMITS[constant]
    most = limit(constant, lower)
    inputs = partial(ways[way], Inputs(command, tmp_path))
    inputs(most)
    with pytest.raises(GraphdiffError) as error:
        inputs(most + 1)
    assert f"{most:,}" in str(error.value) or str(most) in str(error.value)
    assert error.value.kind in ("limit", "value", "usage")


def test_a_npy_file_that_is_cut_short_while_it_is_read(tmp_path: Path) -> None:
    """The error is one of the file; a memory map would end the process."""
    path = tmp_path / "x.npy"
    np.save(path, np.ones(1_000_000))
    code = f"""
import os, numpy
from graphdiff.cli.main import run
load = numpy.load
def cut(path, **options):
    array = load(path, **options)
    os.truncate(path, 5000)
    return array
numpy.load = cut
run(["eval", "sum(x)", "--at", "x=@{path}"])
"""
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert ended.returncode == 0
    assert "is not a .npy file of numbers, or is truncated" in ended.stderr
