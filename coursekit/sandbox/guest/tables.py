"""Encode numpy arrays and numbers, and pandas tables, with their dtypes and shapes.

{"t": "array", "dtype": "<f8", "shape": [2, 3], "v": its bytes in base64, or a list of texts}
{"t": "DataFrame", "columns": names, "dtypes": [dtype, …], "v": [column, …], "index": index}
"""

import re
import sys
from base64 import b64decode, b64encode
from collections.abc import Callable
from math import prod
from typing import Any

ARRAYS = {"array", "scalar"}
FRAMES = {"DataFrame", "Series"}
KINDS = ARRAYS | FRAMES
MAX_NUMBERS = 1_000_000  # in one array
NUMBERS = re.compile(r"[<|](b1|[iu][1248]|f[248]|c8|c16|[Mm]8(\[\w{1,6}\])?)")  # dtypes
OBJECTS = re.compile(r"<U\d{1,7}|\|S\d{1,7}|\|O")
COLUMNS = re.compile(r"bool|u?int(8|16|32|64)|float(32|64)|object|str|string|datetime64\[\w+\]")


def is_table(value: Any) -> bool:
    """Return whether a value is an array, a number of numpy, or a table or a cell of pandas."""
    numpy, pandas = sys.modules.get("numpy"), sys.modules.get("pandas")
    return bool(
        (numpy and isinstance(value, numpy.ndarray | numpy.generic))
        or (pandas and isinstance(value, pandas.DataFrame | pandas.Series | pandas.Index))
        or _is_missing(value)
    )


def _is_missing(value: Any) -> bool:
    """Return whether a value is the missing cell of a table of pandas."""
    pandas: Any = sys.modules.get("pandas")
    return bool(pandas) and (value is pandas.NA or value is pandas.NaT)


def encode_table(value: Any, depth: int, encoder: Any) -> Any:
    """Return plain data; `encoder` encodes the items that are not numbers."""
    numpy: Any = sys.modules["numpy"]
    if _is_missing(value):
        return (
            encoder.refuse(f"the value {value!r}", "other", repr(value)) if encoder.exact else None
        )
    if not isinstance(value, numpy.ndarray | numpy.generic):
        return _encode_frame(value, depth, encoder)
    if isinstance(value, numpy.ma.MaskedArray) and not encoder.exact and not value.dtype.names:
        value = _with_none(value, numpy.ma)
    if isinstance(value, numpy.generic) and not encoder.exact:
        item = value.item()
        return encoder(float(item) if isinstance(item, numpy.floating) else item, depth + 1)
    if encoder.exact and not isinstance(value, numpy.generic) and type(value) is not numpy.ndarray:
        return encoder.refuse(f"a value of type {type(value).__name__}", "other")
    return _encode_array(numpy.asarray(value), isinstance(value, numpy.generic), depth, encoder)


def _with_none(value: Any, ma: Any) -> Any:
    """Return a masked array as an ordinary one, in which None stands for each masked item."""
    data = ma.getdata(value)
    if value.mask.any():
        data = data.astype(object)
        data[ma.getmaskarray(value)] = None
    return data


def _encode_array(array: Any, is_scalar: bool, depth: int, encoder: Any) -> Any:
    if array.size > MAX_NUMBERS:
        return encoder.refuse(f"an array of more than {MAX_NUMBERS:,} items", "too long")
    if array.dtype.kind == "f" and array.dtype.itemsize > 8 and not encoder.exact:
        array = array.astype(float)
    array = array.astype(array.dtype.newbyteorder("<"))
    dtype = array.dtype.str
    plain = {
        "t": "scalar" if is_scalar else "array", "dtype": dtype, "shape": list(array.shape)
    }  # fmt: skip
    if NUMBERS.fullmatch(dtype):
        return plain | {"v": b64encode(array.tobytes()).decode()}
    if OBJECTS.fullmatch(dtype):
        return plain | {"v": encoder.items(array.ravel().tolist(), depth)}
    return encoder.refuse(f"an array of dtype {array.dtype}", "other", f"array of {array.dtype}")


def _encode_frame(value: Any, depth: int, encoder: Any) -> Any:
    pandas: Any = sys.modules["pandas"]
    if isinstance(value, pandas.Index):
        if encoder.exact:
            return encoder.refuse("a value of type Index", "other")
        return encoder(value.tolist(), depth)
    is_frame = isinstance(value, pandas.DataFrame)
    columns = [value.iloc[:, k] for k in range(value.shape[1])] if is_frame else [value]
    dtypes = [str(column.dtype) for column in columns]
    for dtype in dtypes:
        if not COLUMNS.fullmatch(dtype):
            encoder.refuse(f"a column of dtype {dtype}", "other")
    return {
        "t": "DataFrame" if is_frame else "Series",
        "columns": encoder(value.columns.tolist() if is_frame else [value.name], depth),
        "dtypes": dtypes,
        "v": [encoder(_cells(column), depth) for column in columns],
        "index": encoder(_cells(value.index), depth),
        "name": encoder(value.index.name, depth),
    }


def _cells(column: Any) -> Any:
    """Return a column's or an index's cells: an array of numbers, a range, or a list."""
    pandas: Any = sys.modules["pandas"]
    if isinstance(column, pandas.RangeIndex):
        return range(column.start, column.stop, column.step)
    cells = column.to_numpy()
    return cells if cells.dtype.kind in "biufcM" else [None if x is pandas.NA else x for x in cells]


def decode_table(plain: Any, decode: Callable[[Any], Any]) -> Any:
    """Build an array or a table; raise ValueError if its parts do not fit together."""
    return decode_array(plain, decode) if plain["t"] in ARRAYS else _decode_frame(plain, decode)


def decode_array(plain: Any, decode: Callable[[Any], Any]) -> Any:
    """Build an array, or a number of numpy, from plain data that may be forged.

    Without a dtype, as in a case that was written by hand, its items are floats.
    """
    import numpy as np

    dtype, v = plain.get("dtype"), plain["v"]
    if dtype is None:
        return np.array(v, dtype=float)
    shape = checked_shape(plain)
    if NUMBERS.fullmatch(dtype):
        array = np.frombuffer(b64decode(v, validate=True), dtype).reshape(shape).copy()
    elif OBJECTS.fullmatch(dtype) and isinstance(v, list):
        if prod(shape) * int(dtype[2:] or 0) > MAX_NUMBERS:
            raise ValueError("an array of too many characters")
        array = np.empty(len(v), dtype)
        array[:] = [decode(item) for item in v]
        array = array.reshape(shape)
    else:
        raise ValueError(f"cannot decode an array of dtype {dtype!r}")
    return array if plain["t"] == "array" else array[()]


def checked_shape(plain: Any) -> tuple[int, ...]:
    """Return an array's shape; raise ValueError if its lists would be too many."""
    shape = plain["shape"]
    if not all(type(n) is int and n >= 0 for n in shape) or len(shape) > 32:
        raise ValueError("not the shape of an array")
    if prod(n for n in shape if n) > MAX_NUMBERS:
        raise ValueError("an array of too many items")
    return tuple(shape)


def _decode_frame(plain: Any, decode: Callable[[Any], Any]) -> Any:
    import pandas as pd

    # an answer's value may have a column of any dtype
    dtypes = [dtype if COLUMNS.fullmatch(dtype) else "object" for dtype in plain["dtypes"]]
    index = pd.Index(decode(plain["index"]), name=decode(plain["name"]))
    columns = [
        pd.Series(decode(cells), index=index, dtype=dtype)
        for cells, dtype in zip(plain["v"], dtypes, strict=True)
    ]
    names = decode(plain["columns"])
    if plain["t"] == "Series":
        return columns[0].rename(names[0])
    frame = pd.DataFrame(dict(enumerate(columns)), index=index)
    frame.columns = pd.Index(names) if names else frame.columns
    return frame
