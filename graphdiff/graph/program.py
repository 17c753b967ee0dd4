"""A program → its graph: names are resolved, calls become gates, and every node knows its place in the text."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from graphdiff.errors import GraphdiffError, shortened
from graphdiff.expression.parser import parse as parse_tree
from graphdiff.expression.resources import read_grammar_file
from graphdiff.expression.source import Source, Span
from graphdiff.expression.tree import (
    JUXTAPOSITION,
    Assignment,
    Call,
    Definition,
    Expression,
    Name,
    Number,
    Result,
    Statement,
)
from graphdiff.graph.graph import Function, Graph, GraphBuilder, Node, Operation
from graphdiff.operations.primitive import Primitive
from graphdiff.operations.registry import FUNCTIONS, OPERATORS

PRELUDE = "prelude.gd"
DEEPEST_CALLS = 100
"""How many calls may stand inside one another."""
MOST_OPERATIONS = 1_000_000
"""How many operations all calls together may run; functions of functions multiply."""


class _Scope:
    """Where the names of an expression are looked up: among parameters first, then in the program."""

    def __init__(self, program: Program, builder: GraphBuilder, parameters: dict[str, Node]) -> None:
        self.program = program
        self.builder = builder
        self.parameters = parameters

    def value(self, name: str, span: Span) -> Node:
        """What a name means in this scope."""
        return self.parameters.get(name) or self.global_value(name, span)

    def global_value(self, name: str, span: Span) -> Node:
        """What a name means in the program, which a function's parameters do not hide."""
        if name in self.parameters:
            raise self.program.error(
                "name",
                f"'{shortened(name)}' is both a parameter of the result and a name that its functions use",
                span,
                "rename the parameter",
            )
        return self.program.value(name, span)


class _Body(_Scope):
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


class Program:
    """The statements of one source, and the graph that they build one by one."""

    def __init__(self, source: Source, statements: Sequence[Statement] | None = None, is_prelude: bool = False) -> None:
        self.source = source
        self.is_prelude = is_prelude
        self.statements = parse_tree(source) if statements is None else statements
        self.builder = GraphBuilder()
        self.values: dict[str, Node] = {}
        self.assigned: set[str] = set()
        self.functions: dict[str, Function] = {}
        self.unfinished: list[str] = []
        self.definitions: dict[str, Definition] = {}
        for statement in self.statements:
            if isinstance(statement, Definition):
                name = statement.target.name
                if name in self.definitions:
                    raise self.error("name", f"function '{shortened(name)}' is defined twice", statement.target.span)
                self.definitions[name] = statement

    def graph(self) -> Graph:
        scope = _Scope(self, self.builder, {})
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

    def assign(self, statement: Assignment, scope: _Scope) -> Node:
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
        result = self.expression(definition.body, _Scope(self, self.builder, parameters))
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

    def expression(self, root: Expression, scope: _Scope) -> Node:
        """The node of an expression, its operands first; without recursion, however deep it is."""
        results: list[Node] = []
        stack: list[tuple[Expression, bool]] = [(root, False)]
        while stack:
            tree, has_operands = stack.pop()
            if isinstance(tree, Number):
                results.append(scope.builder.constant(tree.value, tree.span))
            elif isinstance(tree, Name):
                results.append(scope.value(tree.name, tree.span))
            elif has_operands:
                count = len(tree.arguments)
                operands = results[len(results) - count :]
                del results[len(results) - count :]
                results.append(self.call(tree, operands, scope))
            else:
                stack.append((tree, True))
                stack.extend([(argument, False) for argument in reversed(tree.arguments)])
        return results[0]

    def call(self, tree: Call, operands: list[Node], scope: _Scope) -> Node:
        operation: Operation | None = OPERATORS.get((tree.function, len(operands)))
        if operation is not None:
            return scope.builder.apply(operation, operands, tree.span)
        if tree.function == JUXTAPOSITION:
            from graphdiff.graph.hints import juxtaposition_hint

            message, hint = juxtaposition_hint(tree, self.source)
            raise self.error("syntax", message, tree.span, hint)
        operation = self.function(tree)
        variadic = isinstance(operation, Primitive) and operation.variadic
        if len(operands) != len(operation.inputs) and not (variadic and len(operands) > 2):
            raise self.arity_error(operation, tree)
        if isinstance(operation, Function):
            operands += [scope.global_value(name, tree.span) for name in operation.captured]
            return scope.builder.apply(operation, operands, tree.span)
        # Only a variadic operation has more operands than inputs: it folds from the left.
        node = scope.builder.apply(operation, operands[: len(operation.inputs)], tree.span)
        for operand in operands[len(operation.inputs) :]:
            node = scope.builder.apply(operation, (node, operand), tree.span)
        return node

    def function(self, call: Call) -> Operation:
        """What the name of a call means: the program's definition, a primitive or a function of the prelude."""
        name = call.function
        if name in self.definitions:
            return self.defined(self.definitions[name], call.function_span)
        operation = FUNCTIONS.get(name) or (None if self.is_prelude else prelude().get(name))
        if operation is None:
            from graphdiff.graph.hints import unknown_function

            message, hint = unknown_function(
                name,
                [*FUNCTIONS, *prelude(), *self.definitions],
                name in self.values,
                len(call.arguments),
                self.source.text[call.function_span[1] : call.span[1]],
            )
            raise self.error("name", message, call.function_span, hint)
        return operation

    def defined(self, definition: Definition, span: Span) -> Function:
        """The function of a definition, built when it is first asked for; span is where."""
        name = definition.target.name
        if name in self.functions:
            return self.functions[name]
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
        node = self.expression(definition.body, body)
        self.unfinished.pop()
        graph = Graph(body.builder.nodes, body.builder.inputs, [node.index], source=self.source)
        function = Function(name, graph, tuple(body.captured), self.is_prelude)
        if function.depth > DEEPEST_CALLS:
            raise self.depth_error(span)
        self.functions[name] = function
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

    def arity_error(self, operation: Operation, tree: Call) -> GraphdiffError:
        wanted, given = len(operation.inputs), len(tree.arguments)
        from graphdiff.graph.hints import OTHER_NUMBERS

        more = " or more" if isinstance(operation, Primitive) and operation.variadic else ""
        return self.error(
            "value",
            f"{operation.name} takes {wanted}{more} argument{'s' * (wanted != 1)}, not {given}",
            tree.span,
            OTHER_NUMBERS.get((operation.name, given))
            or f"{operation.name}({', '.join(operation.inputs)}{', …' if more else ''})",
        )

    def depth_error(self, span: Span) -> GraphdiffError:
        return self.error("limit", f"calls nest deeper than {DEEPEST_CALLS}", span)

    def error(self, kind: str, message: str, span: Span, hint: str | None = None) -> GraphdiffError:
        return GraphdiffError(kind, message, self.source, span, hint)


@lru_cache(maxsize=1)
def prelude() -> dict[str, Function]:
    """The functions of grammar/prelude.gd, by name."""
    text = read_grammar_file(PRELUDE)
    program = Program(Source(text, PRELUDE), is_prelude=True)
    functions = {}
    for name, definition in program.definitions.items():
        functions[name] = program.defined(definition, definition.target.span)
        comment = text[: definition.target.span[0]].splitlines()[-1]
        functions[name].doc = comment.removeprefix("#").strip()
    return functions
