"""ALGEBRA: graph to graph: simplify, expand, fuse, make readable."""
