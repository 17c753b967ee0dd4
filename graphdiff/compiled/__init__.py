"""FUNCTIONS: generated code as Python functions, at a point, of arrays, of columns of points."""
