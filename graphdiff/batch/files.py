"""The files of a table in many files, and the file that each is mapped to."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from glob import glob, has_magic
from typing import NamedTuple

from graphdiff.batch.formats import format_of, format_of_name, open_table, reader_of
from graphdiff.errors import GraphdiffError, shorten


class Part(NamedTuple):
    """One file of a table: its name in messages, its absolute path, and the path that its rows are written to."""

    name: str
    source: str
    target: str


def is_several(data: Sequence[str]) -> bool:
    """Whether --data names a table in many files: a folder, a pattern, or more than one name."""
    return len(data) > 1 or any(os.path.isdir(each) or _is_pattern(each) for each in data)


def find_files(data: Sequence[str]) -> dict[str, str]:
    """Find the files of patterns, folders and names, each once: a map from absolute paths to names in messages.

    Raises GraphdiffError("file") for a folder without files, or a pattern that matches none.
    """
    return {os.path.abspath(name): name for each in data for name in _files(each)}


def find_parts(files: Mapping[str, str], folder: str, form: str) -> list[Part]:
    """The parts of a table in these files; each is mapped to a file of the same relative path in a folder.

    Raises GraphdiffError("file") if two would be mapped to the same file.
    """
    top = os.path.commonpath([os.path.dirname(path) for path in files])
    parts: dict[str, Part] = {}
    for path, name in files.items():
        target = os.path.join(folder, os.path.relpath(path, top))
        if format_of_name(path) not in (None, form):
            target = f"{os.path.splitext(target)[0]}.{form}"
        if target in parts:
            names = f"'{shorten(parts[target].name)}' and '{shorten(name)}'"
            message = f"{names} would both be written to '{os.path.basename(target)}'"
            raise GraphdiffError("file", message, hint="rename one of them")
        parts[target] = Part(name, path, target)
    return list(parts.values())


def first_table(files: Mapping[str, str], origin: str | None) -> tuple[str, Sequence[str] | None]:
    """The format of the first file with columns, and the names of the columns; None if no file has any.

    Raises GraphdiffError if a file cannot be read.
    """
    for path, name in files.items():
        label = f"'{shorten(name)}'"
        with open_table(path, label) as table:
            form = origin or format_of(table, path)
            names = reader_of(form, table, label).names
        if names is not None:
            break
    return form, names


def _is_pattern(name: str) -> bool:
    return has_magic(name) and not os.path.lexists(name)


def _files(name: str) -> list[str]:
    """The files of a folder and its subfolders, or of a pattern, sorted by name; without hidden files and markers such
    as _SUCCESS."""
    if os.path.isdir(name):
        paths = glob(os.path.join(name, "**"), recursive=True)
        files = [path for path in paths if os.path.isfile(path) and not os.path.basename(path).startswith("_")]
    elif _is_pattern(name):
        files = [path for path in glob(name, recursive=True) if os.path.isfile(path)]
    else:
        return [name]
    if not files:
        problem = "no files in" if os.path.isdir(name) else "no files match"
        raise GraphdiffError("file", f"{problem} '{shorten(name)}'")
    return sorted(files)
