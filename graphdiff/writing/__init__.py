"""WRITING: graphs and their operations as text and as LaTeX."""
