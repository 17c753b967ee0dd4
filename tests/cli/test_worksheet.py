"""graphdiff worksheet: formats by file name, keys, ranges, and mistakes."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from graphdiff.worksheet.formats import WITHOUT_KEY
from support import numbas
from support.moodle import read_questions
from support.qti import read_items

PRODUCT = ("worksheet", "(x + y)*z")
RANGES = ("--sample", "x=-5..5, y=1..9", "--sample", "z=-4..-1")
STARTS = {
    "md": b"# Variant 1",
    "html": b"<!DOCTYPE html>",
    "tex": b"\\documentclass",
    "xml": b"<?xml ",
    "pdf": b"%PDF-",
    "zip": b"PK",
    "exam": b"// Numbas version",
}


@pytest.mark.sampled(2)
@pytest.mark.parametrize("form", STARTS)
def test_the_name_of_a_file_says_its_format(form: str, command: Callable[..., Any], tmp_path: Path) -> None:
    if form == "pdf":
        pytest.importorskip("typst")
    sheet, key = tmp_path / f"sheet.{form}", tmp_path / "key.md"
    words = [] if form in WITHOUT_KEY else ["--key", str(key)]
    assert command(*PRODUCT, *RANGES, "--variants", "2", "-o", str(sheet), *words) == (0, "", "")
    assert sheet.read_bytes().startswith(STARTS[form])
    if words:
        assert key.read_text("utf-8").count(": key") == 2
    elif form == "xml":
        assert len(read_questions(sheet.read_bytes())[1]) == 8
    else:
        data = sheet.read_bytes()
        assert len(read_items(data) if form == "zip" else numbas.read_questions(data)) == 2


def test_variants_in_one_file(command: Callable[..., Any]) -> None:
    """Each has its point, which is in the ranges; the same seed gives the same file."""
    words = [*PRODUCT, *RANGES, "--variants", "30"]
    first = command(*words, "--seed", "7")
    assert (first.status, first.err) == (0, "")
    points = re.findall(r"x = (-?\d+), y = (\d+), z = (-\d+)", first.out)
    assert len(set(points)) == 30
    for x, y, z in points:
        assert -5 <= int(x) <= 5
        assert 1 <= int(y) <= 9
        assert -4 <= int(z) <= -1
    assert command(*words, "--seed", "7").out == first.out
    assert command(*words, "--seed", "8").out != first.out


def test_a_point(command: Callable[..., Any]) -> None:
    result = command(*PRODUCT, "--at", "x=-2,y=5,z=-4", "--wrt", "x,z", "--key", "-")
    assert (result.status, result.err) == (0, "")
    sheet, key = result.out.split("# Variant 1: key")
    assert "| `x` | -2 | _____ |" in sheet
    assert "| `x` | -2 | -4 |" in key
    assert "| `y` |" not in key


def test_ranges_beside_a_point(command: Callable[..., Any]) -> None:
    result = command(*PRODUCT, "--at", "x=2", "--sample", "y=1..pi,z=1..3", "--variants", "3")
    assert result.out.count("x = 2, y = ") == 3
    result = command(
        "worksheet", "sum((W@x)^2)", "--sample", "W=-2..2,x=1..3", "--shape", "W=2x2,x=2", "--blank", "all"
    )
    assert re.search(r"W = \[\[-?\d, -?\d\], \[-?\d, -?\d\]\], x = \[\d, \d\]", result.out)


def test_arrays_of_output(command: Callable[..., Any]) -> None:
    words = ["worksheet", "x*y", "--shape", "x=2", "--sample", "x=1..5,y=2..2"]
    assert "needs an upstream of that shape" in command(*words).err
    assert "| 2 | _____ |" in command(*words, "--upstream", "[1,-1]").out


def test_collapsed(command: Callable[..., Any]) -> None:
    result = command(
        "worksheet", "q = x*y + 1; q^2", "--at", "x=2,y=3", "--collapse", "--blank", "locals", "--key", "-"
    )
    assert "| `q` | `x` | 3 |" in result.out


@pytest.mark.sampled(3)
@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--sample", "x"], "'x' is not a range"),
        (["--sample", "x=1"], "'x=1' is not a range"),
        (["--sample", "x=1.."], "'x=1..' is not a range"),
        (["--sample", "x=3..1"], "'x=3..1' is not a range from a number to a larger one"),
        (["--sample", "x=[1,2]..3"], "'x=[1,2]..3' is not a range from a number to a larger one"),
        (["--sample", "x=1..2,x=3..4"], "duplicate range of 'x'"),
        (["--sample", "x=1..2", "--at", "x=1"], "'x' has both a value and a range"),
        (["--sample", "u=1..2"], "the expression has no input 'u'"),
        (["--sample", "x=1..2"], "no value for y, z"),
        (["--at", "x=1,y=2,z=3", "--variants", "2"], "--variants requires ranges"),
        (["--at", "x=1,y=2,z=3", "-o", "a.docx"], "unknown worksheet format '.docx'"),
        (["--at", "x=1,y=2,z=3", "-o", "a.xml", "--key", "b.md"], "no key goes with a file of questions, .xml"),
        (["--at", "x=1,y=2,z=3", "-o", "a.md", "--key", "a.md"], "the worksheet and its key are the same file"),
        (["--at", "x=1,y=2,z=3", "--blank", "some"], "'some' is not one of"),
        (
            ["--sample", "x=1..1,y=2..2,z=3..3", "--variants", "3"],
            "only 1 of 3 points with finite gradients were found",
        ),
    ],
)
def test_mistakes(words: list[str], message: str, command: Callable[..., Any], tmp_path: Path) -> None:
    result = command(*PRODUCT, *words)
    assert (result.status, result.out) == (2, "")
    assert message in result.err
    assert "Traceback" not in result.err


def test_direction(command: Callable[..., Any]) -> None:
    words = (*PRODUCT, "--at", "x=-2,y=5,z=-4", "--direction", "down")
    _, page, _ = command(*words, "--format", "html")
    (sizes,) = re.findall(r'<svg [^>]*width="([\d.]+)" height="([\d.]+)"', page)
    width, height = map(float, sizes)
    assert width < height
    status, _, message = command(*words)
    assert status == 2
    assert "text, which leads to the right" in message
