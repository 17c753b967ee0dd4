"""PAGE: a trace as one HTML file whose reader can step through the backward pass and edit the inputs."""
