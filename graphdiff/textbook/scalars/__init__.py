"""Formulas of numbers in a normal form, and the shortest way to write them."""
