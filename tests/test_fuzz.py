"""Whatever bytes come in, in whatever way: a consistent result, or an error that says what is wrong and where."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from graphdiff import parse
from support.fuzz import seeds
from support.fuzz.outcomes import Line, check
from support.fuzz.surfaces import SURFACES, assert_reads_back

RUNS = {
    "program": 4000,
    "latex": 4000,
    "values": 3000,
    "json_point": 2000,
    "npy": 1500,
    "tables": 1500,
    "command": 2500,
    "formats": 60,
    "python": 2000,
}
"""How many inputs of a surface are tried here; fuzz.py tries more."""


@pytest.fixture(autouse=True)
def working_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize("surface", SURFACES)
def test_at_random(surface: str) -> None:
    if surface == "parquet":
        pytest.importorskip("pyarrow", reason="the extra parquet is not installed")
    draws = random.Random(6)
    for _ in range(RUNS.get(surface, 200)):
        SURFACES[surface](draws.randbytes(draws.choice([10, 20, 40, 100, 200])))


@pytest.mark.parametrize("surface", ["values", "json_point", "tables"])
def test_seeds(surface: str) -> None:
    for seed in seeds.seeds(surface):
        SURFACES[surface](seed)


def test_damaged_metadata() -> None:
    """Of a Parquet file's column, which pyarrow tells by ending the process where it is asked for them."""
    pytest.importorskip("pyarrow", reason="the extra parquet is not installed")
    SURFACES["parquet"](bytes.fromhex("2dd478656c7365bb"))


@pytest.mark.sampled(16)
@pytest.mark.parametrize("text", seeds.texts().values(), ids=seeds.texts())
def test_texts_read_back(text: str) -> None:
    """Formulas, array programs and examples as the same graphs."""
    assert_reads_back(parse(text))


@pytest.mark.parametrize(
    "words",
    [
        ["f(x) = f(x)"],
        ["9^9^9^9"],
        ["1e999"],
        ["x.__class__", "--at=x=1"],
        ["[red]x[/red]", "--at=x=1"],
        ["x # [red]", "--at=x=1"],
        [""],
        ["x\0y"],
        ["--help me"],
        ["x = x", "--at=x=1"],
        ["e", "--at=e=2", "--wrt=e"],
    ],
    ids=repr,
)
def test_command_lines(words: list[str]) -> None:
    for options in ([], ["--json"]):
        check(Line(["eval", *options, *words]))
        check(Line([*options, *words]))


@pytest.mark.parametrize(
    "text", [b"\xef\xbb\xbfx + 1", b"x\r\n+ 1", b"\xff", b"", b"x\0", "x\udcff".encode("utf-8", "surrogatepass")]
)
def test_standard_input(text: bytes) -> None:
    check(Line(["eval", "-", "--at=x=1", "--json"], text))


@pytest.mark.sampled(5)
@pytest.mark.parametrize(
    "text",
    [
        *[each * 10**5 for each in ("a", "1", "(", ")", "x ", "sin(", "-", "x^", "\n", "#", ",", "√", "²")],
        *[each * 10**4 for each in ("x=1;", "f(x)=x;")],
    ],
    ids=lambda text: text[:7],
)
def test_long_texts(text: str) -> None:
    for options in ([], ["--json"]):
        check(Line(["eval", *options, text]))
