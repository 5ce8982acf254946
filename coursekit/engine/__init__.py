"""The mathematics of the course. Read operations, graph, linearization, gradients in this order."""
