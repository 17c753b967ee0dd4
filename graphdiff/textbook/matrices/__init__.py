"""Formulas of arrays in index notation, and as sums of products of matrices."""
