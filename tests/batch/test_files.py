"""A table in many files: which files it has, where they are written, and their errors."""

from __future__ import annotations

import csv
import os
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from graphdiff.errors import GraphdiffError
from graphdiff.source import Source

Command = Callable[..., Any]
SQUARE = ["map", "x^2", "--data"]


@pytest.fixture
def points(tmp_path: Path) -> Path:
    """A folder with three files, one of them in a subfolder, and with markers that are not part of the table."""
    folder = tmp_path / "points"
    (folder / "year=2024").mkdir(parents=True)
    for number, name in enumerate(["a.csv", "year=2024/a.csv", "b.csv"]):
        (folder / name).write_text(f"id,x\n{2 * number},{number}\n{2 * number + 1},0.5\n")
    (folder / "_SUCCESS").touch()
    (folder / ".hidden.csv").touch()
    return folder


def rows(folder: Path) -> list[list[str]]:
    """The cells of all files, without headers."""
    return [
        row for path in sorted(folder.rglob("*.csv")) for row in list(csv.reader(path.read_text().splitlines()))[1:]
    ]


def test_a_folder(command: Command, points: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    result = command(*SQUARE, str(points), "-o", str(out))
    assert (result.status, result.out, result.err) == (0, "", "")
    assert sorted(os.listdir(tmp_path)) == ["out", "points"]
    assert sorted(os.listdir(out)) == ["a.csv", "b.csv", "year=2024"]
    assert (out / "b.csv").read_text() == "id,x,value,d_x\n4,2,4.0,4.0\n5,0.5,0.25,1.0\n"
    assert [row[0] for row in rows(out)] == ["0", "1", "4", "5", "2", "3"]


def test_patterns_and_files(command: Command, points: Path, tmp_path: Path) -> None:
    """Each file is mapped once, however often it is named; an empty folder can be written to."""
    out = tmp_path / "out"
    out.mkdir()
    words = [str(points / "*.csv"), "--data", str(points / "b.csv"), "--data", f"{points}/year=2024/../a.csv"]
    assert command(*SQUARE, *words, "-o", str(out)).status == 0
    assert [row[0] for row in rows(out)] == ["0", "1", "4", "5"]
    odd = points / "[1].csv"
    odd.write_text("x\n3\n")
    assert command(*SQUARE, str(odd)).out == "x,value,d_x\n3,9.0,6.0\n"


def test_formats(command: Command, points: Path, tmp_path: Path) -> None:
    """Files may have different formats; the result has one."""
    (points / "c.jsonl").write_text('{"id": 6, "x": 3}\n')
    out = tmp_path / "out.jsonl"
    assert command(*SQUARE, str(points), "-o", str(out)).status == 0
    assert (out / "c.jsonl").read_text() == '{"id": 6, "x": 3, "value": 9.0, "d_x": 6.0}\n'
    assert (out / "b.jsonl").read_text().startswith('{"id": "4", "x": 2.0, "value": 4.0, "d_x": 4.0}\n')
    (points / "b.tsv").write_text("id\tx\n1\t1\n")
    result = command(*SQUARE, str(points), "-o", str(tmp_path / "other"), "--format", "jsonl")
    assert (result.status, "would both be written to 'b.jsonl'" in result.err) == (2, True)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("id,x\n1,1\n2,?\n", "year=2024/a.csv': line 3, column 'x': '?' is not a number"),
        ("id,y\n1,1\n", "year=2024/a.csv': no column and no constant value for x"),
        ("x,id\n1,1\n", "year=2024/a.csv': the columns of the file are x, id\n  those of the first file are id, x"),
        ("", "year=2024/a.csv': the file has no header"),
        ("PAR1", "year=2024/a.csv': the file is not a Parquet file"),
    ],
)
def test_errors_name_the_file(command: Command, points: Path, tmp_path: Path, text: str, message: str) -> None:
    if text == "PAR1":
        pytest.importorskip("pyarrow", reason="the extra parquet is not installed")
    (points / "year=2024" / "a.csv").write_text(text)
    result = command(*SQUARE, str(points), "-o", str(tmp_path / "out"))
    assert (result.status, result.out) == (2, "")
    assert message in result.err
    assert os.listdir(tmp_path) == ["points"]


def test_going_on(command: Command, points: Path, tmp_path: Path) -> None:
    (points / "b.csv").write_text("id,x\n4,?\n5,\n6,1\n")
    result = command(*SQUARE, str(points), "-o", str(tmp_path / "out"), "--on-error", "null")
    assert result.status == 0
    assert result.err.startswith("note: 2 of 7 rows have no results; the first error: ")
    assert result.err.endswith("b.csv': line 2, column 'x': '?' is not a number\n")


def test_lines_of_json_may_differ(command: Command, tmp_path: Path) -> None:
    """Their columns may differ, but not those of results: d_k exists only where k does."""
    points = tmp_path / "points"
    points.mkdir()
    for name, text in {"a": "", "b": '{"x": 1, "n": 2}\n', "c": '{"x": 3}\n', "d": '{"note": 1, "x": 2}\n'}.items():
        (points / f"{name}.jsonl").write_text(text)
    assert command(*SQUARE, str(points), "-o", str(tmp_path / "out")).status == 0
    assert (tmp_path / "out" / "c.jsonl").read_text() == '{"x": 3, "value": 9.0, "d_x": 6.0}\n'
    (points / "d.jsonl").write_text('{"x": 3, "e": 2}\n')
    result = command("map", "x*e", "--data", str(points), "-o", str(tmp_path / "other"))
    assert "d.jsonl': the columns of its result are value, d_x, d_e" in result.err


@pytest.mark.parametrize("there", ["a file", "a folder"])
def test_nothing_is_overwritten(command: Command, points: Path, tmp_path: Path, there: str) -> None:
    out = tmp_path / "out"
    (out / "kept").mkdir(parents=True) if there == "a folder" else out.touch()
    result = command(*SQUARE, str(points), "-o", str(out))
    assert (result.status, "it exists and is not an empty folder" in result.err) == (2, True)
    assert command(*SQUARE, str(tmp_path / "out" / "kept"), "-o", str(tmp_path / "new")).status == 2


def test_the_current_folder_stays(
    command: Command, points: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Even if it is empty: a shell would stay in the old folder, and see nothing."""
    (tmp_path / "work").mkdir()
    monkeypatch.chdir(tmp_path / "work")
    for words in ([*SQUARE, str(points), "-o", "."], ["draw", "x*y", "--at=x=1,y=2", "--steps", f"{tmp_path}/work"]):
        result = command(*words)
        assert (result.status, "it is the current folder" in result.err) == (2, True)
    assert Path.cwd().is_dir()


def test_errors_are_pickled() -> None:
    error = GraphdiffError("value", "no", Source("x", "file"), (0, 1), "why")
    assert vars(pickle.loads(pickle.dumps(error))) == vars(error)


def loop(points: Path) -> None:
    (points / "again").symlink_to(points)


def loops(points: Path) -> None:
    """So many ways through them that nobody could follow all."""
    (points / "again").symlink_to(points)
    (points / "once more").symlink_to(points)


def links_to_files(points: Path) -> None:
    (points / "link.csv").symlink_to("b.csv")
    (points / "broken.csv").symlink_to("none.csv")
    (points / "itself.csv").symlink_to("itself.csv")


@pytest.mark.skipif(os.name == "nt", reason="platform: links need rights on Windows")
@pytest.mark.parametrize("link", [loop, loops, links_to_files])
@pytest.mark.parametrize("pattern", ["", "**/*.csv", "**/[abl].*"])
def test_links(command: Command, points: Path, tmp_path: Path, link: Callable[[Path], None], pattern: str) -> None:
    """Each file once, by its own name, as long as no link has another file."""
    link(points)
    out = tmp_path / "out"
    assert command(*SQUARE, str(points / pattern), "-o", str(out)).status == 0
    assert sorted(row[0] for row in rows(out)) == ["0", "1", "2", "3", "4", "5"]
    assert {*os.listdir(out)} == {"a.csv", "b.csv", "year=2024"}


@pytest.mark.skipif(os.name == "nt", reason="platform: links need rights on Windows")
def test_links_to_other_folders(command: Command, points: Path, tmp_path: Path) -> None:
    """They are followed."""
    (tmp_path / "linked").mkdir()
    (tmp_path / "linked" / "here").symlink_to(points)
    (tmp_path / "linked" / "there").symlink_to(points)
    assert command(*SQUARE, str(tmp_path / "linked"), "-o", str(tmp_path / "out")).status == 0
    assert sorted(row[0] for row in rows(tmp_path / "out")) == ["0", "1", "2", "3", "4", "5"]


def test_folders_that_cannot_be_read(
    command: Command, points: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They are an error: rows would be missing."""
    scan = os.scandir

    def refuse(path: str) -> Any:
        if str(path).endswith("year=2024"):
            raise PermissionError(13, "Permission denied", path)
        return scan(path)

    monkeypatch.setattr(os, "scandir", refuse)
    result = command(*SQUARE, str(points), "-o", str(tmp_path / "out"))
    assert (result.status, "year=2024': Permission denied" in result.err) == (2, True)


def test_too_many_files(command: Command, points: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    words = [*SQUARE, str(points), "-o", str(tmp_path / "out")]
    monkeypatch.setattr("graphdiff.batch.files.MOST_FILES", 2)
    result = command(*words)
    assert (result.status, "has more than 2 files" in result.err) == (2, True)
    monkeypatch.setattr("graphdiff.batch.files.MOST_FILES", 3)
    assert command(*words).status == 0
