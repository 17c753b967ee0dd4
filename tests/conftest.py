"""Shared fixtures: a command line run in this process, and a browser."""

from __future__ import annotations

import io
import signal
import sys
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

from graphdiff.cli.main import run

if TYPE_CHECKING:
    from selenium.webdriver import Chrome


class Result(NamedTuple):
    """The exit status and the output of a command."""

    status: int
    out: str
    err: str


@pytest.fixture(scope="session", autouse=True)
def enable_interrupts() -> None:
    """Let Ctrl-C reach processes of the tests even in the background of a shell, which ignores it there."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture
def command(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    """Run `graphdiff WORDS…`, with standard input as bytes."""

    def call(*words: str, stdin: bytes = b"") -> Result:
        streams: dict[str, Any] = {
            name: io.TextIOWrapper(io.BytesIO(), encoding="utf-8") for name in ("stdout", "stderr")
        }
        streams["stdin"] = io.TextIOWrapper(io.BytesIO(stdin), encoding="utf-8")
        for name, stream in streams.items():
            monkeypatch.setattr(sys, name, stream)
        status = run(words)
        for name in ("stdout", "stderr"):
            streams[name].flush()
        written = [streams[name].buffer.getvalue().decode() for name in ("stdout", "stderr")]
        return Result(status, *written)

    return call


@pytest.fixture(scope="session")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chrome]:
    """Headless Chromium by Selenium, shared by all tests of a process; skips if Chromium is not installed."""
    from browser import started

    yield from started(tmp_path_factory.mktemp("browser"))
