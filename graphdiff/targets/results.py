"""What generated functions return, and the parameter of those that differentiate along a direction.

A result is a number, an array, or nested tuples of these, which Leaf and Tree describe. A function returns its results
in this order: the value, then what is wanted of it, such as the gradient.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple, TypeAlias

from graphdiff.operations.shapes import Shape
from graphdiff.passes.request import Request
from graphdiff.passes.sparse.pattern import Pattern
from graphdiff.targets.names import identifier


class Leaf(NamedTuple):
    """A number or an array among nested tuples."""

    shape: Shape = ()


Tree: TypeAlias = "Leaf | tuple[Tree, ...]"
"""One number or array, or nested tuples of them."""


class Result(NamedTuple):
    """One of the results of a function.

    name  what it is: "value" or a key of PHRASES; where a language writes results to arrays, the name of the parameter
    tree  its numbers and arrays
    by    the inputs to differentiate by
    of    the names of the outputs, if there are several
    pattern  where the entries of a sparse matrix are, which the tree has as one array, or not at all without entries
    """

    name: str
    tree: Tree
    by: Sequence[str] = ()
    of: Sequence[str] = ()
    pattern: Pattern | None = None


class Direction(NamedTuple):
    """The last parameter of a function, one number or array, or a tuple of several: what is multiplied by the Jacobian
    or the Hessian.

    name   its name: "direction" or "upstream"
    parts  the inputs of the code, besides those of the formula, that are its numbers and arrays
    """

    name: str
    parts: Sequence[str]


VALUE = Result("value", Leaf())
"""The value of a formula of numbers."""

PHRASES: Mapping[str, str] = {
    "gradient": "{its} derivatives by {by}",
    "jacobian": "{its} Jacobian{s} by {by}",
    "hessian": "{its} Hessian by {by}",
    "tangent": "{its} derivative{s} by {by} along direction",
    "cotangent": "the product{s} of upstream and {its} Jacobian{s} by {by}",
    "product": "the product{s} of {its} Hessian by {by} and direction",
}
"""What each result other than the value is, for sentences."""


KINDS: Mapping[str, str] = {"jvp": "tangent", "vjp": "cotangent", "hvp": "product"}
"""What is wanted -> the name of its result, if that is another one."""


def results_of(
    request: Request, values: Sequence[Shape], wrt: Sequence[Shape], pattern: Pattern | None = None
) -> tuple[Result, ...]:
    """The results of a function, given the shapes of its values and of the inputs to differentiate by; for a sparse
    matrix its pattern."""
    outputs = _alone_or_tuple([Leaf(shape) for shape in values])
    value = Result("value", outputs, (), request.outputs)
    inputs = _alone_or_tuple([Leaf(shape) for shape in wrt])
    trees: Mapping[str, Tree] = {
        "gradient": tuple([Leaf(shape) for shape in wrt]),
        "jacobian": _alone_or_tuple([_alone_or_tuple([Leaf(row + shape) for shape in wrt]) for row in values]),
        "hessian": _alone_or_tuple([_alone_or_tuple([Leaf(row + shape) for shape in wrt]) for row in wrt]),
        "jvp": outputs,
        "vjp": inputs,
        "hvp": inputs,
    }
    if request.want == "value":
        return (value,)
    if pattern is not None:
        entries: Tree = Leaf((len(pattern.rows),)) if pattern.rows else ()
        return value, Result(request.want, entries, request.wrt, request.outputs, pattern)
    if request.directions is not None:
        values, wrt = ([(request.directions, *shape) for shape in shapes] for shapes in (values, wrt))
        trees = {"jvp": _alone_or_tuple([Leaf(shape) for shape in values])} | {
            want: _alone_or_tuple([Leaf(shape) for shape in wrt]) for want in ("vjp", "hvp")
        }
    return value, Result(KINDS.get(request.want, request.want), trees[request.want], request.wrt, request.outputs)


def _alone_or_tuple(trees: Sequence[Tree]) -> Tree:
    return trees[0] if len(trees) == 1 else tuple(trees)


def describe(result: Result, names: Mapping[str, str], group: str = "") -> str:
    """What a result is, for a sentence; names has what inputs are called, group what comes before several parts.

    group is "the tuple of " or the like in languages that return several parts as one value.
    """
    is_group = not isinstance(result.tree, Leaf)
    if result.name == "value":
        values = ", ".join(map(identifier, result.of))  # no character of a name ends a comment
        return f"{group}the values of {values}" if is_group else "the value"
    by = ", ".join([names[name] for name in result.by])
    if not by:
        return "no derivatives"
    words = {"its": "their" if result.of else "its", "s": "s" * is_group, "by": by}
    if result.pattern is not None:
        count = len(result.pattern.rows)
        entries = "1 entry" if count == 1 else f"{count} entries"
        return f"the {entries} of {PHRASES[result.name].format(**words)} that can be nonzero"
    is_nested = result.name == "hessian"
    return f"{group * (is_group and not is_nested)}{PHRASES[result.name].format(**words)}"


def describe_pattern(result: Result, names: Mapping[str, str], rows: str, columns: str) -> str:
    """Where the entries of a sparse matrix are, as a sentence after another; rows and columns are what arrays of the
    code are called, names has what inputs are called."""
    by = ", ".join([names[name] for name in result.by])
    axes = f"rows and columns count, from 0, the entries of {by}"
    if result.name != "hessian":
        axes = f"rows count, from 0, the entries of the value{'s' * bool(result.of)}, columns those of {by}"
    return f" Entry k is in row {rows}[k] and column {columns}[k]; {axes}."


def describe_arrays(result: Result, names: Mapping[str, str]) -> str:
    """What a result is, for a sentence, in a language that returns it as arrays_of has it."""
    has_group = not isinstance(result.tree, Leaf) and is_of_numbers(result.tree)
    group = {1: "the vector of ", 2: "the matrix of "}.get(len(common_shape(result.tree) or ())) if has_group else None
    return describe(result, names, group or "")


def leaves(tree: Tree) -> list[Leaf]:
    """The numbers and arrays of a tree, in order."""
    return [tree] if isinstance(tree, Leaf) else [leaf for part in tree for leaf in leaves(part)]


def values_at_leaves(tree: Tree, value: Any) -> list[Any]:
    """The numbers and arrays of a value that has the structure of a tree, in order."""
    if isinstance(tree, Leaf):
        return [value]
    return [each for part, own in zip(tree, value, strict=True) for each in values_at_leaves(part, own)]


def join_entries(
    tree: Tree,
    entries: Iterator[str],
    join_array: Callable[[list[Any]], Any],
    join_tuple: Callable[[list[Any]], Any] | None = None,
) -> Any:
    """The next entries, as many as a tree has: those of an array joined axis by axis, with the last axis innermost, and
    the parts of a tuple, by default in the same way."""
    if not isinstance(tree, Leaf):
        return (join_tuple or join_array)([join_entries(part, entries, join_array, join_tuple) for part in tree])
    if not tree.shape:
        return next(entries)
    row = Leaf(tree.shape[1:])
    return join_array([join_entries(row, entries, join_array) for _ in range(tree.shape[0])])


def common_shape(tree: Tree) -> Shape | None:
    """The shape of an array with all entries of a tree, row by row; None if its parts differ in shape."""
    if isinstance(tree, Leaf):
        return tree.shape
    shapes = {common_shape(part) for part in tree}
    shape = shapes.pop() if len(shapes) == 1 else None
    return None if shape is None else (len(tree), *shape)


LEVELS: Mapping[str, Sequence[str]] = {
    "value": ["of"],
    "gradient": ["by"],
    "jacobian": ["of", "by"],
    "hessian": ["by", "by"],
    "tangent": ["of"],
    "cotangent": ["by"],
    "product": ["by"],
}
"""What the parts of each result belong to, level by level of its tree: outputs or inputs."""
DERIVATIVES = ("gradient", "jacobian", "hessian")
"""The results whose parts are called d_x and d_x_y."""


def labels_of(result: Result) -> list[Sequence[str]]:
    """The names of the parts of a result, level by level of its tree. What there is one of may have no tuple."""
    return [getattr(result, level) for level in LEVELS[result.name] if level == "by" or result.of]


def named_leaves(result: Result) -> list[tuple[str, Leaf]]:
    """The numbers and arrays of a result, with a name for each: d_x and d_x_y for derivatives."""

    def name(prefix: str, tree: Tree, labels: Sequence[Sequence[str]]) -> list[tuple[str, Leaf]]:
        if isinstance(tree, Leaf):
            return [("_".join([prefix, *(label for (label,) in labels)]), tree)]
        if len(labels[0]) == 1 != len(tree):
            return name(f"{prefix}_{labels[0][0]}", tree, labels[1:])
        pairs = zip(labels[0], tree, strict=True)
        return [each for label, part in pairs for each in name(f"{prefix}_{label}", part, labels[1:])]

    if result.name in DERIVATIVES:
        return name("d", result.tree, labels_of(result))
    return name(result.name, result.tree, [] if isinstance(result.tree, Leaf) else labels_of(result))


def is_of_numbers(tree: Tree) -> bool:
    """Whether there are no arrays in a tree."""
    return not any(leaf.shape for leaf in leaves(tree))


def arrays_of(result: Result) -> list[tuple[str, Leaf]]:
    """The numbers and arrays that a language without tuples returns for a result, with a name for each: one vector or
    matrix of all numbers where there are no arrays."""
    shape = common_shape(result.tree)
    if shape is not None and (isinstance(result.tree, Leaf) or is_of_numbers(result.tree)):
        return [(result.name, Leaf(shape))]
    return named_leaves(result)
