"""graphdiff draw in a terminal: colours, window sizes and pagers."""

from __future__ import annotations

import fcntl
import os
import pty
import select
import struct
import subprocess
import sys
import termios
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

PRODUCT = ("(x+y)*z", "--at", "x=-2,y=5,z=-4")
CHAIN = ("exp(" * 9 + "-x" + ")" * 9, "--at", "x=9", "--allow-nonfinite")


def in_window(columns: int, *words: str, **environment: str) -> str:
    """The output of `graphdiff draw WORDS…` in a terminal of this many columns."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    kept = {name: value for name, value in os.environ.items() if name not in ("COLUMNS", "LESS", "PAGER", "NO_COLOR")}
    process = subprocess.Popen(
        [sys.executable, "-m", "graphdiff", "draw", *words],
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        env=kept | {"TERM": "xterm", "PYTHONUTF8": "1"} | environment,
        start_new_session=True,
    )
    os.close(theirs)
    output = b""
    try:
        while select.select([ours], [], [], 60)[0]:
            try:
                part = os.read(ours, 65536)
            except OSError:  # the other end is closed
                break
            if not part:
                break
            output += part
    finally:
        process.kill()
        process.wait()
        os.close(ours)
    return output.decode().replace("\r\n", "\n")


def test_a_pipe_has_no_colours_and_no_line_is_cut(command: Callable[..., Any]) -> None:
    result = command("draw", *CHAIN)
    assert (result.status, result.err) == (0, "")
    assert "\x1b" not in result.out
    assert result.out.count("exp") == 9
    assert max(map(len, result.out.splitlines())) > 80


def test_values_are_green_and_gradients_red(command: Callable[..., Any]) -> None:
    output = command("draw", *PRODUCT, "--color", "always").out
    assert "\x1b[32m-12.00\x1b[0m" in output
    assert "\x1b[31m1.00\x1b[0m" in output
    assert "\x1b" not in command("draw", *PRODUCT, "--color", "never").out


def test_a_file_and_the_format(command: Callable[..., Any], tmp_path: Path) -> None:
    output = command("draw", *PRODUCT).out
    assert command("draw", *PRODUCT, "--format", "txt").out == output
    path = tmp_path / "circuit.txt"
    assert command("draw", *PRODUCT, "-o", str(path), "--color", "always").status == 0
    assert path.read_text("utf-8") == output
    slides = tmp_path / "slides"
    assert command("draw", *PRODUCT, "--steps", str(slides), "--format", "txt").status == 0
    assert sorted(path.name for path in slides.iterdir()) == ["forward.txt", "step-0.txt", "step-1.txt", "step-2.txt"]
    assert "4.00" in (slides / "step-2.txt").read_text("utf-8")


def test_without_a_point_there_are_no_numbers(command: Callable[..., Any]) -> None:
    result = command("draw", "(x+y)*z")
    assert not any(each.isdigit() for each in result.out)
    assert "without --at" in result.err


def test_a_step_tells_its_multiplications(command: Callable[..., Any]) -> None:
    output = command("draw", *PRODUCT, "--step", "1").out
    assert "┃ * ┠" in output
    assert "z: 1.00 × 3.00 = 3.00" in output


def test_markup_is_text(command: Callable[..., Any]) -> None:
    output = command("draw", "[1, 2][0]*x[0] # [bold]", "--at", "x=[3]", "--color", "always").out
    assert "[1,2][0]" in output


def test_what_fits_the_window_is_printed() -> None:
    output = in_window(80, *PRODUCT, PAGER="false")
    assert "\x1b[32m-12.00\x1b[0m" in output
    assert "\x1b" not in in_window(80, *PRODUCT, "--color", "never")


def test_what_is_wider_is_shown_in_a_pager(tmp_path: Path) -> None:
    copy = tmp_path / "paged"
    in_window(60, *CHAIN, PAGER=f"tee {copy}")
    paged = copy.read_text("utf-8")
    assert paged.count("exp") == 9
    assert max(map(len, paged.splitlines())) > 80
    assert "\x1b[32m" in paged
    in_window(60, *CHAIN, "--color", "never", PAGER=f"tee {copy}")
    assert "\x1b" not in copy.read_text("utf-8")


def test_less_scrolls_sideways(tmp_path: Path) -> None:
    """A replacement for less that prints its options."""
    less = tmp_path / "less"
    less.write_text('#!/bin/sh\necho "asked: $LESS"\ncat > /dev/null\n')
    less.chmod(0o755)
    output = in_window(60, *CHAIN, PATH=str(tmp_path) + os.pathsep + os.environ["PATH"], LESS="-FX")
    assert "asked: -FX -+F -RS" in output


@pytest.mark.sampled(2)
@pytest.mark.parametrize("environment", [{"PATH": "/nowhere"}, {"TERM": "dumb"}], ids=["missing", "dumb"])
def test_without_a_pager_it_is_printed_whole(environment: dict[str, str]) -> None:
    assert in_window(60, *CHAIN, **environment).count("exp") == 9


def test_an_output_that_is_no_operation(command: Callable[..., Any]) -> None:
    """An input or a named constant, with its value and without an empty line above."""
    assert command("draw", "x").out == "x ───\n"
    assert command("draw", "x", "--at", "x=3").out.split() == ["3.00", "x", "──────", "1.00"]
    assert command("draw", "y = 4").out.split() == ["4.00", "y", "──────"]
    assert command("draw", "7").out.split() == ["7", "───"]


def test_the_wires_of_inputs_begin_below_one_another(command: Callable[..., Any]) -> None:
    lines = command("draw", "where(rate, w, c)", "--at", "rate=0.5,w=-1000,c=2", "--wrt", "c").out.splitlines()
    assert {line.index("─") for line in lines if line.split()[0] in ("rate", "w", "c")} == {5}
