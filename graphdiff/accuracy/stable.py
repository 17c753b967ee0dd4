"""The stable way to write a formula: the operations that --fuse recognises in it."""

from __future__ import annotations

from graphdiff.algebra.fuse import fuse_gates
from graphdiff.errors import Hint
from graphdiff.graph.graph import Graph
from graphdiff.operations.primitive import Primitive
from graphdiff.passes.trace import Trace, trace


class StableWay:
    """The trace of the fused formula, and the names of the operations that fusing brings."""

    def __init__(self, base: Trace) -> None:
        graph = fuse_gates(base.graph, "e" in base.point)
        self.names = sorted(_names(graph) - _names(base.graph))
        self.trace = trace(graph, base.point, wrt=list(base.gradients), upstream=base.upstream) if self.names else base

    @property
    def hint(self) -> Hint:
        """What to do."""
        names = ", ".join(self.names)
        return Hint(f"use {names}", "fuse", names=names, pronoun="it" if len(self.names) == 1 else "them")


def _names(graph: Graph) -> set[str]:
    """The names of graphdiff's own operations in a graph."""
    operations = [node.operation for node in graph.nodes if graph.needed[node.index] and node.operation is not None]
    return {each.name for each in operations if isinstance(each, Primitive) or each.is_prelude}
