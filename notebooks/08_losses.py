# %% [markdown]
# # 8 · Losses
#
# **Goal:** choose a loss by what it does with a mistake, and know why a classifier is not trained on
# squared errors.
#
# About 20 minutes. You need notebooks 4 and 7.

# %%
from functools import partial

import matplotlib.pyplot as plt
import numpy as np

import nn
from autograd import Tensor, Value
from nn import functional

# %% [markdown]
# Training makes a single number small. That number is all the network ever hears about its task. So the
# **loss** decides what it learns: which mistakes hurt, and how much.
#
# The loss is for **one record**. The **cost** is the mean of the losses over a batch. Ours give the mean
# unless you ask for something else:

# %%
predicted, target = np.array([2.0, 5.0, 9.0]), np.array([3.0, 5.0, 5.0])
print("loss of each record:", functional.mse_loss(predicted, target, reduction="none"))
print("cost:               ", functional.mse_loss(predicted, target).round(4))

# %% [markdown]
# (In everyday speech both are called the loss, here too.) Why the mean and not the sum? With the sum, a batch
# of twice the size would give a gradient of twice the size, and the learning rate would have to follow.
#
# ## How far off: regression
#
# The prediction is a number $\hat y$, the truth is $y$, and the **residual** is $r = \hat y - y$. Three
# losses:
#
# | | loss of one record | derivative |
# |---|---|---|
# | squared error (mean: MSE) | $r^2$ | $2r$ |
# | absolute error (mean: MAE) | $\lvert r \rvert$ | $-1$ or $+1$ |
# | Huber | $\tfrac12 r^2$ if $\lvert r \rvert \le \delta$, else $\delta\,\lvert r \rvert - \tfrac12\delta^2$ | $r$, but never beyond $\pm\delta$ |

# %%
regression = {
    "squared": functional.mse_loss,
    "absolute": functional.l1_loss,
    "Huber, δ = 1": functional.huber_loss,
}
r = np.linspace(-3, 3, 601)
figure, (left, right) = plt.subplots(1, 2, figsize=(10, 3.4), layout="constrained")
for name, loss in regression.items():
    node = Tensor(r)
    losses = loss(node, np.zeros_like(r), reduction="none")
    losses.sum().backward()
    left.plot(r, losses.data, label=name)
    right.plot(r, node.grad)
left.set(xlabel="residual r", ylabel="loss", ylim=(0, 5))
right.set(xlabel="residual r", ylabel="derivative", ylim=(-4, 4))
left.legend()
plt.show()

# %% [markdown]
# The derivative is the **pull** of a record on the network. In squared error, a record pulls in proportion to its
# residual. In absolute error, all pull alike. Huber is in between: like the first near 0, like the second
# far out.

# %%
for residual in (0.5, 1.0, 3.0):
    node = Value(residual)
    loss = functional.huber_loss(node, 0.0)
    loss.backward()
    by_hand = 0.5 * residual**2 if residual <= 1 else 1.0 * residual - 0.5
    print(f"r = {residual}: {loss.data:.3f} (by hand {by_hand:.3f}), derivative {node.grad:.1f}")

# %% [markdown]
# **Predict first.** Five numbers: 1, 2, 3, 4 and 100. We look for the one constant that predicts them
# best. Which constant makes the MSE smallest, and which the MAE?
#
# <details><summary>Answer</summary>
#
# At the best constant all pulls add up to 0. In squared error this is $\sum 2(c - y_i) = 0$: the **mean**, 22. In
# absolute error as many must pull up as down: the **median**, 3. A single wild number drags the mean along;
# the median does not care.
#
# </details>

# %%
numbers = np.array([1.0, 2.0, 3.0, 4.0, 100.0])
constants = np.round(np.arange(0, 100, 0.1), 1)
for name, loss in regression.items():
    costs = [loss(np.full(5, c), numbers) for c in constants]
    print(f"{name:<13} smallest cost at c = {constants[np.argmin(costs)]}")
print("mean", numbers.mean(), "  median", np.median(numbers))

# %% [markdown]
# The same with a line. Twenty points, of which two were written down wrongly:

# %%
rng = np.random.default_rng(0)
x = np.linspace(0, 1, 20)
y = 1 + 2 * x + rng.normal(0, 0.1, 20)
y[[16, 18]] = 0.2

figure, panel = plt.subplots(figsize=(7, 3.6), layout="constrained")
panel.plot(x, y, "o", color="gray")
huber = partial(functional.huber_loss, delta=0.2)
for name, loss in (regression | {"Huber, δ = 0.2": huber}).items():
    slope, intercept = Tensor(0.0), Tensor(0.0)
    optimizer = nn.optim.Adam([slope, intercept], lr=0.05)
    for _ in range(600):
        optimizer.zero_grad()
        loss(slope * x + intercept, y).backward()
        optimizer.step()
    panel.plot(x, slope.item() * x + intercept.item(), label=f"{name}: slope {slope.item():.1f}")
panel.set(xlabel="x", ylabel="y")
panel.legend()
plt.show()

# %% [markdown]
# The true slope is 2. The two wild points drag the squared error's line down. With Huber, $\delta$ says from
# where on a value counts as wild: good points are about 0.1 off here, so $\delta = 0.2$ fits and 1 does not.
# Squared error is right if large residuals are rare and meant seriously. (Adam, which walks downhill here, is in notebook 10.)
#
# ## Yes or no: binary cross-entropy
#
# Now the network says a probability $p$ for "yes", and the truth $y$ is 1 or 0. How much should it cost to say
# $p$? **Binary cross-entropy** charges the surprise:
#
# $$L = -\bigl(y \log p + (1 - y) \log (1 - p)\bigr)$$
#
# One of the two terms is always 0. If the truth is 1, what remains is $-\log p$:

# %%
for p in (0.99, 0.5, 0.1, 0.001):
    cross_entropy = functional.binary_cross_entropy(np.array([p]), np.array([1.0]))
    squared = functional.mse_loss(np.array([p]), np.array([1.0]))
    print(f"said p = {p:<5}  cross-entropy {cross_entropy:.3f}   squared error {squared:.3f}")

# %% [markdown]
# Squared error charges at most 1, also for a network that is certain and wrong. But the prices are not the main
# point. Look at the pull. The probability comes out of a sigmoid, $p = \sigma(z)$, and the gradient has to
# get through it.
#
# **Predict first.** The truth is 1 and the network says $z = -8$, so $p = 0.0003$. It is certain, and
# wrong. How large is $\partial L/\partial z$ for each loss?
#
# <details><summary>Answer</summary>
#
# Squared error: $2\,(p - 1) \cdot \sigma'(z)$, and $\sigma'(-8) = 0.0003$, so about $-0.0007$. The sigmoid is
# saturated; the worse the mistake, the less is learned from it. Cross-entropy: the division by $p$ in its
# derivative cancels exactly what the sigmoid shrinks. What remains is $p - y = -0.9997$.
#
# </details>

# %%
print("    z        p   squared error   cross-entropy       p − y")
for at in (-8.0, -4.0, 0.0, 4.0):
    pulls = []
    for loss in (functional.mse_loss, functional.binary_cross_entropy):
        z = Tensor([at])
        loss(functional.sigmoid(z), np.array([1.0])).backward()
        pulls.append(z.grad[0])
    p = functional.sigmoid(at)
    print(f"{at:5.1f} {p:8.4f} {pulls[0]:15.5f} {pulls[1]:15.5f} {p - 1:11.5f}")

# %% [markdown]
# Let both learn from this mistake. One neuron starts at $z = -8$ and should come to say 1.

# %%
figure, panel = plt.subplots(figsize=(7, 3.2), layout="constrained")
for name, loss in [
    ("squared error", functional.mse_loss),
    ("cross-entropy", functional.binary_cross_entropy),
]:
    z, said = Tensor([-8.0]), []
    for _ in range(60):
        p = functional.sigmoid(z)
        said.append(p.item())
        z.zero_grad()
        loss(p, np.array([1.0])).backward()
        z.data -= 0.5 * z.grad
    panel.plot(said, label=f"{name}: p = {said[-1]:.4f} in the end")
panel.set(xlabel="step", ylabel="p")
panel.legend()
plt.show()

# %% [markdown]
# That is why classifiers are trained on cross-entropy.
#
# In practice, let the loss do the sigmoid as well. Far out, $p$ rounds to 0 or 1, and its logarithm to infinity.
# The version **with logits** takes $z$ and is exact everywhere. ($z$, from which a probability is made, is called a
# **logit**.)

# %%
z = Tensor([800.0])
loss = functional.binary_cross_entropy_with_logits(z, np.array([0.0]))
loss.backward()
print("z = 800, truth 0: loss", loss.item(), "  ∂L/∂z =", z.grad[0])
with np.errstate(divide="ignore"):
    print("with the formula, as written above:", -np.log(1 - functional.sigmoid(800.0)))

# %% [markdown]
# ## Which one: categorical cross-entropy
#
# With several classes the truth can be written in two ways: **one-hot**, a 1 at the right class and 0 elsewhere,
# or just the **number** of the class.

# %%
labels = np.array([0, 2, 1])
print(nn.data.one_hot(labels, 3))

# %% [markdown]
# **Categorical** cross-entropy takes the first, **sparse** categorical cross-entropy the second:
# $-\sum_k y_k \log p_k$, which is just $-\log p_{\text{right}}$. They are the same loss. Ours takes both. (As before
# it wants the scores, not the probabilities.)

# %%
p = np.array([[0.2, 0.3, 0.5], [0.1, 0.1, 0.8], [0.25, 0.5, 0.25]])
z = np.log(p)
print("−log p of the right class:", -np.log(p[np.arange(3), labels]).round(4))
print("one-hot targets:  ", functional.cross_entropy(z, nn.data.one_hot(labels, 3)).round(4))
print("integer targets:  ", functional.cross_entropy(z, labels).round(4))

# %% [markdown]
# The first record is the one of notebook 4: $-\log 0.2 = 1.6094$.
#
# **Predict first.** A fresh network knows nothing and gives ten classes about the same score. What is its
# cross-entropy? (Worth remembering: if your first loss is much larger, something is wrong before training has
# begun.)
#
# <details><summary>Answer</summary>
#
# $-\log \tfrac{1}{10} = \log 10 = 2.3026$.
#
# </details>

# %%
digits, labels = nn.data.load_digits()
fresh = nn.MLP((64, 32, 10), seed=0)
print("fresh network:", round(functional.cross_entropy(fresh(digits), labels).item(), 1))
print(f"log 10 = {np.log(10):.4f}")

# %% [markdown]
# ## Perplexity
#
# How bad is a cross-entropy of 2.3? Take $e$ to that power: 10. The network is as unsure as if it had to guess
# among 10 equally likely classes. This is the **perplexity**, $e^L$, the usual figure for models that guess
# the next letter or word (notebook 17). 1 is perfect.

# %%
equal, fair, sure = np.zeros((1, 10)), np.log(p[:1]), np.array([[9.0, 0.0, 0.0]])
for name, z in [("ten equal scores", equal), ("p = 0.2, 0.3, 0.5", fair), ("sure and right", sure)]:
    right = np.array([0])
    loss, perplexity = functional.cross_entropy(z, right), nn.perplexity(z, right)
    print(f"{name:<18} loss {loss:.4f}   perplexity {perplexity:.4f}")

# %% [markdown]
# ## Which ones: several at once
#
# If a record may have several labels, or none, each label is a yes-or-no question of its own: a sigmoid and a
# binary cross-entropy for each, and the mean over all.

# %%
topics = ["sport", "politics", "music"]
z, truth = Tensor([[2.0, -1.0, 0.5]]), np.array([[1.0, 0.0, 1.0]])
loss = functional.binary_cross_entropy_with_logits(z, truth)
loss.backward()
for topic, said, true, pull in zip(
    topics, functional.sigmoid(z.data)[0], truth[0], z.grad[0], strict=True
):
    by_hand = f"({said:.2f} − {true:.0f})/3"
    print(f"{topic:<9} said {said:.2f}, truth {true:.0f}, ∂L/∂z = {pull:6.3f} = {by_hand}")
print(f"loss {loss.item():.4f}")

# %% [markdown]
# ## Why not train on accuracy itself?
#
# What we want in the end is often the share of right answers. Why not make that large directly?
#
# **Predict first.** You change one weight a very little. What happens to the accuracy?
#
# <details><summary>Answer</summary>
#
# Nothing, as a rule: no answer flips. Accuracy is a staircase, flat nearly everywhere, and its derivative is 0. A
# loss is a smooth stand-in for it: it moves with every small change.
#
# </details>

# %%
weight = fresh.fc2.weight
start = weight.data[0, 0]
moved = []
for change in np.linspace(-0.01, 0.01, 5):
    values = weight.data.copy()
    values[0, 0] = start + change
    weight.data = values
    scores = fresh(digits[:200]).data
    moved.append(
        (functional.cross_entropy(scores, labels[:200]), nn.accuracy(scores, labels[:200]))
    )
losses, accuracies = zip(*moved, strict=True)
print("different losses:    ", len(set(losses)))
print("different accuracies:", len(set(accuracies)))

# %% [markdown]
# ## In short
#
# * The loss is per record, the cost is the mean over a batch.
# * Squared error pulls in proportion to the residual, absolute error always alike, Huber in between. Mean or
#   median: that is the difference.
# * Cross-entropy is $-\log$ of the probability of what was true. Behind a sigmoid or softmax its pull is
#   $p - y$: it never saturates while the network is wrong. Squared error there does.
# * One-hot and integer targets are the same loss in two spellings. Perplexity is $e^L$.
# * Losses for training have a slope. Accuracy has none; use it to report.
#
# ## Exercises
#
# **1.** Write Huber with `np.where`, as in the table, and check that its two halves meet at $\delta$ with the same
# value and the same slope.
#
# <details><summary>Solution</summary>
#
# ```python
# def huber(r, delta=1.0):
#     size = np.abs(r)
#     return np.where(size <= delta, 0.5 * r * r, delta * size - 0.5 * delta**2)
#
#
# r = np.linspace(-3, 3, 601)
# print(np.allclose(huber(r), functional.huber_loss(r, np.zeros_like(r), reduction="none")))
# for at in (0.999999, 1.000001):
#     node = Tensor(at)
#     huber(node).backward()
#     print(f"{huber(at):.4f} {node.grad:.4f}")
# ```
#
# ```text
# True
# 0.5000 1.0000
# 0.5000 1.0000
# ```
#
# </details>
#
# **2.** A class is rare: 1 record in 100. A network that always says $p = 0.01$ for it has which binary
# cross-entropy? And which accuracy?
#
# <details><summary>Solution</summary>
#
# The accuracy is 99 %, and it has learned nothing but the frequency. The loss is small, too. For rare classes
# look at precision and recall, or give the rare class a larger `weight`.
#
# ```python
# truth = np.array([1.0] + [0.0] * 99)
# said = np.full(100, 0.01)
# print(f"{functional.binary_cross_entropy(said, truth):.4f} {nn.binary_accuracy(said, truth):.2f}")
# ```
#
# ```text
# 0.0560 0.99
# ```
#
# </details>
#
# **3.** Which $p$ makes the expected cross-entropy smallest if "yes" is true in 30 % of the cases?
#
# <details><summary>Solution</summary>
#
# $p = 0.3$. Cross-entropy rewards honest probabilities; that is why we may read $p$ as one.
#
# ```python
# p = np.arange(0.01, 1, 0.01)
# expected = -(0.3 * np.log(p) + 0.7 * np.log(1 - p))
# print(f"{p[expected.argmin()]:.2f}")
# ```
#
# ```text
# 0.30
# ```
#
# </details>
#
# ## What to read next
#
# [9 · Initialisation](09_initialisation.ipynb): where training starts, and why it must not start at zero.
