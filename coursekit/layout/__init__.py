"""Where everything in a picture of a graph stands: vertices, curves, labels, frames."""
