"""Pictures: a trace as a circuit, the circuit laid out, the layout in a format."""
