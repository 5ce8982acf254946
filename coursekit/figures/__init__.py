"""Every figure once, by name: lessons and slides show the same."""
