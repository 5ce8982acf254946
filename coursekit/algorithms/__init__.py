"""Beyond the note: Jacobians, any order of elimination, second derivatives, checkpoints."""
