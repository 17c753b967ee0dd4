"""Ctrl-C, also in the middle of one long call of a library, whose end Python's own handler would wait for."""

from __future__ import annotations

import os
import signal
from _thread import start_new_thread
from types import FrameType
from typing import NoReturn

from graphdiff.cli.exit_status import EXIT_INTERRUPTED

GRACE = 1.0
"""How many seconds the main thread has to hear of it."""


def hear_interrupts() -> None:
    """From now on Ctrl-C raises KeyboardInterrupt, and where the main thread does not get to it, as it is busy in the
    product of two large matrices, ends the process.

    It leaves alone what a caller has chosen, as nohup does, and other systems than POSIX, which have Python's handler.
    """
    chosen = signal.getsignal(signal.SIGINT)
    if chosen is signal.SIG_DFL:  # graphdiff/__main__.py's, for the time of imports
        chosen = signal.default_int_handler
        signal.signal(signal.SIGINT, chosen)
    if os.name != "posix" or chosen is not signal.default_int_handler:
        return
    heard: list[int] = []

    def raised(number: int, frame: FrameType | None) -> NoReturn:
        heard.append(number)
        raise KeyboardInterrupt

    arrivals, told = os.pipe()
    os.set_blocking(told, False)
    signal.set_wakeup_fd(told, warn_on_full_buffer=False)
    signal.signal(signal.SIGINT, raised)
    start_new_thread(_watch, (arrivals, heard))


def _watch(arrivals: int, heard: list[int]) -> None:
    """Reads the numbers of signals, which arrive whatever the main thread does."""
    from time import sleep

    while signal.SIGINT not in os.read(arrivals, 1):
        pass
    sleep(GRACE)
    if not heard:
        from graphdiff.batch.whole import remove_unfinished

        remove_unfinished()
        os._exit(EXIT_INTERRUPTED)
