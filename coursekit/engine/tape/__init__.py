"""The fast part of the engine: flat columns, one pass per sweep, numpy for arrays."""
