"""The changes that make mutants: the syntax tree of a function with one node replaced."""

from __future__ import annotations

import ast
import math
from collections.abc import Iterator, Mapping, Sequence
from copy import deepcopy
from types import FunctionType
from typing import Any, TypeAlias

import array_api_strict

from graphdiff.operations import ieee
from graphdiff.operations.registry import PRIMITIVES

INTERPRETERS = ("op", "xp")
"""What rules and kernels call the first of their parameters: the one through which they work."""

NAMESPACES = {"op": {*PRIMITIVES}, "xp": {*dir(array_api_strict), *dir(ieee)}, "math": {*dir(math)}}
"""The functions that there are in each."""

FUNCTIONS: Mapping[str, Sequence[str]] = {
    **{"add": ("sub",), "sub": ("add",), "subtract": ("add",), "mul": ("div",), "multiply": ("divide",)},
    **{"div": ("mul",), "divide": ("multiply",), "pow": ("mul", "div"), "matmul": ("mul",), "outer": ("mul",)},
    **{"sin": ("cos",), "cos": ("sin",), "tan": ("tanh",), "sinh": ("cosh",), "cosh": ("sinh",), "tanh": ("tan",)},
    **{"asin": ("acos",), "acos": ("asin",), "atan": ("atanh",), "asinh": ("acosh",), "acosh": ("asinh",)},
    **{"atanh": ("atan",), "exp": ("expm1",), "expm1": ("exp",), "log": ("log1p",), "log1p": ("log",)},
    **{"log2": ("log10",), "log10": ("log2",), "sqrt": ("cbrt",), "cbrt": ("sqrt",), "sech": ("tanh",)},
    **{"erf": ("erfc",), "erfc": ("erf",), "sigmoid": ("tanh",), "sign": ("abs",), "abs": ("sign",)},
    **{"max": ("min",), "min": ("max",), "maximum": ("minimum",), "minimum": ("maximum",)},
    **{"floor": ("ceil",), "ceil": ("round",), "round": ("floor",), "all": ("any",), "any": ("all",)},
    **{"lt": ("le", "gt"), "le": ("lt", "ge"), "gt": ("ge", "lt"), "ge": ("gt", "le"), "eq": ("ne",)},
    **{"less": ("less_equal", "greater"), "less_equal": ("less",), "greater": ("greater_equal", "less")},
    **{"greater_equal": ("greater", "less"), "equal": ("not_equal",), "not_equal": ("equal",)},
    **{"sum": ("prod", "mean"), "mean": ("sum",), "prod": ("sum",), "argmax": ("argmin",), "pi": ("e",)},
}
"""What may stand in a function's place, by its name in a namespace."""

SIGNS: Mapping[type[ast.AST], Sequence[type[ast.AST]]] = {
    **{ast.Add: (ast.Sub,), ast.Sub: (ast.Add,), ast.Mult: (ast.Div,), ast.Div: (ast.Mult,), ast.Mod: (ast.Mult,)},
    **{ast.Lt: (ast.LtE, ast.Gt), ast.LtE: (ast.Lt,), ast.Gt: (ast.GtE, ast.Lt), ast.GtE: (ast.Gt,)},
    **{ast.Eq: (ast.NotEq,), ast.NotEq: (ast.Eq,), ast.In: (ast.NotIn,), ast.NotIn: (ast.In,)},
    **{ast.And: (ast.Or,), ast.Or: (ast.And,), ast.BitAnd: (ast.BitOr,), ast.FloorDiv: (ast.Mult,)},
}

SYMMETRIC = {"eq", "ne", "equal", "not_equal", "logical_and", "add", "multiply", "hypot"} | {
    name for name, primitive in PRIMITIVES.items() if primitive.commutative
}
"""Functions whose operands may be exchanged: that is no change."""

Definition: TypeAlias = ast.Lambda | ast.FunctionDef
Change: TypeAlias = tuple[ast.AST, str, bool]
"""A new node, what changes by it in words, and whether that is one of those which every run of the tests tries."""


def variants(definition: Definition, known: Mapping[str, Any]) -> Iterator[tuple[Definition, str, bool]]:
    """A definition, of a module that knows these names, with each change in turn; of those that come to the same
    text, the first. Changes of the same words are numbered."""
    names, changeable, results = _operands(definition), _changeable(definition), _results(definition, known)
    texts = {ast.unparse(definition)}
    counts: dict[str, int] = {}
    for place, node in enumerate(ast.walk(definition)):
        if id(node) not in changeable:
            continue
        for new, change, is_basic in _changes(node, names, results.get(id(node)), known):
            found = _with(definition, place, new)
            text = ast.unparse(found)
            if text in texts:
                continue
            texts.add(text)
            counts[change] = counts.get(change, 0) + 1
            yield found, change if counts[change] == 1 else f"{change} #{counts[change]}", is_basic


def _operands(definition: Definition) -> list[str]:
    """The parameters that may stand for one another: those that are not options."""
    inner = [node for node in ast.walk(definition) if isinstance(node, ast.Lambda)]
    arguments = (inner[-1] if isinstance(definition, ast.Lambda) else definition).args
    positional = arguments.args[: len(arguments.args) - len(arguments.defaults)]
    return [each.arg for each in positional if each.arg not in INTERPRETERS]


def _changeable(definition: Definition) -> set[int]:
    """The nodes that take part in what is computed: neither parameters nor messages."""
    found: set[int] = set()
    ahead: list[ast.AST] = [definition.body] if isinstance(definition, ast.Lambda) else list(definition.body)
    while ahead:
        node = ahead.pop()
        is_text = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
        if not is_text and not isinstance(node, (ast.Raise, ast.arguments, ast.JoinedStr)):
            found.add(id(node))
            ahead.extend(ast.iter_child_nodes(node))
    return found


def _results(definition: Definition, known: Mapping[str, Any]) -> Mapping[int, str]:
    """The expressions that are the function's result where that is a number or an array; and the interpreter."""
    found: dict[int, str] = {}
    for node in ast.walk(definition):
        if isinstance(node, (ast.Lambda, ast.FunctionDef)):
            names = [each.arg for each in node.args.args[:1] if each.arg in INTERPRETERS]
            interpreter = names[0] if names else "xp" if known is vars(ieee) else ""
            bodies = (
                [node.body]
                if isinstance(node, ast.Lambda)
                else [each.value for each in node.body if isinstance(each, ast.Return)]
            )
            found.update((id(body), interpreter) for body in bodies if interpreter and not isinstance(body, ast.Tuple))
    return found


def _with(definition: Definition, place: int, new: ast.AST) -> Definition:
    """A copy of the definition with another node in the place that a walk comes to."""
    copy = deepcopy(definition)
    old = next(node for number, node in enumerate(ast.walk(copy)) if number == place)

    class Replaced(ast.NodeTransformer):
        def visit(self, node: ast.AST) -> Any:
            return ast.copy_location(new, node) if node is old else self.generic_visit(node)

    found: Definition = Replaced().visit(copy)
    return found


def _changes(
    node: ast.AST, operands: Sequence[str], interpreter: str | None, known: Mapping[str, Any]
) -> Iterator[Change]:
    if interpreter:
        for text in ("op.neg({})", "op.mul(2.0, {})") if interpreter == "op" else ("-({})", "2.0*({})"):
            yield ast.parse(text.format(ast.unparse(node)), mode="eval").body, text.format("…"), True
    for new in _replacements(node, operands, known):
        change = f"{ast.unparse(node)} → {ast.unparse(new)}".replace("\n", " ")
        is_basic = isinstance(node, ast.Name)
        yield new, change, is_basic


def _replacements(node: ast.AST, operands: Sequence[str], known: Mapping[str, Any]) -> Iterator[ast.AST]:
    match node:
        case ast.Name(id=name, ctx=ast.Load()) if name in operands:
            yield from (ast.Name(other, ast.Load()) for other in operands if other != name)
        case ast.Constant(value=bool(value)):
            yield ast.Constant(not value)
        case ast.Constant(value=int(value) | float(value)):
            yield ast.Constant(value + 1)
        case ast.Attribute(value=ast.Name(id=of), attr=name) if of in NAMESPACES:
            others = (other for other in FUNCTIONS.get(name, ()) if other in NAMESPACES[of])
            yield from (ast.Attribute(node.value, other, ast.Load()) for other in others)
        case ast.Call():
            yield from _calls(node, known)
        case ast.BinOp(left=left, op=sign, right=right):
            yield from (ast.BinOp(left, other(), right) for other in SIGNS.get(type(sign), ()))  # type: ignore[arg-type]
            yield from (left, right)
        case ast.Compare(left=left, ops=[sign], comparators=rest):
            yield from (ast.Compare(left, [other()], rest) for other in SIGNS.get(type(sign), ()))  # type: ignore[list-item]
        case ast.BoolOp(op=sign, values=values):
            yield from (ast.BoolOp(other(), values) for other in SIGNS[type(sign)])  # type: ignore[arg-type]
            yield from values
        case ast.UnaryOp(operand=operand):
            yield operand
        case ast.IfExp(body=body, orelse=other):
            yield from (body, other)
        case ast.If(test=test, body=body, orelse=other):
            yield ast.If(ast.UnaryOp(ast.Not(), test), body, other)
        case ast.comprehension(ifs=[test]):
            yield ast.comprehension(node.target, node.iter, [], node.is_async)


def _calls(node: ast.Call, known: Mapping[str, Any]) -> Iterator[ast.AST]:
    """A call replaced by one of its operands, with operands exchanged, or without an option."""
    match node.func:
        case ast.Attribute(value=ast.Name(id=of), attr=name) if of in INTERPRETERS:
            pass
        case ast.Name(id=name) if isinstance(known.get(name), FunctionType):
            pass
        case _:
            return
    positional = [each for each in node.args if not (isinstance(each, ast.Name) and each.id in INTERPRETERS)]
    yield from (each for each in positional if not isinstance(each, (ast.Starred, ast.Tuple, ast.List)))
    if name not in SYMMETRIC:
        start = len(node.args) - len(positional)
        for place in range(start, len(node.args) - 1):
            swapped = [*node.args[:place], node.args[place + 1], node.args[place], *node.args[place + 2 :]]
            yield ast.Call(node.func, swapped, node.keywords)
    for option in node.keywords:
        yield ast.Call(node.func, node.args, [each for each in node.keywords if each is not option])
