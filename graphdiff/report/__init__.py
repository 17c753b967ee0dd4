"""REPORT: traces, checks and derivatives as tables and documents, and errors as diagnostics."""
