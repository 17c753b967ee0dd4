"""Which files are a table in many, and what each becomes."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from glob import glob, has_magic
from typing import NamedTuple

from graphdiff.batch.formats import format_of, format_of_name, open_table, reader_of
from graphdiff.errors import GraphdiffError, shortened


class Part(NamedTuple):
    """A file of the table as messages call it, its path for other processes, and the file its rows are written to."""

    name: str
    source: str
    target: str


def is_several(data: Sequence[str]) -> bool:
    """Whether what --data names is a table in many files: a folder, a pattern, or more than one."""
    return len(data) > 1 or any(os.path.isdir(each) or _is_pattern(each) for each in data)


def find_files(data: Sequence[str]) -> dict[str, str]:
    """The files that patterns, folders and names mean, each once: what messages call them by their absolute paths.

    Raises GraphdiffError("file") where a folder or a pattern has none.
    """
    return {os.path.abspath(name): name for each in data for name in _files(each)}


def find_parts(files: Mapping[str, str], folder: str, form: str) -> list[Part]:
    """What each file becomes in a folder: one of the same name, below the same folders.

    Raises GraphdiffError("file") where two would become one.
    """
    top = os.path.commonpath([os.path.dirname(path) for path in files])
    parts: dict[str, Part] = {}
    for path, name in files.items():
        target = os.path.join(folder, os.path.relpath(path, top))
        if format_of_name(path) not in (None, form):
            target = f"{os.path.splitext(target)[0]}.{form}"
        if target in parts:
            told = f"'{shortened(parts[target].name)}' and '{shortened(name)}' would become one file"
            raise GraphdiffError("file", f"{told}, '{os.path.basename(target)}'", hint="rename one of them")
        parts[target] = Part(name, path, target)
    return list(parts.values())


def first_table(files: Mapping[str, str], origin: str | None) -> tuple[str, Sequence[str] | None]:
    """The format of the first file that has columns, and their names; None where no file has.

    Raises GraphdiffError where it cannot be read.
    """
    for path, name in files.items():
        called = f"'{shortened(name)}'"
        with open_table(path, called) as table:
            form = origin or format_of(table, path)
            names = reader_of(form, table, called).names
        if names is not None:
            break
    return form, names


def _is_pattern(name: str) -> bool:
    return has_magic(name) and not os.path.lexists(name)


def _files(name: str) -> list[str]:
    """The files of a folder, of those below it too, or of a pattern, in the order of their names; what is called as
    hidden files or marks (_SUCCESS) are is none of them."""
    if os.path.isdir(name):
        found = glob(os.path.join(name, "**"), recursive=True)
        files = [path for path in found if os.path.isfile(path) and not os.path.basename(path).startswith("_")]
    elif _is_pattern(name):
        files = [path for path in glob(name, recursive=True) if os.path.isfile(path)]
    else:
        return [name]
    if not files:
        told = "there is no file in" if os.path.isdir(name) else "there is no file like"
        raise GraphdiffError("file", f"{told} '{shortened(name)}'")
    return sorted(files)
