"""READING: other languages to the trees of our own."""
