"""Calls of libraries: by a row of the table, by a function of irregular.py, or by graphdiff's function of that name."""

from __future__ import annotations

import ast
import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from graphdiff.errors import GraphdiffError, shorten
from graphdiff.language.tree import Call, Comprehension, Definition, Expression, Name, Number
from graphdiff.reading.python import library
from graphdiff.reading.python.irregular import IRREGULAR
from graphdiff.reading.python.library_call import LibraryCall, Parameters
from graphdiff.reading.python.operators import COMPARISONS, call
from graphdiff.reading.python.templates import Template
from graphdiff.reading.python.values import Arguments, Dictionary, Items, Library, Method, Terms, Value

if TYPE_CHECKING:
    from graphdiff.reading.python.expressions import Expressions

TORCH_KEYWORDS = frozenset(["dim", "keepdim"])
NUMPY_KEYWORDS = frozenset(["axis", "keepdims"])
HINTS = {
    "detach": "leave it out: it stops gradients",
    "stop_gradient": "leave it out: it stops gradients",
    "grad": "graphdiff differentiates the function itself: read that",
    "value_and_grad": "graphdiff differentiates the function itself: read that",
    "vmap": "operations work on whole arrays",
    "argmax": "an index has no derivative; the largest entry is np.max(x)",
    "argmin": "an index has no derivative; the smallest entry is np.min(x)",
}
REDUCTIONS = ("mean", "sum", "none", "batchmean")


class Functions:
    """Reads calls of the functions and methods of libraries."""

    def __init__(self, expressions: Expressions) -> None:
        self.expressions = expressions
        self.reader = expressions.reader
        self.gates: dict[Any, Definition] = {}

    def has(self, path: str) -> bool:
        """Whether a function can be read."""
        module, name = library.full_name(path)
        if module in library.FAMILIES and library.native(name) is not None:
            return True
        return any(
            f"{family}.{name}" in IRREGULAR
            or (name in library.OPERATORS and family in library.WITH_OPERATORS)
            or library.row_of(family, name) is not None
            for family in library.families_of(module)
        )

    def call(self, path: str, arguments: Arguments, node: ast.Call) -> Any:
        """Call a function by its full name."""
        module, name = library.full_name(path)
        arguments = self._without_ignored(arguments, node)
        if arguments.positional and isinstance(arguments.positional[0], Terms) and len(arguments.positional) == 1:
            return self._fold(name, arguments.positional[0], node)
        for family in library.families_of(module):
            if f"{family}.{name}" in IRREGULAR:
                signature, function = IRREGULAR[f"{family}.{name}"]
                context = LibraryCall(self, node, f"{family}.{name}")
                return function(context, *Parameters(signature).bind(arguments, context))
            if name in library.OPERATORS and family in library.WITH_OPERATORS:
                return self._operator(name, arguments, node)
            if (row := library.row_of(family, name)) is not None:
                return self._apply(*row, arguments, node)
        count = library.native(name)
        if count is not None and module in library.FAMILIES:
            return self._native(name, count, arguments, node)
        raise self._unknown(path, name, node)

    def _unknown(self, path: str, name: str, node: ast.Call) -> GraphdiffError:
        label = shorten(path.removeprefix("builtins.").removeprefix("bare."))
        if any(part in library.RANDOM for part in path.split(".")):
            hint = "pass random numbers as an input"
        elif path.startswith("builtins."):
            hint = "the text is only read, never run: leave it out"
        elif path.rpartition(".")[0] in library.FAMILIES:
            hint = HINTS.get(name, "write it with arithmetic and functions such as exp; graphdiff ops lists them")
        else:
            hint = HINTS.get(name, "only functions of math, numpy, jax, torch and scipy.special can be read")
        return self.reader.error(f"the function '{label}' cannot be read", node.func, hint, "name")

    def _fold(self, name: str, terms: Terms, node: ast.Call) -> Value:
        """The sum, the product or an extreme of as many values as an array has rows."""
        function = {"fsum": "sum", "mean": "sum", "amax": "max", "amin": "min"}.get(name, name)
        if function not in ("sum", "prod", "max", "min"):
            raise self.reader.error("a list whose length the text does not know can only be summed", node)
        span = self.reader.places.span(node)
        total = Value(Comprehension(function, terms.body.tree, terms.clauses, span, self.reader.places.span(node.func)))
        if name != "mean":
            return total
        for clause in terms.clauses:
            assert isinstance(clause.values, Call)
            total = self.expressions.operators.binary("/", total, Value(clause.values.arguments[0]), span)
        return total

    def _without_ignored(self, arguments: Arguments, node: ast.Call) -> Arguments:
        """The arguments without those that change nothing."""
        keywords = dict(arguments.keywords)
        for name in library.IGNORED & keywords.keys():
            value = keywords[name]
            is_float = isinstance(value, Library) and value.path.rpartition(".")[2].rstrip("_").startswith(
                ("float", "double")
            )
            is_harmless = name in ("requires_grad", "device", "label", "copy")
            if value is None or is_float or is_harmless:
                del keywords[name]
        return Arguments(arguments.positional, keywords)

    def _values(self, arguments: Arguments, count: int, name: str, node: ast.Call) -> list[Value]:
        values = [*arguments.positional, *arguments.keywords.values()]
        if len(values) != count:
            raise self.reader.error(f"{name} takes {count} argument{'s' * (count != 1)} here, not {len(values)}", node)
        if arguments.keywords and count > 1:
            raise self.reader.error(f"pass the arguments of {name} by position", node)
        return [self.expressions.value_of(value, node) for value in values]

    def _operator(self, name: str, arguments: Arguments, node: ast.Call) -> Value:
        symbol = library.OPERATORS[name]
        left, right = self._values(arguments, 2, name, node)
        operators = self.expressions.operators
        combine = operators.compare if symbol in COMPARISONS else operators.binary
        return combine(symbol, left, right, self.reader.places.span(node))

    def _native(self, name: str, count: int, arguments: Arguments, node: ast.Call) -> Value:
        operands = self._values(arguments, count, name, node)
        span = self.reader.places.span(node)
        tree = Call(name, tuple(operand.tree for operand in operands), span, self.reader.places.span(node.func))
        return Value(tree)

    # Rows

    def _apply(self, row: Definition, is_loss: bool, arguments: Arguments, node: ast.Call) -> Value:
        """Call a function that a row describes."""
        context = LibraryCall(self, node, row.target.name)
        keywords = dict(arguments.keywords)
        reduction = keywords.pop("reduction", "mean") if is_loss else "none"
        if reduction not in REDUCTIONS:
            raise self.reader.error("reduction must be 'mean', 'sum' or 'none'", node, kind="value")
        if is_loss and row.target.name in ("cross_entropy", "nll_loss"):
            self.reader.note(f"{row.target.name}: the targets are class indices, and the classes the last axis")
        template = Template(row)
        bound = template.bind(Arguments(arguments.positional, keywords), context)
        return self._reduced(self.expand(template, bound, context), reduction, context)

    def _reduced(self, value: Value, reduction: str, context: LibraryCall) -> Value:
        if reduction == "batchmean":
            value = self.reader.share(value)
            total = call("sum", context.span, value.tree)
            count = context.size(value, 0)
            return Value(Call("/", (total, count.tree), context.span, context.span))
        return value if reduction == "none" else Value(call(reduction, context.span, value.tree))

    def expand(self, template: Template, bound: Mapping[str, Expression], context: LibraryCall) -> Value:
        """The body of a row with these arguments; it is a gate if it uses one of them several times."""
        span = context.span
        if "pi" in self.reader.stored_names:  # there it is no constant
            bound = {"pi": Number(math.pi, span), **bound}
        operands = template.operands(bound)
        if not template.repeats(operands):
            return Value(template.body(bound, span))
        constants = {name: tree for name, tree in bound.items() if name not in operands}
        key = (
            template.row.target.name,
            template.row.body,
            str(sorted((name, _key(tree)) for name, tree in constants.items())),
        )
        gate = self.gates.get(key)
        if gate is None or not any(gate is each for each in self.reader.definitions):
            name = Name(self.reader.fresh_name(template.row.target.name, self.reader.functions), span)
            parameters = tuple(Name(parameter, span) for parameter in operands)
            names: dict[str, Expression] = {parameter.name: parameter for parameter in parameters}
            gate = self.gates[key] = Definition(name, parameters, template.body({**constants, **names}, span))
            self.reader.definitions.append(gate)
        return Value(Call(gate.target.name, tuple(operands.values()), span, span))

    # Methods

    def call_method(self, method: Method, arguments: Arguments, node: ast.Call) -> Any:
        """`x.sum(axis=0)`: the function of that name, of the library that the text uses."""
        base, name = method
        extended = Arguments([base, *arguments.positional], arguments.keywords)
        is_list = isinstance(base, Dictionary) or (isinstance(base, Items) and base.kind != "array")
        if is_list and self.has(f"list.{name}"):
            return self.call(f"list.{name}", extended, node)
        families = self._method_families(name, arguments, node)
        for family in families:
            if self.has(f"{family}.{name}"):
                return self.call(f"{family}.{name}", extended, node)
        raise self._unknown(name, name, node)

    def _method_families(self, name: str, arguments: Arguments, node: ast.Call) -> Sequence[str]:
        torch, numpy = ("method", "torch.nn.functional", "torch"), ("method", "numpy")
        keywords = arguments.keywords.keys()
        if keywords & TORCH_KEYWORDS or self.reader.libraries == {"torch"}:
            return torch
        if keywords & NUMPY_KEYWORDS or self.reader.libraries == {"numpy"}:
            return (*numpy, *torch)
        if name in library.DIFFERING and (arguments.positional or name != "transpose"):
            raise self.reader.error(
                f"the method '{name}' is another function in NumPy than in PyTorch",
                node.func,
                f"write np.{name}(x) or torch.{name}(x)",
            )
        return (*numpy, *torch)


def _key(tree: Expression) -> str:
    """A constant as text."""
    if isinstance(tree, Number):
        return repr(tree.value)
    if isinstance(tree, Name):
        return tree.name
    elements: Sequence[Expression] = getattr(tree, "elements", ())
    return f"({', '.join(map(_key, elements))})"
