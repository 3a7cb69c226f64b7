"""Layers, one short file per family."""

from nn.layers.activations import (
    ELU,
    Identity,
    LeakyReLU,
    LogSoftmax,
    PReLU,
    ReLU,
    Sigmoid,
    SiLU,
    Softmax,
    Softplus,
    Step,
    Swish,
    Tanh,
)
from nn.layers.containers import ModuleList, Sequential
from nn.layers.linear import Linear
from nn.layers.mlp import MLP
from nn.layers.neuron import Neuron, Perceptron
from nn.layers.shaping import Flatten

__all__ = [
    "ELU",
    "MLP",
    "Flatten",
    "Identity",
    "LeakyReLU",
    "Linear",
    "LogSoftmax",
    "ModuleList",
    "Neuron",
    "PReLU",
    "Perceptron",
    "ReLU",
    "Sequential",
    "SiLU",
    "Sigmoid",
    "Softmax",
    "Softplus",
    "Step",
    "Swish",
    "Tanh",
]
