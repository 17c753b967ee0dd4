"""Data that another thread makes and writes into a file while the next rows are read and computed."""

from __future__ import annotations

import io
import os
import stat
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from typing import Any, BinaryIO

BUSY, MOST = 2, 4
"""Pieces that wait for the thread: from so many on, this thread makes the next one itself; it waits if there are more
than MOST."""


class BackgroundWriter:
    """Writes pieces of data into a file, in order.

    Only a regular file has a thread: a write to a pipe may have to be interrupted, and its rows must not be delayed.
    Nor is there one where none can be started.
    """

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._thread: ThreadPoolExecutor | None = None
        self._has_thread: bool | None = None
        self._waiting: deque[Future[None]] = deque()

    def write(self, data: Any) -> None:
        """Write bytes, after what is being made.

        Raises OSError as the file does, also for earlier data.
        """
        self._wait(0)
        self._file.write(data)

    def write_later(self, make: Callable[[], Sequence[Any]]) -> None:
        """Write the pieces of bytes that a function returns, which may be called in another thread.

        Raises OSError as the file does, also for earlier data.
        """
        if self._has_thread is None:
            self._has_thread = _is_regular(self._file) and self._start()
        if self._thread is None:
            self._file.writelines(make())
            return
        while self._waiting and self._waiting[0].done():
            self._wait(len(self._waiting) - 1)
        if len(self._waiting) >= BUSY:
            make = partial(list, make())
        previous = self._waiting[-1] if self._waiting else None
        self._waiting.append(self._thread.submit(self._write, make, previous))
        self._wait(MOST)

    def close(self) -> None:
        """Wait for what is being written, and leave the file open."""
        try:
            self._wait(0)
        finally:
            if self._thread is not None:
                self._thread.shutdown()

    def _write(self, make: Callable[[], Sequence[Any]], previous: Future[None] | None) -> None:
        if previous is not None:
            previous.result()  # nothing follows what could not be written
        self._file.writelines(make())
        self._file.flush()

    def _wait(self, most: int) -> None:
        """Wait until at most so many pieces are waiting."""
        while len(self._waiting) > most:
            self._waiting.popleft().result()

    def _start(self) -> bool:
        """Start the thread, if possible."""
        thread = ThreadPoolExecutor(1)
        try:
            thread.submit(int).result()
        except RuntimeError:  # the system has no more threads, or none at all
            return False
        self._thread = thread
        return True


def _is_regular(file: BinaryIO) -> bool:
    """Whether this is a regular file, of which several threads may write at a time: none that compresses."""
    return isinstance(file, io.BufferedWriter) and stat.S_ISREG(os.fstat(file.fileno()).st_mode)
