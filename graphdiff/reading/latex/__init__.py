"""LaTeX → the statements of a program."""
