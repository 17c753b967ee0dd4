"""Texts in other languages → the statements of a program."""
