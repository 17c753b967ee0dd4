"""Tables of points: read, evaluated and written in chunks of rows, with one module for each format."""
