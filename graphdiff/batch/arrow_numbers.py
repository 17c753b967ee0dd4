"""Numbers of NumPy as arrays of Arrow, and back, as views of the same memory: pyarrow's own conversions import pandas,
where it is installed."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import numpy
import pyarrow

FLOATS = {"halffloat": "float16", "float": "float32", "double": "float64"}
"""NumPy's names of types, by those of Arrow; integers have the same ones."""


def numbers_of(array: Any) -> Any:
    """The entries of an array of integers or floats; those that are null are arbitrary."""
    end = array.offset + len(array)
    if not end:
        return numpy.empty(0)
    name = str(array.type)
    return numpy.frombuffer(array.buffers()[1], FLOATS.get(name, name), end)[array.offset :]


def validity_of(array: Any) -> Any:
    """Which entries of an array are not null."""
    if not array.null_count:
        return numpy.ones(len(array), bool)
    end = array.offset + len(array)
    bits = numpy.frombuffer(array.buffers()[0], numpy.uint8)
    return numpy.unpackbits(bits, count=end, bitorder="little")[array.offset :] != 0


def array_of(numbers: Any, empty: Collection[int] = ()) -> Any:
    """Floats of shape (N,) as an array that is null in the empty rows."""
    validity = None
    if empty:
        is_valid = numpy.ones(len(numbers), bool)
        is_valid[[*empty]] = False
        validity = _bits(is_valid)
    data = pyarrow.py_buffer(numpy.ascontiguousarray(numbers, numpy.float64))
    return pyarrow.Array.from_buffers(pyarrow.float64(), len(numbers), [validity, data])


def mask_of(conditions: Any) -> Any:
    """Conditions of shape (N,) as an array."""
    return pyarrow.Array.from_buffers(pyarrow.bool_(), len(conditions), [None, _bits(conditions)])


def _bits(conditions: Any) -> Any:
    return pyarrow.py_buffer(numpy.packbits(conditions, bitorder="little"))
