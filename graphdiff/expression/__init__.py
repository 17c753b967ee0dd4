"""TEXT: from what a user typed to a tree of numbers, names and calls, each with its place in the text."""
