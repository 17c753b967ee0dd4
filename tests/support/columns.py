"""Compiled functions of columns, and columns for them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from graphdiff import parse
from graphdiff.compiled.batch import BatchFunction
from graphdiff.passes.request import Request

NEURON = "1/(1+exp(-(w0*x0+w1*x1+w2)))"
BRANCHING = "where(x > y, erf(x)*z, max(x, z)) + clip(y, -1, z)*sign(x) - round(z)*softplus(y)"
MANY = 70_000
"""More than two blocks, the last of them a short one."""


def compile_columns(text: str, wrt: Sequence[str] | None = None) -> BatchFunction:
    graph = parse(text)
    return BatchFunction(graph, Request("gradient", graph.input_names if wrt is None else wrt))


def normal_columns(*names: str, count: int) -> dict[str, Any]:
    chance = np.random.default_rng(0)
    return {name: chance.normal(scale=2, size=count) for name in names}
