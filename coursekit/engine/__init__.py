"""The note as code: read operations, graph, linearization and gradients, in this order.

`order` sorts a graph, `paths` walks it, and `watch` records what an algorithm reads. `tape/` is
the fast implementation.
"""
