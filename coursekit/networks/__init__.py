"""Neural networks as graphs: layers, initial weights, descent, and digits to train on."""

from coursekit.networks.descent import adam, gradient_descent, minibatches, momentum
from coursekit.networks.digits import Digits, digits
from coursekit.networks.initial import glorot, he, parameters_of, scaled
from coursekit.networks.layers import accuracy, linear, network
from coursekit.networks.train import Trained, train

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
