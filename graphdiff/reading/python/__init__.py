"""Python source → the statements of a program. The source is data: it is parsed, and never run."""
