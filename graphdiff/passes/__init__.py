"""PASSES: forward and backward over a graph, and the trace that records them."""
