"""Bodies of functions in C that compute arrays in loops."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from graphdiff.operations.shapes import Shape, size_of
from graphdiff.targets.c.parameters import Output, outputs_of
from graphdiff.targets.c_like import CLikeLanguage
from graphdiff.targets.instructions import Code
from graphdiff.targets.names import Names
from graphdiff.targets.nests.buffers import Buffer, Storage, allocate
from graphdiff.targets.nests.indices import ZERO, Index, unflatten
from graphdiff.targets.results import leaves

WORKSPACE = "workspace"
"""The name of the last parameter: memory for arrays in between."""


class NestedBody(NamedTuple):
    """The lines of a body, before it returns a value if there is one; and how many numbers the workspace has."""

    lines: list[str]
    returned: list[str]
    workspace: int


def nested_body(code: Code, language: CLikeLanguage, names: Names) -> NestedBody:
    """The body for a code on whole arrays.

    Raises GraphdiffError("value") where loops lack a function.
    """
    from graphdiff.targets.nests.lower import lower  # lazy: code without loop nests does not need NumPy

    returned = [] if outputs_of(code.results[:1]) else [names.new("value")]
    targets = [Storage(Buffer(each, 1), (), is_variable=True) for each in returned]
    for result in code.results[len(returned) :]:
        for output in outputs_of([result]):
            targets += _storages(output, [leaf.shape for leaf in leaves(result.tree)])
    body = lower(code, {each: names(each) for each in code.inputs}, targets, language, names)
    local, offsets, workspace = allocate(body.buffers)
    lines = [f"(void){names(each)};" for each in code.inputs if each not in body.used]
    lines += [f"(void){WORKSPACE};"] * (not workspace)
    for table in body.tables:
        numbers = ", ".join([language.constant(number).text for number in table.table])
        lines.append(f"static const double {table.name}[{table.size}] = {{{numbers}}};")
    lines += [f"double {each.name}[{each.size}];" for each in local]
    lines += [f"double *const {each.name} = {WORKSPACE} + {start};" for each, start in offsets.items()]
    return NestedBody([*lines, *body.lines], returned, max(1, workspace))


def _storages(output: Output, shapes: Sequence[Shape]) -> list[Storage]:
    """Where the arrays of these shapes are in an array that is a parameter."""
    buffer = Buffer(output.name, 0, is_nested=len(output.shape) > 1)
    storages: list[Storage] = []
    start = 0
    for place, shape in enumerate(shapes):
        if buffer.is_nested:
            lead = output.shape[: len(output.shape) - len(shape)]
            storages.append(Storage(buffer, shape, ZERO, unflatten(Index((), place), lead)))
        else:
            storages.append(Storage(buffer, shape, Index((), start)))
        start += size_of(shape)
    return storages
