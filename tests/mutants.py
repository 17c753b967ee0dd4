"""Mutants of the rules and kernels: each is one function of `graphdiff/operations/` with one change.

A mutant replaces the code of the living function, so that whoever holds the function, a record above all, has it too.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import CodeType, FunctionType
from typing import Any, TypeAlias

from graphdiff.operations import ieee
from graphdiff.operations.primitive import Primitive
from graphdiff.operations.registry import PRIMITIVES

DERIVATIVES, VALUES, KINKS = "derivatives", "values", "kinks"

INTERPRETERS = ("op", "xp")
"""What rules and kernels call the first of their parameters: the one through which they work."""

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
"""What may stand in a function's place, by its name as a primitive or in the array API standard."""

SIGNS: Mapping[type[ast.AST], Sequence[type[ast.AST]]] = {
    **{ast.Add: (ast.Sub,), ast.Sub: (ast.Add,), ast.Mult: (ast.Div,), ast.Div: (ast.Mult,), ast.Mod: (ast.Mult,)},
    **{ast.Lt: (ast.LtE, ast.Gt), ast.LtE: (ast.Lt,), ast.Gt: (ast.GtE, ast.Lt), ast.GtE: (ast.Gt,)},
    **{ast.Eq: (ast.NotEq,), ast.NotEq: (ast.Eq,), ast.In: (ast.NotIn,), ast.NotIn: (ast.In,)},
    **{ast.And: (ast.Or,), ast.Or: (ast.And,), ast.BitAnd: (ast.BitOr,), ast.FloorDiv: (ast.Mult,)},
}

SYMMETRIC = {"eq", "ne", "equal", "not_equal", "add", "multiply", "hypot"} | {
    name for name, primitive in PRIMITIVES.items() if primitive.commutative
}
"""Functions whose operands may be exchanged: that is no change."""

EQUIVALENTS = Path(__file__).parent / "equivalent_mutants.txt"

Definition: TypeAlias = ast.Lambda | ast.FunctionDef


@dataclass(frozen=True, eq=False)
class Target:
    """A function under test: its name, what it is for, and the operations whose records come to it."""

    name: str
    purpose: str
    function: FunctionType
    users: frozenset[str]


@dataclass(frozen=True, eq=False)
class Mutant:
    """A target with one change; is_basic where that is one of those which every run of the tests tries."""

    target: Target
    change: str
    code: CodeType
    is_basic: bool

    @property
    def name(self) -> str:
        return f"{self.target.name}: {self.change}"

    @contextmanager
    def alive(self) -> Iterator[None]:
        """While it is entered, the function is the mutant."""
        original = self.target.function.__code__
        self.target.function.__code__ = self.code
        try:
            yield
        finally:
            self.target.function.__code__ = original


def targets() -> Iterator[Target]:
    """The functions of the records, each helper that they call, and the arithmetic of floats."""
    users: dict[FunctionType, set[str]] = {}
    found: dict[FunctionType, tuple[str, str]] = {}
    for primitive in PRIMITIVES.values():
        for name, purpose, function in _fields(primitive):
            reached = [function, *_called(function)]
            for each in reached:
                is_own = each.__name__ == "<lambda>"
                if is_own or purpose == DERIVATIVES or _interpreter(each):
                    found.setdefault(each, (name if is_own else each.__name__, purpose))
                    users.setdefault(each, set()).add(primitive.name)
            for each in (getattr(ieee, name, None) for function in reached for name in _names(function.__code__)):
                if isinstance(each, FunctionType) and each.__module__ == ieee.__name__ and each.__closure__ is None:
                    found.setdefault(each, (f"ieee.{each.__name__}", VALUES))
                    users.setdefault(each, set()).add(primitive.name)
    for function, (name, purpose) in found.items():
        yield Target(name, purpose, function, frozenset(users[function]))


def every_mutant() -> list[Mutant]:
    """All that do not mean the same as what they are of."""
    same = equivalents()
    return [mutant for target in targets() for mutant in mutants(target) if mutant.name not in same]


def equivalents() -> dict[str, str]:
    """By the name of each mutant that means the same as what it is of: the reason."""
    reasons: dict[str, str] = {}
    reason = ""
    for line in EQUIVALENTS.read_text("utf-8").splitlines():
        if line.startswith("# "):
            reason = line[2:]
        elif line:
            reasons[line] = reason
    return reasons


def _fields(primitive: Primitive) -> Iterator[tuple[str, str, Any]]:
    """Every function of a record that has to do with numbers: its name, what it is for, and it."""
    yield f"{primitive.name} value", VALUES, primitive.kernel
    rules = primitive.partials or primitive.vjps
    for slot, rule in enumerate((rules,) if callable(rules) else rules):
        operand = "each operand" if callable(rules) else primitive.inputs[slot]
        yield f"{primitive.name} by {operand}", DERIVATIVES, rule
    for name in ("kink", "reflection"):
        if (function := getattr(primitive, name)) is not None:
            yield f"{primitive.name} {name}", KINKS, function


def _names(code: CodeType) -> Iterator[str]:
    """The globals and attributes that a function names, functions inside it included."""
    yield from code.co_names
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _names(constant)


def _called(function: FunctionType) -> Iterator[FunctionType]:
    """The functions of `operations/` that it calls, directly or not; those of shapes alone have tests of their own."""
    seen: set[str] = set()
    ahead = [function]
    while ahead:
        each = ahead.pop()
        for name in dict.fromkeys(_names(each.__code__)):
            called = each.__globals__.get(name)
            if name not in seen and isinstance(called, FunctionType) and ".operations." in called.__module__:
                seen.add(name)
                if not called.__module__.endswith((".shapes", ".ieee")):
                    ahead.append(called)
                    yield called


def mutants(target: Target) -> Iterator[Mutant]:
    """A target with each of its changes in turn; of those that come to the same text, the first."""
    definition = _definition(target.function)
    names, changeable, results = _operands(definition), _changeable(definition), _results(definition, target)
    texts = {ast.unparse(definition)}
    counts: dict[str, int] = {}
    for place, node in enumerate(ast.walk(definition)):
        if id(node) not in changeable:
            continue
        for new, change, is_basic in _changes(node, names, results.get(id(node)), target):
            mutated = _with(definition, place, new)
            text = ast.unparse(mutated)
            if text in texts:
                continue
            texts.add(text)
            counts[change] = counts.get(change, 0) + 1
            numbered = change if counts[change] == 1 else f"{change} #{counts[change]}"
            yield Mutant(target, numbered, _compiled(mutated, target.function.__code__), is_basic)


@cache
def _tree(path: str) -> ast.Module:
    return ast.parse(Path(path).read_text("utf-8"))


def _definition(function: FunctionType) -> Definition:
    """What the function was compiled from: the innermost such definition that holds all that its code is of."""
    code = function.__code__
    places = [place for place in code.co_positions() if None not in place and place[3]]
    found: list[Definition] = []
    for node in ast.walk(_tree(code.co_filename)):
        if isinstance(node, ast.FunctionDef) and (node.name, node.lineno) == (code.co_name, code.co_firstlineno):
            return node
        if isinstance(node, ast.Lambda) and code.co_name == "<lambda>":
            body = node.body
            start, end = (body.lineno, body.col_offset), (body.end_lineno, body.end_col_offset)
            if all(start <= (line, column) and (last, after) <= end for line, last, column, after in places):
                found.append(node)
    return found[-1]


def _interpreter(function: FunctionType) -> str:
    """`op` or `xp`, where the function works through one."""
    first = function.__code__.co_varnames[:1]
    return first[0] if first and first[0] in INTERPRETERS else ""


def _operands(definition: Definition) -> list[str]:
    """The parameters that may stand for one another: those that are not options."""
    inner = [node for node in ast.walk(definition) if isinstance(node, ast.Lambda)]
    arguments = (inner[-1] if isinstance(definition, ast.Lambda) else definition).args
    given = arguments.args[: len(arguments.args) - len(arguments.defaults)]
    return [each.arg for each in given if each.arg not in INTERPRETERS]


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


def _results(definition: Definition, target: Target) -> Mapping[int, str]:
    """The expressions that are the function's result where that is a number or an array; and the interpreter."""
    found: dict[int, str] = {}
    for node in ast.walk(definition):
        if isinstance(node, (ast.Lambda, ast.FunctionDef)):
            names = [each.arg for each in node.args.args[:1] if each.arg in INTERPRETERS]
            interpreter = names[0] if names else "xp" if target.name.startswith("ieee.") else ""
            bodies = (
                [node.body]
                if isinstance(node, ast.Lambda)
                else [each.value for each in node.body if isinstance(each, ast.Return)]
            )
            found.update((id(body), interpreter) for body in bodies if interpreter and not isinstance(body, ast.Tuple))
    return found


def _compiled(definition: Definition, original: CodeType) -> CodeType:
    """The code of the function alone, as the module's would be."""
    tree: ast.Module | ast.Expression
    if isinstance(definition, ast.Lambda):
        tree, mode = ast.Expression(definition), "eval"
    else:
        tree, mode = ast.Module([definition], []), "exec"
    code = compile(ast.fix_missing_locations(tree), original.co_filename, mode, dont_inherit=True)
    (found,) = (each for each in code.co_consts if isinstance(each, CodeType) and each.co_name == original.co_name)
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


Change: TypeAlias = tuple[ast.AST, str, bool]


def _changes(node: ast.AST, operands: Sequence[str], interpreter: str | None, target: Target) -> Iterator[Change]:
    if interpreter:
        for text in ("op.neg({})", "op.mul(2.0, {})") if interpreter == "op" else ("-({})", "2.0*({})"):
            yield ast.parse(text.format(ast.unparse(node)), mode="eval").body, text.format("…"), True
    for new in _replacements(node, operands, target):
        change = f"{ast.unparse(node)} → {ast.unparse(new)}".replace("\n", " ")
        is_basic = isinstance(node, ast.Name)
        yield new, change, is_basic


def _replacements(node: ast.AST, operands: Sequence[str], target: Target) -> Iterator[ast.AST]:
    match node:
        case ast.Name(id=name, ctx=ast.Load()) if name in operands:
            yield from (ast.Name(other, ast.Load()) for other in operands if other != name)
        case ast.Constant(value=bool(value)):
            yield ast.Constant(not value)
        case ast.Constant(value=int(value) | float(value)):
            yield ast.Constant(value + 1)
        case ast.Attribute(value=ast.Name(id=of), attr=name) if of in (*INTERPRETERS, "math"):
            yield from (ast.Attribute(node.value, other, ast.Load()) for other in FUNCTIONS.get(name, ()))
        case ast.Call():
            yield from _calls(node, target)
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


def _calls(node: ast.Call, target: Target) -> Iterator[ast.AST]:
    """A call replaced by one of its operands, with operands exchanged, or without an option."""
    match node.func:
        case ast.Attribute(value=ast.Name(id=of), attr=name) if of in INTERPRETERS:
            pass
        case ast.Name(id=name) if isinstance(target.function.__globals__.get(name), FunctionType):
            pass
        case _:
            return
    given = [each for each in node.args if not (isinstance(each, ast.Name) and each.id in INTERPRETERS)]
    yield from (each for each in given if not isinstance(each, (ast.Starred, ast.Tuple, ast.List)))
    if name not in SYMMETRIC:
        start = len(node.args) - len(given)
        for place in range(start, len(node.args) - 1):
            swapped = [*node.args[:place], node.args[place + 1], node.args[place], *node.args[place + 2 :]]
            yield ast.Call(node.func, swapped, node.keywords)
    for option in node.keywords:
        yield ast.Call(node.func, node.args, [each for each in node.keywords if each is not option])
