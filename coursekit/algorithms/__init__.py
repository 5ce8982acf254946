"""Beyond the note: Jacobians, elimination in any order, second derivatives, and checkpoints."""
