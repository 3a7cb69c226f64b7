# %% [markdown]
# # 9 · Initialisation
#
# **Goal:** start a deep network so that the signal reaches its end and the gradient its beginning.
#
# About 20 minutes. You need notebooks 5, 6 and 7.

# %%
from functools import partial

import matplotlib.pyplot as plt
import numpy as np

import nn
import viz
from autograd import Tensor
from nn import functional, init

# %% [markdown]
# Training walks downhill. But from where? Before the first step somebody has to fill the weights. The rule of
# thumb is: **small, unequal, of the right spread, and never all zero.** Let us break each part of it and see what
# happens.
#
# ## Never equal
#
# **Predict first.** All weights start at the same number, say 0.5. What will the four hidden neurons look like
# after 300 steps of training?
#
# <details><summary>Answer</summary>
#
# The four see the same inputs, have the same weights, compute the same, and so get the same gradient. They take
# the same step. After 300 steps they are **still** four copies of one neuron.
#
# </details>

# %%
points, labels = nn.data.make_circles(100, noise=0.05, seed=0)


def trained(fill):
    model = nn.MLP((2, 4, 2), nn.Tanh, init=fill, dtype=np.float64, seed=0)
    optimizer = nn.optim.SGD(model.parameters(), lr=0.5)
    for _ in range(300):
        optimizer.zero_grad()
        functional.cross_entropy(model(points), labels).backward()
        optimizer.step()
    return model


for name, fill in [
    ("all 0.5", partial(init.uniform_, a=0.5, b=0.5)),
    ("all 0", partial(init.uniform_, a=0.0, b=0.0)),
    ("unequal", partial(init.uniform_, a=-0.5, b=0.5)),
]:
    model = trained(fill)
    print(f"{name}: right {nn.accuracy(model(points), labels):.0%}, weights of the four neurons:")
    print((model.fc1.weight.data.round(2) + 0.0).tolist())

# %% [markdown]
# The points are a small circle within a larger one, which takes at least three different neurons. Four copies
# of one neuron can only draw a straight line. With zeros it is worse still. The hidden neurons say $\tanh 0 = 0$, so the second layer's weights get no gradient;
# and as these are 0, none comes through to the first layer. Only the last biases can move. The diagnosis
# knows this illness:

# %%
model = nn.MLP((2, 4, 2), nn.Tanh, init=partial(init.uniform_, a=0.0, b=0.0), seed=0)
loss = functional.cross_entropy(model(points), labels)
print(viz.diagnose(loss, model).findings[0])

# %% [markdown]
# (Biases may start at 0. The unequal weights are enough to make the neurons differ.)
#
# ## How spread out?
#
# A neuron adds up $n$ products: $z = \sum_{i=1}^{n} w_i\,a_i$. Notebook 6 has shown that a sum of $n$ random terms
# is about $\sqrt n$ times as large as one of them. In the language of statistics: if the weights are random with mean 0,
# independent of the $a_i$, then the **variances**, the squares of the standard deviations, add up:
#
# $$\operatorname{Var}(z) = n \cdot \operatorname{Var}(w) \cdot \overline{a^2}$$
#
# Here $n$ is called the **fan-in**: how many numbers come in. $\overline{a^2}$ is the mean square of the inputs.
#
# **Predict first.** 256 inputs with mean square 1, weights with standard deviation 1. How large are the
# sums, typically? And with standard deviation $\tfrac{1}{16}$?
#
# <details><summary>Answer</summary>
#
# $\operatorname{Var}(z) = 256$, so the sums are around 16. With $\tfrac1{16} = 1/\sqrt{256}$ they are around 1, as large
# as the inputs.
#
# </details>

# %%
rng = np.random.default_rng(0)
a = rng.normal(size=(2000, 256))
for std in (1.0, 1 / 16):
    w = rng.normal(0, std, size=(256, 100))
    print(f"weights ±{std:<6}: sums ±{(a @ w).std():.1f}")

# %% [markdown]
# So one layer multiplies the size of the signal by $\sqrt{n \operatorname{Var}(w)}$. Eight layers do it eight times.
# It is the product of notebooks 5 and 6, this time forwards. To keep the size, we want
# $\operatorname{Var}(w) = 1/\text{fan-in}$.
#
# Backwards the same happens with $W^\top$. There each neuron's gradient is a sum over the neurons that it
# **feeds**, the **fan-out**. To keep the size of the gradient, we want $\operatorname{Var}(w) = 1/\text{fan-out}$.
#
# * **Xavier** (Glorot and Bengio, 2010) takes the middle: $\operatorname{Var}(w) = \dfrac{2}{\text{fan-in} +
#   \text{fan-out}}$. Made for tanh and sigmoid.
# * **He** (2015): ReLU closes half of its gates, so half of the mean square is lost in every layer. Twice the variance
#   makes up for it: $\operatorname{Var}(w) = \dfrac{2}{\text{fan-in}}$.
#
# Each comes as a normal distribution with this variance, or as a uniform one. Numbers that are uniform between
# $-b$ and $b$ have the variance $b^2/3$, hence the bounds:
#
# | | normal: $\sigma$ | uniform: $\pm b$ |
# |---|---|---|
# | Xavier | $\sqrt{2/(\text{fan-in} + \text{fan-out})}$ | $\sqrt{6/(\text{fan-in} + \text{fan-out})}$ |
# | He | $\sqrt{2/\text{fan-in}}$ | $\sqrt{6/\text{fan-in}}$ |
# | older habit, the default of `nn.Linear` | | $1/\sqrt{\text{fan-in}}$ |
#
# (Some lecture notes print the uniform bounds with fan-in and fan-out in other places. These are the published
# ones.)

# %%
fan_in, fan_out = 300, 100
print("                    σ measured   σ wanted   largest   bound")
for fill, sigma, bound in [
    (init.xavier_normal_, np.sqrt(2 / (fan_in + fan_out)), None),
    (init.xavier_uniform_, np.sqrt(2 / (fan_in + fan_out)), np.sqrt(6 / (fan_in + fan_out))),
    (init.kaiming_normal_, np.sqrt(2 / fan_in), None),
    (init.kaiming_uniform_, np.sqrt(2 / fan_in), np.sqrt(6 / fan_in)),
]:
    weight = fill(nn.Parameter(np.zeros((fan_out, fan_in))), seed=0).data
    ends = f"{abs(weight).max():9.4f} {bound:7.4f}" if bound else "        -       -"
    print(f"{fill.__name__:<20} {weight.std():8.4f} {sigma:10.4f} {ends}")
linear, bound = nn.Linear(fan_in, fan_out, seed=0).weight.data, 1 / np.sqrt(fan_in)
print(f"{'nn.Linear':<20} {linear.std():8.4f} {'':10} {abs(linear).max():9.4f} {bound:7.4f}")

# %% [markdown]
# (He's first name is Kaiming, and that is what the functions are called.)
#
# ## Layer by layer
#
# Now the real thing: digits through eight hidden layers of 64 neurons. For each initialisation we look at how large
# the **outputs** of each layer are, and how large the **gradient** is that arrives there.

# %%
images, digits = nn.data.load_digits()
x, y = nn.data.StandardScaler().fit_transform(images.astype(np.float64))[:300], digits[:300]

starts = {
    "too small, σ = 0.01": partial(init.normal_, std=0.01),
    "too large, σ = 1": partial(init.normal_, std=1.0),
    "1/√fan-in": None,
    "Xavier": init.xavier_normal_,
    "He": init.kaiming_normal_,
}


def deep(activation, fill):
    return nn.MLP((64, *[64] * 8, 10), activation, init=fill, dtype=np.float64, seed=0)


def sizes(model):
    """RMS of each hidden layer's output, and of the gradient that arrives there."""
    outputs, h = [], Tensor(x, requires_grad=False)
    for name, layer in model.named_children():
        h = layer(h)
        if name.startswith("act"):
            outputs.append(h)
    functional.cross_entropy(h, y).backward()
    return [[np.sqrt(np.mean(n**2)) for n in (o.data, o.grad)] for o in outputs]


# %%
figure, rows = plt.subplots(2, 2, figsize=(10.5, 7), layout="constrained", sharex=True)
for (left, right), activation in zip(rows, (nn.Tanh, nn.ReLU), strict=True):
    for (name, fill), marker in zip(starts.items(), "osD^v", strict=True):
        forwards, backwards = zip(*sizes(deep(activation, fill)), strict=True)
        left.semilogy(range(1, 9), forwards, marker=marker, label=name)
        right.semilogy(range(1, 9), backwards, marker=marker)
    left.set_title(f"{activation.__name__}: outputs (RMS)")
    right.set_title(f"{activation.__name__}: gradients (RMS)")
for panel in rows[1]:
    panel.set_xlabel("hidden layer")
rows[0, 0].legend(fontsize=8)
plt.show()

# %% [markdown]
# Read the left column from left to right and the right column from right to left: that is how signal and gradient
# travel.
#
# * **Too small:** the signal dies on its way forwards, the gradient on its way back.
# * **Too large:** with tanh all neurons saturate at ±1; with ReLU the signal explodes.
# * **1/√fan-in** has a third of the variance that would keep the signal. Over a few layers nobody notices; over eight
#   it shows.
# * **Xavier** keeps tanh well, but loses signal with ReLU, a factor of $\sqrt2$ in every layer.
# * **He** keeps ReLU level, in both directions. (Tanh does well with it, too: tanh itself takes something off in each
#   layer, and the larger weights make up for it.)

# %%
for name, activation, fill in [
    ("tanh, Xavier", nn.Tanh, init.xavier_normal_),
    ("tanh, He", nn.Tanh, init.kaiming_normal_),
    ("ReLU, 1/√fan-in", nn.ReLU, None),
    ("ReLU, Xavier", nn.ReLU, init.xavier_normal_),
    ("ReLU, He", nn.ReLU, init.kaiming_normal_),
]:
    forwards, backwards = zip(*sizes(deep(activation, fill)), strict=True)
    print(
        f"{name:<16} outputs, layer 8 / layer 1: {forwards[-1] / forwards[0]:.3f}"
        f"   gradients, layer 1 / layer 8: {backwards[0] / backwards[-1]:.3f}"
    )

# %% [markdown]
# Here are the outputs of three tanh layers as histograms. Too small: a needle at 0. Too large: two needles at
# ±1, where tanh is flat. Xavier: spread over the range in which tanh bends.

# %%
chosen = ["too small, σ = 0.01", "too large, σ = 1", "Xavier"]
figure, rows = plt.subplots(3, 3, figsize=(10, 5), layout="constrained", sharex=True)
for column, name in zip(rows.T, chosen, strict=True):
    model, h, outputs = deep(nn.Tanh, starts[name]), x, {}
    for layer_name, layer in model.named_children():
        h = layer(h)
        outputs[layer_name] = h.data
    for panel, layer_name in zip(column, ("act1", "act4", "act8"), strict=True):
        panel.hist(outputs[layer_name].ravel(), bins=41, range=(-1, 1))
        panel.set(title=f"{name}: {layer_name}", yticks=[])
plt.show()

# %% [markdown]
# Ask the diagnosis before you train anything:

# %%
for activation in (nn.Tanh, nn.ReLU):
    for name, fill in starts.items():
        model = deep(activation, fill)
        findings = viz.diagnose(functional.cross_entropy(model(x), y), model).findings
        ill = ", ".join(dict.fromkeys(finding.illness for finding in findings))
        print(f"{activation.__name__}, {name:<20} {ill or 'nothing found'}")

# %% [markdown]
# It finds the older habit ill too: its gradient shrinks by a factor of 2.5 per layer with ReLU, which over ten
# layers leaves a ten-thousandth. You will see in a moment what that does to training.
#
# ## Does it matter in the end?
#
# **Predict first.** All five train for 20 epochs with ReLU, each with the same optimiser. Which will learn the
# digits?
#
# <details><summary>Answer</summary>
#
# He, and with some delay Xavier. The others hardly get anywhere: their first layers receive next to no gradient, or
# far too much.
#
# </details>

# %%
figure, panel = plt.subplots(figsize=(7.5, 3.6), layout="constrained")
for i, (name, fill) in enumerate(starts.items()):
    style = "--" if name == "1/√fan-in" else "-"  # it lies on another curve
    model = deep(nn.ReLU, fill)
    optimizer = nn.optim.SGD(model.parameters(), lr=0.05)
    try:
        with np.errstate(all="ignore"):  # an explosion is no surprise here
            history = nn.fit(
                model, x, y, loss=functional.cross_entropy, optimizer=optimizer,
                epochs=20, batch_size=30, metrics=[nn.accuracy], seed=0, progress=False,
            )  # fmt: skip
    except nn.NonFiniteLossError as error:
        print(f"{name:<20} the loss became nan in epoch {error.epoch}")
        continue
    panel.plot(range(1, 21), history["loss"], style, color=f"C{i}", label=name)
    print(f"{name:<20} loss {history['loss'][-1]:.2f}, right {history['accuracy'][-1]:.0%}")
panel.set(xlabel="epoch", ylabel="loss", ylim=(0, 2.6), xticks=range(0, 21, 5))
panel.legend(fontsize=8)
plt.show()

# %% [markdown]
# After the first steps the weights change, and a good start is no promise for later. Normalisation layers and
# residual connections keep the sizes in order while training goes on (notebook 15).
#
# ## In short
#
# * Equal weights stay equal; zero weights pass no gradient. Start unequal; biases may start at 0.
# * A layer multiplies the size of the signal by $\sqrt{\text{fan-in} \cdot \operatorname{Var}(w)}$, and the size of the
#   gradient by the same with fan-out. In a deep network this is a high power.
# * Xavier, $2/(\text{fan-in} + \text{fan-out})$, for tanh and sigmoid. He, $2/\text{fan-in}$, for ReLU and its relatives.
# * Look before you train: the size of each layer's output, or `viz.diagnose`.
#
# ## Exercises
#
# **1.** Leaky ReLU with slope $\alpha$ on the left: how large must $\operatorname{Var}(w)$ be so that the mean square is
# kept? Compare with `init.calculate_gain`, whose square is the numerator.
#
# <details><summary>Solution</summary>
#
# Half of the sums keep their square, the other half keep $\alpha^2$ of it. So $\tfrac12 (1 + \alpha^2)$ is left, and the
# variance has to be $2/\bigl((1 + \alpha^2)\,\text{fan-in}\bigr)$.
#
# ```python
# for slope in (0.0, 0.01, 0.25, 1.0):
#     print(f"{2 / (1 + slope**2):.4f} {init.calculate_gain('leaky_relu', slope) ** 2:.4f}")
# ```
#
# ```text
# 2.0000 2.0000
# 1.9998 1.9998
# 1.8824 1.8824
# 1.0000 1.0000
# ```
#
# </details>
#
# **2.** Take the network of equal neurons and change a single weight by 0.001. Are the neurons still equal after 300
# steps?
#
# <details><summary>Solution</summary>
#
# The difference grows: the symmetry is unstable, like a ball on a ridge. But it takes its time, and it is
# better to start unequal.
#
# ```python
# model = nn.MLP((2, 4, 2), nn.Tanh, init=partial(init.uniform_, a=0.5, b=0.5), dtype=np.float64)
# weights = model.fc1.weight.data.copy()
# weights[0, 0] += 0.001
# model.fc1.weight.data = weights
# optimizer = nn.optim.SGD(model.parameters(), lr=0.5)
# for _ in range(300):
#     optimizer.zero_grad()
#     functional.cross_entropy(model(points), labels).backward()
#     optimizer.step()
# first, second = model.fc1.weight.data[:2]
# print("further apart than at the start:", abs(first - second).max() > 0.001)
# ```
#
# ```text
# further apart than at the start: True
# ```
#
# </details>
#
# **3.** How does Xavier do with eight **sigmoid** layers? Look at the gradients, and remember notebook 5.
#
# <details><summary>Solution</summary>
#
# Badly: the derivative of the sigmoid is at most ¼, and no variance of this size makes up for it. (Glorot and
# Bengio assumed a derivative of 1 at 0, as tanh has it.)
#
# ```python
# forwards, backwards = zip(*sizes(deep(nn.Sigmoid, init.xavier_normal_)), strict=True)
# print(f"gradients, layer 1 / layer 8: {backwards[0] / backwards[-1]:.0e}")
# ```
#
# ```text
# gradients, layer 1 / layer 8: 1e-04
# ```
#
# </details>
#
# ## What to read next
#
# [10 · Optimisers](10_optimisers.ipynb): how to walk, once you know where to start.
