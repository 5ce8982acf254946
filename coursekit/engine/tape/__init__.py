"""What makes the engine fast: flat columns, one pass per sweep, numpy for arrays."""
