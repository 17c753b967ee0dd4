"""graphdiff draw: formats by file name, sequences of pictures, and mistakes."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from graphdiff.drawing.picture import FORMATS
from graphdiff.errors import GraphdiffError
from graphdiff.language.tables import load

PRODUCT = ("(x + y) * z", "--at", "x=-2,y=5,z=-4")
STARTS = {"svg": b"<svg ", "png": b"\x89PNG", "pdf": b"%PDF-", "dot": b"digraph ", "mmd": b"---\n", "tex": b"\\docum"}
NEEDS = {"png": "typst", "pdf": "typst"}


def chain(count: int) -> str:
    return "sin(" * count + "x" + ")" * count


@pytest.mark.parametrize("form", STARTS)
def test_the_name_of_a_file_says_its_format(form: str, command: Callable[..., Any], tmp_path: Path) -> None:
    if form in NEEDS:
        pytest.importorskip(NEEDS[form])
    path = tmp_path / f"f.{form.upper()}"
    assert command("draw", *PRODUCT, "-o", str(path)) == (0, "", "")
    assert path.read_bytes().startswith(STARTS[form])


def test_direction(command: Callable[..., Any], tmp_path: Path) -> None:
    down = (*PRODUCT, "--direction", "down")
    for words, is_high in ((PRODUCT, False), (down, True)):
        for form in ("svg", "html"):
            _, text, _ = command("draw", *words, "--format", form)
            (sizes,) = re.findall(r'<svg [^>]*width="([\d.]+)" height="([\d.]+)"', text)
            width, height = map(float, sizes)
            assert (height > width) is is_high
    status, _, message = command("draw", *down)
    assert status == 2
    assert "text, which leads to the right" in message


def test_a_page_has_all_steps(command: Callable[..., Any], tmp_path: Path) -> None:
    path = tmp_path / "f.html"
    assert command("draw", *PRODUCT, "-o", str(path)) == (0, "", "")
    assert path.read_text("utf-8") == command("draw", *PRODUCT, "--format", "html").out
    refused = command("draw", *PRODUCT, "--steps", str(tmp_path / "d"), "--format", "html")
    assert refused.status == 2
    assert "an HTML page shows all steps" in refused.err
    assert command("draw", "(x + y) * z", "--format", "html").err.startswith("error: no value for x, y, z")
    assert "there is no step 9" in command("draw", *PRODUCT, "--step", "9", "-o", str(path)).err


def test_format_settles_it(command: Callable[..., Any], tmp_path: Path) -> None:
    path = tmp_path / "picture"
    assert command("draw", *PRODUCT, "-o", str(path), "--format", "dot").status == 0
    assert path.read_bytes().startswith(b"digraph")
    result = command("draw", *PRODUCT, "--format", "svg")
    assert (result.status, result.err) == (0, "")
    assert ElementTree.fromstring(result.out).tag == "{http://www.w3.org/2000/svg}svg"
    assert command("draw", *PRODUCT, "--format", "svg", "-o", "-").out == result.out


def test_a_file_of_no_format(command: Callable[..., Any], tmp_path: Path) -> None:
    for name, message in [("picture", "picture' has no extension"), ("a.jpeg", "unknown picture format '.jpeg'")]:
        result = command("draw", *PRODUCT, "-o", str(tmp_path / name))
        assert result.status == 2
        assert message in result.err
        assert all(f".{ending}" in result.err for ending in FORMATS)
    assert not list(tmp_path.iterdir())


def test_only_a_page_is_presented(command: Callable[..., Any], tmp_path: Path) -> None:
    result = command("draw", *PRODUCT, "--present", "-o", str(tmp_path / "f.svg"))
    assert result.status == 2
    assert "error: --present requires a page" in result.err
    assert command("draw", *PRODUCT, "--present", "-o", str(tmp_path / "f.html")) == (0, "", "")
    assert '"isPresentation": true' in (tmp_path / "f.html").read_text("utf-8")


@pytest.mark.parametrize("form", ["txt", "svg"])
def test_rounding_errors_are_0_with_a_note(form: str, command: Callable[..., Any]) -> None:
    """sin(pi) is 1.2e-16, cos(pi/2) 6.1e-17; in the caption, too, which speaks of the local derivative."""
    result = command("draw", "cos(pi*x/2)*y", "--at", "x=1,y=2", "--format", form, "--step", "1", "--locals")
    assert result.err.endswith("note: numbers that are rounding errors alone are drawn as 0\n")
    assert "e-17" not in result.out
    assert "y: 1.00 × 0.00 = 0.00" in result.out
    assert command("draw", "exp(-x)", "--at", "x=40").err == ""


def test_without_a_point_there_are_no_numbers(command: Callable[..., Any]) -> None:
    result = command("draw", "(x + y) * z", "--format", "svg")
    assert result.status == 0
    assert result.err == "note: without --at, the circuit has no numbers\n"
    assert "gradient" not in result.out
    for option in (["--step", "1"], ["--forward-only"], ["--upstream", "2"], ["--wrt", "x"], ["--steps", "folder"]):
        result = command("draw", "(x + y) * z", "--format", "svg", *option)
        assert (result.status, result.out) == (2, "")
        assert f"{option[0]} requires a point" in result.err


def test_shapes_in_the_place_of_numbers(command: Callable[..., Any]) -> None:
    result = command("draw", "sum((W@x)^2)", "--shape", "W=2x3,x=3")
    assert [result.out.count(shape) for shape in ("(2, 3)", "(3,)", "(2,)")] == [1, 1, 2]
    result = command("draw", "sum((W@x)^2)", "--shape", "W=2x3,x=4")
    assert result.status == 2
    assert "does not fit" in result.err


def test_steps_are_a_folder_of_pictures(command: Callable[..., Any], tmp_path: Path) -> None:
    folder = tmp_path / "slides"
    assert command("draw", *PRODUCT, "--steps", str(folder)) == (0, "", "")
    assert sorted(path.name for path in folder.iterdir()) == ["forward.svg", "step-0.svg", "step-1.svg", "step-2.svg"]
    for name, option in [("step-0", "--step=0"), ("step-1", "--step=1"), ("step-2", "--step=2")]:
        alone = command("draw", *PRODUCT, "--format", "svg", option).out
        assert (folder / f"{name}.svg").read_text("utf-8") == alone
    sizes = {re.findall(r'viewBox="[^"]*"', path.read_text("utf-8"))[0] for path in folder.iterdir()}
    assert len(sizes) == 1  # all slides have the same size
    forward = (folder / "forward.svg").read_text("utf-8")
    assert "the forward pass" in forward
    assert 'class="gradient"' not in forward
    assert 'class="gradient"' in (folder / "step-0.svg").read_text("utf-8")


def test_many_steps_sort_by_their_names(command: Callable[..., Any], tmp_path: Path) -> None:
    folder = tmp_path / "slides"
    assert command("draw", chain(11), "--at", "x=1", "--steps", str(folder), "--format", "mmd").status == 0
    names = sorted(path.name for path in folder.iterdir())
    assert names == ["forward.mmd", *(f"step-{number:02}.mmd" for number in range(12))]


def test_steps_come_whole_or_not_at_all(
    command: Callable[..., Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from graphdiff.drawing import dot

    made: list[int] = []

    def failing(picture: Any) -> str:
        made.append(picture.until)
        if len(made) == 3:
            raise GraphdiffError("limit", "no more")
        return ""

    monkeypatch.setattr(dot, "dot", failing)
    assert command("draw", *PRODUCT, "--steps", str(tmp_path / "slides"), "--format", "dot").status == 2
    assert len(made) == 3
    assert not list(tmp_path.iterdir())


def test_a_folder_that_is_there_stays_as_it_is(command: Callable[..., Any], tmp_path: Path) -> None:
    folder = tmp_path / "slides"
    folder.mkdir()
    (folder / "mine").write_text("kept")
    result = command("draw", *PRODUCT, "--steps", str(folder))
    assert result.status == 2
    assert [path.name for path in folder.iterdir()] == ["mine"]
    assert [path.name for path in tmp_path.iterdir()] == ["slides"]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--step", "3"], "there is no step 3: the last step of the backward pass is 2"),
        (["--step", "-1"], "-1 is not in the range x>=0"),
        (["--step", "1", "--forward-only"], "--forward-only cannot be used with --step"),
        (["--steps", "folder", "-o", "f.svg"], "--steps cannot be used with -o"),
        (["--steps", "folder", "--step", "1"], "--step cannot be used with --steps"),
        (["--patern"], "--patterns"),
        (["--forward"], "--forward-only"),
        (["--format", "gif"], "'gif' is not one of"),
        (["--digits", "18"], "18 is not in the range"),
        (["--limit", "-1"], "-1 is not in the range"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_a_wrong_command_line(words: list[str], message: str, command: Callable[..., Any]) -> None:
    result = command("draw", *PRODUCT, *words)
    assert (result.status, result.out) == (2, "")
    assert message in result.err
    assert "Traceback" not in result.err


def test_too_large(command: Callable[..., Any]) -> None:
    """500 gates are drawn; one more is an error with a hint."""
    assert command("draw", chain(499), "--at", "x=1", "--format", "svg").status == 0
    result = command("draw", chain(500), "--at", "x=1", "--format", "svg")
    assert (result.status, result.out) == (2, "")
    assert "the circuit has 501 gates; at most 500 are drawn" in result.err
    assert "--limit 0" in result.err
    assert "--collapse" in result.err
    for options in (["--limit", "501"], ["--limit", "0"]):
        svg = ElementTree.fromstring(command("draw", chain(500), "--at", "x=1", "--format", "svg", *options).out)
        assert len(svg.findall(".//*[@data-node]")) == 501
    svg = ElementTree.fromstring(command("draw", chain(500), "--at", "x=1", "--format", "svg", "--collapse").out)
    assert len(svg.findall(".//*[@data-node]")) == 2


def test_collapse_names_help_only_where_they_do(command: Callable[..., Any]) -> None:
    program = "\n".join([*(f"n{number} = sin({'x' if not number else f'n{number - 1}'})" for number in range(501))])
    result = command("draw", program, "--at", "x=1", "--format", "svg")
    assert "--limit 0" in result.err
    assert "--collapse" not in result.err


@pytest.mark.parametrize("form", STARTS)
def test_comments_are_text(form: str, command: Callable[..., Any], tmp_path: Path) -> None:
    if form in NEEDS:
        pytest.importorskip(NEEDS[form])
    program = tmp_path / "program.gd"
    program.write_text('# <script>alert(1)</script> & ]]> --> \\input{/etc/passwd} "[bold]" $(rm) %\nscript = x * y\n')
    path = tmp_path / f"f.{form}"
    assert command("draw", "-f", str(program), "--at", "x=2,y=3", "-o", str(path)) == (0, "", "")
    data = path.read_bytes()
    assert data.startswith(STARTS[form])
    if form not in NEEDS:
        assert b"<script>" not in data
        assert b"]]>" not in data
        assert (b"passwd" in data) == (form in ("svg", "dot"))  # in their titles


def test_a_number_that_is_not_finite(command: Callable[..., Any]) -> None:
    result = command("draw", "log(x)", "--at", "x=0", "--format", "svg")
    assert (result.status, result.out) == (3, "")
    assert command("draw", "log(x)", "--at", "x=0", "--format", "svg", "--allow-nonfinite").status == 0


def test_errors_as_json_are_not_asked_for_by_a_picture(command: Callable[..., Any]) -> None:
    result = command("draw", "(x + y", "--at", "x=1", "--format", "dot")
    assert result.status == 2
    assert "error: " in result.err
    with pytest.raises(json.JSONDecodeError):
        json.loads(result.err)


@pytest.mark.slow
@pytest.mark.parametrize("form", ["svg", "dot", "mmd", "tex"])
def test_drawing_imports_only_what_it_needs(form: str) -> None:
    code = (
        "import sys; from graphdiff.cli.main import run;"
        f"status = run(['draw', '(x+y)*z', '--at', 'x=-2,y=5,z=-4', '--format', '{form}']);"
        "heavy = {'numpy', 'array_api_compat', 'rich', 'lark', 'typst'} & {name.split('.')[0] for name in sys.modules};"
        "sys.exit(status or ' '.join(heavy) or 0)"
    )
    load()
    environment = {**os.environ, "PATH": "", "PYTHONPATH": ":".join(sys.path)}  # without Graphviz's dot
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, check=False, env=environment)
    assert (result.returncode, result.stderr) == (0, b"")
    assert result.stdout.startswith(STARTS[form])
