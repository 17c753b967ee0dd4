"""The stable way to write a formula: the operations that --fuse recognises in it."""

from __future__ import annotations

from graphdiff.algebra.fuse import fusion_of
from graphdiff.errors import Hint
from graphdiff.operations.registry import CONSTANTS
from graphdiff.passes.trace import Trace, trace


class StableWay:
    """The trace of the fused formula, and the names of the operations that fusing brings."""

    def __init__(self, base: Trace) -> None:
        graph, self.names = fusion_of(base.graph, [name for name in CONSTANTS if name not in base.point])
        self.trace = trace(graph, base.point, wrt=list(base.gradients), upstream=base.upstream) if self.names else base

    @property
    def hint(self) -> Hint:
        """What to do."""
        names = ", ".join(self.names)
        return Hint(f"use {names}", "fuse", names=names, pronoun="it" if len(self.names) == 1 else "them")
