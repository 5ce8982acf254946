"""Views that move: sliders, one picture, cards with steps; each with a still for readers without a kernel."""
