"""Types and nested tuples and arrays in Rust."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from graphdiff.operations.shapes import Shape
from graphdiff.targets.results import Leaf, Tree


def tuple_text(texts: Sequence[str]) -> str:
    return f"({', '.join(texts)}{',' if len(texts) == 1 else ''})"


def alone_or_tuple(texts: Sequence[str]) -> str:
    return tuple_text(texts) if texts[1:] else texts[0]


def list_text(texts: Sequence[str]) -> str:
    return f"[{', '.join(texts)}]"


def type_text(tree: Tree) -> str:
    return array_text(tree.shape) if isinstance(tree, Leaf) else tuple_text([type_text(part) for part in tree])


def array_text(shape: Shape, entry: str = "f64") -> str:
    """An array with every entry the same, or its type with the type of its entries."""
    return f"[{array_text(shape[1:], entry)}; {shape[0]}]" if shape else entry


def reference_text(shape: Shape) -> str:
    return f"&{array_text(shape)}" if shape else "f64"


def name_leaves(tree: Tree, names: Iterator[str]) -> str:
    """Nested tuples with a name for each number and array."""
    return next(names) if isinstance(tree, Leaf) else tuple_text([name_leaves(part, names) for part in tree])
