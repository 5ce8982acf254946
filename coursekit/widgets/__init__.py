"""Interactive views: sliders, a picture, and cards with steps; each view also has a still."""
