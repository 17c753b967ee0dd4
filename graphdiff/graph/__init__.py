"""GRAPH: nodes and edges, without shapes or values."""
