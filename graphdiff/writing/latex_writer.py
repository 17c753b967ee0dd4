"""One node of a graph → LaTeX for math mode, with no more parentheses than its reader needs."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Any, NamedTuple, TypeAlias

from graphdiff.graph.function import Function, Operation
from graphdiff.graph.graph import Graph
from graphdiff.graph.node import Node
from graphdiff.operations.primitive import ATOM, COMPARISON, LITERAL, POWER, PRODUCT, SIGN, SUM, Latex, Primitive
from graphdiff.operations.registry import PRIMITIVES
from graphdiff.writing.latex_names import Names, escaped, number_latex
from graphdiff.writing.spelling import OWN_NAMES, items_of, options_of

_ADD, _SUB, _MUL, _DIV, _NEG, _MATMUL, _WHERE, _INDEX, _PLACE, _STACK = (
    PRIMITIVES[name] for name in ("add", "sub", "mul", "div", "neg", "matmul", "where", "index", "place", "stack")
)
FREE = 0
SIGNED = COMPARISON
"""Of what begins with a minus, and may only where a sum may begin. A comparison is in brackets, or bare and free."""
_MOST_FRACTIONS = 2
"""How many fractions there may be inside one another; further in, and in exponents, they are written a / b."""
_TEMPLATE = re.compile(r"([^#]*)(?:#(\d)|$)")
_SYMBOL = re.compile(r"\\?[A-Za-z]+")
_WORD = re.compile(r"[A-Za-z_]\w*")
_NAME = re.compile(r"(?!\\right)[A-Za-z\\]")
_LONG = re.compile(r"\\math(it|rm|tt)")
_TIMES = "×"
"""A product's sign until both its neighbours are known."""
_ENTRYWISE = r" \odot "


class Slot(NamedTuple):
    """An operand's place: the least precedence without parentheses there, and how many fractions it is in."""

    operand: int
    least: int = FREE
    depth: int = 0


Piece: TypeAlias = str | Slot


def expression_latex(graph: Graph, output: int, named: Callable[[Node], str | None]) -> str:
    """The LaTeX of a node, for math mode, down to the nodes that have a name.

    It means what the graph does: products and sums that are associative are written without parentheses, and a
    function in the usual notation of its record (Primitive.latex). Takes time linear in the text's length.
    """
    return Writer(graph).written(output, named)


class Writer:
    """Writes nodes of one graph, whose names are the same in all of them; arrays are the nodes that are known to be."""

    def __init__(
        self,
        graph: Graph,
        called: Mapping[Operation, str] = OWN_NAMES,
        names: Names | None = None,
        arrays: Collection[int] = (),
    ) -> None:
        self.graph = graph
        self.called = called
        self.arrays = arrays
        self.names = Names(graph.names_in_use) if names is None else names

    def written(self, output: int, named: Callable[[Node], str | None], least: int = FREE) -> str:
        """A node down to those that have a name; in parentheses where it holds together less than least."""
        self.named = named
        pieces: list[str] = []
        stack: list[Piece] = [Slot(output, least)]
        while stack:
            item = stack.pop()
            if isinstance(item, str):
                if pieces and pieces[-1] == _TIMES:
                    pieces[-1] = self.times(pieces[-2], item)
                pieces.append(item)
                continue
            spelled, precedence = self.spelled(item)
            if precedence < item.least:
                inside, _ = self.spelled(item._replace(least=FREE))
                spelled = [r"\left(", *inside, r"\right)"]
            stack.extend(reversed(spelled))
        return "".join(pieces)

    def spelled(self, slot: Slot) -> tuple[list[Piece], int]:
        """The pieces of a node's text, and how tightly it holds together."""
        index, least, depth = slot
        node = self.graph.nodes[index]
        name = self.named(node)
        if name is not None:
            text = self.names(name)
            return [text], LITERAL if "_{" in text else ATOM
        if node.operation is None:
            return self.constant(node.parameters["value"])
        if node.operation is _WHERE:
            return self.cases(node, depth), FREE
        if node.operation is _INDEX:
            return self.indexed(Slot(node.operands[0], ATOM, depth), node, node.operands[1:]), LITERAL
        if node.operation is _STACK and not node.parameters:
            return self.matrix([self.row(operand, depth) for operand in node.operands]), ATOM
        if isinstance(node.operation, Primitive) and node.operation.operator is not None:
            return self.operator(node, least, depth)
        latex = node.operation.latex if isinstance(node.operation, Primitive) else None
        options = [] if node.operation in self.called else list(options_of(node.operation, node.parameters))
        if latex is not None and not self.is_taken(latex):
            if "#" not in latex.template:
                return self.call(latex.template, node, options, depth), ATOM
            if not options:
                return self.filled(latex, node.operands, depth), latex.precedence
        return self.call(self.operator_name(node.operation), node, options, depth), ATOM

    def constant(self, value: Any) -> tuple[list[Piece], int]:
        """A number, π and e by their names unless these mean something else, or an array of numbers."""
        if isinstance(value, tuple):
            rows = [entry if isinstance(entry, tuple) else (entry,) for entry in value]
            return self.matrix([[self.constant(entry)[0] for entry in row] for row in rows]), ATOM
        for known, text in ((math.pi, r"\pi"), (math.e, "e")):
            if value == known and text not in self.names:
                return [text], ATOM
        text = number_latex(value)
        if text.startswith("-"):
            return [text], SIGNED
        return [text], PRODUCT if " " in text else POWER if "^" in text else LITERAL

    def operator(self, node: Node, least: int, depth: int) -> tuple[list[Piece], int]:
        """A sum, a product or a comparison."""
        operation, operands = node.operation, node.operands
        assert isinstance(operation, Primitive)
        assert operation.operator is not None
        latex, (symbol, precedence, _, _) = operation.latex, operation.operator
        if operation is _NEG:
            return ["-", Slot(operands[0], PRODUCT, depth)], SIGNED
        if precedence == COMPARISON:
            return [r"\left[", *self.comparison(node, depth), r"\right]"], ATOM
        if latex is not None and (operation is not _DIV or depth < _MOST_FRACTIONS):
            return self.filled(latex, operands, depth + (operation is _DIV)), latex.precedence
        left, right = (self.graph.nodes[operand] for operand in operands)
        if precedence == SUM:
            is_sum = operation is _ADD and right.operation in (_ADD, _SUB)  # a + (b + c) is a + b + c
            first, last, sign = SUM, SUM if is_sum else PRODUCT, f" {symbol} "
        else:
            same = (_MUL, None) if operation in (_MUL, _DIV) else (operation,)
            first = PRODUCT if left.operation in same else SIGN
            last = PRODUCT if right.operation in same and operation is not _DIV else SIGN
            sign = f" {symbol} " if operation is _DIV else _ENTRYWISE if self.is_entrywise(node) else _TIMES
        if least <= SIGNED and (precedence == SUM or left.operation in (_NEG, None) or first == PRODUCT):
            first = SIGNED
        return [Slot(operands[0], first, depth), sign, Slot(operands[1], last, depth)], precedence

    def is_entrywise(self, node: Node) -> bool:
        """Whether a node is a product of arrays, which without a sign would be that of matrices."""
        return node.operation is _MUL and all(operand in self.arrays for operand in node.operands)

    def comparison(self, node: Node, depth: int) -> list[Piece]:
        """A comparison without the brackets that make it a number."""
        assert isinstance(node.operation, Primitive)
        assert node.operation.latex is not None
        left, right = (Slot(operand, SIGNED, depth) for operand in node.operands)
        return [left, f" {node.operation.latex.template} ", right]

    def cases(self, node: Node, depth: int) -> list[Piece]:
        """The branches of where; where the last branch is another where, its branches too."""
        pieces: list[Piece] = [r"\begin{cases} "]
        while True:
            condition, chosen, other = node.operands
            test = self.graph.nodes[condition]
            pieces += [Slot(chosen, FREE, depth), r" & \text{if } "]
            if self.is_comparison(test) and self.named(test) is None:
                pieces += self.comparison(test, depth)
            else:
                pieces += [Slot(condition, SIGNED, depth), r" \neq 0"]
            pieces.append(r" \\ ")
            node = self.graph.nodes[other]
            if node.operation is not _WHERE or self.named(node) is not None:
                return [*pieces, Slot(other, FREE, depth), r" & \text{otherwise} \end{cases}"]

    def is_comparison(self, node: Node) -> bool:
        """Whether a node is written with a sign such as <."""
        operator = node.operation.operator if isinstance(node.operation, Primitive) else None
        return operator is not None and operator.precedence == COMPARISON

    def indexed(self, base: Slot, node: Node, indices: Sequence[int]) -> list[Piece]:
        """x_{0}, but x[0] where another name is that of x with a subscript."""
        words = {"None": r"\text{None}", "...": r"\ldots"}
        items: list[Piece] = []
        for item in items_of(node.parameters["items"], indices):
            items.append(words.get(item, item) if isinstance(item, str) else Slot(item[0], FREE, _MOST_FRACTIONS))
        name = self.named(self.graph.nodes[base.operand])
        if name is not None and self.names.has_subscripts(self.names(name)):
            return [base, r"\left[", *items, r"\right]"]
        return [base, "_{", *items, "}"]

    def row(self, index: int, depth: int) -> list[list[Piece]]:
        """The entries of one row of a matrix: those of a row that is written out, else the row itself."""
        node = self.graph.nodes[index]
        if self.named(node) is None:
            if node.operation is _STACK and not node.parameters:
                return [[Slot(operand, FREE, depth)] for operand in node.operands]
            if node.is_constant and isinstance(node.parameters["value"], tuple):
                return [self.constant(entry)[0] for entry in node.parameters["value"]]
        return [[Slot(index, FREE, depth)]]

    def matrix(self, rows: Sequence[Sequence[Sequence[Piece]]]) -> list[Piece]:
        """Rows of entries; a vector is a column."""
        lines = [_joined(row, " & ") for row in rows]
        return [r"\begin{pmatrix} ", *_joined(lines, r" \\ "), r" \end{pmatrix}"]

    def call(self, name: str, node: Node, options: Iterable[tuple[str, str]], depth: int) -> list[Piece]:
        """A function before its operands in parentheses."""
        operation = node.operation
        arguments: list[list[Piece]] = [[Slot(operand, FREE, depth)] for operand in node.operands]
        if operation is _PLACE:
            where = self.indexed(Slot(node.operands[1], ATOM, depth), node, node.operands[2:])
            arguments = [arguments[0], where]
        elif isinstance(operation, Function):
            arguments = arguments[: len(operation.inputs)]
        for option, text in options:
            text = _WORD.sub(lambda word: rf"\text{{{escaped(word[0])}}}", text)
            arguments.append([rf"\text{{{escaped(option)}}} = {text}" if option else text])
        return [rf"{name}\left(", *_joined(arguments, ", "), r"\right)"]

    def filled(self, latex: Latex, operands: Sequence[int], depth: int) -> list[Piece]:
        """A template with the operands in their places."""
        pieces: list[Piece] = []
        for text, number in _TEMPLATE.findall(latex.template):
            if text:
                pieces.append(_TIMES if text == " " else text)
            if number:
                slot = int(number) - 1
                inner = _MOST_FRACTIONS if text.endswith("^{") else depth
                pieces.append(Slot(operands[slot], latex.operands[slot], inner))
        return pieces

    def is_taken(self, latex: Latex) -> bool:
        """Whether what a template begins with is the name of something else: e, σ."""
        symbol = _SYMBOL.match(latex.template)
        return symbol is not None and symbol[0] in self.names

    def times(self, left: str, right: str) -> str:
        """The sign between two factors, from what stands beside it: x(y + z) would be a call, 2½ a mixed number."""
        is_call = right in (r"\left(", r"\left[") and _NAME.match(left)
        if right[0].isdigit() or is_call or (left[-1].isdigit() and right.startswith(r"\frac")):
            return r" \cdot "
        return r" \, " if _LONG.match(left) or _LONG.match(right) else " "

    def operator_name(self, operation: Operation) -> str:
        """What has no notation of its own by its name."""
        alone = operation.alone_as if isinstance(operation, Primitive) else ""
        return rf"\operatorname{{{escaped(self.called.get(operation) or alone or operation.name)}}}"


def _joined(parts: Sequence[Sequence[Piece]], separator: str) -> list[Piece]:
    """All pieces in a row, with a separator between the parts."""
    pieces: list[Piece] = []
    for number, part in enumerate(parts):
        pieces += [separator, *part] if number else part
    return pieces
