"""LANGUAGE: from what a user typed to a graph, each node with its place in the text."""
