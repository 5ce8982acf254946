"""The fast part of the engine: flat columns, one pass per sweep, numpy for arrays.

`columns` stores a graph; `forward` computes its values and partials, `reverse` its adjoints.
`arrays` and `functions` compute one operation on arrays, and `inputs` checks a user's values.
"""
