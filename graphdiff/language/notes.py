"""Notes on names that may be meant as something else: `xy` as a product, `sinx` as a function, `dy/dx` as a derivative.

They are read as names all the same, and the notes say so.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence

from graphdiff.errors import shorten
from graphdiff.graph.node import Node
from graphdiff.language.hints import split_name
from graphdiff.operations.registry import CONSTANTS, PRIMITIVES

MOST_INPUTS = 200
"""With more inputs, names are not compared."""
NOT_FINITE = frozenset(["inf", "infinity", "nan"])
_FUNCTION = re.compile("(a(?:rc)?)?(sinh?|cosh?|tanh?)|exp|log(?:10|2)?|ln|sqrt|abs|cot|sec|csc")
_DIFFERENTIAL = re.compile(r"d[^\W\d_](?:_?\d+)?")


def notes_of(nodes: Sequence[Node], inputs: Sequence[int], assigned: Collection[str]) -> list[str]:
    """The notes on the names of a program's inputs, one sentence each."""
    names = [nodes[index].name or "" for index in inputs]
    names = [name for name in names if name not in CONSTANTS]
    if len(names) > MOST_INPUTS:
        return []
    notes = [*_quotients(nodes, names), *_entries(nodes, names)]
    quoted = set(re.findall(r"\w+", " ".join(notes)))
    vocabulary = {*names, *assigned, "e", "pi", "π"}
    for name in names:
        meaning = None if name in quoted else _meaning(name, vocabulary, {*names, *assigned})
        if meaning is not None:
            notes.append(f"'{shorten(name)}' is read as one name, not as {shorten(meaning)}")
    return notes


def _meaning(name: str, vocabulary: Collection[str], known: Collection[str]) -> str | None:
    """What else a name may stand for."""
    if name.lower() in NOT_FINITE:
        return "a number that is not finite"
    function = _FUNCTION.match(name)
    if function is not None:
        rest = name[function.end() :]
        is_argument = rest in vocabulary or rest.isdecimal() or len(rest) == 1
        parts = [rest] if is_argument and rest != "_" else split_name(rest, vocabulary)
        if parts:
            return f"{function.group()}({'*'.join(parts)})"
    parts = split_name(name, vocabulary)
    return "*".join(parts) if any(part in known for part in parts) else None


def _entries(nodes: Sequence[Node], names: Collection[str]) -> Iterator[str]:
    """Notes on entries of inputs that are called as functions are: Sin[x]."""
    for node in nodes:
        if node.operation is PRIMITIVES["index"]:
            name = nodes[node.operands[0]].name or ""
            if name in names and _FUNCTION.fullmatch(name.lower()):
                yield f"'{name}[…]' is read as an entry of an array; a function has parentheses: {name.lower()}(x)"


def _quotients(nodes: Sequence[Node], names: Collection[str]) -> Iterator[str]:
    """Notes on quotients of inputs that look like derivatives."""
    for node in nodes:
        if node.operation is PRIMITIVES["div"]:
            above, below = (nodes[operand].name or "" for operand in node.operands)
            if above in names and below in names and _DIFFERENTIAL.fullmatch(above) and _DIFFERENTIAL.fullmatch(below):
                yield f"'{above}/{below}' is read as a quotient of two inputs, not as a derivative"
