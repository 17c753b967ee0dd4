"""Tables as input bytes."""

from __future__ import annotations

import csv
import io
from functools import lru_cache
from typing import Any

from graphdiff.batch.evaluate import Evaluator
from graphdiff.batch.formats import reader_of, writer_of
from graphdiff.batch.inputs import find_inputs
from graphdiff.batch.run import map_rows
from graphdiff.errors import GraphdiffError
from graphdiff.reading.parse import parse
from support.fuzz.choices import Choices, spoil
from support.fuzz.outcomes import assert_tells, strict_json


class Trickle(io.RawIOBase):
    """A file that gives a few bytes at a time, as a slow pipe does."""

    def __init__(self, data: bytes, most: int) -> None:
        self._file = io.BytesIO(data)
        self._most = most

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        data = self._file.read(min(self._most, len(buffer)))
        buffer[: len(data)] = data
        return len(data)


FORMULA = parse("x*y + sum(v)*exp(x)/2")


def map_table(data: bytes, form: str, output_form: str, keeps_going: bool, most: int) -> bytes | GraphdiffError:
    """A table with its results, from a file that gives so many bytes at a time."""
    target = io.BytesIO()
    try:
        file = io.BytesIO(data) if form == "parquet" else Trickle(data, most)  # Parquet is read from its end
        reader = reader_of(form, io.BufferedReader(file, most), "the table")
        if reader.names is None:
            return b""
        inputs = find_inputs(FORMULA, reader.names, {"v": [1.0, 2.0]} if "v" not in reader.names else {}, None)
        writer = writer_of(output_form, target, reader, inputs.results)
        map_rows(reader, inputs, Evaluator(inputs, False), writer, keeps_going)
    except GraphdiffError as error:
        assert_tells(error)
        return error
    return target.getvalue()


CSV = [
    "x,y\n1,2\n",
    'x,y,k\n1,2,"a\nb"\n3,4,\n',
    "x;y\r\n1;2\r\n3;4\r\n",
    "x\ty\n1\t2\n",
    '"x","y"\n"1","2"\n',
    "y,x,v\n1,2,3\n",
]
LINES = [
    *['{"x": 1, "y": 2}\n{"x": 3, "y": 4.5}\n', '{"x": 1, "y": 2, "v": [1, 2]}\n\n{"x": 1, "y": 2, "v": 3}\n'],
    *['{"k": {"a": [null]}, "x": 1, "y": -2e3}\r\n', '{"x": 1, "y": 2}', '{"x": [1, 2], "y": [[1], [2]]}\n'],
]
CELLS = [
    '"',
    ",",
    ";",
    "\t",
    "\n",
    "\r",
    "\r\n",
    "1e999",
    "nan",
    "0x1",
    "1_0",
    "é",
    "\ufeff",
    "\0",
    "{",
    "}",
    "[1]",
    "null",
    "1,5",
]


def tables(data: bytes) -> None:
    """A table of text: the same whether it comes at once or by drops, the cells of its rows as they were."""
    choices = Choices(data)
    form, output_form = choices.one_of(["csv", "jsonl"]), choices.one_of(["csv", "jsonl"])
    keeps_going = bool(choices.number(1))
    drops = 1 + choices.number(40)
    if choices.number(1):
        table = spoil(choices, spoil(choices, choices.one_of(CSV if form == "csv" else LINES), CELLS), CELLS).encode()
    else:
        table = choices.rest()
    whole = map_table(table, form, output_form, keeps_going, 1 << 20)
    by_drops = map_table(table, form, output_form, keeps_going, drops)
    assert isinstance(whole, bytes) == isinstance(by_drops, bytes), (whole, by_drops)
    if isinstance(whole, bytes):
        assert whole == by_drops
        if output_form == "jsonl":
            for line in whole.decode().split("\n")[:-1]:
                strict_json(line)
        elif whole:
            rows = list(csv.reader(io.StringIO(whole.decode(), newline="")))
            assert form == "csv" or len({len(row) for row in rows if row}) == 1


@lru_cache(maxsize=1)
def _parquet() -> bytes:
    import pyarrow
    import pyarrow.parquet

    buffer = io.BytesIO()
    table = pyarrow.table(
        {"x": [1.0, 2.0, 3.0], "y": [1, 2, None], "v": [[1.0], [2.0, 3.0], []], "k": ["a", "b", None]}
    )
    pyarrow.parquet.write_table(table, buffer, compression="none")
    return buffer.getvalue()


def parquet(data: bytes) -> None:
    """A Parquet file of which some bytes are others."""
    choices = Choices(data)
    output_form = choices.one_of(["parquet", "csv", "jsonl"])
    table = bytearray(_parquet())
    for _ in range(1 + choices.number(3)):
        place, piece = choices.number(len(table) - 1), choices.take(1 + choices.number(3))
        table[place : place + choices.number(4)] = piece
    map_table(bytes(table), "parquet", output_form, bool(choices.number(1)), 1 << 20)
