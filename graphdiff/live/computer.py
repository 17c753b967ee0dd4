"""A session in a process of its own: the screen never waits for it, and a long computation can be stopped."""

from __future__ import annotations

from collections.abc import Mapping
from multiprocessing import get_context
from multiprocessing.connection import Connection
from threading import Lock
from typing import Any, Protocol

from graphdiff.live.session import NOTHING, Run, Session

STOPPED: dict[str, Any] = {
    **NOTHING,
    "error": "stopped",
    "report": {"status": 130, "out": "", "err": "stopped", "line": ""},
    **{"status": 130, "out": "", "err": "stopped"},
}
"""The reply where the process ended before it had one, as a session would give it to any request."""


class Answers(Protocol):
    """What replies to the requests of a session."""

    def ask(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """The reply; another thread may stop it."""

    def stop(self) -> None:
        """End what is being computed."""


class Computer:
    """A process that answers the requests of a session, and is started anew after each stop."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self._asking = Lock()
        self._start()  # before the screen takes stderr, which multiprocessing passes on to its first process

    def ask(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """The reply to a request; STOPPED if the process is ended meanwhile."""
        with self._asking:
            try:
                if not self._process.is_alive():
                    self._start()
                self._pipe.send(dict(request))
                reply: dict[str, Any] = self._pipe.recv()
            except (EOFError, OSError):
                return dict(STOPPED)
            return reply

    def stop(self) -> None:
        """End the process, and with it what it computes."""
        self._process.kill()
        self._process.join()

    def _start(self) -> None:
        context = get_context("spawn")  # a forked process would have the screen's threads and files
        self._pipe, other = context.Pipe()
        self._process: Any = context.Process(target=_serve, args=(other, self._run), daemon=True)
        self._process.start()
        other.close()


def _serve(pipe: Connection, run: Run) -> None:
    import signal

    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the screen's
    session = Session(run)
    while True:
        try:
            request = pipe.recv()
        except EOFError:
            return
        pipe.send(session.request(request))
