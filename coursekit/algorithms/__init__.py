"""Jacobians, elimination in any order, second derivatives, checkpoints, and unrolled arrays."""
