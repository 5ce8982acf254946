"""Jacobians, elimination in any order, second derivatives, and checkpoints."""
