"""The constants of a program: axes, shapes, bounds of range, and the variables of comprehensions.

They are evaluated while the graph is built, and are not inputs of it.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from graphdiff.errors import GraphdiffError, shorten
from graphdiff.language.hints import nearest
from graphdiff.language.tree import (
    Array,
    Call,
    Comprehension,
    Expression,
    Index,
    Keyword,
    Name,
    Number,
    String,
    Tuple,
)
from graphdiff.operations.interpreter import FLOATS
from graphdiff.operations.literal import ComputedNumber
from graphdiff.operations.options import REQUIRED, Option, Static, whole
from graphdiff.operations.primitive import Primitive
from graphdiff.operations.registry import CONSTANTS, FUNCTIONS, OPERATORS
from graphdiff.operations.shapes import MOST_AXES, entries, nested_shape, shape_text
from graphdiff.source import Span
from graphdiff.writing.spelling import static_text

if TYPE_CHECKING:
    from graphdiff.language.scope import Scope

NOTHING = frozenset(["None", "none", "newaxis"])
"""Names of the absent value: axis=None, and x[None] for a new axis."""
NUMBERS = frozenset(["pi", "π", "e"])
"""Names of constants that are numbers."""
SHAPE = "shape"
"""The function of the Call that `x.shape` is."""
LARGEST_WHOLE = 2.0**53
"""Whole numbers below it are exact."""
MOST_TERMS = 100_000
"""The most terms of all comprehensions of a program, including those that conditions exclude."""


def as_count(tree: Expression, scope: Scope) -> Call | None:
    """The call of count that a size is: of len(x), or of one entry of x.shape. None of any other tree."""
    axis: Expression = Number(0.0, tree.span)
    if isinstance(tree, Index) and isinstance(tree.base, Call) and tree.base.function == SHAPE and len(tree.items) == 1:
        call, (item,) = tree.base, tree.items
        if not isinstance(item, (Number, Name, Call)):
            return None
        axis = item
    elif isinstance(tree, Call) and tree.function == "len" and len(tree.arguments) == 1 and not tree.keywords:
        call = tree
    else:
        return None
    if call.function in scope.program.definitions:
        return None
    keyword = Keyword(Name("axis", axis.span), axis)
    return Call("count", call.arguments, tree.span, call.function_span, (keyword,))


def is_static(tree: Expression, scope: Scope) -> bool:
    """Whether a tree is a constant expression."""
    stack = [tree]
    while stack:
        tree = stack.pop()
        if isinstance(tree, Call) and not tree.keywords and _primitive(tree, scope) is not None:
            stack.extend(tree.arguments)
        elif isinstance(tree, (Tuple, Array)):
            stack.extend(tree.elements)
        elif isinstance(tree, Name):
            if not _is_constant(tree.name, scope):
                return False
        elif not isinstance(tree, (Number, String)):
            return False
    return True


def is_number(tree: Expression, scope: Scope) -> bool:
    """Whether a tree is arithmetic with numbers alone, and with pi and e: 1/2, 10^-3, pi/4."""
    stack = [tree]
    while stack:
        tree = stack.pop()
        if isinstance(tree, Call) and not tree.keywords and _primitive(tree, scope) is not None:
            stack.extend(tree.arguments)
        elif isinstance(tree, Name):
            if tree.name not in NUMBERS or scope.is_assigned(tree.name):
                return False
        elif not isinstance(tree, Number):
            return False
    return True


def _is_constant(name: str, scope: Scope) -> bool:
    if name in scope.statics or scope.constant(name) is not None:
        return True
    return (name in NOTHING or name in CONSTANTS) and not scope.is_assigned(name)


def static_value(tree: Expression, scope: Scope, depth: int = 0) -> Static:
    """Evaluate a constant expression.

    Raises GraphdiffError("value") if it is not constant.
    """
    if isinstance(tree, (Tuple, Array)):
        if depth == MOST_AXES:
            raise scope.error("value", "too many nested brackets", tree.span)
        return tuple(static_value(element, scope, depth + 1) for element in tree.elements)
    results: list[Any] = []
    stack: list[tuple[Expression, bool]] = [(tree, False)]
    while stack:
        subtree, has_operands = stack.pop()
        if isinstance(subtree, (Number, String)):
            results.append(subtree.value)
        elif isinstance(subtree, Name):
            results.append(_value_of_name(subtree, scope))
        elif isinstance(subtree, (Call, Index)) and (count := as_count(subtree, scope)) is not None:
            axis = static_value(count.keywords[0].value, scope)
            results.append(scope.program.size_of_count(count, _whole(axis, subtree, scope), scope))
        elif (
            isinstance(subtree, Call) and (primitive := _primitive(subtree, scope)) is not None and not subtree.keywords
        ):
            if not has_operands:
                stack.append((subtree, True))
                stack.extend((argument, False) for argument in reversed(subtree.arguments))
                continue
            operands = results[len(results) - len(subtree.arguments) :]
            del results[len(results) - len(subtree.arguments) :]
            if not all(isinstance(operand, float) for operand in operands):
                raise scope.error("value", "expected numbers here", subtree.span)
            results.append(_computed(primitive, operands))
        else:
            raise _not_constant(scope, subtree, "this")
    value: Static = results[0]
    return value


def _whole(value: Static, tree: Expression, scope: Scope) -> int:
    try:
        return whole(value)
    except ValueError as error:
        raise scope.error("value", f"an axis must be {error}", tree.span) from None


def _computed(primitive: Primitive, operands: Sequence[float]) -> float:
    """The value of an operation; where it is not whole, one that knows how it was computed."""
    value: float = FLOATS.apply(primitive, *map(float, operands))
    return value if value.is_integer() and abs(value) < LARGEST_WHOLE else ComputedNumber(value, primitive, operands)


def _primitive(call: Call, scope: Scope) -> Any:
    """The elementwise primitive of a call in a constant expression, if it is one."""
    if call.function in scope.program.definitions:
        return None
    count = len(call.arguments)
    primitive = OPERATORS.get((call.function, count)) or FUNCTIONS.get(call.function)
    fits = primitive is not None and primitive.is_elementwise and len(primitive.inputs) == count
    return primitive if fits else None


def _value_of_name(name: Name, scope: Scope) -> Static:
    if name.name in scope.statics:
        return scope.statics[name.name]
    if (assigned := scope.constant(name.name)) is not None:
        scope.program.static_names.add(name.name)
        return assigned
    body = None if name.name in scope.parameters else scope.program.bodies.get(name.name)
    if body is not None and (size := scope.program.size_of_name(name, body, scope)) is not None:
        return size
    if name.name in NOTHING:
        return None
    if name.name == "inf" and not scope.is_assigned(name.name):
        return math.inf
    if name.name in CONSTANTS and not scope.is_assigned(name.name):
        return CONSTANTS[name.name] if name.name.lower() not in ("true", "false") else bool(CONSTANTS[name.name])
    raise _not_constant(scope, name, f"'{shorten(name.name)}'")


def _not_constant(scope: Scope, tree: Expression, what: str) -> GraphdiffError:
    return scope.error("value", f"{what} is not a constant", tree.span, "axes, shapes and bounds must be numbers")


def read_options(
    function: str,
    options: Sequence[Option],
    positional: Sequence[Expression],
    keywords: Sequence[Keyword],
    scope: Scope,
    span: Span,
) -> dict[str, Any]:
    """Read the options that a call gives, after its operands (positional) or by name; defaults are left out.

    Raises GraphdiffError for an unknown, repeated or missing option and for a value that an option cannot have.
    """
    trees: dict[str, list[Expression]] = {}
    remaining = list(positional)
    for option in options:
        if remaining and not option.by_name:
            trees[option.name] = remaining if option.takes_rest else [remaining.pop(0)]
            if option.takes_rest:
                remaining = []
    for name, value in keywords:
        if name.name not in [option.name for option in options]:
            names = [option.name for option in options]
            options_hint = f"its options are {', '.join(names)}" if names else "it has no options"
            raise scope.error(
                "name",
                f"{function} has no option '{shorten(name.name)}'",
                name.span,
                nearest(name.name, names) or options_hint,
            )
        if name.name in trees:
            raise scope.error("name", f"'{name.name}' is given by position and by name", name.span)
        trees[name.name] = [value]
    parameters: dict[str, Any] = {}
    for option in options:
        if option.name in trees:
            values = [static_value(tree, scope) for tree in trees[option.name]]
            place = (trees[option.name][0].span[0], trees[option.name][-1].span[1])
            try:
                parameter = option.read(values[0] if len(values) == 1 else tuple(values))
            except ValueError as error:
                values_text = ", ".join(map(static_text, values))
                raise scope.error(
                    "value", f"{option.name} must be {error}, not {shorten(values_text)}", place
                ) from None
            if parameter != option.default or option.default is REQUIRED:
                parameters[option.name] = parameter
        elif option.default is REQUIRED:
            raise scope.error("value", f"{function} requires '{option.name}'", span, f"add {option.name}=…")
    return parameters


def bindings(tree: Comprehension, scope: Scope) -> list[Mapping[str, Static]]:
    """The values of the variables in each term of a comprehension, with the constants around it.

    Raises GraphdiffError: "value" if a clause does not iterate over a range, "limit" beyond MOST_TERMS terms.
    """
    terms: list[Mapping[str, Static]] = [scope.statics]
    program = scope.program
    for clause in tree.clauses:
        extended_terms: list[Mapping[str, Static]] = []
        for statics in terms:
            clause_scope = scope.within(statics)
            for number in range_of(clause.values, clause_scope):
                program.terms += 1
                if program.terms > MOST_TERMS:
                    message = f"more than {MOST_TERMS:,} terms, including those that a condition excludes"
                    raise scope.error("limit", message, tree.span)
                constants = {**statics, clause.variable.name: float(number)}
                if clause.condition is None or static_value(clause.condition, scope.within(constants)):
                    extended_terms.append(constants)
        terms = extended_terms
    return terms


def range_of(tree: Expression, scope: Scope) -> range:
    """The numbers of `range(a, b, step)`; raises GraphdiffError("value") for anything else."""
    if not isinstance(tree, Call) or tree.function != "range" or tree.keywords or not 1 <= len(tree.arguments) <= 3:
        raise scope.error(
            "value", "a comprehension must iterate over a range", tree.span, "for example: for k in range(3)"
        )
    bounds = []
    for argument in tree.arguments:
        try:
            bounds.append(whole(static_value(argument, scope)))
        except ValueError as error:
            raise scope.error("value", f"a bound of range must be {error}", argument.span) from None
    if len(bounds) == 3 and bounds[2] == 0:
        raise scope.error("value", "the step of range must not be 0", tree.arguments[2].span)
    return range(*bounds)


def constant_array(tree: Array, scope: Scope, depth: int = 1) -> tuple[Any, ...] | None:
    """The entries of an array that consists of numbers only, as nested tuples; None of any other array.

    Raises GraphdiffError if its rows differ in shape.
    """
    if depth > MOST_AXES:
        raise scope.error("limit", f"an array can have at most {MOST_AXES} axes", tree.span)
    rows: list[Any] = []
    for element in tree.elements:
        row: Any = element.value if isinstance(element, Number) else None
        if isinstance(element, Array):
            row = constant_array(element, scope, depth + 1)
        if row is None:
            return None
        rows.append(row)
        check_row(row, rows[0], scope, element.span)
    return tuple(rows)


def check_row(row: Any, first: Any, scope: Scope, span: Span) -> None:
    """Raise GraphdiffError if a row of an array differs in shape from the first."""
    if nested_shape(row) != nested_shape(first):
        message = f"the rows differ: this one has {_length(row)}, the first has {_length(first)}"
        raise scope.error("value", message, span)


def _length(row: Any) -> str:
    shape = nested_shape(row)
    if len(shape) > 1:
        return f"shape {shape_text(shape)}"
    return entries(shape[0]) if shape else "one number"
