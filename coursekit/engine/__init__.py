"""G = (V, E), and ∂ℓ/∂w computed two ways: floors 1 to 3 of the house."""
