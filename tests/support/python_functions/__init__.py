"""Python functions as people write them, to be read and run."""
