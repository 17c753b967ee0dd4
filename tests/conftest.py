"""Shared fixtures: which of them are slow, a command line run in this process, and a browser."""

from __future__ import annotations

import gc
import io
import os
import signal
import sys
from collections import Counter
from collections.abc import Callable, Generator, Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

from graphdiff.cli.main import run
from support.engine import Engine, start_engine

if TYPE_CHECKING:
    from selenium.webdriver import Chrome


PLATFORM = "platform: "
"""How the reason begins of a test that is skipped for what the system is, not for a tool that it lacks."""


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--every", type=int, default=1, metavar="N", help="run one of N of the selected tests")
    parser.addoption("--without", action="append", default=[], help="a library that may be missing where CI=true")


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Collect the tests without the garbage collector, which would look through all of them again and again.

    They stay to the end, so it leaves them out later too, and it starts less often than it does by default.
    """
    gc.disable()
    result = yield
    gc.freeze()
    gc.set_threshold(10_000)
    gc.enable()
    return result


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Of the cases of a test that is marked sampled(n) the quick tests run one of n; the others are slow."""
    cases: Counter[str] = Counter()
    for item in items:
        mark = item.get_closest_marker("sampled")
        if mark is None:
            continue
        test = item.nodeid.partition("[")[0]
        if cases[test] % mark.args[0]:
            item.add_marker(pytest.mark.slow)
        cases[test] += 1


class Every:
    """--every N: a sample of the tests that -m has selected."""

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, config: pytest.Config, items: list[pytest.Item]) -> None:
        left_out = [item for number, item in enumerate(items) if number % config.option.every]
        if left_out:
            config.hook.pytest_deselected(items=left_out)
            items[:] = items[:: config.option.every]


def pytest_configure(config: pytest.Config) -> None:
    config.pluginmanager.register(Every())
    # Each of the many processes that tests start would compile all of graphdiff.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    sys.dont_write_bytecode = False


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    _fail_where_a_tool_is_missing(report, item.config)
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(
    collector: pytest.Collector,
) -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    report = yield
    _fail_where_a_tool_is_missing(report, collector.config)
    return report


def _fail_where_a_tool_is_missing(report: pytest.TestReport | pytest.CollectReport, config: pytest.Config) -> None:
    """With CI=true a test that is skipped for a missing tool is a failure: nobody would see that it never runs."""
    if os.environ.get("CI") != "true" or not report.skipped or hasattr(report, "wasxfail"):
        return
    reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
    may_be_missing = any(library.lower() in reason.lower() for library in config.option.without)
    if not reason.removeprefix("Skipped: ").startswith(PLATFORM) and not may_be_missing:
        report.outcome = "failed"
        report.longrepr = f"{report.nodeid} is skipped, which CI does not allow: {reason}"


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
    from support.browser import start_browser

    yield from start_browser(tmp_path_factory.mktemp("browser"))


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    """V8, which runs JavaScript in this process; skips if its library is not installed."""
    yield from start_engine()
