"""The page: a trace as one HTML file in which one can step through the backward pass and edit the inputs."""
