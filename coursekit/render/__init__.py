"""A linearization as a picture: values above, adjoints below, partials on the edges."""
