"""What makes the engine fast: columns for dictionaries, one pass for a sweep, whole arrays."""
