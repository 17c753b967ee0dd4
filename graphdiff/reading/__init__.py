"""READING: texts in other languages to the statements of a program."""
