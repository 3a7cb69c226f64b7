# %% [markdown]
# # 7 · Activations
#
# **Goal:** know the common activations by what they do to a gradient, and find a neuron that has died
# of one.
#
# About 25 minutes. You need notebooks 3 and 5.

# %%
import matplotlib.pyplot as plt
import numpy as np

import nn
import viz
from autograd import Tensor, Value
from nn import functional

# %% [markdown]
# An **activation** bends what a neuron has summed up. Without it, a network of any depth is one straight
# line (notebook 3). On the way back, its derivative is a factor in every path (notebook 5). So ask two
# questions of each: what does it say, and how much does it let through?
#
# ## The whole family

# %%
family = [
    nn.Step(),
    nn.Identity(),
    nn.Sigmoid(),
    nn.Tanh(),
    nn.ReLU(),
    nn.LeakyReLU(),
    nn.PReLU(),
    nn.ELU(),
    nn.Softplus(),
    nn.Swish(),
]
figure, panels = plt.subplots(4, 3, figsize=(11, 11), layout="constrained")
for activation, panel in zip(family, panels.flat, strict=False):
    viz.plot_activation(activation, axes=panel)
    panel.get_legend().remove()
for unused in panels.flat[len(family) :]:
    unused.axis("off")
plt.show()

# %% [markdown]
# Blue is what the neuron says, dashed orange is the derivative. The gray parts are where almost nothing
# comes back (a derivative below 5 % of the largest), and the hatched ones where nothing does. (`Identity` is the
# **linear** activation. `SiLU` is another name of **swish**.)
#
# | | formula | derivative |
# |---|---|---|
# | step | 1 if $z > 0$, else 0 | 0 |
# | linear | $z$ | 1 |
# | sigmoid | $\sigma(z) = \dfrac{1}{1 + e^{-z}}$ | $\sigma\,(1 - \sigma)$ |
# | tanh | $\dfrac{1 - e^{-2z}}{1 + e^{-2z}}$ | $1 - \tanh^2$ |
# | ReLU | $\max(z, 0)$ | 1 or 0 |
# | leaky ReLU | $z$ if $z > 0$, else $0.01\,z$ | 1 or 0.01 |
# | PReLU | $z$ if $z > 0$, else $\alpha z$, and $\alpha$ is learned | 1 or $\alpha$ |
# | ELU | $z$ if $z > 0$, else $\alpha\,(e^z - 1)$ | 1 or $\alpha\,e^z$ |
# | softplus | $\log(1 + e^z)$ | $\sigma(z)$ |
# | swish | $z\,\sigma(z)$ | $\sigma\,(1 + z\,(1 - \sigma))$ |
#
# Let the engine measure them. We send $z$ from −10 to 10 through each and look at what comes out, at the
# derivative, and at how much of the line is flat, that is, gray or hatched.

# %%
z = np.linspace(-10, 10, 2001)
print("activation   from     to    largest derivative   flat   mean output")
for activation in family:
    node = Tensor(z.astype(np.float32))
    out = activation(node)
    out.sum().backward()
    slope = np.abs(node.grad) if node.grad is not None else np.zeros_like(z)
    flat = np.mean(slope < 0.05 * slope.max()) if slope.any() else 1.0
    print(
        f"{type(activation).__name__:<10} {out.data.min():6.2f} {out.data.max():6.2f}"
        f"   {slope.max():12.2f}     {flat:12.0%} {out.data.mean().round(2) + 0.0:10.2f}"
    )

# %% [markdown]
# How to read it:
#
# * **Largest derivative.** A quarter at best for sigmoid: every sigmoid divides the gradient by four or
#   more. 1 for tanh and the ReLU family. (Swish goes a little above 1.)
# * **Flat.** Where it is flat, it is **saturated**: next to nothing comes back. The step is flat everywhere.
#   That is why the perceptron's step could not be trained with derivatives. Leaky ReLU counts as flat on the
#   left, though it is not dead there: a hundredth comes back.
# * **Mean output.** Our $z$ are balanced around 0. If the outputs are too, the activation is
#   **zero-centred**: linear and tanh are, the others are not. We come back to that.
# * **Cost.** Sigmoid, tanh, ELU, softplus and swish need an exponential for each number. ReLU and its
#   leaky relatives only compare (exercise 3).
#
# ## Sigmoid and tanh
#
# **Predict first.** $\sigma'(0) = 0.25$. How large is $\sigma'$ at $z = 5$ and at $z = 10$?
#
# <details><summary>Answer</summary>
#
# $\sigma' = \sigma\,(1 - \sigma)$. At 5, $\sigma$ is 0.993, so $\sigma'$ is about 0.007. At 10, it is about
# $e^{-10} = 0.000045$. A neuron that is very sure of itself learns very slowly, also if it is wrong.
#
# </details>

# %%
for at in (0.0, 2.0, 5.0, 10.0):
    s, t = Value(at), Value(at)
    s.sigmoid().backward()
    t.tanh().backward()
    print(f"z = {at:4}:  σ′ = {s.grad:.6f}   tanh′ = {t.grad:.6f}")

# %% [markdown]
# Tanh starts four times steeper and saturates even sooner. The two are close relatives: tanh is a sigmoid
# that was stretched to the range from −1 to 1.

# %%
tanh = (1 - np.exp(-2 * z)) / (1 + np.exp(-2 * z))
print("formula above is np.tanh:", np.allclose(tanh, np.tanh(z)))
print("tanh z = 2σ(2z) − 1:     ", np.allclose(np.tanh(z), 2 * functional.sigmoid(2 * z) - 1))

# %% [markdown]
# ## Why zero-centred helps
#
# Take a neuron that receives the outputs of other neurons: $z = \sum_i w_i\,a_i$. Its gradients are
# $\partial L/\partial w_i = \partial L/\partial z \cdot a_i$.
#
# **Predict first.** All $a_i$ come from sigmoids. What can you say about the signs of the
# $\partial L/\partial w_i$, for one record?
#
# <details><summary>Answer</summary>
#
# All $a_i$ are positive, so all $\partial L/\partial w_i$ have the sign of $\partial L/\partial z$. In one
# step, **all** weights of the neuron go up, or all go down. If one should go up and another down, it takes
# a zigzag.
#
# </details>

# %%
before = np.random.default_rng(0).normal(size=6)  # what six neurons have summed up
for act in (functional.sigmoid, functional.tanh):
    w = Tensor(np.array([0.5, -0.3, 0.8, -0.6, 0.1, 0.4]))
    loss = (np.sum(w * act(before)) - 1) ** 2
    loss.backward()
    print(f"{act.__name__:>8}: ∂L/∂w =", w.grad.round(2))

# %% [markdown]
# ReLU is not zero-centred either, and yet it is the usual choice today. Its derivative matters more.
#
# ## ReLU, and gates that close
#
# ReLU's derivative is exactly 1 or exactly 0. It is a **gate**: open, and the gradient passes unchanged;
# closed, and nothing passes at all. Here is a path through three gates, and one through four **leaky**
# ones. Between them a bias is added, which opens or closes the next gate.


# %%
def through_gates(activation, biases):
    w = Value(-1.0, name="w")
    out = w
    for bias in biases:
        out = activation(out + bias)
    factors = [flow.local for flow in out.trace().flows if flow.source.op == activation.__name__]
    out.backward()
    print(" × ".join(f"{factor:g}" for factor in reversed(factors)), f"= {w.grad:g}")


through_gates(functional.relu, [0, 1, 1])
through_gates(functional.leaky_relu, [0, 1, 1, -5])

# %% [markdown]
# One closed gate, and the whole path is dead: $0 \times 1 \times 1 = 0$. Leaky ReLU never closes entirely.
# Two closed gates leave little, but it is not nothing.
#
# The other relatives try the same in other ways. **PReLU** learns how much it leaks: $\alpha$ gets a gradient
# like any weight. **ELU** bends softly towards $-\alpha$. **Softplus** is a ReLU without the corner, and its
# derivative is just the sigmoid. **Swish** is a ReLU that dips a little below zero.

# %%
prelu = nn.PReLU(init=0.25)
prelu(Tensor(np.array([-2.0, -1.0, 3.0], dtype=np.float32))).sum().backward()
print(f"α = {prelu.weight.item()},  ∂(sum)/∂α = {prelu.weight.grad.item()} (the negative inputs)")

node = Tensor(z)
functional.softplus(node).sum().backward()
print("softplus′ = σ:", np.allclose(node.grad, functional.sigmoid(z)))

# %% [markdown]
# ## Softmax
#
# One activation does not work number by number. **Softmax** takes all scores of a layer and makes
# probabilities of them: $p_k = e^{z_k} / \sum_j e^{z_j}$.
#
# **Predict first.** The scores are 40, 30, 10 and 5. Does the second class get about three quarters of what
# the first one gets?
#
# <details><summary>Answer</summary>
#
# No. Only differences count, and they count exponentially: the second class gets $e^{-10}$ of the first,
# about one in 22 000.
#
# </details>

# %%
scores = np.array([40.0, 30.0, 10.0, 5.0])
p = functional.softmax(scores)
print("p =", "  ".join(f"{share:.7g}" if share > 0.1 else f"{share:.2e}" for share in p))
print(f"sum = {p.sum():.6f},   p₁/p₀ = {p[1] / p[0]:.3e} = e⁻¹⁰")
print("all scores 1000 higher: the same p:", np.allclose(functional.softmax(scores + 1000), p))

# %% [markdown]
# (Written down naively, $e^{1040}$ would overflow. So softmax subtracts the largest score first, which
# changes nothing.)
#
# Because each output looks at all inputs, its derivative is a table, called the **Jacobian**:
# $\partial p_i/\partial z_j = p_i\,(\delta_{ij} - p_j)$, where $\delta_{ij}$ is 1 on the diagonal and 0 elsewhere. We
# use the probabilities of notebook 4:

# %%
from autograd import jacobian

p = np.array([0.2, 0.3, 0.5])
table = jacobian(functional.softmax)(Tensor(np.log(p))).data
print(table.round(3))
print("as in the formula:", np.allclose(table, np.diag(p) - np.outer(p, p)))

# %% [markdown]
# Each row adds up to 0: what one class gains, the others lose.
#
# ## The last layer is different
#
# Inside a network you choose the activation that trains best. At its end, the activation has to fit the
# **question**:
#
# | question | example | output | loss (notebook 8) |
# |---|---|---|---|
# | how much? (regression) | price of a house | linear | MSE |
# | yes or no? (binary) | passes the exam | one sigmoid | binary cross-entropy |
# | which one? (multiclass) | which digit | softmax | cross-entropy |
# | which ones? (multilabel) | topics of an article | a sigmoid each | binary cross-entropy |
#
# The last two differ in one thing. Softmax shares out **one** probability among the classes. Separate
# sigmoids may all say yes, or all no:

# %%
scores = np.array([3.0, 2.5, -4.0])
for act in (functional.softmax, functional.sigmoid):
    said = act(scores)
    print(f"{act.__name__}: {said.round(2)}, sum {said.sum():.2f}")

# %% [markdown]
# ## A neuron dies
#
# Back to the students: intelligence quotient and hours of study per day. We draw 80 of them. To pass takes
# more than 3 hours. A network with ReLU should learn that.

# %%
rng = np.random.default_rng(0)
iq, hours = rng.normal(100, 10, 80), rng.uniform(0, 6, 80)
x = np.column_stack([iq, hours])
y = (hours > 3).astype(float)[:, None]
loss_function = functional.binary_cross_entropy_with_logits


def train(x, activation):
    model = nn.MLP((2, 8, 8, 1), activation, dtype=np.float64, seed=0)
    optimizer = nn.optim.SGD(model.parameters(), lr=0.1)
    history = nn.fit(
        model, x, y, loss=loss_function, optimizer=optimizer,
        epochs=50, batch_size=80, progress=False,
    )  # fmt: skip
    losses = "  ".join(f"{history['loss'][i]:.3f}" for i in (0, 1, 2, 10, 49))
    print(f"loss: {losses}   right: {nn.binary_accuracy(model(x), y, threshold=0):.1%}")
    return model


model = train(x, nn.ReLU)
print(f"always saying the more frequent answer: {max(y.mean(), 1 - y.mean()):.1%}")

# %% [markdown]
# (The loss of steps 1, 2, 3, 11 and 50.) One leap upwards, then a crawl, and in the end the network says the
# same to everyone. From the loss alone you cannot tell why. Ask:

# %%
loss = loss_function(model(x), y)
viz.diagnose(loss, model)

# %% [markdown]
# All eight gates of the first layer are closed, for every single student. And there is a suspect: the inputs
# are around 100. So the first gradient was huge, the first step was a leap, and it threw all eight neurons
# far into the negative. From there **no** gradient brings them back. They are **dead**.
#
# `viz.why` follows the gradient of one parameter, and `viz.network` draws the damage: what leads into the
# first hidden column has no gradient any more.

# %%
print(viz.why(loss, model.fc1.weight))

# %%
viz.network(model, x, y, loss=loss_function, title="Dead ReLUs")

# %% [markdown]
# ## The cure
#
# **Predict first.** Which is the better cure here: leaky ReLU, or inputs of a reasonable size?
#
# <details><summary>Answer</summary>
#
# Leaky ReLU keeps the neurons alive, but the leap happens all the same, and each of them gets only a
# hundredth of its gradient afterwards. To scale the inputs removes the cause: no leap, nobody dies.
#
# </details>
#
# `StandardScaler` subtracts the mean of each column and divides by its standard deviation. (Other cures, if
# the inputs are not to blame: a smaller learning rate, and He's initialisation, notebook 9.)

# %%
scaled = nn.data.StandardScaler().fit_transform(x)
print("leaky ReLU, raw inputs:")
leaky = train(x, nn.LeakyReLU)
print("ReLU, scaled inputs:")
cured = train(scaled, nn.ReLU)

# %%
for name, net, inputs in [("leaky ReLU", leaky, x), ("scaled inputs", cured, scaled)]:
    found = viz.diagnose(loss_function(net(inputs), y), net).findings
    print(f"{name}: {', '.join(f'{f.illness} at {f.layer}' for f in found) or 'nothing found'}")
viz.network(cured, scaled, y, loss=loss_function, title="Scaled inputs: alive")

# %% [markdown]
# Note that a few closed gates are no illness. ReLU is closed for about half of what it sees, and that is how
# it bends. Ill is only a neuron that is closed for **every** record.
#
# ## In short
#
# * An activation's derivative is a factor in every path. Sigmoid: at most ¼. Tanh: at most 1. Both
#   saturate on both sides. ReLU: 1 or 0.
# * Zero-centred outputs let the weights of one neuron move in different directions.
# * A ReLU that is closed for every record is dead, and its gradient is exactly 0. Leaky ReLU leaks.
# * The output layer follows from the question: linear, sigmoid, softmax, or a sigmoid each.
# * `viz.diagnose` finds the ill layer, `viz.why` says what stopped one gradient.
#
# ## Exercises
#
# **1.** At which $z$ is the derivative of swish largest, and how large is it?
#
# <details><summary>Solution</summary>
#
# A little above 1, because on the way up from its dip swish has to catch up with $z$ itself.
#
# ```python
# node = Tensor(np.linspace(-6, 6, 1201))
# functional.swish(node).sum().backward()
# print(f"{node.grad.max():.3f} at z = {node.data[node.grad.argmax()]:.1f}")
# ```
#
# ```text
# 1.100 at z = 2.4
# ```
#
# </details>
#
# **2.** Bring the dead network back to life: put only its first layer's biases at a value at which the gates
# are open again, and look at the diagnosis.
#
# <details><summary>Solution</summary>
#
# The gates open if the bias is larger than the most negative sum. Then the gradient passes again. (That
# does not make it a good network: the inputs are still around 100.)
#
# ```python
# model.fc1.bias.data = 0 * model.fc1.bias.data + 1000
# found = viz.diagnose(loss_function(model(x), y), model).findings
# print("dead at act1:", any(f.illness == "dead" and f.layer == "act1" for f in found))
# ```
#
# ```text
# dead at act1: False
# ```
#
# </details>
#
# **3.** Measure the cost: how long does each activation take for a million numbers on your machine?
#
# <details><summary>Solution</summary>
#
# The times depend on the machine, but the exponentials show: sigmoid, ELU, softplus and swish take several
# times as long as ReLU.
#
# ```python
# from time import perf_counter
#
# many = np.random.default_rng(0).normal(size=1_000_000)
# seconds = {}
# for activation in (functional.relu, functional.leaky_relu, functional.sigmoid, functional.tanh):
#     begin = perf_counter()
#     activation(many)
#     seconds[activation.__name__] = perf_counter() - begin
# ```
#
# Then look at `seconds`. (The first call of each also pays for waking up: measure twice.)
#
# </details>
#
# ## What to read next
#
# [8 · Losses](08_losses.ipynb): what the network is asked to make small.
