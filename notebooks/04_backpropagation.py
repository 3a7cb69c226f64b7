# %% [markdown]
# # 4 · Backpropagation
#
# **Goal:** know for every weight of a network how the loss depends on it: path by path, then for
# whole layers with two short formulas.
#
# About 25 minutes. You need notebooks 1 and 3. This is the heart of the matter.

# %%
import matplotlib.pyplot as plt
import numpy as np

import autograd
import nn
import viz
from autograd import Tensor, Value
from nn import functional

# %% [markdown]
# ## One weight, one path
#
# Two neurons in a chain. The input is 1.5. The first neuron has the weight $w_1$ and the output $O_1$, the
# second one $w_2$ and $O_2$; both have the sigmoid, and no bias. The loss $L$ is the squared distance of
# $O_2$ from the target 1.

# %%
w1, w2 = Value(0.4, name="w₁"), Value(-0.7, name="w₂")
O1 = (w1 * 1.5).sigmoid()
O2 = (w2 * O1).sigmoid()
L = (O2 - 1.0) ** 2
O1.name, O2.name, L.name = "O₁", "O₂", "L"
print(f"O₁ = {O1.data:.4f}   O₂ = {O2.data:.4f}   L = {L.data:.4f}")

# %% [markdown]
# How does $L$ depend on $w_1$? There is one path from the one to the other, so the chain rule has one
# product:
#
# $$\frac{\partial L}{\partial w_1} = \frac{\partial L}{\partial O_2} \cdot
# \frac{\partial O_2}{\partial O_1} \cdot \frac{\partial O_1}{\partial w_1}$$
#
# The derivative of the sigmoid can be written with its own output: $\sigma' = \sigma\,(1 - \sigma)$. So
# each factor is made of numbers that we have already.
#
# <details><summary>Why is it σ (1 − σ)?</summary>
#
# $\sigma = (1 + e^{-z})^{-1}$. By the chain rule its derivative is
#
# $$-(1 + e^{-z})^{-2} \cdot (-e^{-z}) = \frac{1}{1 + e^{-z}} \cdot \frac{e^{-z}}{1 + e^{-z}}.$$
#
# The first factor is $\sigma$, and the second is what $\sigma$ lacks to 1.
#
# </details>
#
# **Predict first.** Which sign does each of the three factors have? So should $w_1$ go up or down?
#
# <details><summary>Answer</summary>
#
# $\partial L/\partial O_2 = 2\,(O_2 - 1)$ is negative, because the output is too small.
# $\partial O_2/\partial O_1 = \sigma' \cdot w_2$ is negative, because $w_2$ is.
# $\partial O_1/\partial w_1 = \sigma' \cdot 1.5$ is positive. The product is positive: $w_1$ should go
# down. (Then $O_1$ falls, $w_2 O_1$ rises, and $O_2$ comes nearer to 1.)
#
# </details>

# %%
dL_dO2 = 2 * (O2.data - 1)
dO2_dO1 = O2.data * (1 - O2.data) * w2.data
dO1_dw1 = O1.data * (1 - O1.data) * 1.5
print(f"by hand:  {dL_dO2:.4f} × {dO2_dO1:.4f} × {dO1_dw1:.4f} = {dL_dO2 * dO2_dO1 * dO1_dw1:.6f}")

L.backward()
print(f"backward: {w1.grad:.6f}")

# %%
viz.step(L)

# %% [markdown]
# (Walk through it: *Next* takes one arrow at a time.)
#
# ## Two paths
#
# In a network the output of one neuron goes to **all** neurons of the next column. Here $O_{11}$ goes to
# $O_{21}$ and to $O_{22}$, and both go to $O_{31}$:

# %%
w = Value(0.3, name="w₁₁")
O11 = (w * 2.0).tanh()
O21, O22 = (O11 * 0.5).tanh(), (O11 * -1.5).tanh()
O31 = 0.8 * O21 + 0.2 * O22
L = (O31 - 1.0) ** 2
for node, name in [(O11, "O₁₁"), (O21, "O₂₁"), (O22, "O₂₂"), (O31, "O₃₁"), (L, "L")]:
    node.name = name

# %% [markdown]
# There are two paths from $L$ back to $w_{11}$, so there are two products, one per path, and they **add**:
#
# $$\frac{\partial L}{\partial w_{11}} =
# \frac{\partial L}{\partial O_{31}} \frac{\partial O_{31}}{\partial O_{21}}
# \frac{\partial O_{21}}{\partial w_{11}} +
# \frac{\partial L}{\partial O_{31}} \frac{\partial O_{31}}{\partial O_{22}}
# \frac{\partial O_{22}}{\partial w_{11}}$$
#
# Here the activation is **tanh**, a relative of the sigmoid, from $-1$ to 1 (notebook 7). Its derivative is
# $1 - \tanh^2$, again made of the output.


# %%
def slope(output):
    return 1 - output.data**2


dL_dO31 = 2 * (O31.data - 1)
dO11_dw = slope(O11) * 2.0
through_O21 = dL_dO31 * 0.8 * (slope(O21) * 0.5 * dO11_dw)
through_O22 = dL_dO31 * 0.2 * (slope(O22) * -1.5 * dO11_dw)
print(f"through O₂₁: {through_O21:9.6f}")
print(f"through O₂₂: {through_O22:9.6f}")
print(f"sum:         {through_O21 + through_O22:9.6f}")

L.backward()
print(f"backward:    {w.grad:9.6f}")

# %% [markdown]
# The two paths work against each other. If $w_{11}$ rises, the loss falls over the one and rises over
# the other.
#
# ## Path X-ray
#
# `autograd.paths` takes any gradient apart like this. It lists the largest paths with all their factors.

# %%
found = autograd.paths(L, w)
print(found)

# %% [markdown]
# How to read it: the first factor of a path is $\partial L/\partial O_{31}$, the last one $\partial(w_{11} \cdot
# 2)/\partial w_{11} = 2$. Additions and subtractions have the fixed factor 1. The two products add up to the
# gradient, so their shares of it, 181 % and −81 %, add up to 100 %. (`0:` and `1:` are the left and the right operand.)
#
# $\Sigma|\text{paths}|$ is what the paths would add up to if all agreed. The **cancellation index** says how
# much of it is left after they have argued: 1 if all agree, near 0 if most of it cancels. In a drawing the
# paths stand out:

# %%
viz.graph(L, paths=found)

# %% [markdown]
# Back to the digit reader of notebook 3, with its 784-16-16-10 neurons. Its loss, `cross_entropy`, comes
# further below; here it is enough that it looks at all ten outputs. Take a single weight of the first
# column, from a pixel to a neuron.
#
# **Predict first.** Over how many paths does this one weight act on the loss?
#
# <details><summary>Answer</summary>
#
# The weight belongs to one neuron of the first hidden column. From there, 16 ways into the second
# column, and from each of these, 10 to the outputs: 160 paths.
#
# </details>

# %%
reader = nn.MLP((784, 16, 16, 10), seed=0)
image = np.random.default_rng(0).random((1, 784))
loss = functional.cross_entropy(reader(image), np.array([3]))

found = autograd.paths(loss, reader.fc1.weight, element=(0, 100))
loss.backward()
print(f"{found.count} paths, which add up to {found.gradient:.6f}")
print(f"backward says              {reader.fc1.weight.grad[0, 100]:.6f}")
print(f"cancellation index: {found.cancellation:.2f}")

# %% [markdown]
# So is backpropagation slow, with all these paths? No, because it never walks them one by one. Each
# number adds up what arrives and hands on **once** (notebook 1). It takes every arrow a single time,
# though the number of paths may explode:

# %%
a = Value(1.0, name="a")
doubled = a
for _ in range(50):
    doubled = doubled + doubled
doubled.backward()
print(f"arrows: {sum(1 for _ in doubled.trace().flows)}")
print(f"paths:  {autograd.paths(doubled, a).count}")
print(f"grad:   {a.grad:.0f}")

# %% [markdown]
# A hundred sums instead of a quadrillion products. That is the whole secret of its speed.
#
# ## Softmax and log-loss
#
# A classifier gives a score $z_k$ to each class. **Softmax** makes probabilities of them, and the
# **log-loss** looks at the probability of the right class alone. (The logarithm is the natural one, to the
# base $e$.)
#
# $$p_k = \frac{e^{z_k}}{\sum_j e^{z_j}}, \qquad L = -\log p_{\text{right}}$$
#
# If the right class has $p = 1$, the loss is 0. If it has $p = 0.01$, the loss is $4.6$. Say the three
# probabilities are $(0.2,\ 0.3,\ 0.5)$ and class 0 is right.

# %%
z = Tensor(np.log([0.2, 0.3, 0.5]), name="z")
p = functional.softmax(z)
p.name = "p"
L = -np.log(p[0])
L.name = "L"
print("p =", p.data.round(4))
print(f"L = −log 0.2 = {L.item():.4f}")

# %% [markdown]
# **Predict first.** The derivative of $L$ with respect to the scores goes through a logarithm, a division,
# a sum and exponentials. Work it out for $z_0$: write $L = -z_0 + \log \sum_j e^{z_j}$ first.
#
# <details><summary>Answer</summary>
#
# $\partial L/\partial z_0 = -1 + e^{z_0}/\sum_j e^{z_j} = p_0 - 1 = -0.8$. For the other classes the
# first term is absent: $\partial L/\partial z_k = p_k$, so $0.3$ and $0.5$. With the target written as
# $y = (1, 0, 0)$, this is one formula: $\partial L/\partial z = p - y$.
#
# </details>

# %%
L.backward()
y = np.array([1, 0, 0])  # the target, one-hot: 1 for the right class, 0 for the others
print("∂L/∂z =", z.grad.round(4))
print("p − y =", (p.data - y).round(4))
viz.graph(L)

# %% [markdown]
# All that machinery, and what comes out is $p - y$: **what it said minus what it should have said**. The three
# numbers add up to 0: softmax takes from one class what it gives to the others.
#
# (`getitem` takes `p[0]` out of `p`. Where a box holds many numbers, the picture gives their **RMS**, the
# *root of the mean square*: how large they typically are. The gain compares these.)
#
# Because this pair is so common, it is one function, `cross_entropy`. It takes the scores, never forms
# the probabilities, and so stays exact where they would underflow:

# %%
z = Tensor(np.log([0.2, 0.3, 0.5]))
loss = functional.cross_entropy(z, 0)
loss.backward()
print(f"loss {loss.item():.4f}   ∂L/∂z = {z.grad.round(4)}")

far_off = functional.cross_entropy(Tensor([0.0, 1000.0]), 0)
print("one class 1000 above the right one: loss", far_off.item())

# %% [markdown]
# ## A whole layer at once
#
# Now the formula that all deep learning runs on. A layer computes $z = xW + b$ for 300 records:
#
# $$\underset{300 \times 2}{x} \cdot \underset{2 \times 3}{W} + \underset{1 \times 3}{b}
# = \underset{300 \times 3}{z}$$
#
# Suppose we know $dz$, the derivative of the loss with respect to every number of $z$. It has the shape
# of $z$. What is $dW$?
#
# **Predict first.** Over how many paths does the single weight $W_{01}$ act on the loss, within this
# layer?
#
# <details><summary>Answer</summary>
#
# 300: it is used once for each record. $z_{r1} = x_{r0} W_{01} + x_{r1} W_{11} + b_1$, so the local
# derivative in record $r$ is $x_{r0}$, and the sum over the paths is
#
# $$dW_{01} = \sum_r x_{r0}\; dz_{r1}$$
#
# That is row 0 of $x^\top$ times column 1 of $dz$: an entry of a matrix product.
#
# </details>
#
# This works for all weights together, and likewise for the bias, which is used once per record with local
# derivative 1:
#
# $$dW = x^\top dz, \qquad db = \sum_{\text{records}} dz$$
#
# The shapes leave no other choice: $2 \times 300$ times $300 \times 3$ is $2 \times 3$.
#
# We try it on 300 points in three heaps, the classes. For the moment the loss is the sum over all records.

# %%
points, labels = nn.data.make_blobs(300, classes=3, noise=0.35, seed=0)
x = points.astype(np.float64)

rng = np.random.default_rng(1)
W, b = Tensor(rng.normal(size=(2, 3)), name="W"), Tensor(np.zeros((1, 3)), name="b")
z = x @ W + b
loss = functional.cross_entropy(z, labels, reduction="sum")
loss.backward()

dz = functional.softmax(z.data) - nn.data.one_hot(labels, 3)  # p − y, a row per record
print("shapes:", x.T.shape, "·", dz.shape, "→", (x.T @ dz).shape)
print("xᵀ·dz  =", (x.T @ dz).round(4).tolist())
print("W.grad =", W.grad.round(4).tolist())
print("Σ dz   =", dz.sum(axis=0, keepdims=True).round(4).tolist())
print("b.grad =", b.grad.round(4).tolist())
print("paths to W[0, 1]:", autograd.paths(z[:, 1].sum(), W, element=(0, 1)).count)

# %% [markdown]
# ## Broadcasting, backwards
#
# $b$ is one row, $z$ has 300. Forwards, the row was used 300 times. Backwards, the 300 contributions meet
# again, and where paths meet, they add. So the rule is short: **what was stretched forwards is summed
# backwards.** The trace shows the shapes (`matmul` is the matrix product):

# %%
for flow in loss.trace().flows:
    if flow.target.name in ("W", "b") or flow.source.op == "add":
        way = f"{flow.source.op} → {flow.target.name or flow.target.op}"
        print(
            f"{way:12}  {np.shape(flow.upstream)} arrives, {np.shape(flow.contribution)} is added"
        )

# %%
viz.graph(loss)

# %% [markdown]
# ## Training by hand
#
# Now we have all we need to train a classifier in plain numpy, with no engine: forward pass, $p - y$,
# $x^\top dz$, and a step downhill. (We divide by 300 here: the mean over the records instead of the sum,
# so that the learning rate need not depend on how many there are.)

# %%
W_hand, b_hand = np.zeros((2, 3)), np.zeros((1, 3))
losses = []
for _ in range(100):
    scores = x @ W_hand + b_hand
    p = functional.softmax(scores)
    losses.append(-np.log(p[np.arange(300), labels]).mean())
    dz = (p - nn.data.one_hot(labels, 3)) / 300
    W_hand -= 1.0 * (x.T @ dz)
    b_hand -= 1.0 * dz.sum(axis=0, keepdims=True)

W, b = Tensor(np.zeros((2, 3))), Tensor(np.zeros((1, 3)))
for _ in range(100):
    loss = functional.cross_entropy(x @ W + b, labels)
    W.zero_grad()
    b.zero_grad()
    loss.backward()
    W.data -= 1.0 * W.grad
    b.data -= 1.0 * b.grad

print(f"loss by hand: {losses[0]:.4f} → {losses[-1]:.4f}")
print("same weights as with backward():", np.allclose(W_hand, W.data))

# %%
figure, (left, right) = plt.subplots(1, 2, figsize=(11, 4), layout="constrained")
left.plot(losses)
left.set(xlabel="step", ylabel="loss")
viz.plot_decision_boundary(lambda plane: plane @ W_hand + b_hand, points, labels, axes=right)
plt.show()

# %% [markdown]
# The first loss is $\log 3 = 1.0986$: with all weights 0, each class gets a third.
#
# For a deeper network the same two formulas are used at every layer, and one more hands the gradient on
# to the layer before: $dx = dz\, W^\top$. Then the activation's local derivative, then the next layer
# back. You compute that in exercise 2.
#
# ## In short
#
# * One path: a product. Several paths: a sum of products. `autograd.paths` shows each.
# * Backpropagation takes every arrow once, however many paths there are.
# * Softmax with log-loss: $\partial L/\partial z = p - y$.
# * A layer: $dW = x^\top dz$, $\;db = \sum dz$, $\;dx = dz\,W^\top$.
# * What was broadcast forwards is summed backwards.
#
# ## Exercises
#
# **1.** Softmax of the scores $(40, 30, 10, 5)$: predict the loss if class 0 is right, and if class 1 is.
#
# <details><summary>Solution</summary>
#
# The first is nearly 0, the second nearly $40 - 30 = 10$: from a large distance, log-loss counts the
# difference of the scores.
#
# ```python
# scores = Tensor([40.0, 30.0, 10.0, 5.0])
# for right in (0, 1):
#     print(f"{functional.cross_entropy(scores, right).item():.6f}")
# ```
#
# prints
#
# ```text
# 0.000045
# 10.000045
# ```
#
# </details>
#
# **2.** Do the backward pass of a 2-4-3 network with tanh, without biases, in numpy, and compare with `backward`.
#
# <details><summary>Solution</summary>
#
# ```python
# rng = np.random.default_rng(2)
# W1, W2 = Tensor(rng.normal(size=(2, 4))), Tensor(rng.normal(size=(4, 3)))
# h = np.tanh(x @ W1)
# z = h @ W2
# functional.cross_entropy(z, labels).backward()
#
# dz = (functional.softmax(z.data) - nn.data.one_hot(labels, 3)) / 300
# dW2 = h.data.T @ dz
# dh = dz @ W2.data.T  # handed on to the layer before
# dW1 = x.T @ (dh * (1 - h.data**2))  # through tanh, then xᵀ·dz again
# print(np.allclose(W1.grad, dW1), np.allclose(W2.grad, dW2))
# ```
#
# prints
#
# ```text
# True True
# ```
#
# </details>
#
# **3.** Two paths: replace the weight 0.2 by another so that the two paths cancel. (The table of the
# path X-ray has all factors that you need.) What does the gradient say about $w_{11}$ then? Is the weight of
# no use to the network?
#
# <details><summary>Solution</summary>
#
# The first path has $0.8 \cdot 0.9312 \cdot 0.5 = 0.3725$ until it meets the other one at $O_{11}$, the second
# $v \cdot 0.5549 \cdot (-1.5)$. They cancel for $v = 0.3725 / 0.8324 = 0.4475$. The gradient is then 0, and a
# step changes nothing. But both paths carry a lot: as soon as one of them changes, $w_{11}$ matters again.
# A small gradient may be a quiet street, or a loud argument that ends in a draw. The cancellation index
# tells them apart.
#
# ```python
# for v in (0.2, 0.4, 0.4475):
#     w = Value(0.3)
#     o = (w * 2.0).tanh()
#     found = autograd.paths(0.8 * (o * 0.5).tanh() + v * (o * -1.5).tanh(), w)
#     print(f"v = {v}: gradient {found.gradient:.3f}, cancellation index {found.cancellation:.3f}")
# ```
#
# prints
#
# ```text
# v = 0.2: gradient 0.293, cancellation index 0.382
# v = 0.4: gradient 0.056, cancellation index 0.056
# v = 0.4475: gradient 0.000, cancellation index 0.000
# ```
#
# </details>
#
# ## What to read next
#
# [5 · Vanishing gradients](05_vanishing.ipynb): what becomes of a product with many factors below 1.
