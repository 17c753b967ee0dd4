"""Compiled functions of columns, where several threads or processes call them or compute their blocks."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from typing import Any

import numpy as np
import pytest

from graphdiff.compiled import batch
from support.columns import BRANCHING, MANY, compile_columns, normal_columns


def test_calls_from_several_threads_at_once() -> None:
    function = compile_columns(BRANCHING)
    columns = [normal_columns("x", "y", "z", count=MANY + 10_000 * each) for each in range(6)]
    expected = [function(**each) for each in columns]
    actual: list[Any] = [None] * len(columns)

    def called(place: int) -> None:
        for _ in range(3):
            actual[place] = function(**columns[place])

    threads = [threading.Thread(target=called, args=(place,)) for place in range(len(columns))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for one, other in zip(actual, expected, strict=True):
        assert np.array_equal([one[0], *one[1]], [other[0], *other[1]])


def test_what_a_helping_thread_raises_is_raised(monkeypatch: pytest.MonkeyPatch) -> None:
    """With two cores, whichever there are: the caller computes a block, the thread fails at another."""
    monkeypatch.setattr(batch, "_cores", lambda: 2)
    function = compile_columns("x + 1")
    failed = threading.Event()
    caller = threading.get_ident()

    def block(*arguments: Any) -> None:
        if threading.get_ident() != caller:
            failed.set()
            raise KeyboardInterrupt
        assert failed.wait(60)

    function._compile(frozenset(["x"])).functions["block"] = block
    with pytest.raises(KeyboardInterrupt):
        function(np.ones(10 * batch.BLOCK))


def test_an_interrupted_caller_stops_all(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batch, "_cores", lambda: 2)
    function = compile_columns("x + 1")
    interrupted = threading.Event()
    caller = threading.get_ident()
    computed: list[int] = []

    def block(*arguments: Any) -> None:
        computed.append(threading.get_ident())
        if threading.get_ident() == caller:
            interrupted.set()
            raise KeyboardInterrupt
        assert interrupted.wait(60)

    function._compile(frozenset(["x"])).functions["block"] = block
    with pytest.raises(KeyboardInterrupt):
        function(np.ones(100 * batch.BLOCK))
    assert len(computed) < 100


@pytest.mark.skipif(not hasattr(os, "fork"), reason="platform: this system does not fork")
def test_after_a_fork() -> None:
    code = f"""
import os, warnings
import numpy as np
from graphdiff import parse
from graphdiff.compiled import batch
from graphdiff.passes.request import Request
warnings.simplefilter("ignore")  # forking with threads is what is tried here
batch._cores = lambda: 2
f = batch.BatchFunction(parse("x*x"), Request("gradient", ["x"]))
x = np.arange({MANY}.0)
assert (f(x)[0] == x*x).all()
child = os.fork()
if child == 0:
    os._exit(0 if (f(x)[0] == x*x).all() and batch._pool().submit(int).result() == 0 else 1)
assert (f(x)[0] == x*x).all()
raise SystemExit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120, check=False)
    assert (done.returncode, done.stderr) == (0, "")
