"""graphdiff live: keys pressed in a session, and numbers equal to those of `eval --json`."""

from __future__ import annotations

import asyncio
import json
import random
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot
from textual.widgets import Input, Static

from graphdiff.cli.captured import run_captured
from graphdiff.live.app import LiveApp
from graphdiff.live.session import Session

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
    assert state["report"] == json.loads(command("eval", FORMULA, "--at", POINT, "--json").out)
    wrong = session.request({"formula": FORMULA, "point": "x=sin("})
    assert (wrong["report"], wrong["field"]) == (None, "point")
    assert wrong["missing"] == ["y", "z"]
    assert session.request({"formula": "x +", "point": "x=1"})["field"] == "formula"
    assert session.request({"formula": "--json", "point": ""})["report"] is None


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
@pytest.mark.parametrize("seed", range(20))
def test_random_keys(seed: int) -> None:
    """500 random keys for each seed."""
    choose = random.Random(seed)
    names = ["tab", "shift+tab", "left", "right", "up", "down", "home", "end", "backspace", "f1", "f2", "f3", "escape"]

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
