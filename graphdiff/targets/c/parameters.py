"""The parameters of functions in C: inputs, and the arrays that they write results to."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product
from typing import NamedTuple

from graphdiff.operations.shapes import Shape, size_of
from graphdiff.targets.results import Leaf, Result, common_shape, leaves


class Output(NamedTuple):
    """An array that a function writes a result to: a parameter after the inputs. It has the shape of the result where
    its parts are numbers or arrays of the same shape, otherwise the entries of all parts, one after the other.
    The gradient always has one axis."""

    name: str
    shape: Shape

    @property
    def entries(self) -> list[str]:
        """The places of its entries, row by row."""
        return [self.name + "".join([f"[{each}]" for each in place]) for place in product(*map(range, self.shape))]


def outputs_of(results: Sequence[Result]) -> list[Output]:
    """The arrays that a function writes results to: all but a value that is a number, which it returns."""
    outputs: list[Output] = []
    for result in results:
        count = sum([size_of(leaf.shape) for leaf in leaves(result.tree)])
        if count and not (result.name == "value" and result.tree == Leaf()):
            shape = None if result.name == "gradient" else common_shape(result.tree)
            outputs.append(Output(result.name, shape or (count,)))
    return outputs


def declaration(parameter: str, shape: Shape) -> str:
    return f"{'const ' if shape else ''}double {parameter}{sizes_text(shape)}"


def pointer(name: str, shape: Shape) -> str:
    """The declaration of an array to write to, which no other parameter overlaps: by a keyword that compilers of C and
    of C++ know."""
    rows = sizes_text(shape[1:])
    return f"double (*__restrict {name}){rows}" if rows else f"double *__restrict {name}"


def sizes_text(shape: Shape) -> str:
    return "".join(f"[{size}]" for size in shape)
