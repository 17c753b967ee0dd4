"""Calls: of functions of the text, which become gates or are replaced by their bodies; of libraries; of methods."""

from __future__ import annotations

import ast
import builtins
from collections.abc import Mapping
from typing import Any

from graphdiff.errors import GraphdiffError, shorten
from graphdiff.language.program import DEEPEST_CALLS
from graphdiff.language.tree import Call, Definition, Name
from graphdiff.reading.python.expressions import Expressions
from graphdiff.reading.python.functions import Functions
from graphdiff.reading.python.library import ALIASES, is_known_module
from graphdiff.reading.python.reader import NotAGate, is_computed
from graphdiff.reading.python.statements import Statements
from graphdiff.reading.python.survey import stores_of
from graphdiff.reading.python.values import (
    Arguments,
    Dictionary,
    Items,
    Library,
    Method,
    Partial,
    Routine,
    Scope,
    Steps,
    Value,
)
from graphdiff.reading.python.variables import Variables
from graphdiff.source import Span

CHANGES_THE_FUNCTION = {
    "grad",
    "value_and_grad",
    "vmap",
    "pmap",
    "jacfwd",
    "jacrev",
    "hessian",
    "custom_vjp",
    "custom_jvp",
}
"""Decorators after which a function computes something else."""


class Calls:
    """Reads calls."""

    def __init__(self, expressions: Expressions) -> None:
        self.expressions = expressions
        self.reader = expressions.reader
        self.variables = expressions.variables
        self.statements = Statements(expressions, self)
        self.functions = Functions(expressions)
        self.depth = 0
        expressions.calls = self

    def span(self, node: ast.AST) -> Span:
        return self.reader.places.span(node)

    # Imports

    def imports(self, node: ast.Import | ast.ImportFrom, variables: Variables) -> None:
        """Give imported modules and functions their names; nothing is imported."""
        for alias in node.names:
            if isinstance(node, ast.Import):
                path = alias.name if alias.asname else alias.name.partition(".")[0]
                variables.scope.variables[alias.asname or path] = self._module(path)
            elif alias.name == "*":
                if not is_known_module(node.module or ""):
                    raise self.reader.error(f"'{shorten(node.module or '.')}' is not a known library", node)
                variables.star_imports.append(node.module or "")
            else:
                path = f"{node.module or ''}.{alias.name}"
                variables.scope.variables[alias.asname or alias.name] = self._module(path)

    def _module(self, path: str) -> Library:
        return Library(ALIASES.get(path, path))

    # Calls

    def read(self, node: ast.Call) -> Steps:
        """The value of a call."""
        function = yield self._function(node.func)
        positional = yield self.expressions.read_all(node.args)
        keywords: dict[str, Any] = {}
        for keyword in node.keywords:
            value = yield self.expressions.read(keyword.value)
            if keyword.arg is not None:
                keywords[keyword.arg] = value
            elif isinstance(value, Dictionary):
                keywords |= value.entries
            else:
                raise self.reader.error("'**' needs a dictionary that the text gives", keyword)
        return (yield self.call(function, Arguments(positional, keywords), node))

    def _function(self, node: ast.expr) -> Any:
        """What is called; a name without a meaning in the text may be a function that its import was left out of."""
        if isinstance(node, ast.Name) and not self.variables.is_assigned(node.id):
            others = [] if hasattr(builtins, node.id) else ["bare"]
            for module in [*self.variables.star_imports, *others]:
                if self.functions.has(f"{module}.{node.id}"):
                    return Library(f"{module}.{node.id}")
        return self.expressions.read(node)

    def call(self, function: Any, arguments: Arguments, node: ast.Call) -> Any:
        """Call a value."""
        if isinstance(function, Routine):
            return self.call_routine(function, arguments, node)
        if isinstance(function, Partial):
            keywords = {**function.keywords, **arguments.keywords}
            return self.functions.call(function.function.path, Arguments(arguments.positional, keywords), node)
        if isinstance(function, Library):
            return self.functions.call(function.path, arguments, node)
        if isinstance(function, Method):
            return self.functions.call_method(function, arguments, node)
        name = self.reader.text_of(node.func)
        hint = f"to multiply, write {name}*(…)" if isinstance(function, Value) else None
        raise self.reader.error(f"'{name}' is not a function that the text defines", node.func, hint, "name")

    # Functions of the text

    def routine(self, name: str, node: ast.FunctionDef | ast.Lambda) -> Steps:
        """A function of the text, with the defaults that its definition computes."""
        routine = Routine(name, node, self.variables.scope)
        yield self.complete(routine)
        return routine

    def complete(self, routine: Routine) -> Steps:
        """Read the defaults of a function; its decorators are not applied."""
        if routine.defaults is not None:
            return
        for decorator in getattr(routine.node, "decorator_list", []):
            self._check_decorator(decorator)
        outer, self.variables.scope = self.variables.scope, routine.scope
        arguments = routine.node.args
        names = [*arguments.posonlyargs, *arguments.args]
        pairs = [
            *zip(names[len(names) - len(arguments.defaults) :], arguments.defaults, strict=True),
            *zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True),
        ]
        defaults = {}
        try:
            for parameter, default in pairs:
                if default is not None:
                    defaults[parameter.arg] = yield self.expressions.read(default)
        finally:
            self.variables.scope = outer
        routine.defaults = defaults

    def _check_decorator(self, decorator: ast.expr) -> None:
        called = decorator.func if isinstance(decorator, ast.Call) else decorator
        name = called.attr if isinstance(called, ast.Attribute) else getattr(called, "id", None)
        while isinstance(called, ast.Attribute):
            called = called.value
        if name in CHANGES_THE_FUNCTION or not isinstance(called, ast.Name):
            raise self.reader.error("this decorator may change the function", decorator, "leave it out")
        self.reader.note(f"the decorator '@{self.reader.text_of(decorator)}' is left out")

    def call_routine(self, routine: Routine, arguments: Arguments, node: ast.Call) -> Steps:
        """Call a function of the text."""
        yield self.complete(routine)
        values = self.bind(routine, arguments, node)
        trees = list(values.values())
        can_be_gate = bool(trees) and all(isinstance(value, Value) and not value.is_condition for value in trees)
        if can_be_gate and not routine.is_inline:
            if routine.gate is None:
                yield self._make_gate(routine, values, node)
            if routine.gate is not None:
                operands = tuple(value.tree for value in trees)
                return Value(Call(routine.gate.target.name, operands, self.span(node), self.span(node.func)))
        return (yield self.inline(routine, values, node))

    def bind(self, routine: Routine, arguments: Arguments, node: ast.Call) -> dict[str, Any]:
        """The values of the parameters of a call."""
        parameters, defaults = routine.node.args, routine.defaults or {}
        name = routine.name or "lambda"
        names = [each.arg for each in (*parameters.posonlyargs, *parameters.args)]
        values: dict[str, Any] = dict(zip(names, arguments.positional, strict=False))
        extra = arguments.positional[len(names) :]
        if extra and parameters.vararg is None:
            count = len(arguments.positional)
            raise self.reader.error(f"{name} takes {len(names)} arguments, not {count}", node, kind="value")
        if parameters.vararg is not None:
            values[parameters.vararg.arg] = Items(list(extra), "tuple", self.reader.branch)
        names += [each.arg for each in parameters.kwonlyargs]
        for keyword, value in arguments.keywords.items():
            if keyword not in names or keyword in values:
                problem = "is given twice" if keyword in values else "is not a parameter"
                raise self.reader.error(f"'{shorten(keyword)}' {problem} of {name}", node, kind="value")
            values[keyword] = value
        if parameters.kwarg is not None:
            raise self.reader.error("'**' in a definition cannot be read", node, "name the parameters")
        for parameter in names:
            if parameter not in values and parameter not in defaults:
                raise self.reader.error(f"{name} needs a value for '{shorten(parameter)}'", node, kind="value")
            values.setdefault(parameter, defaults.get(parameter))
        return values

    def _make_gate(self, routine: Routine, values: Mapping[str, Any], node: ast.Call) -> Steps:
        """Read a function as a gate, if its body is one expression of its parameters."""
        span = self.span(routine.node)
        parameters = {name: Value(Name(name, span)) for name in values}
        # A function that calls itself is no gate, and notes on what is no gate come when its body is read again.
        routine.is_inline = True
        notes, pending = dict(self.reader.notes), len(self.reader.definitions)
        try:
            with self.reader.within_gate():
                result = yield self.inline(routine, parameters, node)
                if isinstance(result, Items) and result.kind != "array":
                    raise NotAGate
                body = self.expressions.value_of(result, span)
        except (NotAGate, GraphdiffError):
            self.reader.notes = notes
            del self.reader.definitions[pending:]
            return
        routine.is_inline = False
        name = self.reader.fresh_name(routine.name or "function", self.reader.functions)
        names = tuple(Name(parameter, span) for parameter in parameters)
        routine.gate = Definition(Name(name, span), names, body.tree)
        self.reader.definitions.append(routine.gate)

    def inline(self, routine: Routine, values: Mapping[str, Any], node: ast.AST) -> Steps:
        """Read the body of a function with these values of its parameters."""
        outer, self.depth = self.variables.scope, self.depth + 1
        if self.depth > DEEPEST_CALLS:
            raise self.reader.error(
                f"calls are nested more than {DEEPEST_CALLS} deep", node, "write recursion as a loop", "limit"
            )
        scope = Scope(routine.scope, stores_of(routine.node), self.reader.gate)
        scope.variables = {
            name: self.reader.assign(name, value, self.span(node)) if is_computed(value) else value
            for name, value in values.items()
        }
        self.variables.scope = scope
        try:
            if isinstance(routine.node, ast.Lambda):
                return (yield self.expressions.read(routine.node.body))
            outcome = yield self.statements.block(routine.node.body)
            return self.statements.finish(outcome, routine.node, self.span(node))
        finally:
            self.variables.scope = outer
            self.depth -= 1
