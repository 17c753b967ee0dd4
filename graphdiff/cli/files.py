"""Files of values: a point as a JSON object, one array as JSON or as .npy."""

from __future__ import annotations

import json
from typing import Any

from graphdiff.cli.expression import file_label, read_text
from graphdiff.errors import GraphdiffError, shorten
from graphdiff.graph.shapes import MOST_ELEMENTS
from graphdiff.operations.literal import RoundedNumber, check_range, read_number
from graphdiff.operations.shapes import MOST_AXES, nested_entries
from graphdiff.passes.point import value_of
from graphdiff.passes.values import is_finite, shape_of
from graphdiff.source import normalize_names


def read_point_file(path: str) -> dict[str, Any]:
    """Read a JSON object, by names that are normalized.

    Raises GraphdiffError if it is not a JSON object.
    """
    if path.endswith((".npy", ".npz")):
        hint = f"to set the input x, write x=@{shorten(path)}"
        raise GraphdiffError("file", f"{file_label(path)} does not name an input", hint=hint)
    data = read_json(path)
    if not isinstance(data, dict):
        raise GraphdiffError("file", f"{file_label(path)} is not a JSON object", hint='as in {"x": 1, "y": [2, 3]}')
    return normalize_names(data)


def read_array_file(path: str, name: str, is_precise: bool = False) -> Any:
    """Read the value in a file of one array: .npy, or JSON as nested lists.

    Raises GraphdiffError if it cannot be read, or has entries that are not finite numbers.
    """
    if path.endswith(".npz"):
        message = f"{file_label(path)} may contain several arrays"
        raise GraphdiffError("file", message, hint="save one array as .npy, with numpy.save")
    if not path.endswith(".npy"):
        return check_value(read_json(path), name, path, is_precise)
    import numpy

    try:
        # Memory-map it first: a header may claim more than the file contains, or than fits in memory. But read it as a
        # file, since a map of a file that is cut short meanwhile ends the process.
        header: Any = numpy.load(path, mmap_mode="r", allow_pickle=False)
        if header.size > MOST_ELEMENTS:
            raise GraphdiffError(
                "limit", f"{file_label(path)} contains {header.size:.2g} numbers; the limit is {MOST_ELEMENTS:,}"
            )
        numbers = numpy.fromfile(path, header.dtype, header.size, offset=header.offset)
        order: Any = "C" if header.flags.c_contiguous else "F"
        array = value_of(numbers.reshape(header.shape, order=order), lambda: f"'{shorten(name)}' in {file_label(path)}")
    except GraphdiffError:
        raise
    except OSError as error:
        raise GraphdiffError("file", f"cannot read {file_label(path)}: {error.strerror or error}") from None
    except Exception:  # a damaged header can make NumPy raise anything
        message = f"{file_label(path)} is not a .npy file of numbers, or is truncated"
        raise GraphdiffError("file", message, hint="numpy.save writes such files") from None
    if shape_of(array) and array.dtype.kind != "b":  # a mask is reported where it is used as an index
        with numpy.errstate(all="ignore"):  # overflow gives infinity, which is reported below
            array = array.astype(numpy.float64)
    return _check_finite(array, name, path)


def check_value(value: Any, name: str, path: str, is_precise: bool) -> Any:
    """A value of a JSON file.

    Raises GraphdiffError if it is neither a finite number nor an array of them.
    """
    what = f"'{shorten(name)}' in {file_label(path)}"
    if isinstance(value, list):
        return _check_finite(value_of(value, lambda: what, is_precise), name, path)
    if isinstance(value, RoundedNumber):
        if not is_precise:
            check_range(value, what)
        return value if is_precise else float(value)
    if isinstance(value, (int, float)) and is_finite(float(value)):
        return float(value)
    hint = f"for a file of several inputs, write --at @{shorten(path)}" if isinstance(value, dict) else None
    raise GraphdiffError("value", f"{what} is not a finite number: {shorten(json.dumps(value))}", hint=hint)


def _check_finite(value: Any, name: str, path: str) -> Any:
    if not all(isinstance(entry, RoundedNumber) or is_finite(entry) for entry in nested_entries(value)):
        raise GraphdiffError("value", f"'{shorten(name)}' in {file_label(path)} has an entry that is not finite")
    return value


def read_json(path: str) -> Any:
    """Read a JSON document, whose numbers know the decimals that they were rounded from.

    Raises GraphdiffError if it cannot be read.
    """
    text = read_text(path)
    try:
        return json.loads(
            text,
            object_pairs_hook=_to_dict,
            parse_constant=_reject_constant,
            parse_int=read_number,
            parse_float=read_number,
        )
    except RecursionError:
        message = f"{file_label(path)} is nested deeper than {MOST_AXES} levels, the most axes of an array"
        raise GraphdiffError("limit", message) from None
    except ValueError as error:
        may_be_json = path.endswith(".json") or path == "-"
        hint = None if may_be_json else "values are read from JSON files, arrays also from .npy files"
        raise GraphdiffError("file", f"{file_label(path)} is not JSON: {error}", hint=hint) from None
    except GraphdiffError as error:
        raise GraphdiffError("file", f"{file_label(path)}: {error.message}") from None


def _to_dict(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    data: dict[str, Any] = {}
    for name, value in pairs:
        if name in data:
            raise GraphdiffError("value", f"duplicate name '{shorten(name)}'")
        data[name] = value
    return data


def _reject_constant(name: str) -> float:
    raise GraphdiffError("value", f"{name} is not a finite number")
