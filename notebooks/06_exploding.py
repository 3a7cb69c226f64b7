# %% [markdown]
# # 6 · Exploding gradients, and clipping
#
# **Goal:** see how a gradient grows beyond all bounds, what such a step does to a network, and how
# clipping keeps it in hand.
#
# About 20 minutes. You need notebook 5: this is the other side of the same coin.

# %%
import matplotlib.pyplot as plt
import numpy as np

import nn
import viz
from autograd import Value
from nn import functional

# %% [markdown]
# ## The weights are in the product, too
#
# From one neuron to the next, the gradient is multiplied by the slope **and** by the weight:
#
# $$\frac{\partial O_{21}}{\partial O_{11}} = \sigma'(z) \cdot w_{21}$$
#
# **Predict first.** The slope is at most a quarter. What is the largest possible factor if
# $w_{21} = 500$?
#
# <details><summary>Answer</summary>
#
# $0.25 \cdot 500 = 125$, and it is reached at $z = 0$.
#
# </details>

# %%
O11 = Value(0.0, name="O₁₁")
O21 = (O11 * 500.0).sigmoid()
O21.backward()
print("∂O₂₁/∂O₁₁ =", O11.grad)

# %% [markdown]
# Such factors multiply along a path. Say they are 200, 125 and 100:

# %%
w = Value(1.0, name="w")
L = w * 100.0 * 125.0 * 200.0
L.backward()
print(f"∂L/∂w = 200 × 125 × 100 = {w.grad:,.0f}")
print(f"one step with η = 0.01: w = {w.data} → {w.data - 0.01 * w.grad:,.0f}")

# %% [markdown]
# Two and a half million. Whatever minimum there was near $w = 1$, this step has leapt over it, and over
# any other within 25 000.
#
# A sigmoid with large weights can do both. Close to $z = 0$ it explodes; a little beside, it is saturated, and
# the same neuron vanishes:

# %%
for start in (0.0, 0.01, 0.05, 0.2):
    O11 = Value(start)
    (O11 * 500.0).sigmoid().backward()
    print(f"O₁₁ = {start:<4}: z = {500 * start:<5} factor {O11.grad:.4g}")

# %% [markdown]
# ## The same weight, again and again
#
# Let us look at the danger in its purest form. A number is multiplied by the same weight 50 times. (This is
# what a recurrent network does over 50 time steps, notebook 16.) The result should be 2:
#
# $$L(w) = (w^{50} - 2)^2$$
#
# There is a perfect weight, $\sqrt[50]{2} \approx 1.014$. We start at 1.2, not far away.


# %%
def loss_of(w):
    h = Value(1.0, requires_grad=False)
    for _ in range(50):
        h = h * w
    return (h - 2.0) ** 2


for number in (0.9, 1.0, 1.05, 1.2):
    w = Value(number, name="w")
    L = loss_of(w)
    L.backward()
    print(f"w = {number:<4}: loss {L.data:12.4g}   gradient {w.grad:10.3g}")

# %% [markdown]
# **Predict first.** With the learning rate 0.00005, where does the first step from $w = 1.2$ lead?
#
# <details><summary>Answer</summary>
#
# The gradient there is $6.9 \cdot 10^9$. So $w = 1.2 - 0.00005 \cdot 6.9 \cdot 10^9 \approx -345\,000$. The
# next loss is $(w^{50})^2$ of that, far beyond what a float can hold.
#
# </details>


# %%
def descend(clip=np.inf, rate=5e-5, steps=60):
    path = [1.2]
    for _ in range(steps):
        w = Value(path[-1])
        loss_of(w).backward()
        step = float(np.clip(w.grad, -clip, clip))
        path.append(w.data - rate * step)
    return np.array(path)


print("without clipping:", descend(steps=3))

# %% [markdown]
# One step to $-345\,000$, the next to infinity, and then **nan**, *not a number*: infinity minus infinity has
# no value. From nan there is no way back, because every sum with nan is nan.
#
# ## Clipping
#
# The gradient's **direction** was right: $w$ has to go down. Only its length was absurd. So cut it: no
# step longer than a bound. That is **gradient clipping**. Here the bound is 200, so a step moves $w$ by
# 0.01 at most.

# %%
path = descend(clip=200)
print("with clipping:", path[::10].round(4), "  perfect:", round(2 ** (1 / 50), 4))

figure, axes = plt.subplots(figsize=(7, 3.6), layout="constrained")
curve = np.linspace(0.9, 1.22, 300)
axes.semilogy(curve, (curve**50 - 2) ** 2, color="lightgray")
axes.semilogy(path, (path**50 - 2) ** 2, "o-", markersize=4, linewidth=1)
axes.set(xlabel="w", ylabel="loss (log scale)", title="60 clipped steps from w = 1.2")
plt.show()

# %% [markdown]
# Down the cliff in even steps, and at the bottom, where the gradient is below the bound, ordinary
# gradient descent takes over.
#
# ## By norm or by value
#
# With many parameters there are two ways. Take the gradient $g = (3, 4)$, of length 5, and the bound 1.
#
# **Predict first.** (a) Scale the whole gradient to length 1. (b) Limit each element to $[-1, 1]$. What do
# you get, and which of the two points elsewhere?
#
# <details><summary>Answer</summary>
#
# (a) $(0.6, 0.8)$: shorter, same direction. (b) $(1, 1)$: another direction, since the larger element lost
# more than the smaller one.
#
# </details>

# %%
clipped = {}
for name, clip in [
    ("as it is", lambda p: None),
    ("by norm", lambda p: nn.optim.clip_grad_norm_(p, 1.0)),
    ("by value", lambda p: nn.optim.clip_grad_value_(p, 1.0)),
]:
    w = nn.Parameter([0.0, 0.0], dtype=np.float64)
    (w @ np.array([3.0, 4.0])).backward()
    clip([w])
    clipped[name] = w.grad
    print(f"{name:>8}: {w.grad.round(4)}   length {np.linalg.norm(w.grad):.3f}")

figure, axes = plt.subplots(figsize=(4, 4), layout="constrained")
for (name, (a, b)), color in zip(clipped.items(), ("lightgray", "C0", "C1"), strict=True):
    axes.annotate("", (a, b), (0, 0), arrowprops={"color": color, "width": 2, "headwidth": 8})
    axes.plot([], color=color, label=name)
axes.set(xlim=(0, 4.2), ylim=(0, 4.2), aspect="equal", xlabel="g₁", ylabel="g₂")
axes.legend(loc="lower right")
plt.show()

# %% [markdown]
# (**Norm** is another word for length.) By norm is the usual choice: all parameters together, one length, the
# direction stays.
#
# ## A deep network under the lens
#
# Digits again, five hidden layers of ReLU neurons. An open ReLU does not shrink the gradient, so little makes
# up for weights that are too large. We draw them at random around 0 with a **standard deviation** of 1: that
# is how far they typically are from 0.

# %%
x, y = nn.data.load_digits()
x = x.reshape(len(x), 64)
sizes = (64, 32, 32, 32, 32, 32, 10)


def make(std):
    """A ReLU network with first weights of this standard deviation."""
    return nn.MLP(
        sizes, nn.ReLU, init=lambda w, seed: nn.init.normal_(w, 0, std, seed=seed), seed=0
    )


wild = make(std=1.0)
loss = functional.cross_entropy(wild(x[:64]), y[:64])
print(f"loss {loss.item():.0f} (a network that only guesses has {np.log(10):.2f})")
viz.graph(loss, depth=0, title="Weights too large, one box per layer")

# %% [markdown]
# Read it from the end: 0.007 arrives at `fc6`, and 3.75 at `fc1`. The orange lines are where the gradient
# grows: on its way through the weights of `fc6` to `fc2`. (A stack of boxes is a layer folded up. In the live
# picture, its + opens it.) `viz.diagnose` has the figures layer by layer:

# %%
print(viz.diagnose(loss, wild))

# %% [markdown]
# It is the gradient at the net sums that explodes. That of the weights is this times the layer's inputs, and these
# explode on their way forwards, as the picture shows: RMS 2.81 behind `act1`, 997 behind `act5`. So it is large in
# every layer.
#
# **Predict first.** Each layer multiplies the gradient by about 4. Where does this factor come from? A sum over
# 32 neurons, half of them closed, with weights of standard deviation 1.
#
# <details><summary>Answer</summary>
#
# A sum of $n$ independent terms of size 1 has the size $\sqrt n$, as in a random walk. With 16 open neurons
# that is $\sqrt{16} = 4$. To keep the size, the weights need a standard deviation of
# $1/\sqrt{16} = \sqrt{2/32}$. This is He initialisation, $\sqrt{2/n}$ for $n$ inputs (notebook 9).
#
# </details>

# %%
rng = np.random.default_rng(0)
for terms in (4, 16, 64):
    sums = rng.normal(size=(100_000, terms)).sum(axis=1)
    print(f"sums of {terms:2} random terms of size 1: typically {sums.std():.1f}")

# %% [markdown]
# What happens in training? `nn.fit` stops when the loss is no longer a number, and says where.


# %%
def train(network, callbacks=()):
    return nn.fit(
        network,
        x,
        y,
        loss=functional.cross_entropy,
        optimizer=nn.optim.SGD(network.parameters(), lr=0.1),
        epochs=15,
        batch_size=64,
        metrics=[nn.accuracy],
        callbacks=callbacks,
        seed=0,
        progress=False,
    )


with np.errstate(all="ignore"):  # numpy would warn of the overflow; we look on
    try:
        train(wild)
    except nn.NonFiniteLossError as error:
        print(
            f"stopped in epoch {error.epoch}, batch {error.batch}: the loss is {error.loss.item()}"
        )

# %% [markdown]
# Now with smaller weights, a standard deviation of 0.5, which is still too large. We train it as it is, with
# clipping by norm (the **callback** `ClipGradients` does it before each step), and beside it the same network
# with He initialisation.

# %%
figure, axes = plt.subplots(figsize=(7, 3.6), layout="constrained")
for name, network, callbacks in [
    ("too large", make(std=0.5), []),
    ("too large, clipped", make(std=0.5), [nn.ClipGradients(1.0)]),
    ("He", nn.MLP(sizes, nn.ReLU, init=nn.init.kaiming_normal_, seed=0), []),
]:
    history = train(network, callbacks)
    axes.semilogy(range(1, 16), history["loss"], label=name)
    print(f"{name:>18}: loss {history['loss'][-1]:.2f}, accuracy {history['accuracy'][-1]:.0%}")
axes.set(xlabel="epoch", ylabel="loss (log scale)")
axes.legend()
plt.show()

# %% [markdown]
# Three fates. Unclipped, the first steps were so large that they ruined the network: it sits at
# $\log 10 = 2.30$ and guesses. Clipped, it learns. With a good start it learns better still, and needs no
# clipping. **Clipping treats the symptom, initialisation the cause.** In recurrent networks, where the
# same weight is used at every step, one usually needs both.
#
# What became of the ruined network? Ask it:

# %%
ruined = make(std=0.5)
train(ruined)
loss = functional.cross_entropy(ruined(x), y)
for finding in viz.diagnose(loss, ruined).findings:
    print(finding)

# %% [markdown]
# (`act1` and `act5` are the activations behind `fc1` and `fc5`.) The leap has closed 30 of the 32 neurons of the
# last hidden column for **every** record, and 20 of the first. As you know from notebook 5, these get no
# gradient and never open again, and next to nothing passes through what is left. Exploding gradients can
# end in vanished ones.
#
# ## In short
#
# * The gradient's factor from neuron to neuron is slope × weight; where it is above 1, the gradient grows with
#   depth.
# * A huge step leaps over every minimum, ends in infinity and nan, or kills ReLUs.
# * Clipping by norm shortens the gradient and keeps its direction; by value it bends it.
# * Weights of the right size are the cure; clipping is the seat belt.
#
# ## Exercises
#
# **1.** Neurons with the weight 3 and sigmoids at their steepest: does the gradient vanish or explode with
# depth? From which weight on does it explode?
#
# <details><summary>Solution</summary>
#
# The factor is $0.25 \cdot 3 = 0.75 < 1$: it vanishes. It explodes for weights above 4.
#
# ```python
# for weight in (3.0, 4.0, 5.0):
#     print(f"{weight}: factor {0.25 * weight}, after 20 layers {(0.25 * weight) ** 20:.3g}")
# ```
#
# prints
#
# ```text
# 3.0: factor 0.75, after 20 layers 0.00317
# 4.0: factor 1.0, after 20 layers 1
# 5.0: factor 1.25, after 20 layers 86.7
# ```
#
# </details>
#
# **2.** Two parameters have the gradients $(30, 40)$ and $(0, 120)$. Clip them together to the norm 13. What
# is left of each?
#
# <details><summary>Solution</summary>
#
# The common length is $\sqrt{30^2 + 40^2 + 120^2} = 130$, so everything is divided by 10.
#
# ```python
# a, b = nn.Parameter([0.0, 0.0], dtype=np.float64), nn.Parameter([0.0, 0.0], dtype=np.float64)
# (a @ np.array([30.0, 40.0]) + b @ np.array([0.0, 120.0])).backward()
# before = nn.optim.clip_grad_norm_([a, b], 13.0)
# print(before, a.grad.round(4), b.grad.round(4))
# ```
#
# prints
#
# ```text
# 130.0 [3. 4.] [ 0. 12.]
# ```
#
# </details>
#
# **3.** In the experiment with $w^{50}$, what happens if the start is 0.9 instead of 1.2? Does clipping
# help?
#
# <details><summary>Solution</summary>
#
# $0.9^{50} \approx 0.005$, and the gradient is about $-1$: here it is on the way to vanish, and a step of
# 0.00005 gets nowhere. Clipping only ever shortens, so it is no help. What one needs is a larger step
# (or an optimiser that finds its own step size, notebook 10).
#
# ```python
# w = Value(0.9)
# loss_of(w).backward()
# print(f"{w.grad:.3f}")
# ```
#
# prints
#
# ```text
# -1.142
# ```
#
# </details>
#
# ## What to read next
#
# [7 · Activations](07_activations.ipynb). From here on the notebooks take the parts one by one: then losses
# (8), initialisation (9) and optimisers (10). The whole list is in [README.md](README.md).
