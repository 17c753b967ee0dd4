"""graphdiff draw without a file: colours, windows and pagers."""

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
    """What `graphdiff draw WORDS…` shows in a terminal of so many columns."""
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
    shown = b""
    try:
        while select.select([ours], [], [], 60)[0]:
            try:
                part = os.read(ours, 65536)
            except OSError:  # the other end is closed
                break
            if not part:
                break
            shown += part
    finally:
        process.kill()
        process.wait()
        os.close(ours)
    return shown.decode().replace("\r\n", "\n")


def test_a_pipe_has_no_colours_and_no_line_is_cut(command: Callable[..., Any]) -> None:
    result = command("draw", *CHAIN)
    assert (result.status, result.err) == (0, "")
    assert "\x1b" not in result.out
    assert result.out.count("exp") == 9
    assert max(map(len, result.out.splitlines())) > 80


def test_values_are_green_and_gradients_red(command: Callable[..., Any]) -> None:
    shown = command("draw", *PRODUCT, "--color", "always").out
    assert "\x1b[32m-12.00\x1b[0m" in shown
    assert "\x1b[31m1.00\x1b[0m" in shown
    assert "\x1b" not in command("draw", *PRODUCT, "--color", "never").out


def test_a_file_and_the_format(command: Callable[..., Any], tmp_path: Path) -> None:
    shown = command("draw", *PRODUCT).out
    assert command("draw", *PRODUCT, "--format", "txt").out == shown
    path = tmp_path / "circuit.txt"
    assert command("draw", *PRODUCT, "-o", str(path), "--color", "always").status == 0
    assert path.read_text("utf-8") == shown
    slides = tmp_path / "slides"
    assert command("draw", *PRODUCT, "--steps", str(slides), "--format", "txt").status == 0
    assert sorted(path.name for path in slides.iterdir()) == ["forward.txt", "step-0.txt", "step-1.txt", "step-2.txt"]
    assert "4.00" in (slides / "step-2.txt").read_text("utf-8")


def test_without_a_point_there_are_no_numbers(command: Callable[..., Any]) -> None:
    result = command("draw", "(x+y)*z")
    assert not any(each.isdigit() for each in result.out)
    assert "without --at" in result.err


def test_a_step_tells_its_multiplications(command: Callable[..., Any]) -> None:
    shown = command("draw", *PRODUCT, "--step", "1").out
    assert "┃ * ┠" in shown
    assert "z: 1.00 × 3.00 = 3.00" in shown


def test_markup_is_text(command: Callable[..., Any]) -> None:
    shown = command("draw", "[1, 2][0]*x[0] # [bold]", "--at", "x=[3]", "--color", "always").out
    assert "[1, 2][0]" in shown


def test_what_fits_the_window_is_printed() -> None:
    shown = in_window(80, *PRODUCT, PAGER="false")
    assert "\x1b[32m-12.00\x1b[0m" in shown
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
    """Whatever less the machine has: this one tells how it is asked."""
    less = tmp_path / "less"
    less.write_text('#!/bin/sh\necho "asked: $LESS"\ncat > /dev/null\n')
    less.chmod(0o755)
    shown = in_window(60, *CHAIN, PATH=str(tmp_path) + os.pathsep + os.environ["PATH"], LESS="-FX")
    assert "asked: -FX -+F -RS" in shown


@pytest.mark.parametrize("environment", [{"PATH": "/nowhere"}, {"TERM": "dumb"}], ids=["missing", "dumb"])
def test_without_a_pager_it_is_printed_whole(environment: dict[str, str]) -> None:
    assert in_window(60, *CHAIN, **environment).count("exp") == 9


def test_an_output_that_is_no_operation(command: Callable[..., Any]) -> None:
    """An input, and a constant that has a name, with its value; no empty line above."""
    assert command("draw", "x").out == "x ───\n"
    assert command("draw", "x", "--at", "x=3").out.split() == ["3.00", "x", "──────", "1.00"]
    assert command("draw", "x = 3; y = 4").out.split() == ["4.00", "y", "──────"]
    assert command("draw", "7").out.split() == ["7", "───"]


def test_the_wires_of_inputs_begin_below_one_another(command: Callable[..., Any]) -> None:
    lines = command("draw", "rate*w + c", "--at", "rate=0.5,w=-1000,c=2", "--wrt", "c").out.splitlines()
    assert {line.index("─") for line in lines if line.split()[0] in ("rate", "w", "c")} == {5}
