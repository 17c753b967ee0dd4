"""Instructions → NumPy, for numbers and arrays of any number of axes."""

from __future__ import annotations

import builtins
import keyword
import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from graphdiff.operations.indexing import NEW, OPERAND
from graphdiff.targets.definitions import definitions
from graphdiff.targets.instructions import Code, Instruction
from graphdiff.targets.names import Names
from graphdiff.targets.python import number, returned, told
from graphdiff.targets.writer import (
    ATOM,
    OPERATORS,
    POWER,
    PRODUCT,
    Language,
    Spelling,
    Template,
    Text,
    infix,
    lines_of,
)

RESERVED = frozenset([*keyword.kwlist, *keyword.softkwlist, *dir(builtins)])
CLASSIC = {
    "acos": "arccos",
    "acosh": "arccosh",
    "asin": "arcsin",
    "asinh": "arcsinh",
    "atan": "arctan",
    "atan2": "arctan2",
    "atanh": "arctanh",
    "pow": "power",
    "cumulative_sum": "cumsum",
    "permute_dims": "transpose",
}
"""What NumPy called functions before it took the standard's names, and most people still do."""


DEFAULTS = (("axis", None), ("keepdims", False))
"""Options that say what holds without them."""


def _joined(function: str) -> Callable[[Sequence[Text], Mapping[str, Any]], Text]:
    """A function that takes a list of arrays."""

    def spelled(operands: Sequence[Text], options: Mapping[str, Any]) -> Text:
        arrays = ", ".join(operand.text for operand in operands)
        return Text(f"{function}([{arrays}], axis={options.get('axis', 0)})")

    return spelled


def items_text(items: Sequence[tuple[Any, ...]], array: str, indices: Sequence[str]) -> str:
    """What stands between the brackets of an index; a runtime index is made whole for its axis."""
    left = iter(indices)
    written: list[str] = []
    axis = 0
    for item in items:
        if item == NEW:
            written.append("None")
            continue
        if item == OPERAND:
            written.append(f"whole({next(left)}, {array}[{axis}])")
        elif item[0] == "slice":
            start, stop, step = ("" if bound is None else str(bound) for bound in item[1:])
            written.append(f"{start}:{stop}:{step}" if step else f"{start}:{stop}")
        else:
            written.append(str(item[1]))
        axis += 1
    while written and written[-1] == ":":
        written.pop()
    return ", ".join(written)


class Numpy(Language):
    """NumPy by the names that people use; module is what its functions are called on."""

    module = "np"

    def __init__(self) -> None:
        super().__init__()
        np = self.module
        self.spellings: Mapping[str, Spelling] = {
            **OPERATORS,
            "matmul": infix("@", PRODUCT),
            "getitem": self._getitem,
            "index": self._index,
            "place": self._place,
            "section": self._section,
            "count": self._count,
            "shape": Template("{0}.shape", ATOM, (ATOM,)),
            "float_of": Template("({0}).astype(float)"),
            "logical_and": Template("({0}) & ({1})", PRODUCT),
            "concat": _joined(f"{np}.concatenate"),
            "stack": _joined(f"{np}.stack"),
            "permute_dims": self._permuted,
            "linalg.slogdet": Template(f"{np}.linalg.slogdet({{0}})"),
        }

    def called(self, instruction: Instruction, operands: Sequence[Text]) -> Text:
        function = instruction.function
        options = [
            f"{name}={value!r}" if name else repr(value)
            for name, value in instruction.options
            if (name, value) not in DEFAULTS
        ]
        arguments = ", ".join([*(operand.text for operand in operands), *options])
        if function in self.defined:
            self.used.add(function)
            return Text(f"{function}({arguments})")
        if function in ("erf", "erfc"):
            self.used.add("special")
            return Text(f"special.{function}({arguments})")
        return Text(f"{self.module}.{CLASSIC.get(function, function)}({arguments})")

    defined = frozenset(["windows", "overlap_add", "first", "one_hot", "pick", "inverse", "solution", "cofactor"])
    """The functions that numpy_definitions has."""

    def constant(self, value: Any) -> Text:
        if isinstance(value, float):
            text = number(value)
            return text._replace(text=text.text.replace("math.", f"{self.module}."))
        return Text(f"{self.module}.array({nested(value)})")

    def _getitem(self, operands: Sequence[Text], options: Mapping[str, Any]) -> Text:
        return Text(f"{operands[0].within(ATOM)}[{options['places']}]")

    def _index(self, operands: Sequence[Text], options: Mapping[str, Any]) -> Text:
        array = operands[0].within(ATOM)
        if any(item == OPERAND for item in options["items"]):
            self.used.add("whole")
        items = items_text(options["items"], f"{array}.shape", [each.text for each in operands[1:]])
        return Text(f"{array}[{items}]") if items else operands[0]

    def _place(self, operands: Sequence[Text], options: Mapping[str, Any]) -> Text:
        self.used.add("place")
        if any(item == OPERAND for item in options["items"]):
            self.used.add("whole")
        shape = f"{operands[1].within(ATOM)}.shape"
        items = items_text(options["items"], shape, [each.text for each in operands[2:]])
        return Text(f"place({operands[0].text}, {shape}, {self.module}.s_[{items or '...'}])")

    def _section(self, operands: Sequence[Text], options: Mapping[str, Any]) -> Text:
        joined, *parts = (operand.within(ATOM) for operand in operands)
        axis = options["axis"]
        start = " + ".join(f"{part}.shape[{axis}]" for part in parts[:-1])
        stop = " + ".join(f"{part}.shape[{axis}]" for part in parts)
        return Text(f"{joined}[{':, ' * axis}{start}:{stop}]")

    def _count(self, operands: Sequence[Text], options: Mapping[str, Any]) -> Text:
        array = operands[0].within(ATOM)
        return Text("*".join(f"{array}.shape[{axis}]" for axis in options["axes"]) or "1.0", PRODUCT)

    def _permuted(self, operands: Sequence[Text], options: Mapping[str, Any]) -> Text:
        axes = options[""]
        array = operands[0]
        if axes == tuple(range(len(axes)))[::-1]:
            return Text(f"{array.within(ATOM)}.T")
        return Text(f"{self.module}.transpose({array.text}, {axes})")


def nested(value: Any) -> str:
    """Nested tuples of numbers as nested lists."""
    if isinstance(value, tuple):
        return f"[{', '.join(map(nested, value))}]"
    return number(value).text if math.isfinite(value) else number(value).text.replace("math.", "np.")


def source(code: Code, name: str, wrt: Sequence[str]) -> tuple[str, dict[str, str]]:
    """A module with a function of this name, and the parameter that stands for each input.

    The function takes numbers and arrays of floats, and returns the value and the tuple of derivatives by wrt.
    """
    language = Numpy()
    names = Names({*RESERVED, name, "np", "special", "whole", "place", *language.defined})
    parameters = {each: names(each) for each in code.inputs}
    for each in code.names.values():
        names(each)
    lines, outputs = lines_of(code, language, names)
    body = [f"    {line}" for line in [*lines, *returned(outputs)]]
    head = ["import numpy as np"] + ["from scipy import special"] * ("special" in language.used)
    lines = [*head, "", "", '@np.errstate(all="ignore")', f"def {name}({', '.join(parameters.values())}):"]
    lines += [f'    """{told(wrt)}"""', *body]
    lines += definitions("graphdiff.targets", "numpy_definitions", language.used)
    return "\n".join([*lines, ""]), parameters
