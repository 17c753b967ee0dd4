"""What must hold of the kernels and derivative rules of operations: for their tests, and for mutation testing."""
