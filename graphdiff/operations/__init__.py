"""GATES: the primitives, one record each, and what can interpret their rules."""
