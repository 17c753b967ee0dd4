"""Arithmetic with any number of digits, by mpmath: the interpreters of numbers and of arrays."""
