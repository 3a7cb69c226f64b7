"""What usually helps: said in one place, by `diagnose` and by `why`."""

SMALLER_WEIGHTS = (
    "smaller initial weights (He for ReLU, Xavier for tanh and sigmoid); normalised inputs; "
    "gradient clipping."
)
LARGER_WEIGHTS = (
    "larger initial weights (He for ReLU, Xavier for tanh), skip connections, normalisation."
)
RANDOM_WEIGHTS = (
    "random initial weights: nn.init offers He (ReLU) and Xavier (tanh, sigmoid); only biases may "
    "start at 0."
)
NO_SIGMOID = (
    "ReLU with He initialisation instead of sigmoid; or tanh with Xavier initialisation, fewer "
    "layers, skip connections, normalisation."
)
OPEN_GATES = (
    "a smaller learning rate, biases that start at 0 or slightly above, He initialisation, or "
    "leaky ReLU, which never closes entirely."
)
NOT_FLAT = (
    "a smooth activation (sigmoid, tanh), ReLU, or a rule that needs no derivative, as the "
    "perceptron's."
)
NOT_SATURATED = "smaller weights before it (Xavier initialisation), normalised inputs, or ReLU."
NORMALISED_INPUTS = (
    "min-max normalisation (pixels / 255), or subtract the mean and divide by the standard "
    "deviation of every feature."
)
MEMORY = (
    "an LSTM or GRU, whose state passes unchanged where the gates are open; recurrent weights that "
    "start orthogonal; shorter sequences."
)
