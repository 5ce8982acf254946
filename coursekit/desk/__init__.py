"""The marking desk: a local page on which a person marks written answers."""
