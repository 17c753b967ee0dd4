"""Checks: the gradient against finite differences, and generated code against both."""
