# %% [markdown]
# # 5 · Vanishing gradients
#
# **Goal:** see why the first layers of a deep sigmoid network learn nothing, find the layer where the
# gradient is lost, and cure it.
#
# About 25 minutes. You need notebook 4.

# %%
import math

import matplotlib.pyplot as plt
import numpy as np

import nn
import viz
from autograd import Value
from nn import functional

# %% [markdown]
# ## At most a quarter
#
# On its way back, the gradient is multiplied by the slope of every activation that it passes. So it
# matters how steep an activation can be.
#
# **Predict first.** Where is the sigmoid steepest, and how steep is it there? ($\sigma' = \sigma\,(1 - \sigma)$.)
#
# <details><summary>Answer</summary>
#
# A product of two numbers that add up to 1 is largest if both are one half. So at $z = 0$, where
# $\sigma = 0.5$, the slope is $0.25$. Everywhere else it is less.
#
# </details>

# %%
viz.plot_activation(nn.Sigmoid)
plt.show()

z = np.linspace(-20, 20, 4001)
slope = functional.sigmoid(z) * (1 - functional.sigmoid(z))
print(f"the largest slope is {slope.max()}, at z = {abs(z[slope.argmax()]):.1f}")
print(f"at z = 5 it is {functional.sigmoid(5.0) * (1 - functional.sigmoid(5.0)):.4f}")

# %% [markdown]
# ($f$ is the activation, $f'$ its derivative, and $x$ in the picture is our $z$.) In the gray parts the
# sigmoid is **saturated**: the curve is flat, and hardly anything passes.
#
# ## A product of small factors
#
# A path through five sigmoids has five slopes. Say they are $0.25$ (the best there is), $0.15$, $0.10$,
# $0.05$ and $0.026$.
#
# **Predict first.** How large is the product, roughly? One tenth, one thousandth, one millionth?
#
# <details><summary>Answer</summary>
#
# About five millionths: $4.875 \cdot 10^{-6}$.
#
# </details>

# %%
w = Value(2.5, name="w")
output = w
for factor in (0.25, 0.15, 0.10, 0.05, 0.026):
    output = output * factor

for flow in reversed(list(output.trace().flows)):
    print(f"× {flow.local:<5}  leaves {flow.contribution:.4g} of the gradient")

output.backward()
print(f"∂L/∂w = {w.grad:.4g}")
print(f"w after a step with η = 1: {w.data - 1.0 * w.grad:.6f}")

# %% [markdown]
# (Backwards, the last factor comes first; the list reads from $w$ on.) $w_{\text{new}} \approx w_{\text{old}}$:
# the weight cannot learn, whatever the records say. It takes very little for that. Two slopes are enough
# to make a step small:

# %%
w = Value(2.5, name="w")
loss = (w * 0.02) * 0.2
loss.backward()
print(f"0.2 × 0.02 = {w.grad:.3f}   →   w = 2.5 − 1 · {w.grad:.3f} = {w.data - 1.0 * w.grad:.3f}")

# %% [markdown]
# ## Depth
#
# A chain of neurons, one per layer, all with the weight 1. We measure the gradient at the input for
# every depth up to 20, with three activations: sigmoid, tanh, and **ReLU**, which gives $z$ if $z > 0$, else 0.


# %%
def chain(activation, depth):
    """The gradient at the input of a chain of neurons."""
    x = Value(0.5)
    h = x
    for _ in range(depth):
        h = activation(h * 1.0)  # the weight is 1
    return h.trace()[x].gradient  # what backward would leave in x.grad


depths = range(1, 21)
figure, axes = plt.subplots(figsize=(7, 3.6), layout="constrained")
for activation, marker in [
    (functional.relu, "s"),
    (functional.tanh, "^"),
    (functional.sigmoid, "o"),
]:
    gradients = [chain(activation, depth) for depth in depths]
    axes.semilogy(depths, gradients, marker=marker, markersize=4, label=activation.__name__)
    print(f"{activation.__name__:>8}: after 20 layers {gradients[-1]:.2g}")
axes.set(xlabel="depth", ylabel="gradient at the input", xticks=range(0, 21, 5))
axes.legend()
plt.show()

# %% [markdown]
# The sigmoid loses about as much with every layer: a straight line on the log scale, $10^{-13}$ at depth
# 20. Tanh has the slope 1 at 0, so it fares far better here. But it saturates too: with larger numbers
# it is as flat as the sigmoid.

# %%
for z in (0.0, 1.0, 3.0, 5.0):
    x = Value(z)
    x.tanh().backward()
    print(f"tanh′({z}) = {x.grad:.5f}")

# %% [markdown]
# ## ReLU: open or closed
#
# The slope of ReLU is 1 or 0 and nothing between. So it works as a **gate**: open,
# it passes the gradient unchanged, through any depth; closed, it passes nothing. One closed gate is enough:
#
# $$0 \times 1 \times 1 = 0$$

# %%
x = Value(-1.0, name="x")
h = x.relu()
for _ in range(2):
    h = (h + 1).relu()
h.name = "output"
slopes = [float(flow.local) for flow in h.trace().flows if flow.source.op == "relu"]
print("slopes on the path, from x on:", slopes[::-1])
viz.graph(h)

# %% [markdown]
# The dashed line is the closed gate: a gradient of 1 arrives, and exactly 0 leaves. A neuron that is closed
# for **every** record gets no gradient at all, so it never changes and never opens again. It is called
# dead, or *dying ReLU*. **Leaky ReLU** keeps a small slope, usually 0.01, where ReLU has 0.
#
# **Predict first.** Four factors on a path with leaky ReLUs: closed, open, open, closed. What arrives?
#
# <details><summary>Answer</summary>
#
# $0.01 \times 1 \times 1 \times 0.01 = 0.0001$. Little, but not nothing, so it can recover.
#
# </details>

# %%
x = Value(-1.0, name="x")
h = functional.leaky_relu(x)  # closed
h = functional.leaky_relu(h + 2)  # open
h = functional.leaky_relu(h)  # open
h = functional.leaky_relu(h - 5)  # closed
h.backward()
print("leaky ReLU:", x.grad)

x = Value(-1.0, name="x")
h = ((x.relu() + 2).relu().relu() - 5).relu()
h.backward()
print("ReLU:      ", x.grad)

# %% [markdown]
# ## A deep network under the lens
#
# Now a real one: handwritten digits ($8 \times 8$ pixels), five hidden layers of 12 sigmoid neurons.

# %%
images, digits = nn.data.load_digits()
images = images.reshape(len(images), 64)
sizes = (64, 12, 12, 12, 12, 12, 10)

deep = nn.MLP(sizes, nn.Sigmoid, seed=0)
viz.network(
    deep, images[:64], digits[:64], loss=functional.cross_entropy, title="Five layers of sigmoids"
)

# %% [markdown]
# Every line is a weight, and its colour and width are its gradient (over 64 records). From right to left the
# lines turn blue and thin. The bars below are on a log scale: each layer loses a good part of what is left.
#
# `viz.diagnose` says it in words, with a figure for every layer. (Some of the remedies that it names come in
# later notebooks.)

# %%
loss = functional.cross_entropy(deep(images[:64]), digits[:64])
print(viz.diagnose(loss, deep))

# %% [markdown]
# **Predict first.** Between two neighbouring layers the gradient shrinks to about a seventh. The slopes
# explain a quarter. What is the rest?
#
# <details><summary>Answer</summary>
#
# The weights. On its way back the gradient is multiplied by them too, and these are small: they pass
# about 0.6. $0.25 \cdot 0.6 = 0.15$, about a seventh. The column *note* has both numbers.
#
# </details>
#
# To ask for one parameter alone, and who is to blame, there is `viz.why`. It counts in **bits**: one bit is
# a factor of 2, so the sigmoid's quarter costs two bits. Bits add where factors multiply. The largest loss comes
# first.

# %%
print(viz.why(loss, deep.fc1.weight))

# %% [markdown]
# ## Does it matter? The cure
#
# We train the deep sigmoid network, and two others of the same size: tanh with **Xavier** initialisation
# and ReLU with **He** initialisation. These choose the size of the weights at the start so that the gradient
# keeps its size from layer to layer (notebook 9). `SGD` walks downhill by the rule of notebook 1, with a few
# records for each step. **Accuracy** is the share of right answers.


# %%
def train(network):
    return nn.fit(
        network,
        images,
        digits,
        loss=functional.cross_entropy,
        optimizer=nn.optim.SGD(network.parameters(), lr=0.1),
        epochs=15,
        metrics=[nn.accuracy],
        seed=0,
        progress=False,
    )


def first_to_last(network):
    """How large the gradient of the first weights is, compared with that of the last."""
    trace = functional.cross_entropy(network(images[:64]), digits[:64]).trace()
    first, last = (trace[layer.weight].gradient for layer in (network.fc1, network.fc6))
    return np.linalg.norm(first) / np.linalg.norm(last)


figure, axes = plt.subplots(figsize=(7, 3.6), layout="constrained")
for name, network in {
    "sigmoid": deep,
    "tanh, Xavier": nn.MLP(sizes, nn.Tanh, init=nn.init.xavier_normal_, seed=0),
    "ReLU, He": nn.MLP(sizes, nn.ReLU, init=nn.init.kaiming_normal_, seed=0),
}.items():
    ratio = first_to_last(network)
    history = train(network)
    axes.plot(range(1, 16), history["loss"], label=name)
    print(f"{name:>12}: first ÷ last {ratio:7.1g}, accuracy {history['accuracy'][-1]:.0%}")
axes.axhline(math.log(10), color="lightgray", linestyle="--")
axes.set(xlabel="epoch", ylabel="loss")
axes.legend()
plt.show()

belief = functional.softmax(deep(images).data)
print(f"sigmoid: over all images and digits, p is {belief.min():.2f} to {belief.max():.2f}")

# %% [markdown]
# The sigmoid network stays at $\log 10 = 2.30$ (dashed): it gives each of the ten digits about a tenth, for
# every image. The other two learn. Same size, same data, same optimiser: the difference is what becomes of
# the gradient on its way.
#
# `viz.compare` sets two graphs side by side. How many times larger is each gradient in the ReLU network,
# before any training?

# %%
sigmoid, relu = (
    functional.cross_entropy(network(images[:64]), digits[:64])
    for network in (
        nn.MLP(sizes, nn.Sigmoid, seed=0),
        nn.MLP(sizes, nn.ReLU, init=nn.init.kaiming_normal_, seed=0),
    )
)
print(viz.compare(sigmoid, relu, titles=("sigmoid", "ReLU")))

# %% [markdown]
# ## In short
#
# * The sigmoid passes at most 0.25, so a deep chain of sigmoids shrinks the gradient to nothing.
# * $w_{\text{new}} \approx w_{\text{old}}$: the first layers do not learn.
# * tanh passes up to 1 but saturates; ReLU passes 1 or 0, and a closed gate kills the path.
# * `viz.network` shows where the gradient is lost, `viz.diagnose` and `viz.why` say by how much and why.
# * The cures: another activation, with an initialisation that fits it.
#
# ## Exercises
#
# **1.** Through how many sigmoids, each at its steepest, until less than a millionth is left?
#
# <details><summary>Solution</summary>
#
# $0.25^n < 10^{-6}$ for $n \ge 10$, because $4^{10} = 1\,048\,576$.
#
# ```python
# print(next(n for n in range(100) if 0.25**n < 1e-6))
# ```
#
# prints
#
# ```text
# 10
# ```
#
# </details>
#
# **2.** In the chain of neurons all weights were 1. With the weight 4 the sigmoid's quarter is made up
# for, at its best. Does a chain of depth 20 then keep its gradient?
#
# <details><summary>Solution</summary>
#
# It does not: the outputs of a sigmoid lie between 0 and 1, so the net sums lie between 0 and 4, far from
# the steep part at 0. A bias of $-2$ brings them back to the middle.
#
# ```python
# for bias in (0.0, -2.0):
#     x = Value(0.5)
#     h = x
#     for _ in range(20):
#         h = (h * 4.0 + bias).sigmoid()
#     print(f"bias {bias}: {h.trace()[x].gradient:.2g}")
# ```
#
# prints
#
# ```text
# bias 0.0: 3.6e-22
# bias -2.0: 1
# ```
#
# </details>
#
# **3.** How deep may a sigmoid network be and still learn the digits in 15 epochs? Try one to four
# hidden layers.
#
# <details><summary>Solution</summary>
#
# ```python
# for hidden in (1, 2, 3, 4):
#     network = nn.MLP((64, *[12] * hidden, 10), nn.Sigmoid, seed=0)
#     print(f"{hidden} hidden: {train(network)['accuracy'][-1]:.0%}")
# ```
#
# prints
#
# ```text
# 1 hidden: 84%
# 2 hidden: 16%
# 3 hidden: 9%
# 4 hidden: 9%
# ```
#
# One. With two it has hardly begun after 15 epochs.
#
# </details>
#
# ## What to read next
#
# [6 · Exploding gradients](06_exploding.ipynb): the same product with factors above 1.
