"""Sparse Jacobians and Hessians by products with few directions, where their entries cannot be computed one by one."""
