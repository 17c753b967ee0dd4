"""Where the entries of a sparse matrix are."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple


class Pattern(NamedTuple):
    """The row and the column of each entry, in the order of the rows, and within a row of the columns.

    The rows are the entries of the outputs one after the other, or of the inputs for a Hessian; the columns those of
    the inputs to differentiate by. shape has the numbers of rows and columns.
    """

    rows: Sequence[int]
    columns: Sequence[int]
    shape: tuple[int, int]
