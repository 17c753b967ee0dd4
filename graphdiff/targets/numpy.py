"""Instructions → NumPy, for numbers and arrays with any number of axes; JAX and PyTorch derive from it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from graphdiff.operations.functions import ROWS
from graphdiff.operations.indexing import NEW, OPERAND
from graphdiff.targets.definitions import definitions, names_in
from graphdiff.targets.instructions import Code, Instruction
from graphdiff.targets.names import PYTHON_NAMES, PythonNames
from graphdiff.targets.parameters import parameters_of
from graphdiff.targets.python import (
    Nested,
    python_function,
    python_loop,
    return_statement,
    signature,
    summary,
    unpack_direction,
)
from graphdiff.targets.registry import TARGETS
from graphdiff.targets.results import Leaf, Tree
from graphdiff.targets.spelling import ATOM, OPERATORS, PRODUCT, LoopText, Spelling, Template, Text, infix, number
from graphdiff.targets.writer import Language, lines_of

CLASSIC = {
    "acos": "arccos",
    "acosh": "arccosh",
    "asin": "arcsin",
    "asinh": "arcsinh",
    "atan": "arctan",
    "atan2": "arctan2",
    "atanh": "arctanh",
    "pow": "power",
    "concat": "concatenate",
    "cumulative_sum": "cumsum",
    "cumulative_prod": "cumprod",
    "cumulative_maximum": "maximum.accumulate",
    "permute_dims": "transpose",
    "cbrt": "cbrt",
}
"""NumPy's older names of functions, which are more common than those of the array API standard."""

REPEATED = frozenset(["index", "place", "section", "count"])
"""The functions whose text can contain an operand more than once."""


class Numpy(Language):
    """NumPy, with its common names."""

    target = TARGETS["numpy"]
    module = "np"
    """The name of the library in generated code."""
    imports: Mapping[str, str] = {"np": "import numpy as np", "special": "from scipy import special"}
    """The imports, by the name that they define."""
    decorator = '@np.errstate(all="ignore")'
    module_of_definitions = "numpy_definitions"
    """The module with the definitions of functions: those of in_module, and others that spellings call."""
    in_module = frozenset(
        [
            *("windows", "overlap_add", "first", "one_hot", "pick", "linear_recurrence", "sort_by", "unsort_by"),
            *("inverse", "solution", "cofactor", "cholesky"),
        ]
    )
    library_names: Mapping[str, str] = CLASSIC
    """The library's names for functions and options, where they differ from the standard's."""
    lacks: Mapping[str, str] = {"entry": "", "list": ""}
    makes_arrays = "array"
    """The function that makes an array from lists."""

    def __init__(self, like: str | None) -> None:
        """like is an input whose dtype new arrays get; without one they get the library's default."""
        super().__init__()
        self.like = like
        self.spellings: Mapping[str, Spelling] = {
            **OPERATORS,
            "matmul": infix("@", PRODUCT),
            "logical_and": self._logical_and,
            "shape": Template("{0}.shape", ATOM, (ATOM,)),
            "float_of": self._float_of,
            "counter": lambda operands, options: self.array(operands[0].text),
            "broadcast_to": self._broadcast_to,
            "getitem": self._getitem,
            "index": self._index,
            "place": self._place,
            "section": self._section,
            "count": self._count,
            "einsum": self._einsum,
            "concat": self._join("concat"),
            "stack": self._join("stack"),
            "permute_dims": self._permute,
            "left_singular_vectors": lambda operands, options: self._svd(operands, 0),
            "singular_values": lambda operands, options: self._svd(operands, 1),
            "right_singular_vectors": lambda operands, options: self._svd(operands, 2),
            "diag": lambda operands, options: Text(f"{self.module}.diag({operands[0].text})"),
        }

    @property
    def array_arguments(self) -> str:
        """The arguments that give a new array the inputs' dtype."""
        return f"dtype={self.like}.dtype" if self.like else "dtype=float"

    def array(self, text: str) -> Text:
        """The text of an array from that of a number or of lists of numbers."""
        return Text(f"{self.module}.{self.makes_arrays}({text}, {self.array_arguments})")

    def lift(self, operand: Text) -> Text:
        """An operand, but a number as an array without axes."""
        return self.array(operand.text) if operand.is_number else operand

    def call(self, instruction: Instruction, operands: Sequence[Text]) -> Text:
        function = instruction.function
        row = ROWS[function]
        options = [(name, value) for name, value in instruction.options if row.options[name] != value]
        arguments = [operand.text for operand in self.operands_of(function, operands)]
        arguments += [
            f"{self.library_names.get(name, name)}={value!r}" if name else repr(value) for name, value in options
        ]
        arguments += [self.array_arguments] * row.creates
        return Text(f"{self.library_name(function)}({', '.join(arguments)})")

    def library_name(self, function: str) -> str:
        """The name to call a function by; its definition becomes a dependency."""
        if function in self.in_module or self.has_definition(function):
            self.dependencies.add(function)
            return function
        if ROWS[function].special and function not in self.library_names:
            return f"special.{ROWS[function].special}"
        return f"{self.module}.{self.library_names.get(function, function)}"

    def can_call(self, function: str) -> bool:
        row = ROWS[function]
        is_called = row.is_standard or bool(row.special) or function in self.library_names
        return (is_called and function not in self.lacks) or function in self.in_module or self.has_definition(function)

    def inside_function(self, parameters: Sequence[str]) -> Numpy:
        return type(self)(parameters[-1])

    def write_function(self, name: str, parameters: Sequence[str], lines: Sequence[str], value: str) -> str:
        return python_function(name, parameters, lines, value)

    def operands_of(self, function: str, operands: Sequence[Text]) -> list[Text]:
        """The operands of a call. If all are numbers, one becomes an array, to give the result the inputs' dtype; in a
        call of a definition all do, since its body computes with each."""
        if self.has_definition(function):
            return [self.lift(operand) for operand in operands]
        values = list(operands)
        first = 1 if function == "where" else 0
        if values and all(value.is_number for value in values[first:]):
            values[first] = self.lift(values[first])
        return values

    def constant(self, value: Any) -> Text:
        return self._number(value) if isinstance(value, float) else self.array(self._nest(value))

    def write_loop(self, loop: LoopText) -> list[str]:
        return python_loop(
            loop._replace(
                carried=[(name, self.lift(start), self.lift(text)) for name, start, text in loop.carried],
                sums=[(name, self.new_array(start), text) for name, start, text in loop.sums],
                stacks=[(name, self.lift(row)) for name, row in loop.stacks],
            )
        )

    def new_array(self, text: Text) -> Text:
        """An array to which no other name refers."""
        is_new = text.text.startswith((f"{self.module}.full(", f"{self.module}.array("))
        return text if is_new else self.array(text.text)

    def stack_of(self, rows: str) -> Text:
        return Text(f"{self.module}.stack({rows})")

    def output(self, text: Text) -> str:
        return self.lift(text).text

    def repeats(self, instruction: Instruction) -> Sequence[int]:
        return [2] * len(instruction.operands) if instruction.function in REPEATED else super().repeats(instruction)

    def _number(self, value: float) -> Text:
        text = number(value)
        return text._replace(text=text.text.replace("math.", f"{self.module}."))

    def _nest(self, value: Any) -> str:
        """Nested tuples of numbers as nested lists."""
        return f"[{', '.join(map(self._nest, value))}]" if isinstance(value, tuple) else self._number(value).text

    def _float_of(self, operands: Sequence[Text], options: Mapping[str, Any]) -> Text:
        return Text(f"{operands[0].within(ATOM)}.astype({self.array_arguments.removeprefix('dtype=')})")

    def _logical_and(self, operands: Sequence[Text], options: Mapping[str, Any]) -> Text:
        x, y = (f"{operand.text} != 0.0" if operand.is_number else operand.text for operand in operands)
        return Text(f"({x}) & ({y})", PRODUCT)

    def _broadcast_to(self, operands: Sequence[Text], options: Mapping[str, Any]) -> Text:
        value, shape = operands[0], operands[1].text if len(operands) > 1 else str(options[""])
        if value.is_number:
            return Text(f"{self.module}.full({shape}, {value.text}, {self.array_arguments})")
        return Text(f"{self.module}.broadcast_to({value.text}, {shape})")

    def _getitem(self, operands: Sequence[Text], options: Mapping[str, Any]) -> Text:
        return Text(f"{operands[0].within(ATOM)}[{options['places']}]")

    def _index(self, operands: Sequence[Text], options: Mapping[str, Any]) -> Text:
        array = operands[0].within(ATOM)
        return Text(self.subscript(array, f"{array}.shape", options["items"], operands[1:]))

    def subscript(self, array: str, shape: str, items: Sequence[Any], indices: Sequence[Text]) -> str:
        """An array, which has this shape, indexed by items."""
        text = self.items_text(items, shape, indices)
        return f"{array}[{text}]" if text else array

    def items_text(self, items: Sequence[tuple[Any, ...]], shape: str, indices: Sequence[Text]) -> str:
        """The text between the brackets of an index. An index that is an operand becomes a whole number in range."""
        operands = iter(indices)
        texts: list[str] = []
        axis = 0
        for item in items:
            if item == NEW:
                texts.append("None")
                continue
            if item == OPERAND:
                self.dependencies.add("whole")
                texts.append(f"whole({next(operands).text}, {shape}[{axis}])")
            elif item[0] == "slice":
                start, stop, step = ("" if bound is None else str(bound) for bound in item[1:])
                texts.append(f"{start}:{stop}:{step}" if step else f"{start}:{stop}")
            else:
                texts.append(str(item[1]))
            axis += 1
        while texts and texts[-1] == ":":
            texts.pop()
        return ", ".join(texts)

    def _place(self, operands: Sequence[Text], options: Mapping[str, Any]) -> Text:
        function = "add_at" if OPERAND in options["items"] else "place"  # an index can occur twice
        self.dependencies.add(function)
        shape = f"{operands[1].within(ATOM)}.shape"
        items = self.items_text(options["items"], shape, operands[2:]) or "..."
        return Text(f"{function}({self.lift(operands[0]).text}, {shape}, {self.module}.s_[{items}])")

    def _section(self, operands: Sequence[Text], options: Mapping[str, Any]) -> Text:
        whole, *parts = (operand.within(ATOM) for operand in operands)
        axis = options["axis"]
        start = " + ".join(f"{part}.shape[{axis}]" for part in parts[:-1])
        stop = " + ".join(f"{part}.shape[{axis}]" for part in parts)
        return Text(f"{whole}[{':, ' * axis}{start}:{stop}]")

    def _count(self, operands: Sequence[Text], options: Mapping[str, Any]) -> Text:
        array = operands[0].within(ATOM)
        sizes = "*".join(f"{array}.shape[{axis}]" for axis in options["axes"])
        return Text(sizes or "1.0", PRODUCT if "*" in sizes else ATOM, is_number=True)

    def _einsum(self, operands: Sequence[Text], options: Mapping[str, Any]) -> Text:
        arrays = ", ".join(self.lift(operand).text for operand in operands)
        return Text(f'{self.module}.einsum("{options["subscripts"]}", {arrays})')

    def _svd(self, operands: Sequence[Text], part: int) -> Text:
        """One of the parts u, s and v of a singular value decomposition."""
        self.dependencies.add("svd")
        return Text(f"svd({self.lift(operands[0]).text})[{part}]{'.swapaxes(-1, -2)' if part == 2 else ''}")

    def _join(self, function: str) -> Callable[[Sequence[Text], Mapping[str, Any]], Text]:
        """The spelling of a function that takes a list of arrays."""

        def spell(operands: Sequence[Text], options: Mapping[str, Any]) -> Text:
            arrays = ", ".join(self.lift(operand).text for operand in operands)
            axis = f"{self.library_names.get('axis', 'axis')}={options.get('axis', 0)}"
            return Text(f"{self.library_name(function)}([{arrays}], {axis})")

        return spell

    def _permute(self, operands: Sequence[Text], options: Mapping[str, Any]) -> Text:
        axes = options[""]
        if axes == tuple(range(len(axes))):
            return operands[0]
        if axes == (1, 0):
            return Text(f"{operands[0].within(ATOM)}.T")
        return Text(f"{self.library_name('permute_dims')}({operands[0].text}, {axes})")


def source(code: Code, name: str) -> tuple[str, dict[str, str]]:
    """The source of a module with a function of this name, and the function's parameter for each input.

    The function takes numbers and arrays, and returns the results of the code.
    Raises GraphdiffError("usage") if a function cannot have this name.
    """
    return source_in(Numpy, code, name)


def source_in(kind: type[Numpy], code: Code, name: str) -> tuple[str, dict[str, str]]:
    """The same for any library whose language derives from Numpy."""
    reserved = {*PYTHON_NAMES, *kind.imports, *names_in("graphdiff.targets", kind.module_of_definitions)}
    names = PythonNames({*reserved, *filter(kind(None).has_definition, ROWS)}, name)
    parameters = parameters_of(code, names)
    indices = code.indices()
    arrays = [names(each) for each, at in code.inputs.items() if at not in indices]
    language = kind(arrays[0] if arrays else None)
    body, outputs = lines_of(code, language, names)
    if arrays:
        language.dependencies.add("arrays")
        names_of_arrays = ", ".join(arrays)
        target = names_of_arrays if len(arrays) > 1 else f"({names_of_arrays},)"
        body = [*unpack_direction(parameters), f"{target} = arrays({names_of_arrays})", *body]
    head = [*[kind.decorator] * bool(kind.decorator), f"def {name}({signature(parameters, code.defaults)}):"]
    rest = iter(outputs)
    results = return_statement([_nest(result.tree, rest) for result in code.results])
    lines = [f"    {line}" for line in [*body, *results]]
    lines += [line for text in language.write_definitions() for line in ["", "", *text.splitlines()]]
    lines += definitions("graphdiff.targets", kind.module_of_definitions, language.dependencies)
    modules = set(re.findall(r"\b(\w+)\.", "\n".join([kind.decorator, *lines])))
    imports = [line for each, line in kind.imports.items() if each in modules]
    return "\n".join([*imports, "", "", *head, f'    """{summary(code.results)}"""', *lines, ""]), parameters.inputs


def _nest(tree: Tree, arrays: Iterator[str]) -> Nested:
    """The next numbers and arrays, as many as a tree has."""
    return next(arrays) if isinstance(tree, Leaf) else tuple([_nest(part, arrays) for part in tree])
