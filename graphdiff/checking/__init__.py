"""CHECKS: the gradient against differences of the formula's values, and generated code against both."""
