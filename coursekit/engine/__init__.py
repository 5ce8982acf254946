"""The note as code. Read operations, graph, linearization and gradients, in this order.

Beside them: `order` sorts a graph, `paths` walks it, `watch` records what an algorithm reads.
`tape/` makes all of it fast.
"""
