"""What is too large is refused within a bound of memory, and docs/reference/limits.md lists the limits that hold."""

from __future__ import annotations

import importlib
import re
import struct
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from graphdiff import GraphdiffError, derivative, parse
from graphdiff.algebra.expand import expand_gates
from graphdiff.batch.formats import reader_of
from graphdiff.batch.lines import LONGEST_LINE
from graphdiff.graph import builder

PAGE = Path(__file__).parent.parent / "docs" / "reference" / "limits.md"
BOUNDED = """
import resource, sys
most = int(sys.argv[1]) << 20
resource.setrlimit(resource.RLIMIT_AS, (most, most))
from graphdiff.cli.main import run
sys.exit(run(sys.argv[2:]))
"""
"""A command line in so many MB of address space, of which NumPy's threads reserve some."""
MANY = 10**15
ROOM = 1000


def error_of(words: list[str], stdin: bytes = b"", room: int = ROOM) -> str:
    """The error of a command line that is rejected."""
    pytest.importorskip("resource", reason="memory is bounded on POSIX alone")
    words = [sys.executable, "-c", BOUNDED, str(room), *words]
    done = subprocess.run(words, input=stdin, capture_output=True, check=False, timeout=300)
    error = done.stderr.decode()
    assert (done.returncode, "Traceback" in error, "not enough memory" in error) == (2, False, False), error
    return error


def test_the_page_tells_the_numbers_that_hold() -> None:
    rows = re.findall(r"^\| .* \| ([\d,]+) \| `([\w/]+)\.py` `(\w+)`", PAGE.read_text("utf-8"), re.MULTILINE)
    assert len(rows) > 15
    for number, module, constant in rows:
        held = getattr(importlib.import_module(f"graphdiff.{module.replace('/', '.')}"), constant)
        assert held == int(number.replace(",", "")), constant


@pytest.mark.sampled(12)
@pytest.mark.parametrize(
    "text",
    [
        f"sum(x*k for k in range({MANY}))",
        f"sum(sum(x*k for k in range({MANY})) for j in range({MANY}))",
        f"sum(x*zeros({MANY}))",
        f"sum(x*eye({10**6}))",
        f"sum(x*one_hot(0, {MANY}))",
        f"sum(x*arange({MANY}))",
        "sum(windows(x*ones(10^5), ones(10^4)))",
        "u = x*ones(10^5); sum(outer(u, u))",
        "u = x*ones(10^5); sum(u*reshape(u, 10^5, 1))",
        "a0 = x*[1, 2]\n" + "\n".join(f"a{i} = concat(a{i - 1}, a{i - 1})" for i in range(1, 60)) + "\nsum(a59)",
        "f0(u) = u + u\n" + "\n".join(f"f{i}(u) = f{i - 1}(u) + f{i - 1}(u)" for i in range(1, 60)) + "\nf59(x)",
        "x*" + "[" * 10**5 + "1" + "]" * 10**5,
    ],
    ids=lambda text: text[:40],
)
def test_short_texts_that_mean_much(text: str) -> None:
    error = error_of(["eval", "-", "--at", "x=1"], text.encode())
    assert re.search(r"limit is [\d,]+|more than [\d,]+ terms|at most 32 axes", error)
    assert "^" in error


@pytest.mark.slow
def test_values_that_mean_much() -> None:
    assert "limit is 100,000,000" in error_of(["eval", "sum(x)", "--at", f"x=zeros({MANY})"])
    assert "too large" in error_of(["eval", "-", "--at", "x=1"], b"x*" + b"9" * 10**6)
    assert "too large" in error_of(["eval", "x*1e999999999", "--at", "x=1"])


@pytest.mark.slow
@pytest.mark.parametrize(
    "text", [b"\n" * 10**7, b"x" * (10**7 + 1), b" " * (10**7 + 1)], ids=["lines", "a name", "blanks"]
)
def test_long_texts(text: bytes) -> None:
    assert re.search(r"empty|limit is 10,000,000", error_of(["eval", "-", "--at", "x=1"], text))


@pytest.mark.slow
@pytest.mark.parametrize("text", ["~" * 10**6, "```" + "a" * 10**6, "```\n" + " " * 10**6, "lambda " * 10**5])
def test_long_texts_of_one_kind(text: str) -> None:
    """What tells the language of a text reads it once."""
    assert error_of(["eval", "-", "--at", "x=1"], text.encode())


@pytest.mark.skipif(not Path("/dev/zero").exists(), reason="no /dev/zero on this system")
@pytest.mark.sampled(2)
@pytest.mark.parametrize("words", [["eval", "-f"], ["map", "x", "--data"]], ids=["program", "table"])
def test_files_without_an_end(words: list[str]) -> None:
    assert "has more than 67,108,864 bytes" in error_of([*words, "/dev/zero"])


@pytest.mark.skipif(not Path("/dev/zero").exists(), reason="no /dev/zero on this system")
def test_a_point_without_an_end() -> None:
    assert "has more than 67,108,864 bytes" in error_of(["eval", "x", "--at", "@/dev/zero"])


@pytest.mark.slow
def test_points_in_files(tmp_path: Path) -> None:
    """They take at most 100 times their size, and NumPy."""
    path = tmp_path / "point.json"
    for text, error in (
        ('{"x": ' + "[" * 10**5 + "]" * 10**5 + "}", "is nested deeper than 32 levels"),
        ('{"x": ' + "9" * 10**6 + "}", "is too large for a 64-bit float"),
        ('{"x": [' + "[1]," * 10**6 + "[]]}", "is empty"),
    ):
        path.write_text(text)
        assert error in error_of(["eval", "sum(x)", "--at", f"@{path}"], room=600 + len(text) * 100 // 2**20)
    (tmp_path / "line.jsonl").write_text('{"x": ' + "[" * 10**5 + "]" * 10**5 + "}\n")
    assert "is nested deeper" in error_of(["map", "sum(x)", "--data", str(tmp_path / "line.jsonl")])
    (tmp_path / "line.jsonl").write_text('{"x": ' + "9" * 10**6 + "}\n")
    assert "too many digits" in error_of(["map", "sum(x)", "--data", str(tmp_path / "line.jsonl")])


@pytest.mark.slow
def test_parquet_that_unpacks_to_much(tmp_path: Path) -> None:
    """A few KB of a file may be a row of many numbers, or rows of one long text."""
    pyarrow = pytest.importorskip("pyarrow", reason="the extra parquet is not installed")
    parquet = pytest.importorskip("pyarrow.parquet")
    path = tmp_path / "points.parquet"
    zeros = pyarrow.array([0.0] * 10**7)
    numbers = pyarrow.ListArray.from_arrays(pyarrow.array([0, len(zeros)], pyarrow.int32()), zeros)
    for columns in ({"x": numbers}, {"x": [1.0], "s": ["a" * 70_000_000]}):
        parquet.write_table(pyarrow.table(columns), path, compression="zstd")
        assert path.stat().st_size < 50_000
        error = error_of(["map", "sum(x)", "--data", str(path), "--format", "csv"], room=2000)
        assert "row 1 of" in error
        assert "has more than 67,108,864 bytes" in error
    length, count = 300_000, 8000
    places = pyarrow.array([0] * count, pyarrow.int32())
    texts = pyarrow.DictionaryArray.from_arrays(places, pyarrow.array(["a" * length]))
    parquet.write_table(pyarrow.table({"x": [1.0] * count, "s": texts}), path)
    with open(path, "rb") as file:
        sizes = [len(chunk) for chunk in reader_of("parquet", file, "it").chunks([0])]
    assert sum(sizes) == count
    assert max(sizes) * length <= LONGEST_LINE


@pytest.mark.slow
@pytest.mark.parametrize(
    ("kind", "shape"), [("<f8", f"({MANY},)"), ("|O", "(3,)"), ("<f8", "(-5,)"), ("(1000000,)<f8", f"({MANY},)")]
)
def test_headers_that_claim(kind: str, shape: str, tmp_path: Path) -> None:
    header = f"{{'descr': '{kind}', 'fortran_order': False, 'shape': {shape}}}".ljust(117).encode() + b"\n"
    (tmp_path / "x.npy").write_bytes(b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header + b"\x80\x04K\x01.")
    assert "not a .npy file of numbers" in error_of(["eval", "sum(x)", "--at", f"x=@{tmp_path / 'x.npy'}"])


def test_graphs(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every pass that makes nodes is bounded, and a program's text tells where."""
    formula, calls = parse("sin(x)^x"), parse("f(u) = u*u*u; f(f(f(f(f(f(f(x)))))))")
    parse("gelu(x)")
    monkeypatch.setattr(builder, "LARGEST_GRAPH", 12)
    makers: list[Callable[[], object]] = [
        lambda: derivative(formula, "x", order=5),
        lambda: expand_gates(calls),
        lambda: parse("+".join("x" * 20)),
    ]
    for make in makers:
        with pytest.raises(GraphdiffError, match="more than 12 nodes") as caught:
            make()
        assert caught.value.kind == "limit"
    assert caught.value.source is not None
    assert caught.value.span == (0, 25)  # 13 terms: 12 operations beside the input


@pytest.mark.slow
@pytest.mark.parametrize("words", [["sin(x)*exp(x)/(1 + x^2)", "--at", "x=1"], ["sin(x)^x"], ["1/(1 + exp(-tanh(x)))"]])
def test_orders(words: list[str]) -> None:
    error = error_of(["diff", *words, "--order", "20"])
    assert re.search(r"the derivative of order 1\d has [\d,]+ operations; .* the limit is 50,000", error)


def test_a_wide_table(command: Callable[..., Any], tmp_path: Path) -> None:
    """Columns are not limited: a header may be longer than a cell."""
    columns = 40_000
    table = tmp_path / "wide.csv"
    table.write_text(",".join(f"c{i}" for i in range(columns)) + ",x\n" + "1," * columns + "3\n")
    done = command("map", "x^2", "--data", str(table))
    assert done.out.splitlines()[1].endswith(",3,9.0,6.0")
