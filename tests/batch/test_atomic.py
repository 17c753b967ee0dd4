"""Result files and folders: the old content stays until the new one is complete, and permissions and links stay."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from graphdiff.batch import atomic
from graphdiff.batch.atomic import atomic_file, atomic_folder, remove_leftovers

if os.name != "posix":
    pytest.skip("platform: links, pipes, modes and locks of POSIX", allow_module_level=True)

Command = Callable[..., Any]
GRAPHDIFF = [sys.executable, "-m", "graphdiff"]
DRAW = ["draw", "x*y", "--at", "x=1,y=2"]
KILLED = """
import os, sys
from graphdiff.batch import atomic
with getattr(atomic, sys.argv[1])(sys.argv[2]) as temporary:
    os._exit(0)
"""
"""A process that ends while it writes, as by kill -9."""
FULL = """
import resource, sys
from graphdiff.cli.main import run
resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))
sys.exit(run(sys.argv[1:]))
"""
"""A process whose files may have at most 1000 bytes, as on a full disk."""


@pytest.mark.parametrize("kind", ["atomic_file", "atomic_folder"])
def test_leftovers_of_killed_processes_are_removed_but_not_files_in_use(kind: str, tmp_path: Path) -> None:
    out = tmp_path / "out"
    for _ in range(2):
        subprocess.run([sys.executable, "-c", KILLED, kind, str(out)], check=True)
    others = [tmp_path / ".out.mine.part", tmp_path / ".output.00000000.part"]
    for other in others:
        other.touch()
    dead = {path for path in tmp_path.iterdir() if path not in others}
    assert len(dead) == 2
    with getattr(atomic, kind)(str(out)):
        alive = set(tmp_path.iterdir()) - dead
        remove_leftovers(str(out))
        assert set(tmp_path.iterdir()) == alive
    assert set(tmp_path.iterdir()) == {out, *others}


def test_two_runs_at_once(tmp_path: Path) -> None:
    """Each writes its own file; the one that ends last replaces the other."""
    out = tmp_path / "out"
    with atomic_file(str(out)) as first:
        remove_leftovers(str(out))
        with atomic_file(str(out)) as second:
            second.write(b"second")
        first.write(b"first")
        assert out.read_bytes() == b"second"
    assert out.read_bytes() == b"first"
    assert os.listdir(tmp_path) == ["out"]


def test_many_runs_at_once(tmp_path: Path) -> None:
    """None takes the file of another, which is not locked yet, for a leftover, and then removes it or its successor."""
    out = str(tmp_path / "out")

    def write(number: int) -> None:
        for _ in range(50):
            remove_leftovers(out)
            with atomic_file(out) as file:
                file.write(b"%d" % number * 1000)

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(write, range(6)))
    content = (tmp_path / "out").read_bytes()
    assert content == content[:1] * 1000
    assert os.listdir(tmp_path) == ["out"]


def test_a_folder_that_another_run_creates_meanwhile(tmp_path: Path) -> None:
    out = tmp_path / "out"
    reason = pytest.raises(FileExistsError, match="it exists and is not an empty folder")
    with reason, atomic_folder(str(out)), atomic_folder(str(out)) as folder:
        Path(folder, "x").touch()
    assert [each.name for each in tmp_path.rglob("*")] == ["out", "x"]


def test_links(command: Command, tmp_path: Path) -> None:
    """Symbolic links are followed to any target; the other names of a hard link keep the old content."""
    (tmp_path / "there").mkdir()
    for name in ("link.svg", "other.svg"):
        (tmp_path / name).symlink_to("there/out.svg")
        assert command(*DRAW, "-o", str(tmp_path / name)).status == 0  # to a missing file, and to an existing one
        assert (tmp_path / name).is_symlink()
        assert os.listdir(tmp_path / "there") == ["out.svg"]
    os.link(tmp_path / "there/out.svg", tmp_path / "hard.svg")
    before = (tmp_path / "hard.svg").read_bytes()
    assert command("draw", "x", "--at", "x=1", "-o", str(tmp_path / "link.svg")).status == 0
    assert (tmp_path / "hard.svg").read_bytes() == before != (tmp_path / "there/out.svg").read_bytes()
    (tmp_path / "empty").mkdir()
    (tmp_path / "folder").symlink_to("empty")
    assert command(*DRAW, "--steps", str(tmp_path / "folder")).status == 0
    assert (tmp_path / "folder").is_symlink()
    assert (tmp_path / "empty/forward.svg").exists()


def test_a_pipe(tmp_path: Path) -> None:
    pipe = tmp_path / "out.csv"
    os.mkfifo(pipe)
    output: list[bytes] = []
    reader = threading.Thread(target=lambda: output.append(pipe.read_bytes()))
    reader.start()
    words = [*GRAPHDIFF, "map", "x", "--data", "-", "-o", str(pipe)]
    assert subprocess.run(words, input=b"x\n1\n", check=False).returncode == 0
    reader.join(60)
    assert output == [b"x,value,d_x\n1,1.0,1.0\n"]
    assert pipe.is_fifo()


@pytest.mark.skipif(not os.path.exists("/dev/stdout"), reason="platform: no /dev/stdout on this system")
def test_standard_output_by_its_name(tmp_path: Path) -> None:
    """It may be a file that has content already."""
    out = tmp_path / "out.csv"
    with open(out, "wb") as file:
        file.write(b"before\n")
        file.flush()
        words = [*GRAPHDIFF, "map", "x", "--data", "-", "-o", "/dev/stdout"]
        assert subprocess.run(words, input=b"x\n1\n", stdout=file, check=False).returncode == 0
        file.seek(0, os.SEEK_END)
        file.write(b"after\n")
    assert out.read_bytes() == b"before\nx,value,d_x\n1,1.0,1.0\nafter\n"


@pytest.mark.slow
@pytest.mark.parametrize("old", [b"", b"old"])
def test_a_full_disk(old: bytes, tmp_path: Path) -> None:
    rows = b"x\n" + b"1\n" * 10_000
    for name, words in {"out.csv": ["map", "x", "--data", "-"], "out.svg": DRAW}.items():
        out = tmp_path / name
        if old:
            out.write_bytes(old)
        words = [sys.executable, "-c", FULL, *words, "-o", str(out)]
        result = subprocess.run(words, input=rows, capture_output=True, check=False)
        assert (result.returncode, result.stdout) == (2, b"")
        assert result.stderr.decode().endswith(f"{name}': File too large\n")
        assert not old or out.read_bytes() == old
    assert sorted(os.listdir(tmp_path)) == (["out.csv", "out.svg"] if old else [])
    result = subprocess.run(
        [sys.executable, "-c", FULL, *DRAW, "--steps", str(tmp_path / "steps")], capture_output=True
    )
    assert (result.returncode, b"File too large" in result.stderr) == (2, True)
    assert not (tmp_path / "steps").exists()


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="platform: no /dev/full on this system")
def test_a_full_device(command: Command) -> None:
    """A device is written to directly, and stays a device."""
    result = command("map", "x", "--data", "-", "-o", "/dev/full", stdin=b"x\n1\n")
    assert (result.status, result.err) == (2, "error: cannot write '/dev/full': No space left on device\n")
    assert not os.path.isfile("/dev/full")


def test_without_the_right_to_write(command: Command, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A write-protected file is not replaced, even if its folder is writable; nor is a file in a write-protected
    folder."""
    monkeypatch.setattr(os, "access", lambda path, mode: os.stat(path).st_mode & 0o200 != 0)  # root has access
    out = tmp_path / "out.svg"
    out.write_bytes(b"old")
    out.chmod(0o444)
    result = command(*DRAW, "-o", str(out))
    assert (result.status, result.err.endswith("out.svg': it is write-protected\n")) == (2, True)
    assert (out.read_bytes(), os.listdir(tmp_path)) == (b"old", ["out.svg"])
    if os.geteuid() != 0:
        out.chmod(0o644)
        tmp_path.chmod(0o555)
        assert "Permission denied" in command(*DRAW, "-o", str(out)).err
        tmp_path.chmod(0o755)
        assert out.read_bytes() == b"old"
    result = command(*DRAW, "-o", str(tmp_path / "none/out.svg"))
    assert (result.status, "No such file or directory" in result.err) == (2, True)


def test_a_mounted_folder(command: Command, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """It cannot be replaced at the end, which is reported before any work is done."""
    monkeypatch.setattr(os.path, "ismount", lambda path: path == str(tmp_path))
    result = command(*DRAW, "--steps", str(tmp_path))
    assert (result.status, "a mounted folder cannot be replaced; name a folder in it" in result.err) == (2, True)
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize("name", ["數" * 80, "x" * 250, "[*]?"])
def test_names(name: str, tmp_path: Path) -> None:
    """The longest names that are allowed, and names that look like patterns."""
    path = tmp_path / name
    for kind in ("atomic_file", "atomic_folder"):
        subprocess.run([sys.executable, "-c", KILLED, kind, str(path)], check=True)
    assert len(os.listdir(tmp_path)) == 2
    remove_leftovers(str(path))
    assert os.listdir(tmp_path) == []
    with atomic_folder(str(path)) as folder:
        Path(folder, "x").touch()
    assert os.listdir(path) == ["x"]


@pytest.fixture
def open_umask() -> Iterator[None]:
    before = os.umask(0)
    yield
    os.umask(before)


def mode(path: str | Path) -> int:
    return os.stat(path).st_mode & 0o7777


@pytest.mark.parametrize("kept", [0o600, 0o640, 0o644, 0o666])
def test_a_private_file_stays_private(kept: int, open_umask: None, tmp_path: Path) -> None:
    """While it is replaced, too."""
    out = tmp_path / "out"
    out.touch()
    out.chmod(kept)
    with atomic_file(str(out)) as file:
        file.write(b"secret")
        file.flush()
        assert [mode(path) for path in tmp_path.glob(".out.*.part")] == [0o600]
    assert mode(out) == kept
    with atomic_file(str(tmp_path / "new")):
        pass
    assert mode(tmp_path / "new") == 0o666


def test_a_private_folder_stays_private(open_umask: None, tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.mkdir(mode=0o700)
    with atomic_folder(str(out)) as folder:
        assert mode(folder) == 0o700
    assert mode(out) == 0o700


@pytest.mark.parametrize("may", [True, False])
def test_the_group_of_a_file(may: bool, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """It is kept; where it cannot be given, the user's own group gets no more rights than everybody."""
    out = tmp_path / "out"
    out.touch()
    out.chmod(0o664)
    given: list[tuple[int, int]] = []
    status = os.stat

    def other_group(path: Any, **options: Any) -> os.stat_result:
        result = status(path, **options)
        fields = list(result)
        fields[5] = 4321 if str(path) == str(out) else fields[5]
        return os.stat_result(fields)

    def chown(path: str, user: int, group: int) -> None:
        if not may:
            raise PermissionError(1, "Operation not permitted", path)
        given.append((user, group))

    monkeypatch.setattr(os, "stat", other_group)
    monkeypatch.setattr(os, "chown", chown)
    with atomic_file(str(out)):
        pass
    assert given == ([(-1, 4321)] if may else [])
    assert mode(out) == (0o664 if may else 0o644)


def test_traps_in_the_place_of_leftovers(tmp_path: Path) -> None:
    """In a folder that others may write to: a pipe, at which to wait, and a link to another file."""
    out, other = tmp_path / "out", tmp_path / "other"
    other.write_bytes(b"other")
    os.mkfifo(tmp_path / ".out.00000000.part")
    (tmp_path / ".out.00000001.part").symlink_to(other)
    remove_leftovers(str(out))
    with atomic_file(str(out)) as file:
        file.write(b"out")
    assert (out.read_bytes(), other.read_bytes()) == (b"out", b"other")
    assert (tmp_path / ".out.00000001.part").is_symlink()
