"""Neural networks as graphs: layers, initial weights, descent, and digits to train on."""

from coursekit.networks.descent import Trained, adam, gradient_descent, minibatches, momentum, train
from coursekit.networks.digits import Digits, digits
from coursekit.networks.layers import accuracy, glorot, he, linear, network, parameters_of, scaled

__all__ = [
    "Digits",
    "Trained",
    "accuracy",
    "adam",
    "digits",
    "glorot",
    "gradient_descent",
    "he",
    "linear",
    "minibatches",
    "momentum",
    "network",
    "parameters_of",
    "scaled",
    "train",
]
