"""The note as code: read operations, graph, linearization and gradients, in this order."""
