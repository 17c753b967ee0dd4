"""Files of values: a point as a JSON object, one array as JSON or as NumPy's .npy."""

from __future__ import annotations

import json
from collections.abc import Container
from typing import Any

from graphdiff.cli.inputs import called, read_text
from graphdiff.errors import GraphdiffError, shortened
from graphdiff.graph.shapes import MOST_ELEMENTS
from graphdiff.operations.shapes import MOST_AXES, nested_entries
from graphdiff.passes.point import value_of
from graphdiff.passes.values import is_finite, shape_of
from graphdiff.source import normalized


def read_point_file(path: str, names: Container[str]) -> dict[str, Any]:
    """The numbers and arrays of a JSON object by name, of these names alone.

    Raises GraphdiffError where it is no JSON object, or a value is no finite number and no array of them.
    """
    if path.endswith((".npy", ".npz")):
        raise GraphdiffError("file", f"{called(path)} names no input", hint="one array is given as W=@weights.npy")
    data = _read_json(path)
    if not isinstance(data, dict):
        raise GraphdiffError("file", f"{called(path)} is not a JSON object", hint='as in {"x": 1, "y": [2, 3]}')
    named = {normalized(name): value for name, value in data.items()}
    return {name: _checked(value, name, path) for name, value in named.items() if name in names}


def read_array_file(path: str, name: str) -> Any:
    """The value in a file of one array: .npy, or JSON's nested lists.

    Raises GraphdiffError where it cannot be read or has entries that are no finite numbers.
    """
    if path.endswith(".npz"):
        raise GraphdiffError("file", f"{called(path)} may hold several arrays", hint="save one with numpy.save as .npy")
    if not path.endswith(".npy"):
        return _checked(_read_json(path), name, path)
    import numpy

    try:
        # Mapped first: a header may claim more than the file, or memory, has.
        mapped = numpy.load(path, mmap_mode="r", allow_pickle=False)
        if mapped.size > MOST_ELEMENTS:
            raise GraphdiffError(
                "limit", f"{called(path)} holds {mapped.size:.2g} numbers; the limit is {MOST_ELEMENTS:,}"
            )
        array = value_of(numpy.array(mapped), lambda: f"'{shortened(name)}' in {called(path)}")
    except GraphdiffError:
        raise
    except OSError as error:
        raise GraphdiffError("file", f"cannot read {called(path)}: {error.strerror or error}") from None
    except Exception:  # whatever a broken header makes NumPy raise
        message = f"{called(path)} is no .npy file of numbers, or is cut short"
        raise GraphdiffError("file", message, hint="numpy.save writes one") from None
    if shape_of(array) and array.dtype.kind != "b":  # that it is a mask is told where it is used as an index
        with numpy.errstate(all="ignore"):  # what is too large becomes infinite, and that is told
            array = array.astype(numpy.float64)
    return _finite(array, name, path)


def _checked(value: Any, name: str, path: str) -> Any:
    what = f"'{shortened(name)}' in {called(path)}"
    if isinstance(value, list):
        return _finite(value_of(value, lambda: what), name, path)
    try:
        if isinstance(value, (int, float)) and is_finite(float(value)):
            return float(value)
    except OverflowError:
        pass
    hint = f"a point's file is given as --at @{shortened(path)}" if isinstance(value, dict) else None
    raise GraphdiffError("value", f"{what} is not a finite number: {shortened(json.dumps(value))}", hint=hint)


def _finite(value: Any, name: str, path: str) -> Any:
    if not all(map(is_finite, nested_entries(value))):
        raise GraphdiffError("value", f"'{shortened(name)}' in {called(path)} has an entry that is not finite")
    return value


def _read_json(path: str) -> Any:
    text = read_text(path)
    try:
        return json.loads(text, object_pairs_hook=_without_duplicates, parse_constant=_no_constant, parse_int=float)
    except RecursionError:
        raise GraphdiffError("limit", f"{called(path)} nests deeper than the {MOST_AXES} axes of an array") from None
    except ValueError as error:
        known = path.endswith(".json") or path == "-"
        hint = None if known else "values are read from JSON, one array from .npy as well"
        raise GraphdiffError("file", f"{called(path)} is not JSON: {error}", hint=hint) from None
    except GraphdiffError as error:
        raise GraphdiffError("file", f"{called(path)}: {error.message}") from None


def _without_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    data: dict[str, Any] = {}
    for name, value in pairs:
        if name in data:
            raise GraphdiffError("value", f"'{shortened(name)}' stands twice")
        data[name] = value
    return data


def _no_constant(name: str) -> float:
    raise GraphdiffError("value", f"{name} is not a finite number")
