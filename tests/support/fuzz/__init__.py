"""Fuzzing: inputs made from bytes, and what must hold of their outcomes."""
