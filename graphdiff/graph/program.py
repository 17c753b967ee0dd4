"""A program → its graph: names are resolved, calls become gates, and every node knows its place in the text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from copy import copy
from functools import lru_cache
from typing import Any, NamedTuple

from graphdiff.errors import GraphdiffError, shortened
from graphdiff.expression.parser import parse as parse_tree
from graphdiff.expression.resources import PRELUDE, read_grammar_file
from graphdiff.expression.source import Source, Span
from graphdiff.expression.tree import (
    JUXTAPOSITION,
    Array,
    Assignment,
    Call,
    Comprehension,
    Definition,
    Ellipsis,
    Expression,
    Index,
    Name,
    Number,
    Result,
    Slice,
    Statement,
    Tuple,
)
from graphdiff.graph.graph import Function, Graph, GraphBuilder, Node, Operation
from graphdiff.graph.statics import NOTHING, bindings, constant_array, is_static, read_options, static_value
from graphdiff.operations import comparisons
from graphdiff.operations.indexing import NEW, OPERAND, REST
from graphdiff.operations.options import OTHERWISE, REQUIRED, Option, Static, whole
from graphdiff.operations.primitive import Primitive
from graphdiff.operations.registry import ALONE, FUNCTIONS, OPERATORS, PRIMITIVES

DEEPEST_CALLS = 100
"""How many calls may stand inside one another."""
MOST_OPERATIONS = 1_000_000
"""How many operations all calls together may run; functions of functions multiply."""
MOST_NODES = 500_000
"""How many nodes a graph may have; comprehensions multiply."""
FOLDS = {"sum": "add", "prod": "mul", "max": "max", "min": "min"}
"""What a comprehension may be of, and the operation that its terms are joined by."""
EMPTY = {"sum": 0.0, "prod": 1.0}
"""What it is of no terms."""


class Scope:
    """Where the names of an expression are looked up: among constants and parameters first, then in the program."""

    def __init__(self, program: Program, builder: GraphBuilder, parameters: dict[str, Node]) -> None:
        self.program = program
        self.builder = builder
        self.parameters = parameters
        self.statics: Mapping[str, Static] = {}
        self.error = program.error

    def within(self, statics: Mapping[str, Static]) -> Scope:
        """The same scope with these constants."""
        inner = copy(self)
        inner.statics = statics
        return inner

    def with_options(self, definition: Definition, given: Mapping[str, Static]) -> Scope:
        """The scope of a definition's body: its options mean what a call gives, or else their defaults."""
        scope = self
        for option, default in definition.options:
            value = given[option.name] if option.name in given else static_value(default, scope)
            scope = scope.within({**scope.statics, option.name: value})
        return scope

    def value(self, name: str, span: Span) -> Node:
        """What a name means in this scope."""
        if name in self.statics:
            value = self.statics[name]
            if not isinstance(value, (float, bool)):
                raise self.error("value", f"'{shortened(name)}' is {value}, which is no number", span)
            return self.builder.constant(float(value), span)
        return self.parameters.get(name) or self.global_value(name, span)

    def constant(self, name: str) -> float | None:
        """The number that the program has assigned to a name, where it is one."""
        node = None if name in self.parameters else self.program.values.get(name)
        value = node.parameters["value"] if node is not None and node.is_constant else None
        return value if isinstance(value, float) else None

    def is_bound(self, name: str) -> bool:
        """Whether a name means something of the program's."""
        return name in self.parameters or name in self.program.values

    def global_value(self, name: str, span: Span) -> Node:
        """What a name means in the program, which a function's parameters do not hide."""
        if name in self.parameters:
            raise self.error(
                "name",
                f"'{shortened(name)}' is both a parameter of the result and a name that its functions use",
                span,
                "rename the parameter",
            )
        return self.program.value(name, span)


class _Body(Scope):
    """The scope of a function's body, whose graph gets an input for each value of the program that it uses."""

    def __init__(self, program: Program, parameters: tuple[Name, ...]) -> None:
        builder = GraphBuilder()
        super().__init__(
            program,
            builder,
            {parameter.name: builder.input(parameter.name, parameter.span) for parameter in parameters},
        )
        self.captured: dict[str, Node] = {}

    def global_value(self, name: str, span: Span) -> Node:
        if name not in self.captured:
            self.captured[name] = self.builder.input(name, span)
        return self.captured[name]


class _Waiting(NamedTuple):
    """An operation of a tree that waits for its operands."""

    operands: int
    operation: Operation
    parameters: Mapping[str, Any] | None
    folds: bool
    span: Span


def _is_condition(node: Node) -> bool:
    return isinstance(node.operation, Primitive) and node.operation in comparisons.PRIMITIVES


class Program:
    """The statements of one source, and the graph that they build one by one."""

    def __init__(self, source: Source, statements: Sequence[Statement] | None = None, is_prelude: bool = False) -> None:
        self.source = source
        self.is_prelude = is_prelude
        self.statements = parse_tree(source) if statements is None else statements
        self.builder = GraphBuilder()
        self.values: dict[str, Node] = {}
        self.assigned: set[str] = set()
        self.functions: dict[tuple[Any, ...], Function] = {}
        self.unfinished: list[str] = []
        self.definitions: dict[str, Definition] = {}
        for statement in self.statements:
            if isinstance(statement, Definition):
                name = statement.target.name
                if name in self.definitions:
                    raise self.error("name", f"function '{shortened(name)}' is defined twice", statement.target.span)
                self.definitions[name] = statement

    def graph(self) -> Graph:
        scope = Scope(self, self.builder, {})
        last = self.statements[-1]
        for statement in self.statements:
            if isinstance(statement, Assignment):
                result = self.assign(statement, scope)
            elif isinstance(statement, Result):
                result = self.expression(statement.body, scope)
            elif statement is last:
                result = self.result_of_definition(statement)
        for definition in self.definitions.values():
            if definition is not last:  # its errors, and its inputs, though nothing calls it
                for captured in self.defined(definition, definition.target.span).captured:
                    self.value(captured, definition.target.span)
        self.check_operations()
        names = {name: self.values[name].index for name in self.assigned}
        return Graph(self.builder.nodes, self.builder.inputs, [result.index], names, self.source)

    def assign(self, statement: Assignment, scope: Scope) -> Node:
        name, span = statement.target
        if name in self.assigned:
            raise self.error(
                "name", f"'{shortened(name)}' is assigned twice", span, "give the new value a name of its own"
            )
        node = self.expression(statement.body, scope)
        used = self.values.get(name)
        if used is not None:
            raise self.error(
                "name",
                f"'{shortened(name)}' is used before it is assigned",
                used.span or span,
                "give one of the two values another name",
            )
        # The builder's node may have been renamed since.
        node = self.builder.nodes[node.index]
        if node.name is None:
            node = self.builder.rename(node, name)
        self.values[name] = node
        self.assigned.add(name)
        return node

    def result_of_definition(self, definition: Definition) -> Node:
        """A program that ends in f(x, y) = … is its body, on inputs x and y."""
        parameters = {}
        earlier = self.builder.inputs[:]
        for name, span in definition.parameters:
            if name in self.values:
                raise self.error(
                    "name",
                    f"parameter '{shortened(name)}' is also a name of the program",
                    span,
                    "rename the parameter",
                )
            parameters[name] = self.builder.input(name, span)
        self.unfinished.append(definition.target.name)
        scope = Scope(self, self.builder, parameters).with_options(definition, {})
        result = self.expression(definition.body, scope)
        self.unfinished.pop()
        self.builder.inputs = [
            *(node.index for node in parameters.values()),
            *earlier,
            *self.builder.inputs[len(earlier) + len(parameters) :],
        ]
        return result

    def value(self, name: str, span: Span) -> Node:
        """The program's node of a name: an assigned one, or an input."""
        node = self.values.get(name)
        if node is None:
            node = self.values[name] = self.builder.input(name, span)
        return node

    def expression(self, root: Expression, scope: Scope) -> Node:
        """The node of an expression, its operands first; without recursion, however deep it is."""
        results: list[Node] = []
        stack: list[tuple[Expression | _Waiting, Scope]] = [(root, scope)]
        while stack:
            tree, scope = stack.pop()
            if isinstance(tree, Number):
                results.append(scope.builder.constant(tree.value, tree.span))
            elif isinstance(tree, Name):
                results.append(scope.value(tree.name, tree.span))
            elif isinstance(tree, _Waiting):
                first = len(results) - tree.operands
                results[first:] = [self.applied(tree, results[first:], scope)]
            elif isinstance(tree, Array) and (constant := constant_array(tree, scope)) is not None:
                results.append(scope.builder.constant(constant, tree.span))
            else:
                waiting, operands = self.opened(tree, scope)
                stack.append((waiting, scope))
                stack.extend(reversed(operands))
        return results[0]

    def opened(
        self, tree: Call | Array | Tuple | Index | Comprehension, scope: Scope
    ) -> tuple[_Waiting, list[tuple[Expression, Scope]]]:
        """What a tree waits for: its operation, and the trees of its operands, each in its scope."""
        if isinstance(tree, Call):
            operation, arguments, parameters = self.call(tree, scope)
            variadic = isinstance(operation, Primitive) and operation.variadic
            waiting = _Waiting(len(arguments), operation, parameters, variadic, tree.span)
            return waiting, [(argument, scope) for argument in arguments]
        if isinstance(tree, Array):
            waiting = _Waiting(len(tree.elements), PRIMITIVES["stack"], None, False, tree.span)
            return waiting, [(element, scope) for element in tree.elements]
        if isinstance(tree, Index):
            items, indices = self.items(tree, scope)
            waiting = _Waiting(1 + len(indices), PRIMITIVES["index"], {"items": items}, False, tree.span)
            return waiting, [(operand, scope) for operand in (tree.base, *indices)]
        if isinstance(tree, Tuple):
            raise self.error(
                "syntax", "',' in brackets is for axes and shapes", tree.span, "an array is written [1, 2]"
            )
        if tree.function not in FOLDS or tree.function in self.definitions:
            raise self.error(
                "name",
                f"'{shortened(tree.function)}' takes no 'for'",
                tree.function_span,
                f"{', '.join(FOLDS)} do; of an array write its entries: [x[0], x[1]]",
            )
        terms = bindings(tree, scope)
        if not terms:
            if tree.function not in EMPTY:
                raise self.error("value", f"{tree.function} of no terms", tree.span)
            return _Waiting(1, PRIMITIVES["add"], None, True, tree.span), [
                (Number(EMPTY[tree.function], tree.span), scope)
            ]
        return (
            _Waiting(len(terms), PRIMITIVES[FOLDS[tree.function]], None, True, tree.span),
            [(tree.body, scope.within(statics)) for statics in terms],
        )

    def applied(self, waiting: _Waiting, operands: list[Node], scope: Scope) -> Node:
        """The node of an operation whose operands are there."""
        _, operation, parameters, folds, span = waiting
        if len(scope.builder.nodes) > MOST_NODES:
            raise self.error("limit", f"the formula has more than {MOST_NODES:,} operations up to here", span)
        if isinstance(operation, Function):
            operands += [scope.global_value(name, span) for name in operation.captured]
        if not folds:
            if operation is PRIMITIVES["index"] and any(_is_condition(operand) for operand in operands[1:]):
                raise self.error(
                    "value", "a condition is no index", span, "sum(where(x > 0, x, 0)) sums where it holds"
                )
            return scope.builder.apply(operation, operands, span, parameters)
        node = operands[0]
        for operand in operands[1:]:
            node = scope.builder.apply(operation, (node, operand), span)
        return node

    def items(self, tree: Index, scope: Scope) -> tuple[tuple[Any, ...], list[Expression]]:
        """What stands between the brackets of an index, and the trees of the indices that are no constants."""
        items: list[Any] = []
        indices: list[Expression] = []
        for item in tree.items:
            if isinstance(item, Ellipsis):
                if REST in items:
                    raise self.error("syntax", "a second '...'", item.span, "one stands for all axes that are left")
                items.append(REST)
            elif isinstance(item, Slice):
                items.append(("slice", *(self.whole(bound, scope) for bound in item)))
                if items[-1][3] == 0:
                    assert item.step is not None
                    raise self.error("value", "a step is not 0", item.step.span)
            elif isinstance(item, Name) and item.name in NOTHING and not scope.is_bound(item.name):
                items.append(NEW)
            elif is_static(item, scope):
                items.append(("index", self.whole(item, scope)))
            else:
                items.append(OPERAND)
                indices.append(item)
        return tuple(items), indices

    def whole(self, tree: Expression | None, scope: Scope) -> int | None:
        """The whole number that an index is; None for the bound of a slice that is not written."""
        try:
            value = None if tree is None else static_value(tree, scope)
            return None if value is None else whole(value)
        except ValueError as error:
            assert tree is not None
            raise self.error("value", f"an index is {error}", tree.span) from None

    def call(self, tree: Call, scope: Scope) -> tuple[Operation, Sequence[Expression], Mapping[str, Any] | None]:
        """The operation of a call, the trees of its operands, and its parameters where it gives some."""
        arguments = tree.arguments
        operator = OPERATORS.get((tree.function, len(arguments)))
        if operator is not None:
            return operator, arguments, None
        if tree.function == JUXTAPOSITION:
            from graphdiff.graph.hints import juxtaposition_hint

            while isinstance(arguments[0], Call) and arguments[0].function == JUXTAPOSITION:
                tree, arguments = arguments[0], arguments[0].arguments
            message, hint = juxtaposition_hint(tree, self.source)
            raise self.error("syntax", message, tree.span, hint)
        found = self.meaning(tree)
        if isinstance(found, Definition):
            program = self if tree.function in self.definitions else _prelude_program()
            wanted = len(found.parameters)
            options = [Option(name.name, lambda value: value, OTHERWISE) for name, _ in found.options]
            names = [parameter.name for parameter in found.parameters]
            self.check_count(tree, arguments, wanted, options, names, scope)
            statics = read_options(tree.function, options, arguments[wanted:], tree.keywords, scope, tree.span)
            return program.defined(found, tree.function_span, statics, self), arguments[:wanted], None
        if len(arguments) == 1 and tree.function in ALONE:
            found = ALONE[tree.function]
        if found is PRIMITIVES["place"]:
            return self.placing(tree, scope)
        if found.n_ary and len(arguments) == 1 and isinstance(arguments[0], (Array, Tuple)):
            arguments = arguments[0].elements
        wanted = 1 if found.n_ary else len(found.inputs)
        if (found.n_ary or found.variadic) and len(arguments) > wanted:
            wanted = len(arguments)
        self.check_count(tree, arguments, wanted, found.options, found.inputs, scope, found)
        parameters = read_options(tree.function, found.options, arguments[wanted:], tree.keywords, scope, tree.span)
        return found, arguments[:wanted], parameters or None

    def placing(self, tree: Call, scope: Scope) -> tuple[Operation, Sequence[Expression], Mapping[str, Any]]:
        """`place(x, like[1:3])`: x where the index would take entries of like, else 0."""
        value, where = tree.arguments if len(tree.arguments) == 2 and not tree.keywords else (None, None)
        if value is None or not isinstance(where, Index):
            raise self.error("value", "place takes an array and the place of another", tree.span, "place(x, like[1:3])")
        items, indices = self.items(where, scope)
        return PRIMITIVES["place"], (value, where.base, *indices), {"items": items}

    def meaning(self, call: Call) -> Definition | Primitive:
        """What the name of a call means: the program's definition, a primitive or a function of the prelude."""
        name = call.function
        found = self.definitions.get(name) or FUNCTIONS.get(name)
        if found is None and not self.is_prelude:
            found = _prelude_program().definitions.get(name)
        if found is None:
            from graphdiff.graph.hints import unknown_function

            message, hint = unknown_function(
                name,
                [*FUNCTIONS, *_prelude_program().definitions, *self.definitions],
                name in self.values,
                len(call.arguments),
                self.source.text[call.function_span[1] : call.span[1]],
            )
            raise self.error("name", message, call.function_span, hint)
        return found

    def defined(
        self,
        definition: Definition,
        span: Span,
        given: Mapping[str, Static] | None = None,
        caller: Program | None = None,
    ) -> Function:
        """The function of a definition with these constants, built when it is first asked for; span is where.

        caller is the program that calls, where the definition is the prelude's.
        """
        name = definition.target.name
        key = (name, *(given or {}).items())
        if key in self.functions:
            return self.functions[key]
        if name in self.unfinished:
            raise self.error(
                "name",
                f"function '{shortened(name)}' calls itself",
                span,
                "a formula has no recursion: write the steps out",
            )
        self.unfinished.append(name)
        if len(self.unfinished) > DEEPEST_CALLS:
            raise self.depth_error(span)
        body = _Body(self, definition.parameters)
        try:
            scope = body.with_options(definition, given or {})
            node = self.expression(definition.body, scope)
        except GraphdiffError as error:
            if caller is None or caller is self:
                raise
            raise caller.error(error.kind, f"{name}: {error.message}", span, error.hint) from None
        finally:
            self.unfinished.pop()
        graph = Graph(body.builder.nodes, body.builder.inputs, [node.index], source=self.source)
        function = Function(name, graph, tuple(body.captured), self.is_prelude, given or {})
        function.defaults = dict(scope.statics)
        if function.depth > DEEPEST_CALLS:
            raise self.depth_error(span)
        self.functions[key] = function
        return function

    def check_operations(self) -> None:
        """Raises GraphdiffError("limit") where the calls run more operations than a machine has time for."""
        total = 0
        for node in self.builder.nodes:
            if isinstance(node.operation, Function):
                total += node.operation.work
                if total > MOST_OPERATIONS:
                    raise self.error(
                        "limit",
                        f"the calls up to here run {total:.2g} operations; the limit is {MOST_OPERATIONS:,}",
                        node.span or (0, 0),
                        "name a value that is used again instead of calling its function again",
                    )

    def check_count(
        self,
        tree: Call,
        arguments: Sequence[Expression],
        wanted: int,
        options: Sequence[Option],
        inputs: Sequence[str],
        scope: Scope,
        primitive: Primitive | None = None,
    ) -> None:
        """Raises GraphdiffError("value") where a call has too few operands, or more that are no options of it."""
        given = len(arguments)
        takes_rest = any(option.takes_rest for option in options)
        placed = [option for option in options if not option.by_name]
        required = [option.name for option in options if option.default is REQUIRED and not option.takes_rest]
        are_options = takes_rest or required or all(is_static(argument, scope) for argument in arguments[wanted:])
        if wanted <= given and (takes_rest or given <= wanted + len(placed)) and are_options:
            return
        from graphdiff.graph.hints import OTHER_NUMBERS

        more = " or more" if primitive is not None and (primitive.variadic or primitive.n_ary) else ""
        least = wanted + len(required)
        shown = [*inputs, *required, *(["…"] if more else [])]
        shown += [f"{option.name}=…" for option in options if option.name not in required]
        raise self.error(
            "value",
            f"{tree.function} takes {least}{more} argument{'s' * (least != 1 or more != '')}, not {given}",
            tree.span,
            OTHER_NUMBERS.get((tree.function, given)) or f"{tree.function}({', '.join(shown)})",
        )

    def depth_error(self, span: Span) -> GraphdiffError:
        return self.error("limit", f"calls nest deeper than {DEEPEST_CALLS}", span)

    def error(self, kind: str, message: str, span: Span, hint: str | None = None) -> GraphdiffError:
        return GraphdiffError(kind, message, self.source, span, hint)


@lru_cache(maxsize=1)
def _prelude_program() -> Program:
    return Program(Source(read_grammar_file(PRELUDE), PRELUDE), is_prelude=True)


@lru_cache(maxsize=1)
def prelude() -> dict[str, Function]:
    """The functions of grammar/prelude.gd, by name."""
    program = _prelude_program()
    functions = {}
    for name, definition in program.definitions.items():
        functions[name] = program.defined(definition, definition.target.span)
        comment = program.source.text[: definition.target.span[0]].splitlines()[-1]
        functions[name].doc = comment.removeprefix("#").strip()
    return functions
