"""graphdiff live: keys pressed in a session, and numbers equal to those of `eval --json`."""

from __future__ import annotations

import asyncio
import json
import os
import random
import re
import select
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot
from textual.widgets import Input, Static

from graphdiff.cli.captured import run_captured
from graphdiff.live.app import LiveApp
from graphdiff.live.session import Reply, Session

Command = Callable[..., Any]
FORMULA, POINT = "(x+y)*z", "x=-2,y=5,z=-4"


class Here:
    """Answers in this process."""

    def __init__(self) -> None:
        self.session = Session(run_captured)

    def ask(self, request: Mapping[str, Any]) -> dict[str, Any]:
        return self.session.request(json.loads(json.dumps(request)))

    def stop(self) -> None:
        pass


async def wait(app: LiveApp, pilot: Pilot[None]) -> None:
    await pilot.pause()
    async with asyncio.timeout(20):
        while app._is_busy:
            await asyncio.sleep(0.01)
    await pilot.pause()


def text_of(app: LiveApp, name: str) -> str:
    return str(app.query_one(f"#{name}", Static).render())


@pytest.fixture(autouse=True)
def own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))


def test_states_equal_the_command_line(command: Command) -> None:
    session = Session(run_captured)
    state = session.request({"formula": FORMULA, "point": POINT})
    document = json.loads(command("eval", FORMULA, "--at", POINT, "--json").out)
    assert state["result"] == {name: document[name] for name in ("value", "gradients", "at")} | {"steps": 2}
    wrong = session.request({"formula": FORMULA, "point": "x=sin("})
    assert (wrong["result"], wrong["field"]) == (None, "point")
    assert wrong["missing"] == ["y", "z"]
    assert session.request({"formula": "x +", "point": "x=1"})["field"] == "formula"
    assert session.request({"formula": "--json", "point": ""})["result"] is None


@pytest.mark.slow
def test_a_session_of_keys(tmp_path: Path) -> None:
    """A formula is typed, stepped through and saved; an error keeps the last report."""
    path = tmp_path / "f.svg"

    async def keys() -> None:
        app = LiveApp(Here(), "[bold]", POINT)
        async with app.run_test(size=(80, 24)) as pilot:
            await wait(app, pilot)
            app.query_one("#formula", Input).value = ""
            await pilot.press(*"(x+y)*")
            await wait(app, pilot)
            assert "^" in text_of(app, "problem")
            await pilot.press("z")
            await wait(app, pilot)
            assert "value -12" in text_of(app, "problem")
            await pilot.press("tab", "tab", "right", "right")
            await wait(app, pilot)
            report = text_of(app, "report")
            assert "step 1 of 2" in report
            await pilot.press("shift+tab", "shift+tab", "end", "+")
            await wait(app, pilot)
            assert text_of(app, "report") == report
            await pilot.press("backspace", "ctrl+s", *str(path), "enter")
            await wait(app, pilot)
            assert path.read_text("utf-8").startswith("<svg")
            path.write_text("kept")
            await pilot.press("ctrl+s", *str(path), "enter")
            await wait(app, pilot)
            assert path.read_text("utf-8") == "kept"
            assert "exists" in text_of(app, "problem")
            await pilot.press("escape", "ctrl+q")

    asyncio.run(keys())


@pytest.mark.slow
def test_reports_and_options() -> None:
    """A formula is edited where it stands; every report is shown, wide ones wrapped; options are typed and refused."""

    async def keys() -> None:
        app = LiveApp(Here(), "1/(1+exp(-(w*x+b)))", "w=2,x=-1,b=3", "--digits 4")
        async with app.run_test(size=(80, 24)) as pilot:
            await wait(app, pilot)
            assert app.query_one("#options-row").display
            await pilot.press("+", "1")
            await wait(app, pilot)
            assert app.query_one("#formula", Input).value == "1/(1+exp(-(w*x+b)))+1"
            signs = {
                "tables": "Backward pass",
                "explain": "∂f/∂w",
                "diff": "d/dw",
                "code": "def f(w, x, b)",
                "check": "3 agree",
                "grade": "no answers given",
                "JSON": '"value": 1.7310585786300048',
            }
            for name, sign in signs.items():
                await pilot.press("f3")
                await wait(app, pilot)
                report = text_of(app, "report")
                assert sign in report, name
                assert name not in ("explain", "diff") or max(map(len, report.split("\n"))) <= 80
            await pilot.press("f2", "f4", *" --answer d_w=3")
            await wait(app, pilot)
            assert "of 7 points" in text_of(app, "report")
            await pilot.press("f1")
            assert "Ctrl-Q" in text_of(app, "report")
            await pilot.press(*" --fuze")
            await wait(app, pilot)
            assert "did you mean --fuse?" in text_of(app, "problem")
            assert "of 7 points" in text_of(app, "report")

    asyncio.run(keys())


@pytest.mark.slow
def test_formulas_in_other_languages_and_without_a_point() -> None:
    async def keys() -> None:
        app = LiveApp(Here(), r"\frac{x}{1+e^{-x}}", "", "")
        async with app.run_test(size=(80, 24)) as pilot:
            await wait(app, pilot)
            assert "no value for x" in text_of(app, "problem")
            assert "exp" in text_of(app, "report")
            await pilot.press("f3", "f3", "f3")
            await wait(app, pilot)
            assert "d/dx" in text_of(app, "report")
            app.query_one("#formula", Input).value = "lambda x: math.tanh(x)**2"
            await wait(app, pilot)
            assert "tanh(x)^2" in text_of(app, "report")

    asyncio.run(keys())


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(20))
def test_random_keys(seed: int) -> None:
    """500 random keys for each seed."""
    choose = random.Random(seed)
    names = [
        "tab",
        "shift+tab",
        "left",
        "right",
        "up",
        "down",
        "home",
        "end",
        "backspace",
        "f1",
        "f2",
        "f3",
        "f4",
        "ctrl+s",
        "escape",
    ]

    async def keys() -> None:
        app = LiveApp(Here(), FORMULA, POINT)
        async with app.run_test(size=(80, 24)) as pilot:
            for _ in range(50):
                await pilot.press(*choose.choices([*names, *"xyz+-*/()[],=^1.0 e@'"], k=10))
            await wait(app, pilot)

    asyncio.run(keys())


def test_a_pipe_is_no_terminal(command: Command) -> None:
    done = command("live", "x")
    assert (done.status, "requires a terminal" in done.err) == (2, True)


@pytest.mark.slow
@pytest.mark.parametrize("term", ["xterm", "vt100"])
def test_no_colours_in_a_terminal_without_them(term: str, tmp_path: Path) -> None:
    """All that is written to a terminal, of a session that shows an error, two reports and the options."""
    environment = {**os.environ, "TERM": term, "NO_COLOR": "1", "LC_ALL": "C", "XDG_CACHE_HOME": str(tmp_path)}
    written = keys_in_a_terminal([b"+", b"\x7f", b"\x1bOR", b"\x1bOS", b"\x11"], environment)
    assert b"value" in written
    assert b"\x1b[7m" in written  # the cursor and the chosen tab
    codes = {code for sequence in re.findall(rb"\x1b\[([\d;]*)m", written) for code in sequence.split(b";")}
    assert codes <= {b"", b"0", b"1", b"2", b"3", b"4", b"7", b"22", b"23", b"24", b"27"}


def keys_in_a_terminal(keys: Sequence[bytes], environment: Mapping[str, str]) -> bytes:
    """What graphdiff live writes to a terminal of 80×24 characters while keys are pressed, one every two seconds."""
    import fcntl
    import pty
    import struct
    import termios

    process, terminal = pty.fork()
    if process == 0:
        os.execvpe(sys.executable, [sys.executable, "-m", "graphdiff", "live", FORMULA, "--at", POINT], environment)
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
    written, waiting = b"", list(keys)
    silent = 0
    while True:
        ready, _, _ = select.select([terminal], [], [], 0.5)
        try:
            piece = os.read(terminal, 65536) if ready else b""
        except OSError:  # the other end is closed
            break
        written += piece
        silent = 0 if piece else silent + 1
        if silent >= 4 and b"value" in written and waiting:
            os.write(terminal, waiting.pop(0))
            silent = 0
        assert silent < 60, written[-2000:]
    assert os.waitstatus_to_exitcode(os.waitpid(process, 0)[1]) == 0
    return written


def test_replies_are_kept_until_a_field_changes() -> None:
    """Files are read and written each time."""
    lines: list[Sequence[str]] = []

    def run(words: Sequence[str]) -> Reply:
        lines.append(words)
        return Reply(0, '{"value": 1, "gradients": {}, "at": {}, "backward": []}', "")

    session = Session(run)
    fields = {"formula": "x", "point": "x=1", "options": {"output": "q"}}
    for command in ("explain", "check", "explain"):
        session.request({**fields, "command": command})
    assert [line[0] for line in lines] == ["eval", "explain", "check"]
    for _ in range(2):
        session.request({**fields, "point": "x=@x.json"})
        session.request({"words": ["draw", "-o", "x.svg", "--", "x"]})
    assert len(lines) == 7
