"""nn: neural networks built from nodes that remember how they were made."""

from nn.installation import require_own_autograd

require_own_autograd()

from nn import data, functional, init, optim
from nn.layers import (
    ELU,
    MLP,
    Flatten,
    Identity,
    LeakyReLU,
    Linear,
    LogSoftmax,
    ModuleList,
    Neuron,
    Perceptron,
    PReLU,
    ReLU,
    Sequential,
    Sigmoid,
    SiLU,
    Softmax,
    Softplus,
    Step,
    Swish,
    Tanh,
)
from nn.losses import BCELoss, BCEWithLogitsLoss, CrossEntropyLoss, MSELoss, NLLLoss
from nn.metrics import accuracy, binary_accuracy
from nn.module import Module, Parameter
from nn.training import Callback, History, NonFiniteLossError, evaluate, fit, predict

__all__ = [
    "ELU",
    "MLP",
    "BCELoss",
    "BCEWithLogitsLoss",
    "Callback",
    "CrossEntropyLoss",
    "Flatten",
    "History",
    "Identity",
    "LeakyReLU",
    "Linear",
    "LogSoftmax",
    "MSELoss",
    "Module",
    "ModuleList",
    "NLLLoss",
    "Neuron",
    "NonFiniteLossError",
    "PReLU",
    "Parameter",
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
    "accuracy",
    "binary_accuracy",
    "data",
    "evaluate",
    "fit",
    "functional",
    "init",
    "optim",
    "predict",
]
