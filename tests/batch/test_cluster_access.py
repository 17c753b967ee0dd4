"""Who reaches a cluster: nobody but this command the one that it starts; and addresses where there is none."""

from __future__ import annotations

import asyncio
import http.client
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

distributed = pytest.importorskip("distributed", reason="the extra dask is not installed")
if os.name == "nt":
    pytest.skip("platform: named pipes and signals of POSIX", allow_module_level=True)

Command = Callable[..., Any]
GRAPHDIFF = [sys.executable, "-m", "graphdiff", "map", "x^2", "--engine", "dask"]


@contextmanager
def a_cluster(folder: Path, files: int = 0) -> Iterator[tuple[subprocess.Popen[bytes], Any]]:
    """A command with a cluster of its own, of which a worker waits for rows from a pipe."""
    points = folder / "points"
    points.mkdir()
    for number in range(files):
        (points / f"{number:03}.csv").write_text("id,x\n" + "".join(f"{number * 100 + i},{i}\n" for i in range(100)))
    (folder / "first.csv").write_text("id,x\n-1,2\n")
    os.mkfifo(folder / "pipe.csv")
    data = [folder / "first.csv", folder / "pipe.csv", *([points] if files else [])]
    words = [word for path in data for word in ("--data", str(path))]
    with subprocess.Popen([*GRAPHDIFF, *words, "-o", str(folder / "out")], stderr=subprocess.PIPE) as process:
        try:
            end = threading.Timer(60, process.kill)
            end.start()
            with open(folder / "pipe.csv", "wb") as pipe:
                yield process, pipe
        finally:
            end.cancel()
            process.kill()


def listening_ports(process: int) -> list[int]:
    psutil = pytest.importorskip("psutil", reason="the extra dask is not installed")
    tree = [psutil.Process(process), *psutil.Process(process).children(recursive=True)]
    connections = [
        connection
        for each in tree
        for connection in (each.net_connections if hasattr(each, "net_connections") else each.connections)("inet")
    ]
    assert {connection.laddr.ip for connection in connections} == {"127.0.0.1"}
    return sorted({connection.laddr.port for connection in connections if connection.status == "LISTEN"})


def ask(port: int, protocol: str) -> Any:
    """What a stranger is told who asks a scheduler or a worker what it is. Raises what Dask does if it is refused."""
    security = distributed.security.Security.temporary()
    options = security.get_connection_args("client") if protocol == "tls" else {}

    async def identity() -> Any:
        comm = await distributed.comm.connect(f"{protocol}://127.0.0.1:{port}", timeout=2, **options)
        try:
            await comm.write({"op": "identity", "reply": True})
            return await comm.read()
        finally:
            comm.abort()

    return asyncio.run(asyncio.wait_for(identity(), 2))  # Dask waits for a web server forever


def page(port: int, path: str) -> int | None:
    """The status of a web page; None if the server does not speak HTTP."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=2)
    try:
        connection.request("GET", path)
        return connection.getresponse().status
    except (OSError, http.client.HTTPException):
        return None
    finally:
        connection.close()


@pytest.mark.slow
def test_strangers_are_refused(tmp_path: Path) -> None:
    """On every port on which one of the processes listens."""
    with a_cluster(tmp_path) as (process, pipe):
        ports = listening_ports(process.pid)
        assert len(ports) >= 3  # the scheduler, a nanny, a worker
        for port in ports:
            for protocol in ("tcp", "tls"):
                with pytest.raises((OSError, asyncio.TimeoutError)):
                    ask(port, protocol)
            for path in ("/", "/health", "/json/counts.json", "/info/main/workers.html", "/status", "/metrics"):
                assert page(port, path) in (None, 404)
        pipe.write(b"id,x\n1,3\n")
        pipe.close()
        assert (process.wait(60), process.stderr.read() if process.stderr else None) == (0, b"")
    assert (tmp_path / "out" / "pipe.csv").read_text() == "id,x,value,d_x\n1,3,9.0,6.0\n"


@pytest.mark.slow
def test_files_of_the_cluster_are_private(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What Dask writes is in a folder of its own, which is gone at the end."""
    (tmp_path / "temporary").mkdir()
    (tmp_path / "temporary" / "dask-scratch-space").mkdir()
    monkeypatch.setenv("TMPDIR", str(tmp_path / "temporary"))
    with a_cluster(tmp_path) as (process, pipe):
        folders = {path.name: path.stat().st_mode & 0o777 for path in (tmp_path / "temporary").iterdir()}
        private = [mode for name, mode in folders.items() if name.startswith("graphdiff-")]
        assert private == [0o700]
        assert os.listdir(tmp_path / "temporary" / "dask-scratch-space") == []
        pipe.close()
        process.wait(60)
    assert not [path for path in (tmp_path / "temporary").iterdir() if path.name.startswith("graphdiff-")]


@pytest.mark.slow
def test_workers_that_are_killed_at_random(tmp_path: Path) -> None:
    """Workers of the command's own cluster die while it works, and every row is in the result once."""
    psutil = pytest.importorskip("psutil", reason="the extra dask is not installed")
    files = 60
    with a_cluster(tmp_path, files) as (process, pipe):
        for _ in range(2):
            time.sleep(0.2)
            with suppress(IndexError, psutil.NoSuchProcess):
                workers = [
                    each for each in psutil.Process(process.pid).children() if "spawn_main" in str(each.cmdline())
                ]
                workers[0].send_signal(signal.SIGKILL)
        whole = tmp_path / "whole"
        whole.write_bytes(b"id,x\n-2,3\n")
        whole.replace(tmp_path / "pipe.csv")  # a worker that starts again finds a file
        with suppress(BrokenPipeError):
            pipe.write(b"id,x\n-2,3\n")
            pipe.close()
        assert (process.wait(60), process.stderr.read() if process.stderr else None) == (0, b"")
    ids = [
        int(line.partition(",")[0])
        for path in (tmp_path / "out").rglob("*.csv")
        for line in path.read_text().splitlines()[1:]
    ]
    assert sorted(ids) == [-2, -1, *range(files * 100)]


ADDRESSES = [
    "",
    "nonsense",
    "localhost",
    "localhost:abc",
    "nowhere://127.0.0.1:1",
    "http://127.0.0.1:80",
    "inproc://127.0.0.1:1",
    "tcp://",
    "tcp://:",
    "tcp://127.0.0.1",
    "tcp://127.0.0.1:0",
    "tcp://127.0.0.1:-1",
    "tcp://127.0.0.1:99999",
    "tcp://127.0.0.1:1/x",
    "tcp://127.0.0.1:1,tcp://127.0.0.1:2",
    "tcp://127.0.0.1:1\n",
    "tcp://user@127.0.0.1:1",
    "tcp://[::1",
    "tcp://ä..b:80",
    "tcp://a b:1",
    f"tcp://{'x' * 3000}:1",
    "tls://127.0.0.1:1",
    "ucx://127.0.0.1:1",
    "ws://127.0.0.1:1",
    "wss://127.0.0.1:1",
    "127.0.0.1:1",
]


@pytest.mark.slow
@pytest.mark.parametrize("address", ADDRESSES)
def test_addresses_without_a_scheduler(
    address: str, command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("graphdiff.batch.cluster.PATIENCE", 0.5)
    (tmp_path / "a.csv").write_text("x\n1\n")
    start = time.monotonic()
    words = ["--data", str(tmp_path / "a.csv"), "-o", str(tmp_path / "out")]
    result = command("map", "x^2", "--engine", "dask", *words, "--scheduler", address)
    assert (result.status, result.out) == (2, "")
    assert result.err.startswith("error: no scheduler at '")
    assert len(result.err.splitlines()) == 2
    assert time.monotonic() - start < 15
    assert os.listdir(tmp_path) == ["a.csv"]


@pytest.mark.sampled(3)
@pytest.mark.parametrize("address", ["localhost", "tls://127.0.0.1:1", "nowhere://127.0.0.1:1"])
def test_a_wrong_address_ends_the_process(address: str, tmp_path: Path) -> None:
    """Nothing of Dask's follows the error."""
    (tmp_path / "a.csv").write_text("x\n1\n")
    words = ["--data", str(tmp_path / "a.csv"), "-o", str(tmp_path / "out"), "--scheduler", address]
    result = subprocess.run([*GRAPHDIFF, *words], capture_output=True, text=True, check=False, timeout=60)
    assert (result.returncode, result.stdout) == (2, "")
    message, hint = result.stderr.splitlines()
    assert message.startswith(f"error: no scheduler at '{address}': ")
    assert hint.startswith("  ")


@pytest.mark.slow
@pytest.mark.parametrize("answer", [b"", b"HTTP/1.1 400 Bad Request\r\n\r\n", b"\xff" * 64, b"\0" * 64, None], ids=repr)
def test_something_else_at_the_address(
    answer: bytes | None, command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A server that closes the connection, says something else, or nothing at all."""
    monkeypatch.setattr("graphdiff.batch.cluster.PATIENCE", 1)
    (tmp_path / "a.csv").write_text("x\n1\n")
    held: list[socket.socket] = []
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            with suppress(OSError):
                while True:
                    held.append(server.accept()[0])
                    if answer is not None:
                        held[-1].sendall(answer)
                        held[-1].close()

        threading.Thread(target=serve, daemon=True).start()
        words = ["--data", str(tmp_path / "a.csv"), "-o", str(tmp_path / "out")]
        address = f"tcp://127.0.0.1:{server.getsockname()[1]}"
        result = command("map", "x^2", "--engine", "dask", *words, "--scheduler", address)
        server.shutdown(socket.SHUT_RDWR)
    for each in held:
        each.close()
    assert (result.status, result.out) == (2, "")
    assert result.err.startswith(f"error: no scheduler at '{address}'")


def test_without_the_library_for_certificates(
    command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A cluster that anybody could reach is not started."""
    monkeypatch.setitem(sys.modules, "cryptography", None)
    (tmp_path / "a.csv").write_text("x\n1\n")
    words = ["--data", str(tmp_path / "a.csv"), "-o", str(tmp_path / "out")]
    result = command("map", "x^2", "--engine", "dask", *words)
    assert (result.status, "requires cryptography" in result.err) == (2, True)
    assert "pip install 'graphdiff-cli[dask]'" in result.err
