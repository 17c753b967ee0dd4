"""Sparse Jacobians and Hessians as graphs: only the entries that can differ from 0, and where they are."""
