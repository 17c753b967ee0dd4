"""What generated code is to compute."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from graphdiff.errors import GraphdiffError

WANTS = ("value", "gradient", "jacobian", "hessian", "jvp", "vjp", "hvp")
"""What a function can return: the value alone, or the value and one of these."""


class Request(NamedTuple):
    """What generated code is to compute.

    want     one of WANTS
    wrt      the names of the inputs to differentiate by
    outputs  the names of the graph's outputs, if there are several
    inputs   names that are inputs, even if they could be constants
    directions  the number of directions or upstreams that a product is computed for at once, along a first axis of them
                and of the products; None for one without this axis
    sparse   whether a Jacobian or a Hessian is only its entries that can differ from 0, one after the other
    """

    want: str
    wrt: Sequence[str]
    outputs: Sequence[str] = ()
    inputs: Sequence[str] = ()
    directions: int | None = None
    sparse: bool = False


def check_sparse(want: str) -> None:
    """Raise GraphdiffError("usage") if what is wanted is not a matrix that can be sparse."""
    if want not in ("jacobian", "hessian"):
        raise GraphdiffError("usage", f"{want} is not sparse", hint="use a jacobian or a hessian")
