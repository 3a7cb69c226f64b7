"""Generative adversarial networks: one network forges, the other tells the forgeries apart."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from nn.aliases import Array, ArrayOrNode, DTypeLike, Seed
from nn.functional import binary_cross_entropy_with_logits
from nn.layers import MLP, LeakyReLU
from nn.module import Module
from nn.optim.optimizer import Optimizer


class Generator(Module):
    """Makes records out of noise.

    Parameters
    ----------
    latent_features : int
        Numbers of noise per record.
    hidden_sizes : sequence of int
        Units of the hidden layers, with leaky ReLU.
    out_features : int
        Of a record.
    dtype : dtype, default float32
        Of the parameters.
    seed : int or Generator, optional
        Where the first weights come from.
    """

    latent_features: int

    def __init__(
        self,
        latent_features: int,
        hidden_sizes: Sequence[int],
        out_features: int,
        *,
        dtype: DTypeLike | None = None,
        seed: Seed = None,
    ) -> None:
        self.latent_features = latent_features
        sizes = (latent_features, *hidden_sizes, out_features)
        self.network = MLP(sizes, LeakyReLU, dtype=dtype, seed=seed)

    def forward(self, noise: ArrayOrNode) -> ArrayOrNode:
        """Map (N, latent_features) to (N, out_features)."""
        return self.network(noise)

    def noise(self, n: int, *, seed: Seed = None) -> Array:
        """What to make n records of: (n, latent_features), standard normal."""
        return np.random.default_rng(seed).standard_normal((n, self.latent_features))


class Discriminator(Module):
    """Says how likely a record is to be real, as a logit.

    Parameters
    ----------
    in_features : int
        Of a record.
    hidden_sizes : sequence of int
        Units of the hidden layers, with leaky ReLU.
    dtype : dtype, default float32
        Of the parameters.
    seed : int or Generator, optional
        Where the first weights come from.
    """

    def __init__(
        self,
        in_features: int,
        hidden_sizes: Sequence[int],
        *,
        dtype: DTypeLike | None = None,
        seed: Seed = None,
    ) -> None:
        self.network = MLP((in_features, *hidden_sizes, 1), LeakyReLU, dtype=dtype, seed=seed)

    def forward(self, records: ArrayOrNode) -> ArrayOrNode:
        """Map (N, in_features) to (N, 1)."""
        return self.network(records)


def gan_step(
    generator: Generator,
    discriminator: Module,
    generator_optimizer: Optimizer,
    discriminator_optimizer: Optimizer,
    real: Array,
    *,
    seed: Seed = None,
) -> tuple[float, float]:
    """Train both networks on one batch: first the discriminator, then the generator.

    Parameters
    ----------
    generator : Generator
    discriminator : Module
        Such as `Discriminator`.
    generator_optimizer, discriminator_optimizer : Optimizer
        Of the parameters of each.
    real : (N, features)
        Real records.
    seed : int or Generator, optional
        Where the noise comes from; pass one Generator to all steps.

    Returns
    -------
    discriminator_loss, generator_loss : float
        Both are log 2 per kind of record where the forgeries cannot be told apart.

    Notes
    -----
    Goodfellow et al. 2014, algorithm 1, with the generator's loss −log D(G(z)) that they
    recommend, as its gradient does not vanish while the forgeries are bad.
    """
    rng = np.random.default_rng(seed)
    n = len(real)

    forged = generator(generator.noise(n, seed=rng))
    # The discriminator learns from the numbers alone: nothing flows back into the generator.
    loss = _judged(discriminator(real), 1) + _judged(discriminator(forged.detach()), 0)
    discriminator_optimizer.zero_grad()
    loss.backward(keep="leaves")
    discriminator_optimizer.step()

    fooled = _judged(discriminator(forged), 1)
    generator_optimizer.zero_grad()
    fooled.backward(keep="leaves")
    generator_optimizer.step()
    return loss.item(), fooled.item()


def _judged(logits: ArrayOrNode, real: int) -> ArrayOrNode:
    """The loss where all records should have been judged real (1), or forged (0)."""
    return binary_cross_entropy_with_logits(logits, np.full(logits.shape, real))
