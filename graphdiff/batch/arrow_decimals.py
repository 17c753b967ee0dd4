"""Columns of floats as texts of Arrow: the shortest decimals, as Python writes them.

orjson, if it is installed, writes them in two thirds of the time that Arrow takes, with what separates them. Neither
writes all numbers as Python does; Python writes the others.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from itertools import chain
from typing import Any

import numpy
import pyarrow
import pyarrow.compute

from graphdiff.batch.arrow_numbers import array_of, mask_of

try:
    import orjson
except ImportError:
    orjson = None  # type: ignore[assignment]

SHORT = 1e-4
"""Numbers other than 0 below this are written with an exponent by Python."""
LONG = {"orjson": 1e16, "pyarrow": 1e10}
"""The numbers from which on a library writes an exponent, at the latest where Python does."""


def texts_of(columns: Sequence[Any], empty: Collection[int], delimiter: str, decimal: str = ".") -> Any:
    """The cells of each row, each cell after a delimiter; those in the empty rows have no text.

    Args:
        columns: Floats, of shape (N,) each.
        empty: The empty rows.
        delimiter: One character.
        decimal: The decimal point, which is not the delimiter.
    """
    return (_by_arrow if orjson is None else _by_orjson)(columns, empty, delimiter, decimal)


def _by_orjson(columns: Sequence[Any], empty: Collection[int], delimiter: str, decimal: str) -> Any:
    count, width = len(columns[0]), len(columns)
    numbers = numpy.zeros(count * width + 2)  # one more at each end, so that every cell is between delimiters
    table = numpy.stack(columns, axis=1, out=numbers[1:-1].reshape(count, width))
    differs = _differs(table, LONG["orjson"])
    if empty:
        differs[[*empty]] = True
    others = _texts(table, differs, empty)
    table[differs] = numpy.nan
    text = orjson.dumps(numbers, option=orjson.OPT_SERIALIZE_NUMPY)
    if others:  # null stands for NaN
        pieces = text.split(b"null")
        text = b"".join(chain.from_iterable(zip(pieces, [*map(str.encode, others), b""], strict=True)))
    if delimiter != ",":
        text = text.replace(b",", delimiter.encode())
    if decimal != ".":
        text = text.replace(b".", decimal.encode())
    places = numpy.flatnonzero(numpy.frombuffer(text, numpy.uint8) == ord(delimiter))[::width]
    offsets = pyarrow.py_buffer(places.astype(numpy.int32))
    return pyarrow.StringArray.from_buffers(count, offsets, pyarrow.py_buffer(text))


def _by_arrow(columns: Sequence[Any], empty: Collection[int], delimiter: str, decimal: str) -> Any:
    texts = []
    for numbers in columns:
        differs = _differs(numbers, LONG["pyarrow"]) | (numbers == numpy.floor(numbers))
        if empty:
            differs[[*empty]] = True
        column = array_of(numbers).cast(pyarrow.string())
        if others := _texts(numbers, differs, empty):
            column = pyarrow.compute.replace_with_mask(column, mask_of(differs), pyarrow.array(others))
        texts.append(column)
    cells = pyarrow.compute.binary_join_element_wise("", *texts, delimiter)
    return cells if decimal == "." else pyarrow.compute.replace_substring(cells, ".", decimal)


def _differs(numbers: Any, long: float) -> Any:
    """Which numbers a library that writes those up to long without an exponent writes otherwise than Python."""
    sizes = numpy.abs(numbers)
    return ((sizes < SHORT) & (sizes != 0)) | ~(sizes < long)


def _texts(numbers: Any, which: Any, empty: Collection[int]) -> list[str]:
    """The texts of some numbers, row by row; none for the empty rows."""
    texts = list(map(repr, numbers[which].tolist()))
    if empty:
        rows = numpy.nonzero(which)[0].tolist()
        texts = ["" if row in empty else text for row, text in zip(rows, texts, strict=True)]
    return texts
