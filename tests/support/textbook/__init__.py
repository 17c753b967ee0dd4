"""Derivatives as people write them, what graphdiff prints for the same formulas, and how both are measured."""
