"""Views that move: sliders, one picture, cards with steps; each with a still."""
