"""GRAPH: nodes and edges without shapes or values; made from a tree, rewritten, printed."""
