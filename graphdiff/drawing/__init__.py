"""DRAWING: a trace as a circuit, the circuit as a layout, the layout in a picture format."""
