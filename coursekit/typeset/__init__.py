"""Labels and formulas as spans of text, without a picture."""
