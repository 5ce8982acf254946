"""1,797 handwritten digits of 8 × 8 pixels: small enough to train on in a second.

Alpaydin and Kaynak, Optical Recognition of Handwritten Digits, UCI Machine Learning Repository
(1998), doi:10.24432/C50P49, licensed CC BY 4.0. This is the test set, as in scikit-learn.
"""

import gzip
from functools import cache
from importlib.resources import files
from typing import NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt

Images: TypeAlias = npt.NDArray[np.float64]
Labels: TypeAlias = npt.NDArray[np.intp]


class Digits(NamedTuple):
    """A training set and a held-out set: images as rows of 64 numbers from 0 to 1, and labels."""

    images: Images
    labels: Labels
    held_out_images: Images
    held_out_labels: Labels


def digits(rng: np.random.Generator, *, held_out: int = 360) -> Digits:
    """Return the digits in random order; the last `held_out` of them are held out.

    >>> data = digits(np.random.default_rng(0))
    >>> data.images.shape, data.held_out_images.shape, float(data.images.max())
    ((1437, 64), (360, 64), 1.0)
    """
    table = rng.permutation(_table())
    images, labels = table[:, :64] / 16.0, table[:, 64].astype(np.intp)
    return Digits(images[:-held_out], labels[:-held_out], images[-held_out:], labels[-held_out:])


@cache
def _table() -> Images:
    packed = files("coursekit.networks").joinpath("digits.csv.gz").read_bytes()
    return np.loadtxt(gzip.decompress(packed).decode().splitlines(), delimiter=",")
