"""Instructions → PyTorch, for tensors of any floating dtype on any device; the code can be differentiated further."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from graphdiff.operations.indexing import NEW
from graphdiff.targets.instructions import Code, Instruction
from graphdiff.targets.numpy import Numpy, source_in
from graphdiff.targets.registry import TARGETS
from graphdiff.targets.spelling import ATOM, Spelling, Text

NAMES = {
    "axis": "dim",
    "keepdims": "keepdim",
    "k": "diagonal",
    "max": "amax",
    "min": "amin",
    "concat": "cat",
    "cumulative_sum": "cumsum",
    "cumulative_prod": "cumprod",
    "expand_dims": "unsqueeze",
    "permute_dims": "permute",
    "moveaxis": "movedim",  # its other name, which vmap lacks
    "erf": "erf",
    "erfc": "erfc",
    "gammainc": "special.gammainc",
    "gammaincc": "special.gammaincc",
}
"""PyTorch's names for functions and options."""
LARGEST_SINGLE = (2 - 2**-23) * 2.0**127
"""The largest number of single precision."""


class Torch(Numpy):
    """PyTorch. Only some of its functions take numbers in place of tensors."""

    target = TARGETS["torch"]
    module = "torch"
    imports: Mapping[str, str] = {"torch": "import torch"}
    decorator = ""
    module_of_definitions = "torch_definitions"
    in_module = Numpy.in_module | {"cbrt", "sign"}
    library_names = NAMES
    lacks: Mapping[str, str] = {
        **Numpy.lacks,
        **dict.fromkeys(("jv", "yv", "iv", "besselk", "betainc"), "PyTorch lacks it; numpy has it, with SciPy"),
    }
    makes_arrays = "tensor"
    adds_in_place = False

    def __init__(self, like: str | None) -> None:
        super().__init__(like)
        self.spellings = {
            **self.spellings,
            "maximum": lambda operands, options: self._extreme("maximum", "min", operands),
            "minimum": lambda operands, options: self._extreme("minimum", "max", operands),
            "sum": lambda operands, options: self._total("sum", operands, options),
            "mean": lambda operands, options: self._total("mean", operands, options),
            "prod": self._prod,
            "flip": lambda operands, options: Text(f"torch.flip({operands[0].text}, ({options['axis']},))"),
            "roll": self._roll,
            "tensordot": lambda operands, options: Text(
                f"torch.tensordot({operands[0].text}, {operands[1].text}, dims={options['axes']})"
            ),
            "pad": self._pad,
            "sort": self._first_of("sort"),
            "cumulative_maximum": self._first_of("cummax"),
        }

    @property
    def array_arguments(self) -> str:
        return f"dtype={self.like}.dtype, device={self.like}.device" if self.like else "dtype=torch.float64"

    def operands_of(self, function: str, operands: Sequence[Text]) -> list[Text]:
        if function == "where" and operands[0].is_number:
            operands = [Text(f"{self.lift(operands[0]).text} != 0.0"), *operands[1:]]
        if function in ("where", "pow"):
            return super().operands_of(function, [self._lift_large(operand) for operand in operands])
        return [self.lift(operand) for operand in operands]

    def subscript(self, array: str, shape: str, items: Sequence[Any], indices: Sequence[Text]) -> str:
        """PyTorch has no negative steps: such slices are taken from the flipped axis."""
        reverse_axes = []
        forward = list(items)
        for axis, place in enumerate([place for place, item in enumerate(items) if item != NEW]):
            item = items[place]
            if item[0] == "slice" and (item[3] or 1) < 0:
                reverse_axes.append(axis)
                start, stop = (None if bound is None else ~bound for bound in item[1:3])
                forward[place] = ("slice", start, stop, -item[3] if item[3] < -1 else None)
        return super().subscript(
            f"torch.flip({array}, {reverse_axes})" if reverse_axes else array, shape, forward, indices
        )

    def _float_of(self, operands: Sequence[Text], options: Mapping[str, Any]) -> Text:
        return Text(f"{operands[0].within(ATOM)}.to({self.array_arguments.partition(',')[0].removeprefix('dtype=')})")

    def _place(self, operands: Sequence[Text], options: Mapping[str, Any]) -> Text:
        self.dependencies |= {"place", "entries"}
        like = operands[1].text
        shape = f"{operands[1].within(ATOM)}.shape"
        places = self.subscript(f"entries({like})", shape, options["items"], operands[2:])
        return Text(f"place({self.lift(operands[0]).text}, {shape}, {places})")

    def _extreme(self, function: str, bound: str, operands: Sequence[Text]) -> Text:
        """The maximum or minimum of two operands; a number becomes a bound of clamp."""
        x, y = map(self._lift_large, operands if not operands[0].is_number else operands[::-1])
        if y.is_number:
            return Text(f"torch.clamp({self.lift(x).text}, {bound}={y.text})")
        return Text(f"torch.{function}({x.text}, {y.text})")

    def _lift_large(self, operand: Text) -> Text:
        """An operand, but a number beyond single precision as a tensor: there it is infinite, and not an error."""
        try:
            is_large = operand.is_number and LARGEST_SINGLE < abs(float(operand.text)) < math.inf
        except ValueError:  # a name, or arithmetic
            is_large = False
        return self.lift(operand) if is_large else operand

    def _total(self, function: str, operands: Sequence[Text], options: Mapping[str, Any]) -> Text:
        """A reduction. To keep all axes, PyTorch needs dim=None to be explicit."""
        if options.get("axis") is None and options.get("keepdims"):
            return Text(f"torch.{function}({self.lift(operands[0]).text}, dim=None, keepdim=True)")
        return self.call(Instruction(function, (), tuple(options.items())), operands)

    def _prod(self, operands: Sequence[Text], options: Mapping[str, Any]) -> Text:
        """A product. PyTorch's takes one axis, or all of them without keeping them."""
        axis, keepdims = options.get("axis"), options.get("keepdims", False)
        if isinstance(axis, tuple) or (axis is None and keepdims):
            self.dependencies.add("prod")
            return Text(f"prod({operands[0].text}, {axis}, {keepdims})")
        return self.call(Instruction("prod", (), tuple(options.items())), operands)

    def _first_of(self, function: str) -> Spelling:
        """The spelling of a function that in PyTorch returns values and their places."""
        return lambda operands, options: Text(f"torch.{function}({operands[0].text}, dim={options['axis']})[0]")

    def _roll(self, operands: Sequence[Text], options: Mapping[str, Any]) -> Text:
        along = f", dims={options['axis']}" if options["axis"] is not None else ""
        return Text(f"torch.roll({operands[0].text}, {options['']}{along})")

    def _pad(self, operands: Sequence[Text], options: Mapping[str, Any]) -> Text:
        widths = tuple(width for both in reversed(options[""]) for width in both)
        return Text(f"torch.nn.functional.pad({operands[0].text}, {widths})")


def source(code: Code, name: str) -> tuple[str, dict[str, str]]:
    """The source of a module with a function of this name, and the function's parameter for each input.

    The function takes numbers and tensors, and returns the results of the code; if all inputs are numbers, these are
    tensors of float64.
    """
    return source_in(Torch, code, name)
