"""Draw a linearization: values above its vertices, adjoints below them, partials on its edges."""
