"""LANGUAGE: text to graph, each node with its place in the text."""
