"""Parts on a Dask cluster. This module is imported only for --engine dask.

It uses plain tasks, not dask.dataframe: a task reads and writes its part with the same readers and writers as a local
run, so that errors name their lines and cells stay unchanged. Only the job and counts of rows are sent.
"""

from __future__ import annotations

import logging
import pickle
import re
import signal
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import CancelledError
from contextlib import contextmanager
from multiprocessing import resource_tracker
from tempfile import TemporaryDirectory
from typing import Any

import dask
from dask.system import CPU_COUNT
from distributed import Client, KilledWorker, LocalCluster, as_completed
from distributed.security import Security

import graphdiff
from graphdiff.batch.files import Part
from graphdiff.batch.job import Mapper
from graphdiff.batch.parts import Outcome
from graphdiff.batch.run import Counts
from graphdiff.errors import GraphdiffError, shorten

PATIENCE = 10
"""Seconds to wait for the scheduler's answer."""
ADDRESS = re.compile(r"(?:[a-z]+://)?(?:\[[\w:.%]+\]|[\w.-]+):(?P<port>[0-9]{1,5})", re.ASCII)
"""The address of a scheduler: PROTOCOL://HOST:PORT."""
NO_PAGES: dict[str, list[str]] = {"distributed.scheduler.http.routes": [], "distributed.worker.http.routes": []}
SHARED_FOLDER = "every worker needs the files under the same path, in a shared folder"


@contextmanager
def connect(scheduler: str | None) -> Iterator[Client]:
    """Connect to the scheduler at an address; without one, to a cluster of processes on this machine, one for each
    core, which ends with the client.

    Raises GraphdiffError("cluster") if no scheduler answers, or no worker starts.
    """
    for name in ("distributed", "distributed.client"):
        logging.getLogger(name).setLevel(logging.CRITICAL)  # errors that end a run are reported by us
    if scheduler is None:
        with _processes() as cluster, Client(cluster, set_as_default=False) as client:
            yield client
        return
    with _client(scheduler) as client:
        yield client


def _client(scheduler: str) -> Client:
    """A client of the scheduler at the address. Raises GraphdiffError("cluster") if none answers there."""
    hint = "`dask scheduler` prints its address, as in tcp://HOST:8786"
    address = ADDRESS.fullmatch(scheduler)
    try:
        if address is None or not 0 < int(address["port"]) < 1 << 16:
            raise ValueError("it is not an address")
        return _Client(scheduler, timeout=PATIENCE, set_as_default=False)
    except Exception as error:  # each protocol raises its own
        if scheduler.startswith(("tls:", "wss:")):
            hint = "the certificates for tls:// are in Dask's configuration, distributed.comm.tls"
        reason = shorten(str(error), 120)
        raise GraphdiffError("cluster", f"no scheduler at '{shorten(scheduler)}': {reason}", hint=hint) from None


class _Client(Client):  # type: ignore[misc]  # Dask has no types
    """A client that is closed if it does not connect. Dask closes it when the process ends, where that fails after a
    wait of 20 seconds."""

    def start(self, **kwargs: Any) -> None:
        try:
            super().start(**kwargs, callback_timeout=2 * PATIENCE)  # a server that says nothing is waited for forever
        except Exception:
            self.close()
            raise


@contextmanager
def _processes() -> Iterator[LocalCluster]:
    """Start one worker for each core, which nobody else can reach: whoever reaches a scheduler, a worker or its nanny
    can run code there. So all of them have one certificate, made for this cluster, and accept no other. Their web
    servers, which know no certificates, have no pages. Their files are in a folder of this user alone.

    Ctrl-C reaches only this process, which then ends them. Raises GraphdiffError("cluster") if they do not start.
    """
    with (
        TemporaryDirectory(prefix="graphdiff-") as folder,
        dask.config.set({**NO_PAGES, "temporary-directory": folder}),
        _start() as cluster,
    ):
        yield cluster


def _start() -> LocalCluster:
    try:
        security = Security.temporary()
    except ImportError:
        message = "a cluster on this machine requires cryptography"
        raise GraphdiffError("cluster", message, hint=f"pip install '{graphdiff.DISTRIBUTION}[dask]'") from None
    blocks_signals = hasattr(signal, "pthread_sigmask")
    if blocks_signals:
        resource_tracker.ensure_running()  # if Dask's thread started it, it would unblock signals
        # SIGINT stays blocked in threads and processes that start from here on.
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        return LocalCluster(
            n_workers=CPU_COUNT,
            threads_per_worker=1,
            host="127.0.0.1",
            security=security,
            dashboard_address="127.0.0.1:0",
            scheduler_kwargs={"dashboard": False},
            silence_logs=logging.CRITICAL,
        )
    except (OSError, RuntimeError) as error:
        message = f"cannot start workers on this machine: {shorten(str(error), 120)}"
        raise GraphdiffError("cluster", message) from None
    finally:
        if blocks_signals:
            signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})


def on_cluster(client: Client, mapper: Mapper, parts: Sequence[Part]) -> Iterator[tuple[int, Outcome]]:
    """Map each part as a task. The tasks of a worker that dies are repeated by others.

    Raises GraphdiffError("cluster") if a task fails for another reason than an error of its part.
    """
    # As the result of a task, the job is sent to each worker once; scattered data would be lost with a worker.
    shared_job = client.submit(bytes, pickle.dumps(mapper.job), pure=False)
    sources, targets = ([getattr(part, each) for part in parts] for each in ("source", "target"))
    futures = client.map(_task(), [shared_job] * len(parts), sources, targets, pure=False)
    pending = {future: position for position, future in enumerate(futures)}
    del futures  # release futures when they are done, so that lost results are not computed again
    try:
        for future, outcome in as_completed(list(pending), loop=client.loop, with_results=True, raise_errors=False):
            position = pending.pop(future, None)
            if position is None:  # after one that failed
                continue
            if isinstance(outcome, GraphdiffError):
                later = [each for each, its in pending.items() if its > position]
                client.cancel(later)
                for each in later:
                    del pending[each]
                if outcome.kind == "file" and outcome.hint is None:
                    outcome.hint = SHARED_FOLDER
            elif not isinstance(outcome, Counts):
                raise _failure(parts[position], outcome)
            yield position, outcome
    finally:
        client.cancel(list(pending))


def _task() -> Callable[[bytes, str, str], Outcome]:
    """The function that a worker calls. A nested function is sent as code, not by name: then a worker or scheduler
    without graphdiff reports an error, where Dask would otherwise wait forever."""

    def map_part(job: bytes, source: str, target: str) -> Outcome:
        from graphdiff.batch.parts import map_on_worker

        return map_on_worker(job, source, target)

    return map_part


def _failure(part: Part, report: Any) -> GraphdiffError:
    """Why a task has no outcome. Dask reports an exception, or its type, the exception and its traceback."""
    error = report[1] if isinstance(report, tuple) else report
    name = f"'{shorten(part.name)}'"
    if isinstance(error, KilledWorker):
        return GraphdiffError(
            "cluster",
            f"{error.allowed_failures + 1} workers died at {name}",
            hint="their logs have the reason; if memory is low, use fewer threads per worker",
        )
    if isinstance(error, CancelledError):
        reason = str(error).rpartition("reason: ")[2]
        return GraphdiffError("cluster", f"the cluster gave up {name}: {shorten(reason, 120)}")
    cause = error.__cause__ or error
    hint = None
    if isinstance(cause, ImportError):
        hint = f"on every worker: pip install {graphdiff.DISTRIBUTION}=={graphdiff.__version__}"
    return GraphdiffError(
        "cluster", f"a worker failed at {name}: {type(cause).__name__}: {shorten(str(cause), 120)}", hint=hint
    )
