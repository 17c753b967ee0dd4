"""A whole Python text: which function is read, what its globals are, and the program that it becomes."""

from __future__ import annotations

import ast
from typing import Any

from graphdiff.errors import GraphdiffError, shorten
from graphdiff.language.tree import (
    Assignment,
    Definition,
    Name,
    Result,
    Statement,
)
from graphdiff.reading.python.branches import is_main_guard
from graphdiff.reading.python.calls import Calls
from graphdiff.reading.python.effects import is_silent
from graphdiff.reading.python.expressions import Expressions
from graphdiff.reading.python.library import has_function, words_of
from graphdiff.reading.python.places import Places
from graphdiff.reading.python.reader import Facts, NotAGate, Reader
from graphdiff.reading.python.survey import Function, functions_of, libraries, mentions, names_of, stores_of, targets
from graphdiff.reading.python.values import Items, Refused, Routine, Scope, Steps, Value, run
from graphdiff.reading.python.variables import Variables
from graphdiff.reading.reading import Reading
from graphdiff.source import Source

SCRIPT = "__main__"
"""The name by which the statements outside functions are read."""
OWN_FUNCTIONS = frozenset(
    [
        "abs",
        "amax",
        "amin",
        "broadcast_to",
        "clip",
        "concat",
        "count",
        "exp",
        "expand_dims",
        "factorial",
        "floor",
        "gelu",
        "hypot",
        "log",
        "logdet",
        "logsumexp",
        "max",
        "mean",
        "maxpool2d",
        "conv2d",
        "min",
        "mod",
        "moveaxis",
        "norm",
        "ones",
        "pad",
        "relu",
        "reshape",
        "reshape_like",
        "round",
        "sign",
        "sqrt",
        "stack",
        "std",
        "sum",
        "tensordot",
        "transpose",
        "var",
        "where",
        "zeros",
    ]
)
"""The functions of graphdiff's language that any text may need: none of its own functions has such a name."""


class Text:
    """One pass over a text."""

    def __init__(self, source: Source, tree: ast.Module, places: Places, facts: Facts) -> None:
        self.tree = tree
        identifiers, stored, attributes = names_of(tree)
        self.reader = Reader(source, places, identifiers, stored, facts)
        self.reader.functions |= OWN_FUNCTIONS
        for name in attributes:
            self.reader.functions |= {word for word in words_of(name) if has_function(word)}
        self.reader.libraries = libraries(identifiers, tree)
        self.module = Scope(None, stores_of(tree))
        self.variables = Variables(self.reader, self.module)
        self.expressions = Expressions(self.reader, self.variables)
        self.calls = Calls(self.expressions)
        self.variables.read_global = self.read_global
        self.reads_globals = True
        self.functions = functions_of(tree)
        # The assignments of the module's variables.
        self.globals = {
            target.id: statement
            for statement in tree.body
            if isinstance(statement, (ast.Assign, ast.AnnAssign)) and statement.value is not None
            for target in targets(statement)
            if isinstance(target, ast.Name)
        }

    def read(self, function: str | Function | None) -> Reading:
        """Read a function by its name or its node, or the last one; or the script."""
        if function is None and self.functions:
            function = list(self.functions)[-1]
        if function is None or function == SCRIPT:
            result = run(self.script())
        else:
            node = self.functions.get(function) if isinstance(function, str) else function
            self.reads_globals = isinstance(function, str)
            if node is None:
                names = ", ".join(map(shorten, self.functions)) or "none"
                raise GraphdiffError(
                    "name",
                    f"there is no function '{shorten(str(function))}'",
                    self.reader.source,
                    None,
                    f"functions of the text: {names}",
                )
            result = run(self.function(node))
        return self.reading(result)

    # What is read

    def script(self) -> Steps:
        """The statements outside functions; the value is that of the last of them."""
        outcome = yield self.calls.statements.block(self.tree.body)
        last = self.calls.statements.last
        classes = [statement for statement in self.tree.body if isinstance(statement, ast.ClassDef)]
        if last is None and classes:
            hint = "write what it computes as a function of its inputs and weights"
            raise self.reader.error(f"the class '{shorten(classes[-1].name)}' cannot be read", classes[-1], hint)
        if outcome is not None or last is None:
            raise self.reader.error("the text computes no value", (0, 0), "end it with a formula or an assignment")
        value, node = last
        return self.output(value, node)

    def function(self, node: Function) -> Steps:
        """A function, whose parameters are inputs."""
        self.prepare()
        routine = yield self.calls.routine("", node)
        scope = Scope(self.module, stores_of(node))
        self.variables.main = self.variables.scope = scope
        self.parameters(routine, scope)
        if isinstance(node, ast.Lambda):
            value = yield self.expressions.read(node.body)
            return self.output(value, node.body)
        outcome = yield self.calls.statements.block(node.body)
        span = self.reader.places.span(node)
        first_line = (span[0], min(span[1], max(span[0] + 1, self.reader.places.span(node.body[0])[0])))
        return self.output(self.calls.statements.finish(outcome, node, first_line), node)

    def prepare(self) -> None:
        """Give the module's functions, classes and imports their names; its variables are read when they are needed."""
        is_script = False
        for statement in self.tree.body:
            if isinstance(statement, (ast.ClassDef, ast.Import, ast.ImportFrom)):
                getattr(self.calls.statements, f"read_{type(statement).__name__}")(statement)
            elif isinstance(statement, (ast.Try, ast.If)):
                for node in ast.walk(statement):
                    if isinstance(node, (ast.Import, ast.ImportFrom)):
                        self.calls.imports(node, self.variables)
                is_script |= isinstance(statement, ast.If) and not is_main_guard(statement)
            elif isinstance(statement, (ast.For, ast.While, ast.With, ast.AugAssign)):
                is_script = True
            elif isinstance(statement, ast.Expr):
                is_script |= isinstance(statement.value, ast.Call) and is_silent(statement.value) is None
        for name, node in self.functions.items():
            self.module.variables[name] = Routine(name, node, self.module)
        if is_script and self.reads_globals:
            self.reader.note("only a function is read, and not the statements outside functions")

    def parameters(self, routine: Routine, scope: Scope) -> None:
        """Make the parameters of the function inputs; those with a default have a value."""
        arguments, defaults = routine.node.args, routine.defaults or {}
        if arguments.vararg is not None or arguments.kwarg is not None:
            starred = arguments.vararg or arguments.kwarg
            assert starred is not None
            raise self.reader.error(
                f"the parameter '{shorten(starred.arg)}' stands for any number of values",
                starred,
                "name the parameters",
            )
        for parameter in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs):
            name, span = parameter.arg, self.reader.places.span(parameter)
            self.reader.parameters.add(name)
            if name in defaults:
                scope.variables[name] = self.default(name, defaults[name], span)
            else:
                scope.variables[name] = self.variables.free(name, span)

    def default(self, name: str, value: Any, span: tuple[int, int]) -> Any:
        """The default of a parameter: a number or a list of numbers is the value of an input."""
        if isinstance(value, Value) and value.constant is not None and not isinstance(value.constant, bool):
            return self.variables.given(name, value, span)
        if isinstance(value, Items) and value.kind != "tuple":
            return self.variables.given_items(name, value, span)
        return value

    def read_global(self, name: str, node: ast.expr) -> Steps:
        """The value of a variable of the module, for a function that uses it."""
        span = self.reader.places.span(node)
        statement = self.globals.get(name)
        if self.reader.gate:
            raise NotAGate
        if not self.reads_globals or self.module.stores[name] != 1 or statement is None:
            if self.reads_globals:
                self.reader.note(f"'{shorten(name)}' is an input: the text assigns it in several places")
            value = self.module.variables[name] = self.variables.free(name, span)
            return value
        scope, branch = self.variables.scope, self.reader.branch
        self.variables.scope, self.reader.branch = self.module, None
        self.module.variables[name] = Refused(f"'{shorten(name)}' depends on itself")
        try:
            assert statement.value is not None
            value = yield self.expressions.read(statement.value)
            target = next(target for target in targets(statement) if isinstance(target, ast.Name))
            self.variables.store(name, value, self.reader.places.span(target))
        except GraphdiffError:
            line = self.reader.places.line(statement)
            self.reader.note(f"'{shorten(name)}' is an input: its value in line {line} cannot be read")
            self.module.variables[name] = self.variables.free(name, span)
        finally:
            self.variables.scope, self.reader.branch = scope, branch
        return self.module.variables[name]

    def output(self, value: Any, node: ast.AST) -> Value:
        """The value of the program."""
        span = self.reader.places.span(node)
        if isinstance(value, Items) and value.kind == "tuple" and value.entries:
            if len(value.entries) > 1:
                self.reader.note(f"of the {len(value.entries)} values that are returned, the first is read")
            value = value.entries[0]
        if value is None or isinstance(value, Routine):
            what = "a function" if value else "nothing"
            raise self.reader.error(
                f"the value of this is {what}", (span[0], span[0] + 1), "return a number or an array"
            )
        return self.expressions.value_of(value, span)

    # The program

    def reading(self, result: Value) -> Reading:
        """The program, without what it does not need: constants for loops, functions that became no gate."""
        reader = self.reader
        used, calls = mentions(result.tree)
        kept: list[Statement] = [Result(result.tree)]
        for statement in reversed(reader.statements):
            assert isinstance(statement, Assignment)
            name = statement.target.name
            if name in reader.constant_names and name not in used:
                continue
            names, functions = mentions(statement.body)
            used |= names
            calls |= functions
            kept.append(statement)
        definitions: list[Definition] = []
        for definition in reversed(reader.definitions):
            if definition.target.name in calls:
                names, functions = mentions(definition.body)
                calls |= functions
                definitions.append(definition)
        inputs = [
            Result(Name(name, span))
            for name, span in reader.inputs.items()
            if name in used or (name in reader.parameters and name not in reader.dictionaries)
        ]
        values = {name: value for name, value in reader.values.items() if name in used or name in reader.parameters}
        counts = [Assignment(Name(name, number.span), number) for name, number in reader.counts.items()]
        statements = [*counts, *inputs, *reversed(definitions), *reversed(kept)]
        if reader.sizes is not None:
            reader.note("the program is read for arrays of these shapes")
        return Reading(statements, list(reader.notes), values, shapes=reader.facts.shapes, constants=reader.counts)
