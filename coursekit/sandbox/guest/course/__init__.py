"""Cases, as plain data, are all that comes in."""
