"""The files of a table in many files, and the file that each is mapped to."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from glob import escape, has_magic, iglob
from typing import TYPE_CHECKING, NamedTuple

from graphdiff.batch.compression import without_compression
from graphdiff.batch.formats import format_of, format_of_name, open_table, reader_of
from graphdiff.batch.table_options import TableOptions
from graphdiff.errors import GraphdiffError, shorten
from graphdiff.operations.shapes import Shape, nested_shape

if TYPE_CHECKING:
    from graphdiff.batch.table import Reader

MOST_FILES = 100_000
"""The most files of one folder or pattern."""


class Part(NamedTuple):
    """One file of a table: its name in messages, its absolute path, and the path that its rows are written to."""

    name: str
    source: str
    target: str


def is_several(data: Sequence[str]) -> bool:
    """Whether --data names a table in many files: a folder, a pattern, or more than one name."""
    return len(data) > 1 or any(os.path.isdir(each) or _is_pattern(each) for each in data)


def find_files(data: Sequence[str]) -> dict[str, str]:
    """Find the files of patterns, folders and names, each once, however many names and links lead to it: a map from
    absolute paths to names in messages.

    Raises GraphdiffError: "file" for a folder without files, one that cannot be read, or a pattern that matches none;
    "limit" for more than MOST_FILES.
    """
    files: dict[str, str] = {}
    places: set[str] = set()
    for each in data:
        for name in _files(each):
            place = os.path.realpath(name)
            if place not in places:
                places.add(place)
                files[os.path.abspath(name)] = name
    return files


def find_parts(files: Mapping[str, str], folder: str, form: str) -> list[Part]:
    """The parts of a table in these files; each is mapped to a file of the same relative path in a folder.

    Raises GraphdiffError("file") if two would be mapped to the same file.
    """
    top = os.path.commonpath([os.path.dirname(path) for path in files])
    parts: dict[str, Part] = {}
    for path, name in files.items():
        target = os.path.join(folder, os.path.relpath(path, top))
        if format_of_name(path) not in (None, form):
            target = f"{os.path.splitext(without_compression(target))[0]}.{form}"
        if target in parts:
            names = f"'{shorten(parts[target].name)}' and '{shorten(name)}'"
            message = f"{names} would both be written to '{os.path.basename(target)}'"
            raise GraphdiffError("file", message, hint="rename one of them")
        parts[target] = Part(name, path, target)
    return list(parts.values())


def first_table(files: Mapping[str, str], options: TableOptions) -> tuple[str, Sequence[str] | None]:
    """The format of the first file with columns, and the names of the columns; None if no file has any.

    Raises GraphdiffError if a file cannot be read.
    """
    for path, name in files.items():
        label = f"'{shorten(name)}'"
        with open_table(path, label) as table:
            form = options.origin or format_of(table, path)
            names = reader_of(form, table, label, options).names
        if names is not None:
            break
    return form, names


def column_shapes(data: Sequence[str], options: TableOptions) -> dict[str, Shape]:
    """The shape of the first entry of each column of a table in files, by the column's name; none of a pipe.

    Raises GraphdiffError if a file cannot be read.
    """
    for path, name in (find_files(data) if is_several(data) else {data[0]: data[0]}).items():
        if not os.path.isfile(path):  # a pipe can be read only once
            break
        label = f"'{shorten(name)}'"
        with open_table(path, label) as table:
            form = options.origin or format_of(table, path)
            if shapes := first_shapes(reader_of(form, table, label, options)):
                return shapes
    return {}


def first_shapes(reader: Reader) -> dict[str, Shape]:
    """The shape of the first entry of each column, by the column's name."""
    names = reader.names or ()
    for chunk in reader.chunks(range(len(names))):
        return {name: nested_shape(chunk.read_column(place).values[0]) for place, name in enumerate(names)}
    return {}


def _is_pattern(name: str) -> bool:
    return has_magic(name) and not os.path.lexists(name)


def _files(name: str) -> list[str]:
    """The files of a folder and its subfolders, or of a pattern, sorted by name; without hidden files and markers such
    as _SUCCESS."""
    if os.path.isdir(name):
        paths = (path for folder in _folders(name) for path in iglob(os.path.join(escape(folder), "*")))
        files = _within_limit((path for path in paths if not os.path.basename(path).startswith("_")), name)
    elif _is_pattern(name):
        files = _within_limit(_matches(name), name)
    else:
        return [name]
    if not files:
        problem = "no files in" if os.path.isdir(name) else "no files match"
        raise GraphdiffError("file", f"{problem} '{shorten(name)}'")
    return sorted(files)


def _within_limit(paths: Iterable[str], name: str) -> set[str]:
    """Those of the paths that are files. Raises GraphdiffError("limit") if they are more than MOST_FILES."""
    files: set[str] = set()
    for path in filter(os.path.isfile, paths):
        files.add(path)
        if len(files) > MOST_FILES:
            hint = "map its subfolders one after the other"
            raise GraphdiffError("limit", f"'{shorten(name)}' has more than {MOST_FILES:,} files", hint=hint)
    return files


def _matches(pattern: str) -> Iterator[str]:
    """The paths that a pattern matches, in which ** is any number of folders."""
    parts = pattern.split(os.sep)
    if "**" not in parts:
        yield from iglob(pattern)
        return
    position = parts.index("**")
    rest = parts[position + 1 :] or ["*"]
    for top in iglob(os.sep.join([*parts[:position], ""])) if position else [os.curdir]:
        for folder in _folders(top):
            yield from _matches(os.path.join(escape(folder), *rest))


def _folders(top: str) -> Iterator[str]:
    """A folder and its subfolders, each once, though links may lead to it again; without hidden ones.

    Raises GraphdiffError("file") if one cannot be read.
    """
    places: set[str] = set()
    folders, links = deque([top]), deque[str]()
    while folders or links:
        folder = (folders or links).popleft()  # by its own name rather than that of a link
        place = os.path.realpath(folder)
        if place in places:
            continue
        places.add(place)
        yield folder
        try:
            entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
        except OSError as error:
            raise GraphdiffError("file", f"cannot read '{shorten(folder)}': {error.strerror or error}") from None
        for entry in entries:
            if os.path.isdir(entry.path) and not entry.name.startswith("."):
                (links if entry.is_symlink() else folders).append(entry.path)
