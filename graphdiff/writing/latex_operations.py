"""The operations of nodes → LaTeX for math mode, with only the parentheses that a reader needs."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple, TypeAlias

from graphdiff.graph.function import Function, Operation
from graphdiff.graph.graph import Graph
from graphdiff.graph.node import Node
from graphdiff.operations.primitive import ATOM, COMPARISON, LITERAL, POWER, PRODUCT, SIGN, SUM, Latex
from graphdiff.operations.registry import PRIMITIVES
from graphdiff.writing.latex_names import Names, escape, number_latex
from graphdiff.writing.loops import names_in_loops
from graphdiff.writing.spelling import OWN_NAMES, items_of

_ADD, _SUB, _MUL, _DIV, _NEG, _POW, _ABS, _MATMUL, _WHERE, _INDEX, _PLACE, _STACK = (
    PRIMITIVES[name]
    for name in ("add", "sub", "mul", "div", "neg", "pow", "abs", "matmul", "where", "index", "place", "stack")
)
FREE = 0
SIGNED = COMPARISON
"""The precedence of what begins with a minus, which may only begin a sum. A comparison is in brackets, or FREE."""
_MOST_FRACTIONS = 2
"""How deep fractions may be nested; deeper ones, and those in exponents, are written a / b."""
_TEMPLATE = re.compile(r"([^#]*)(?:#(\d)|$)")
_OPTIONS = {"inf": r"\infty", '"nuc"': "*"}
"""How values of options are written in templates."""
_SYMBOL = re.compile(r"\\?[A-Za-z]+")
_WORD = re.compile(r"[A-Za-z_]\w*")
_NAME = re.compile(r"(?!\\right)[A-Za-z\\]")
_LONG = re.compile(r"\\math(it|rm|tt)")
_TIMES = "×"
"""Stands for the sign of a product until both its factors are known."""
_ENTRYWISE = r" \odot "
_ENTRYWISE_POWER = Latex(r"#1^{\circ #2}", POWER, (LITERAL, LITERAL))
"""A power of a matrix entry by entry: without the circle it would be a product of matrices."""
NO_ARRAYS: Mapping[int, int] = {}
"""The ranks of nodes if none is known to be an array."""
NO_BODIES: Mapping[Function, Mapping[int, int]] = {}
"""The ranks in no function."""


class Slot(NamedTuple):
    """The place of an operand: the least precedence without parentheses there, and how many fractions are around it."""

    operand: int
    least: int = FREE
    depth: int = 0


Piece: TypeAlias = str | Slot


def names_of(graph: Graph, others: Iterable[str] = ()) -> Names:
    """The LaTeX of the names in a graph, those inside its loops too, and of others."""
    return Names([*graph.names_in_use, *names_in_loops(graph), *others])


class OperationWriter:
    """Writes nodes of one graph with the same LaTeX names; ranks has the nodes known to be arrays, with their axes, and
    inner the same for the bodies of functions."""

    def __init__(
        self,
        graph: Graph,
        function_names: Mapping[Operation, str] = OWN_NAMES,
        names: Names | None = None,
        ranks: Mapping[int, int] = NO_ARRAYS,
        inner: Mapping[Function, Mapping[int, int]] = NO_BODIES,
    ) -> None:
        self.graph = graph
        self.function_names = function_names
        self.ranks = ranks
        self.inner = inner
        self.names = names_of(graph) if names is None else names

    def write(self, output: int, name_of: Callable[[Node], str | None], least: int = FREE) -> str:
        """Write a node down to those with a name, in parentheses if its precedence is below least."""
        self.name_of = name_of
        return self.write_slot(Slot(output, least))

    def write_slot(self, slot: Slot) -> str:
        """Write the node of a slot down to those with a name."""
        pieces: list[str] = []
        stack: list[Piece] = [slot]
        while stack:
            item = stack.pop()
            if isinstance(item, str):
                if pieces and pieces[-1] == _TIMES:
                    pieces[-1] = self.product_sign(pieces[-2], item)
                pieces.append(item)
                continue
            spelling, precedence = self.spell(item)
            if precedence < item.least:
                inside, _ = self.spell(item._replace(least=FREE))
                spelling = [r"\left(", *inside, r"\right)"]
            stack.extend(reversed(spelling))
        return "".join(pieces)

    def spell(self, slot: Slot) -> tuple[list[Piece], int]:
        """The pieces of a node's text, and its precedence."""
        raise NotImplementedError

    def constant(self, value: Any) -> tuple[list[Piece], int]:
        """A number or an array of numbers; π and e by their names, unless these mean something else."""
        if isinstance(value, tuple):
            rows = [entry if isinstance(entry, tuple) else (entry,) for entry in value]
            return self.matrix([[self.constant(entry)[0] for entry in row] for row in rows]), ATOM
        for constant, text in ((math.pi, r"\pi"), (math.e, "e")):
            if value == constant and text not in self.names:
                return [text], ATOM
        text = number_latex(value)
        if text.startswith("-"):
            return [text], SIGNED
        return [text], PRODUCT if " " in text else POWER if "^" in text else LITERAL

    def operator(self, node: Node, least: int, depth: int) -> tuple[list[Piece], int]:
        """A sum, a product or a comparison."""
        operation, operands = node.operation, node.operands
        assert operation is not None
        assert operation.operator is not None
        latex, (symbol, precedence, _, _) = operation.latex, operation.operator
        if operation is _POW and self.ranks.get(operands[0], 0) >= 2:
            latex = _ENTRYWISE_POWER
        if operation is _NEG:
            return ["-", Slot(operands[0], PRODUCT, depth)], SIGNED
        if precedence == COMPARISON:
            return [r"\left[", *self.comparison(node, depth), r"\right]"], ATOM
        if latex is not None and (operation is not _DIV or depth < _MOST_FRACTIONS):
            return self.fill(latex, operands, depth + (operation is _DIV)), latex.precedence
        left, right = (self.graph.nodes[operand] for operand in operands)
        if operation is _MATMUL and all(self.ranks.get(operand) == 1 for operand in operands):
            sign = r"^{\mathsf{T}} "
            return [Slot(operands[0], ATOM, depth), sign, Slot(operands[1], SIGN, depth)], PRODUCT
        if precedence == SUM:
            is_sum = operation is _ADD and right.operation in (_ADD, _SUB)  # a + (b + c) is a + b + c
            first, last, sign = SUM, SUM if is_sum else PRODUCT, f" {symbol} "
        else:
            same = (_MUL, None) if operation in (_MUL, _DIV) else (operation,)
            is_scaled = operation is _MATMUL and left.operation is _MUL and not self.is_entrywise(left)
            first = PRODUCT if left.operation in same or is_scaled else SIGN
            last = PRODUCT if right.operation in same and operation is not _DIV else SIGN
            sign = f" {symbol} " if operation is _DIV else _ENTRYWISE if self.is_entrywise(node) else _TIMES
        if least <= SIGNED and (precedence == SUM or left.operation in (_NEG, None) or first == PRODUCT):
            first = SIGNED
        return [Slot(operands[0], first, depth), sign, Slot(operands[1], last, depth)], precedence

    def is_entrywise(self, node: Node) -> bool:
        """Whether a node is an elementwise product of arrays, which without a sign would read as a matrix product."""
        return node.operation is _MUL and all(operand in self.ranks for operand in node.operands)

    def comparison(self, node: Node, depth: int) -> list[Piece]:
        """A comparison, without the brackets that stand for its value 1 or 0."""
        assert node.operation is not None
        assert node.operation.latex is not None
        left, right = (Slot(operand, SIGNED, depth) for operand in node.operands)
        return [left, f" {node.operation.latex.template} ", right]

    def cases(self, node: Node, depth: int) -> list[Piece]:
        """The branches of where; if the last branch is another where, also its branches."""
        pieces: list[Piece] = [r"\begin{cases} "]
        while True:
            condition, value, other = node.operands
            test = self.graph.nodes[condition]
            pieces += [Slot(value, FREE, depth), r" & \text{if } "]
            if self.is_comparison(test) and self.name_of(test) is None:
                pieces += self.comparison(test, depth)
            else:
                pieces += [Slot(condition, SIGNED, depth), r" \neq 0"]
            pieces.append(r" \\ ")
            node = self.graph.nodes[other]
            if node.operation is not _WHERE or self.name_of(node) is not None:
                return [*pieces, Slot(other, FREE, depth), r" & \text{otherwise} \end{cases}"]

    def is_comparison(self, node: Node) -> bool:
        """Whether a node is a comparison."""
        operator = node.operation.operator if node.operation is not None else None
        return operator is not None and operator.precedence == COMPARISON

    def index(self, base: Slot, node: Node, indices: Sequence[int]) -> list[Piece]:
        """x_{0}; x[0] if another name is x with a subscript."""
        words = {"None": r"\text{None}", "...": r"\ldots"}
        items: list[Piece] = []
        for item in items_of(node.parameters["items"], indices):
            if isinstance(item, str):
                items.append(words.get(item, item))
                continue
            is_product = self.graph.nodes[item[0]].operation is _MUL  # whose factors would be read as two indices
            items.append(Slot(item[0], SIGN if is_product else FREE, _MOST_FRACTIONS))
        name = self.name_of(self.graph.nodes[base.operand])
        if any([self.is_list(index) for index in indices]):  # after a name, it would be read as a part of it
            return [r"\left(", base._replace(least=FREE), r"\right)_{", *items, "}"]
        if name is not None and self.names.has_subscripts(self.names(name)):
            return [base, r"\left[", *items, r"\right]"]
        return [base, "_{", *items, "}"]

    def is_list(self, index: int) -> bool:
        """Whether a node is an array of numbers."""
        node = self.graph.nodes[index]
        return node.is_constant and isinstance(node.parameters["value"], tuple) and self.name_of(node) is None

    def row(self, index: int, depth: int) -> list[list[Piece]]:
        """The entries of one row of a matrix; the row itself if its entries are not known."""
        node = self.graph.nodes[index]
        if self.name_of(node) is None:
            if node.operation is _STACK and not node.parameters:
                return [[Slot(operand, FREE, depth)] for operand in node.operands]
            if node.is_constant and isinstance(node.parameters["value"], tuple):
                return [self.constant(entry)[0] for entry in node.parameters["value"]]
        return [[Slot(index, FREE, depth)]]

    def matrix(self, rows: Sequence[Sequence[Sequence[Piece]]]) -> list[Piece]:
        """A matrix of rows of entries; a vector is a column."""
        lines = [_join(row, " & ") for row in rows]
        return [r"\begin{pmatrix} ", *_join(lines, r" \\ "), r" \end{pmatrix}"]

    def call(self, name: str, node: Node, options: Iterable[tuple[str, str]], depth: int) -> list[Piece]:
        """A call: the function, then its operands in parentheses."""
        operation = node.operation
        assert operation is not None
        operands = node.operands[: len(node.operands) - len(operation.captures)]
        arguments: list[list[Piece]] = [[Slot(operand, FREE, depth)] for operand in operands]
        if operation is _PLACE:
            index_pieces = self.index(Slot(node.operands[1], ATOM, depth), node, node.operands[2:])
            arguments = [arguments[0], index_pieces]
        for option, text in options:
            text = _string(text[1:-1]) if text[0] in "\"'" else _WORD.sub(_word, text)
            arguments.append([rf"\text{{{escape(option)}}} = {text}" if option else text])
        if operation.options and operation.options[0].is_first:
            arguments = arguments[-1:] + arguments[:-1]
        return [rf"{name}\left(", *_join(arguments, ", "), r"\right)"]

    def fill(
        self, latex: Latex, operands: Sequence[int], depth: int, options: Iterable[tuple[str, str]] = ()
    ) -> list[Piece]:
        """A template with its operands and options filled in."""
        template = latex.template
        for name, text in options:
            template = template.replace(f"#{name}", _OPTIONS.get(text, text))
        pieces: list[Piece] = []
        for text, number in _TEMPLATE.findall(template):
            if text:
                pieces.append(_TIMES if text == " " else text)
            if number:
                slot = int(number) - 1
                inner = _MOST_FRACTIONS if text.endswith("^{") else depth
                pieces.append(Slot(operands[slot], latex.operands[slot], inner))
        return pieces

    def is_taken(self, latex: Latex) -> bool:
        """Whether the symbol at the start of a template is the name of something else: e, σ."""
        symbol = _SYMBOL.match(latex.template)
        return symbol is not None and symbol[0] in self.names

    def product_sign(self, left: str, right: str) -> str:
        """The sign between two factors, by their text: x(y + z) would read as a call, 2½ as a mixed number."""
        is_call = right in (r"\left(", r"\left[") and _NAME.match(left)
        if right[0].isdigit() or is_call or (left[-1].isdigit() and right.startswith(r"\frac")):
            return r" \cdot "
        return r" \, " if _LONG.match(left) or _LONG.match(right) else " "

    def operator_name(self, operation: Operation) -> str:
        """The name of an operation that has no notation of its own."""
        name = self.function_names.get(operation) or operation.alone_as or operation.name
        return rf"\operatorname{{{escape(name)}}}"


def _word(word: re.Match[str]) -> str:
    return rf"\text{{{escape(word[0])}}}"


def _string(text: str) -> str:
    """A string, such as the subscripts of einsum."""
    sides = r" \to ".join(",".join(map(escape, side.split(","))) for side in text.split("->"))
    return rf"\mathtt{{{sides}}}"


def _join(groups: Sequence[Sequence[Piece]], separator: str) -> list[Piece]:
    """The pieces of all groups, with a separator between the groups."""
    pieces: list[Piece] = []
    for number, group in enumerate(groups):
        pieces += [separator, *group] if number else group
    return pieces
