"""An expression → its nodes: calls are resolved and comprehensions unrolled."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from graphdiff.errors import shorten
from graphdiff.graph.function import Function, Operation
from graphdiff.graph.loop import Loop, LoopBody
from graphdiff.graph.node import Node
from graphdiff.language.hints import OTHER_COUNTS, juxtaposition_hint, power_of_function, unknown_function
from graphdiff.language.scope import Scope
from graphdiff.language.statics import (
    NOTHING,
    as_count,
    bindings,
    check_row,
    constant_array,
    is_static,
    read_options,
    static_value,
)
from graphdiff.language.tree import (
    JUXTAPOSITION,
    Array,
    Call,
    Comprehension,
    Definition,
    Ellipsis,
    Expression,
    Index,
    Name,
    Number,
    Slice,
    Tuple,
)
from graphdiff.operations import comparisons
from graphdiff.operations.indexing import NEW, OPERAND, REST
from graphdiff.operations.options import OWN_DEFAULT, REQUIRED, Option, whole
from graphdiff.operations.primitive import Primitive
from graphdiff.operations.registry import ALONE, FOLDS, FUNCTIONS, OPERATORS, PRIMITIVES
from graphdiff.source import Span

if TYPE_CHECKING:
    from graphdiff.language.program import Program

MOST_NODES = 500_000
"""The most nodes of a graph with comprehensions, which multiply."""
LOOPS = ("fold", "scan")
"""The functions that make a loop of a comprehension."""


class _Application(NamedTuple):
    """An operation to apply once its operands are built."""

    operands: int
    operation: Operation
    parameters: Mapping[str, Any] | None
    folds: bool
    span: Span
    nodes: tuple[Node, ...] = ()  # operands that are built before


def _is_condition(node: Node) -> bool:
    return node.operation in comparisons.PRIMITIVES


class NodeBuilder:
    """Builds the nodes of a program's expressions."""

    def __init__(self, program: Program) -> None:
        self.program = program
        # The loops that are built, by their body's tree and the builder around them.
        self.loops: dict[tuple[int, int], tuple[Expression, LoopBody, tuple[Node, ...]]] = {}

    def build(self, root: Expression, scope: Scope) -> Node:
        """Build the node of an expression after its operands; without recursion, for an expression of any depth."""
        results: list[Node] = []
        stack: list[tuple[Expression | _Application, Scope]] = [(root, scope)]
        while stack:
            tree, scope = stack.pop()
            if isinstance(tree, Number):
                results.append(scope.builder.constant(tree.value, tree.span))
            elif isinstance(tree, Name):
                results.append(scope.value(tree.name, tree.span))
            elif isinstance(tree, _Application):
                first = len(results) - tree.operands
                results[first:] = [self.apply_operation(tree, results[first:], scope)]
            elif isinstance(tree, Array) and (constant := constant_array(tree, scope)) is not None:
                results.append(scope.builder.constant(constant, tree.span))
            else:
                application, operands = self.open(tree, scope)
                stack.append((application, scope))
                stack.extend(reversed(operands))
        return results[0]

    def open(
        self, tree: Call | Array | Tuple | Index | Comprehension, scope: Scope
    ) -> tuple[_Application, list[tuple[Expression, Scope]]]:
        """The operation of a tree, and the trees of its operands, each in its scope."""
        tree = as_count(tree, scope) or tree if isinstance(tree, (Call, Index)) else tree
        if isinstance(tree, Call):
            operation, arguments, parameters = self.resolve_call(tree, scope)
            application = _Application(len(arguments), operation, parameters, operation.variadic, tree.span)
            return application, [(argument, scope) for argument in arguments]
        if isinstance(tree, Array):
            application = _Application(len(tree.elements), PRIMITIVES["stack"], None, False, tree.span)
            return application, [(element, scope) for element in tree.elements]
        if isinstance(tree, Index):
            items, indices = self.read_items(tree, scope)
            application = _Application(1 + len(indices), PRIMITIVES["index"], {"items": items}, False, tree.span)
            return application, [(operand, scope) for operand in (tree.base, *indices)]
        if isinstance(tree, Tuple):
            raise self.program.error(
                "syntax", "a tuple can only be an axis or a shape", tree.span, "write an array as [1, 2]"
            )
        if tree.function in LOOPS and tree.function not in self.program.definitions:
            return self.open_loop(tree, scope)
        if tree.keywords:
            keyword = tree.keywords[0].name
            raise self.program.error("name", f"{shorten(tree.function)} has no option '{shorten(keyword.name)}'", keyword.span)
        if tree.function not in FOLDS or tree.function in self.program.definitions:
            raise self.program.error(
                "name",
                f"'{shorten(tree.function)}' does not accept a comprehension",
                tree.function_span,
                f"{', '.join([*FOLDS, *LOOPS])} do; to make an array, list its entries: [x[0], x[1]]",
            )
        joins, fold = FOLDS[tree.function]
        terms = [(tree.body, scope.within(statics)) for statics in bindings(tree, scope)]
        if not terms:
            if fold.empty is None:
                raise self.program.error("value", f"{tree.function} needs at least one term", tree.span)
            terms = [(Number(fold.empty, tree.span), scope)]
        return _Application(len(terms), joins, None, True, tree.span), terms

    def open_loop(
        self, tree: Comprehension, scope: Scope
    ) -> tuple[_Application, list[tuple[Expression, Scope]]]:
        """The operation of a loop, and its operands; of the values of one loop, each is an operation on the same."""
        from graphdiff.language.loops import read_loop  # lazy: few formulas have loops

        if tree.output is None and len(tree.keywords) > 1:
            names = ", ".join(keyword.name.name for keyword in tree.keywords)
            message = f"{tree.function} has {len(tree.keywords)} values here"
            raise self.program.error("value", message, tree.span, f"give each a name: {shorten(names)} = {tree.function}(…)")
        known = self.loops.get((id(tree.body), id(scope.builder)))
        if known is None:
            body, nodes = read_loop(tree, scope)
            starts = [self.build(keyword.value, scope) for keyword in tree.keywords]
            known = self.loops[id(tree.body), id(scope.builder)] = tree.body, body, (*starts, *nodes)
        _, body, operands = known
        operation = Loop(body, tree.output or 0, tree.function == "scan")
        return _Application(0, operation, None, False, tree.span, operands), []

    def apply_operation(self, application: _Application, operands: list[Node], scope: Scope) -> Node:
        """Build the node of an operation whose operands are built."""
        _, operation, parameters, folds, span, nodes = application
        operands += nodes
        added = len(operands) - 1 if folds else 1
        if self.program.terms and len(scope.builder.nodes) + added > MOST_NODES:
            raise self.program.error(
                "limit", f"the formula has more than {MOST_NODES:,} operations at this point", span
            )
        if isinstance(operation, Function):
            operands += [
                scope.global_value(name, operation.span_of_capture(name) or span) for name in operation.captures
            ]
        if not folds:
            literal = self.literal(application, operands, scope)
            if literal is not None:
                return scope.builder.constant(literal, span)
            if operation is PRIMITIVES["index"] and any(_is_condition(operand) for operand in operands[1:]):
                raise self.program.error(
                    "value",
                    "a condition cannot be an index",
                    span,
                    "to sum where a condition holds, write sum(where(x > 0, x, 0))",
                )
            return scope.builder.apply(operation, operands, span, parameters)
        node = operands[0]
        for operand in operands[1:]:
            node = scope.builder.apply(operation, (node, operand), span)
        return node

    def literal(self, application: _Application, operands: Sequence[Node], scope: Scope) -> Any | None:
        """The value of an operation on constants that is the notation of a number or an array: -1, [1, 2]; None of any
        other operation."""
        _, operation, parameters, _, span, _ = application
        if parameters or operation not in (PRIMITIVES["neg"], PRIMITIVES["stack"]):
            return None
        if not all(operand.is_constant and operand.name is None for operand in operands):
            return None
        values = tuple([operand.parameters["value"] for operand in operands])
        if operation is PRIMITIVES["neg"]:
            return -values[0] if isinstance(values[0], float) else None
        for value in values[1:]:
            check_row(value, values[0], scope, span)
        return values

    def read_items(self, tree: Index, scope: Scope) -> tuple[tuple[Any, ...], list[Expression]]:
        """The items between the brackets of an index, and the trees of those that are not constants."""
        items: list[Any] = []
        indices: list[Expression] = []
        for item in tree.items:
            if isinstance(item, Ellipsis):
                if REST in items:
                    raise self.program.error(
                        "syntax", "duplicate '...' in an index", item.span, "one '...' stands for all remaining axes"
                    )
                items.append(REST)
            elif isinstance(item, Slice):
                items.append(("slice", *(self.read_index(bound, scope) for bound in item)))
                if items[-1][3] == 0:
                    assert item.step is not None
                    raise self.program.error("value", "the step of a slice must not be 0", item.step.span)
            elif isinstance(item, Name) and item.name in NOTHING and not scope.is_assigned(item.name):
                items.append(NEW)
            elif is_static(item, scope) and not isinstance(item, Array):
                items.append(("index", self.read_index(item, scope)))
            else:
                items.append(OPERAND)
                indices.append(item)
        return tuple(items), indices

    def read_index(self, tree: Expression | None, scope: Scope) -> int | None:
        """The whole number of a constant index; None for the bound of a slice that is left out."""
        try:
            value = None if tree is None else static_value(tree, scope)
            return None if value is None else whole(value)
        except ValueError as error:
            assert tree is not None
            raise self.program.error("value", f"an index must be {error}", tree.span) from None

    def resolve_call(
        self, tree: Call, scope: Scope
    ) -> tuple[Operation, Sequence[Expression], Mapping[str, Any] | None]:
        """The operation of a call, the trees of its operands, and the parameters that it gives, if any."""
        arguments = tree.arguments
        operator = OPERATORS.get((tree.function, len(arguments)))
        if operator is not None:
            if tree.function == "*" and tree.function_span[0] == tree.function_span[1]:
                self.check_side_by_side(tree, scope)
            return operator, arguments, None
        if tree.function == JUXTAPOSITION:
            while isinstance(arguments[0], Call) and arguments[0].function == JUXTAPOSITION:
                tree, arguments = arguments[0], arguments[0].arguments
            message, hint = juxtaposition_hint(tree, self.program.source)
            raise self.program.error("syntax", message, tree.span, hint)
        if tree.function.startswith("log") and tree.function not in self.program.definitions:
            from graphdiff.language.spellings import respell  # lazy: few formulas have logarithms

            if (respelled := respell(tree)) is not tree:
                return self.resolve_call(respelled, scope)
        callee = self.look_up(tree)
        if isinstance(callee, Definition):
            program = self.program if tree.function in self.program.definitions else self.program.prelude
            count = len(callee.parameters)
            options = [Option(name.name, lambda value: value, OWN_DEFAULT) for name, _ in callee.options]
            names = [parameter.name for parameter in callee.parameters]
            self.check_count(tree, arguments, count, options, names, scope)
            statics = read_options(tree.function, options, arguments[count:], tree.keywords, scope, tree.span)
            return program.function_of(callee, tree.function_span, statics, self.program), arguments[:count], None
        if len(arguments) == 1 and tree.function in ALONE:
            callee = ALONE[tree.function]
        if callee is PRIMITIVES["place"]:
            return self.resolve_place(tree, scope)
        if callee.n_ary and len(arguments) == 1 and isinstance(arguments[0], (Array, Tuple)):
            arguments = arguments[0].elements
        count = 1 if callee.n_ary else len(callee.inputs)
        if (callee.n_ary or callee.variadic) and len(arguments) > count:
            count = len(arguments)
        self.check_count(tree, arguments, count, callee.options, callee.inputs, scope, callee)
        parameters = read_options(tree.function, callee.options, arguments[count:], tree.keywords, scope, tree.span)
        return callee, arguments[:count], parameters or None

    def check_side_by_side(self, tree: Call, scope: Scope) -> None:
        """Raise GraphdiffError("syntax") for `sin^2(x)`, which would be a product with an input named sin."""
        power = power_of_function(tree, self.program.source)
        if power is not None and not scope.is_bound(power[0]):
            name, hint = power
            raise self.program.error("syntax", f"'{name}' is a function and needs parentheses", tree.span, hint)

    def resolve_place(self, tree: Call, scope: Scope) -> tuple[Operation, Sequence[Expression], Mapping[str, Any]]:
        """Resolve `place(x, like[1:3])`: x at the entries of like that the index selects, elsewhere 0."""
        value, index = tree.arguments if len(tree.arguments) == 2 and not tree.keywords else (None, None)
        if value is None or not isinstance(index, Index):
            raise self.program.error(
                "value", "place takes an array and an index into another", tree.span, "for example: place(x, like[1:3])"
            )
        items, indices = self.read_items(index, scope)
        return PRIMITIVES["place"], (value, index.base, *indices), {"items": items}

    def look_up(self, call: Call) -> Definition | Primitive:
        """What the name of a call means: a definition of the program, a primitive or a definition of the prelude."""
        name = call.function
        callee = self.program.definitions.get(name) or FUNCTIONS.get(name)
        if callee is None and not self.program.is_prelude:
            from graphdiff.language.spellings import ALIASES  # lazy: most functions are primitives

            callee = self.program.prelude.definitions.get(ALIASES.get(name, name))
        if callee is None:
            message, hint = unknown_function(
                name,
                [*FUNCTIONS, *self.program.prelude.definitions, *self.program.definitions],
                name in self.program.values,
                len(call.arguments),
                self.program.source.text[call.function_span[1] : call.span[1]],
            )
            raise self.program.error("name", message, call.function_span, hint)
        return callee

    def check_count(
        self,
        tree: Call,
        arguments: Sequence[Expression],
        count: int,
        options: Sequence[Option],
        inputs: Sequence[str],
        scope: Scope,
        primitive: Primitive | None = None,
    ) -> None:
        """Raise GraphdiffError("value") if a call has fewer than count operands, or more that are not its options."""
        argument_count = len(arguments)
        takes_rest = any(option.takes_rest for option in options)
        positional = [option for option in options if not option.by_name]
        required = [option.name for option in options if option.default is REQUIRED and not option.takes_rest]
        are_options = takes_rest or required or all(is_static(argument, scope) for argument in arguments[count:])
        if count <= argument_count and (takes_rest or argument_count <= count + len(positional)) and are_options:
            return
        more = " or more" if primitive is not None and (primitive.variadic or primitive.n_ary) else ""
        least = count + len(required)
        signature = [*inputs, *required, *(["…"] if more else [])]
        signature += [f"{option.name}=…" for option in options if option.name not in required]
        raise self.program.error(
            "value",
            f"{tree.function} takes {least}{more} argument{'s' * (least != 1 or more != '')}, not {argument_count}",
            tree.span,
            OTHER_COUNTS.get((tree.function, argument_count)) or f"{tree.function}({', '.join(signature)})",
        )
