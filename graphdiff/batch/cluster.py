"""Parts on a Dask cluster; this module is imported only where it is used.

Plain tasks, not dask.dataframe: a task reads and writes its part by the same readers and writers as one process does,
so that errors keep their lines and cells go on as they are; Dask moves nothing but the job and counts of rows.
"""

from __future__ import annotations

import logging
import pickle
import signal
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import CancelledError
from contextlib import contextmanager
from multiprocessing import resource_tracker
from typing import Any

from dask.system import CPU_COUNT
from distributed import Client, KilledWorker, LocalCluster, as_completed

import graphdiff
from graphdiff.batch.files import Part
from graphdiff.batch.parts import Job, Outcome
from graphdiff.batch.run import Counts
from graphdiff.errors import GraphdiffError, shortened

PATIENCE = 10
"""Seconds that a scheduler has to answer."""
SHARED = "every worker reads and writes the files itself: under the same path, in a shared folder"


@contextmanager
def connected(scheduler: str | None) -> Iterator[Client]:
    """A client of the scheduler at an address; without one, of a cluster of this machine's processes, one a core,
    which ends with it.

    Raises GraphdiffError("cluster") where nothing answers there, or no worker starts.
    """
    for name in ("distributed", "distributed.client"):
        logging.getLogger(name).setLevel(logging.CRITICAL)  # what ends a run is told as an error
    if scheduler is None:
        with _processes() as cluster, Client(cluster, set_as_default=False) as client:
            yield client
        return
    try:
        client = Client(scheduler, timeout=PATIENCE, set_as_default=False)
    except (OSError, ValueError) as error:  # nothing answers; it is no address
        raise GraphdiffError(
            "cluster",
            f"no scheduler at '{shortened(scheduler)}': {shortened(str(error), 120)}",
            hint="`dask scheduler` tells its address, as in tcp://HOST:8786",
        ) from None
    with client:
        yield client


def _processes() -> LocalCluster:
    """A worker a core. Ctrl-C is for this process alone, which then ends them.

    Raises GraphdiffError("cluster") where they do not start.
    """
    blocks_signals = hasattr(signal, "pthread_sigmask")
    if blocks_signals:
        resource_tracker.ensure_running()  # which would unblock them, were it started by Dask's thread
        # Threads and processes that begin now have SIGINT blocked for good.
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        return LocalCluster(
            n_workers=CPU_COUNT, threads_per_worker=1, dashboard_address="127.0.0.1:0", silence_logs=logging.CRITICAL
        )
    except (OSError, RuntimeError) as error:
        told = f"the workers of this machine do not start: {shortened(str(error), 120)}"
        raise GraphdiffError("cluster", told) from None
    finally:
        if blocks_signals:
            signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})


def on_cluster(client: Client, job: Job, parts: Sequence[Part]) -> Iterator[tuple[int, Outcome]]:
    """Each part a task. What a worker that dies had in hand is done again by others.

    Raises GraphdiffError("cluster") where a task fails for another reason than its part.
    """
    # By a task of its own the job goes to each worker once; scattered, it would be lost with a worker.
    sent = client.submit(bytes, pickle.dumps(job), pure=False)
    sources, targets = ([getattr(part, each) for part in parts] for each in ("source", "target"))
    futures = client.map(_task(), [sent] * len(parts), sources, targets, pure=False)
    waiting = {future: position for position, future in enumerate(futures)}
    del futures  # what is done is let go: a result that nobody holds is not made again
    try:
        for future, outcome in as_completed(list(waiting), loop=client.loop, with_results=True, raise_errors=False):
            position = waiting.pop(future, None)
            if position is None:  # behind one that failed
                continue
            if isinstance(outcome, GraphdiffError):
                later = [each for each, its in waiting.items() if its > position]
                client.cancel(later)
                for each in later:
                    del waiting[each]
                if outcome.kind == "file" and outcome.hint is None:
                    outcome.hint = SHARED
            elif not isinstance(outcome, Counts):
                raise _failure(parts[position], outcome)
            yield position, outcome
    finally:
        client.cancel(list(waiting))


def _task() -> Callable[[bytes, str, str], Outcome]:
    """What a worker calls. A function that stands in another is sent as code, not by name: of a worker or scheduler
    without graphdiff one hears then, where Dask would wait for ever."""

    def map_part(job: bytes, source: str, target: str) -> Outcome:
        from graphdiff.batch.parts import map_part, unpacked

        return map_part(unpacked(job), source, target)

    return map_part


def _failure(part: Part, told: Any) -> GraphdiffError:
    """Why a task has no outcome, by what Dask tells: the exception that there is none by, or its type, itself and its
    traceback."""
    error = told[1] if isinstance(told, tuple) else told
    name = f"'{shortened(part.name)}'"
    if isinstance(error, KilledWorker):
        return GraphdiffError(
            "cluster",
            f"{error.allowed_failures + 1} workers died at {name}",
            hint="their logs say why; where memory is short, make fewer threads share it",
        )
    if isinstance(error, CancelledError):
        reason = str(error).rpartition("reason: ")[2]
        return GraphdiffError("cluster", f"the cluster gave up {name}: {shortened(reason, 120)}")
    cause = error.__cause__ or error
    hint = None
    if isinstance(cause, ImportError):
        hint = f"on every worker: pip install {graphdiff.DISTRIBUTION}=={graphdiff.__version__}"
    return GraphdiffError(
        "cluster", f"a worker failed at {name}: {type(cause).__name__}: {shortened(str(cause), 120)}", hint=hint
    )
