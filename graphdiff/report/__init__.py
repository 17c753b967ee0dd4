"""REPORT: a trace as a table, a document, rows or markdown, and an error as a diagnostic."""
