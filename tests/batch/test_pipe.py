"""Tables from pipes: read in large pieces, but as soon as rows are there."""

from __future__ import annotations

import io
import os
import sys

import pytest

from graphdiff.batch.lines import BLOCK
from graphdiff.batch.pipe import Pipe
from graphdiff.batch.table_options import TableOptions


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only Linux has pipes of any size")
def test_a_pipe_holds_a_block() -> None:
    import fcntl

    read_end, write_end = os.pipe()
    with open(read_end, "rb") as table, open(write_end, "wb"):
        Pipe(table, TableOptions(), "standard input")
        assert fcntl.fcntl(read_end, fcntl.F_GETPIPE_SZ) >= BLOCK


def test_a_table_that_is_no_pipe() -> None:
    table = Pipe(io.BufferedReader(io.BytesIO(b"x\n1\n")), TableOptions(), "the table").table
    assert table.read() == b"x\n1\n"
