"""Autoencoders: networks that learn to describe what they see in a few numbers."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from nn import functional
from nn.aliases import Array, ArrayOrNode, DTypeLike, Seed
from nn.functional.sizes import dtype_of
from nn.layers import MLP, Identity, Linear, ReLU
from nn.metrics import numbers_of
from nn.module import Module
from nn.training import predict


class Autoencoder(Module):
    """An encoder to a few features and, as its mirror image, a decoder back.

    Train it with its inputs as targets: ``nn.fit(model, x, x, loss=nn.MSELoss(), ...)``.

    Parameters
    ----------
    sizes : sequence of int
        Units from the input to the code, such as ``(784, 128, 16)``.
    activation : type of Module, default ReLU
        Between the layers; code and output are linear. With Identity the best that it can learn
        is the projection of principal component analysis (Baldi and Hornik, 1989).
    dtype : dtype, default float32
        Of the parameters.
    seed : int or Generator, optional
        Where the first weights come from.
    """

    def __init__(
        self,
        sizes: Sequence[int],
        activation: Callable[[], Module] = ReLU,
        *,
        dtype: DTypeLike | None = None,
        seed: Seed = None,
    ) -> None:
        rng = np.random.default_rng(seed)
        self.encoder = MLP(sizes, activation, dtype=dtype, seed=rng)
        self.decoder = MLP(sizes[::-1], activation, dtype=dtype, seed=rng)

    def forward(self, x: ArrayOrNode) -> ArrayOrNode:
        """Map (N, sizes[0]) to its reconstruction of the same shape."""
        return self.decoder(self.encoder(x))


class VariationalAutoencoder(Module):
    """An autoencoder whose codes are normal distributions (Kingma and Welling, 2014).

    Train it with its inputs, from 0 to 1, as targets:
    ``nn.fit(model, x, x, loss=nn.models.negative_elbo, ...)``.

    Parameters
    ----------
    in_features, hidden_features, latent_features : int
        Units of the input, of the hidden layers and of the code z.
    dtype : dtype, default float32
        Of the parameters.
    seed : int or Generator, optional
        Where the first weights and the samples come from; kept as `generator`.
    """

    latent_features: int
    generator: np.random.Generator

    def __init__(
        self,
        in_features: int,
        hidden_features: int,
        latent_features: int,
        *,
        dtype: DTypeLike | None = None,
        seed: Seed = None,
    ) -> None:
        self.latent_features = latent_features
        self.generator = rng = np.random.default_rng(seed)
        self.encoder = MLP((in_features, hidden_features), Identity, ReLU, dtype=dtype, seed=rng)
        self.mean = Linear(hidden_features, latent_features, dtype=dtype, seed=rng)
        self.log_variance = Linear(hidden_features, latent_features, dtype=dtype, seed=rng)
        self.decoder = MLP((latent_features, hidden_features, in_features), dtype=dtype, seed=rng)

    def forward(self, x: ArrayOrNode) -> tuple[ArrayOrNode, ArrayOrNode, ArrayOrNode]:
        """Map (N, in_features) to logits of the same shape, and to mean and log-variance of z.

        In evaluation mode the decoder is given the mean, not a sample.
        """
        hidden = self.encoder(x)
        mean, log_variance = self.mean(hidden), self.log_variance(hidden)
        z = self.reparameterize(mean, log_variance) if self.training else mean
        return self.decoder(z), mean, log_variance

    def reparameterize(self, mean: ArrayOrNode, log_variance: ArrayOrNode) -> ArrayOrNode:
        """A sample z = μ + σε. All chance is in ε, so that gradients reach μ and σ."""
        epsilon = self.generator.standard_normal(mean.shape).astype(dtype_of(mean))
        return mean + np.exp(log_variance / 2) * epsilon

    def sample(self, n: int, *, seed: Seed = None) -> Array:
        """New records (n, in_features), from 0 to 1: decoded codes from the prior N(0, 1)."""
        z = np.random.default_rng(seed).standard_normal((n, self.latent_features))
        return numbers_of(functional.sigmoid(predict(self.decoder, z)))


def negative_elbo(
    output: tuple[ArrayOrNode, ArrayOrNode, ArrayOrNode], target: ArrayOrNode
) -> ArrayOrNode:
    """Minus the evidence lower bound: what a description by z costs, in nats per record.

    Parameters
    ----------
    output : (logits, mean, log_variance)
        As from `VariationalAutoencoder`.
    target : (N, in_features)
        What was put in, from 0 to 1.

    Returns
    -------
    node
        The mean of −log p(x|z) + KL(N(μ, σ²) ‖ N(0, 1)), with the second term in closed form:
        ½ Σ (μ² + σ² − 1 − log σ²) (appendix B of the paper).
    """
    logits, mean, log_variance = output
    reconstruction = functional.binary_cross_entropy_with_logits(logits, target, reduction="sum")
    divergence = np.sum(mean * mean + np.exp(log_variance) - 1.0 - log_variance) / 2
    return (reconstruction + divergence) / len(target)
