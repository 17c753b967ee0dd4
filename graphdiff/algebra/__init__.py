"""ALGEBRA: graph to graph: simplified, readable, expanded, fused."""
