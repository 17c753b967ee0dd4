"""Exercises on the chain rule: grading of answers."""
