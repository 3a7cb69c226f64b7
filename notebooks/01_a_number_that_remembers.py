# %% [markdown]
# # 1 · A number that remembers
#
# **Goal:** find the derivative of a small program by walking backwards through what it computed,
# first with pencil and paper, then with one call.
#
# About 20 minutes. You need Python and the chain rule from school. Run the cells from top to bottom;
# where it says *predict first*, stop and decide before you open the answer.

# %%
import matplotlib.pyplot as plt
import numpy as np

import viz
from autograd import Value

# %% [markdown]
# ## What a derivative asks
#
# A derivative answers one question: if I move the input a little, how much does the output move,
# per unit of input? We can simply try it.


# %%
def square(x):
    return x * x


for h in (1.0, 0.1, 0.001):
    print(f"h = {h:<5}: the output moves {(square(3 + h) - square(3)) / h:.4f} per unit")

# %% [markdown]
# The smaller the step, the closer to 6. School says the same: the derivative of $x^2$ is $2x$, and
# at $x = 3$ that is 6.
#
# Trying does not scale. A network has thousands of inputs that we could move (its weights), and
# each would need a run of its own. Backpropagation gets all the derivatives from **one** run.
# For that, the numbers have to remember how they were made.
#
# ## A number that remembers
#
# A `Value` holds one number. What you compute from it is a `Value` again, and it keeps two more
# things: which operation made it (`op`), and from what (`inputs`). The number itself is in `data`.

# %%
x = Value(3.0, name="x")
y = x * x
y.name = "y"
print("y holds      ", y.data)
print("was made by  ", y.op)
print("out of       ", y.inputs)

# %% [markdown]
# Follow these memories back and you get a drawing of the whole calculation, the **computation
# graph**. (A name is only for drawings and messages.)
#
# **Predict first.** How many arrows lead from `x` to `y` in the graph of `x * x`?
#
# <details><summary>Answer</summary>
#
# Two. A multiplication has two operands, and here both are `x`. If `x` moves, it moves the product
# once as the left operand and once as the right one. That is where the 2 in $2x$ comes from.
#
# </details>

# %%
viz.graph(y)

# %% [markdown]
# Read it from left to right for the calculation and from right to left for the derivative. The end
# begins with `grad` 1. Above each arrow stands what it carries back, below it the **gain**: by how much
# it multiplies on the way. (Orange: it grows. Blue: it shrinks. Gray: it stays about the same.) Here
# each arrow carries 3 back to `x`, and $3 + 3 = 6$.
#
# (As long as the cell has not been run, this is a still image. Run it, and you can click on boxes and
# arrows.)
#
# ## The chain rule by hand
#
# A longer calculation, in three stages:
#
# $$\hat y = x^2, \qquad m = \hat y^2, \qquad z = m^2 - 1.$$
#
# We want $dz/dx$ at $x = 1.5$. Nobody knows that by heart. But every stage alone is easy: each one
# squares what it is given, so its **local derivative** is twice what it is given.

# %%
x = Value(1.5, name="x")
y_hat = x**2
m = y_hat**2
m_squared = m**2
z = m_squared - 1
y_hat.name, m.name, m_squared.name, z.name = "ŷ", "m", "m²", "z"
print(f"forwards:  x = {x.data}   ŷ = {y_hat.data}   m = {m.data}   z = {z.data}")

dz_dm = 2 * m.data  # the −1 does not matter: a constant does not move
dm_dy = 2 * y_hat.data
dy_dx = 2 * x.data
print(f"local derivatives:  dz/dm = {dz_dm}   dm/dŷ = {dm_dy}   dŷ/dx = {dy_dx}")

# %% [markdown]
# **The chain rule:** if $x$ moves $\hat y$ three times as fast, and $\hat y$ moves $m$ 4.5 times as
# fast, and $m$ moves $z$ 10.125 times as fast, then these speeds multiply.
#
# $$\frac{dz}{dx} = \frac{dz}{dm} \cdot \frac{dm}{d\hat y} \cdot \frac{d\hat y}{dx}$$
#
# We start at the end, with $dz/dz = 1$, and multiply our way back. The number that has built up on
# the way is, at each stage, the derivative of $z$ with respect to that stage. For short, it is called
# the stage's **gradient**.

# %%
dz_dy = dz_dm * dm_dy
dz_dx = dz_dy * dy_dx
print(f"dz/dm = {dz_dm}   dz/dŷ = {dz_dy}   dz/dx = {dz_dx}")

# %% [markdown]
# **Predict first.** All three stages together are $z = x^8 - 1$. Does school's $8x^7$ agree?
#
# <details><summary>Answer</summary>
#
# It has to: it is the same function. $8 \cdot 1.5^7 = 136.6875$.
#
# </details>
#
# Now the same with one call. `backward` does what we did: it starts at `z` with 1, walks back, and
# leaves in the `grad` of every number its gradient, the derivative of `z` with respect to it.

# %%
z.backward()
print(f"m.grad = {m.grad}   y_hat.grad = {y_hat.grad}   x.grad = {x.grad}")
print(f"8x⁷    = {8 * x.data**7}")

# %% [markdown]
# That is all there is to backpropagation. The rest of this course is this one idea on larger graphs.
#
# ## One step at a time
#
# Each arrow does one small multiplication: *what arrives × local derivative = what is handed on*.
# `trace()` gives you all of them, from the end to the beginning: a **flow** for each arrow.

# %%
for step in z.trace():
    for flow in step.flows:
        print(
            f"{flow.source.name:>2} → {flow.target.name:<2}"
            f"  {flow.upstream:8.4f} × {flow.local:7.4f} = {flow.contribution:9.4f}"
        )

# %% [markdown]
# `viz.step` shows the same walk as a picture. Run the cell and press *Next*: every step says its rule
# as a formula, in numbers and in words. There is a quiz in it, too. (Dashed boxes are constants, as the
# exponent 2. They get no gradient, because nobody wants to move them.)

# %%
viz.step(z)

# %% [markdown]
# ## A number that is used twice
#
# **Predict first.** $y = x \cdot x + 2x$ at $x = 3$ uses $x$ three times. What arrives at $x$ over
# each of the three arrows, and what is $dy/dx$?
#
# <details><summary>Answer</summary>
#
# 3 and 3 through the product, 2 through $2x$. They **add**: $3 + 3 + 2 = 8$. If $x$ moves a little,
# it moves $y$ in three ways at once, and the total movement is the sum. School agrees:
# $2x + 2 = 8$.
#
# </details>

# %%
x = Value(3.0, name="x")
y = x * x + 2 * x
for flow in y.trace().flows:
    if flow.target is x:
        print(f"over {flow.source.op}: {flow.before} + {flow.contribution} = {flow.after}")

# %% [markdown]
# So there are two rules, and only two. **Along** a path, local derivatives multiply. **Between**
# paths, the products add.
#
# ## Why the order matters
#
# The two rules leave one question open: in which order do we take the arrows? A tiny example shows
# that this is not a detail.

# %%
a = Value(1.0, name="a")
b = a + a
c = b + b
b.name, c.name = "b", "c"
viz.graph(c)

# %% [markdown]
# Here $c = 2b = 4a$, so $dc/da = 4$. All local derivatives are 1. Let us write the simplest walk that
# comes to mind: whenever something arrives at a number, add it to what is there, and hand on
# straight away.


# %%
def hand_on_at_once(node, arriving, grad):
    grad[node] = grad.get(node, 0) + arriving
    for target in node.inputs:  # every local derivative is 1 here
        hand_on_at_once(target, grad[node], grad)


grad = {}
hand_on_at_once(c, 1, grad)
print("dc/db =", grad[b], "  dc/da =", grad[a])

# %% [markdown]
# **Predict first.** $dc/db = 2$ is right, $dc/da = 6$ is not. What went wrong?
#
# <details><summary>Answer</summary>
#
# `b` gets two contributions. After the first it has 1 and hands 1 on, twice. After the second it has
# 2 and hands on **2**, twice, though 1 of this was handed on before. So `a` gets
# $1 + 1 + 2 + 2 = 6$.
#
# </details>
#
# The cure: a number hands on **once**, when everything has arrived. For this, each number must have
# its turn after all numbers that were made out of it. Such an order is called **topological**. To
# get one, list every number after its inputs; then read the list backwards.


# %%
def in_order(node, listed):
    for target in node.inputs:
        if target not in listed:
            in_order(target, listed)
    if node not in listed:
        listed.append(node)
    return listed


def backward(result):
    grad = {result: 1.0}
    for node in reversed(in_order(result, [])):
        for target in node.inputs:
            grad[target] = grad.get(target, 0.0) + grad[node] * 1.0
    return grad


grad = backward(c)
print("ours:      dc/db =", grad[b], "  dc/da =", grad[a])

c.backward()
print("backward:  dc/db =", b.grad, "  dc/da =", a.grad)

# %% [markdown]
# Fifteen lines, and they are right for every graph made of additions. (In the exercises you teach
# them to multiply.)
#
# ## What a derivative is good for
#
# A derivative tells you which way is down. The number that we want to make small is called the
# **loss**. Take the loss $L = w^2$, which is smallest at $w = 0$. Where the slope is positive, a smaller
# $w$ is better; where it is negative, a larger one is. Both cases are in one formula, with a **learning
# rate** $\eta$ (*eta*) for the size of the step:
#
# $$w \leftarrow w - \eta \, \frac{\partial L}{\partial w}$$
#
# The arrow says *becomes*. The round $\partial$ is school's $d$: one writes it when the result depends on
# other numbers, too, which stay where they are.

# %%
for start in (-2.0, 2.0):
    w = Value(start, name="w")
    loss = w**2
    loss.backward()
    print(f"w = {start:4}, slope {w.grad:4}  →  w = {start - 0.1 * w.grad:4}")

# %% [markdown]
# A negative slope raises $w$, a positive slope lowers it. Repeat, and you have **gradient descent**.
#
# **Predict first.** From $w = 2$, ten steps each with $\eta = 0.1$, $0.9$ and $1.1$. Which of the
# three come close to 0?
#
# <details><summary>Answer</summary>
#
# Each step gives $w - \eta \cdot 2w = (1 - 2\eta)\,w$. For $\eta = 0.1$ the factor is $0.8$: it walks
# down. For $0.9$ it is $-0.8$: it jumps to the other side each time, but the jumps get smaller. For
# $1.1$ it is $-1.2$: each jump lands higher than the one before. Too large a learning rate does not
# learn fast, it does not learn at all.
#
# </details>


# %%
def descend(start, rate, steps):
    path = [start]
    for _ in range(steps):
        w = Value(path[-1])
        (w**2).backward()
        path.append(w.data - rate * w.grad)
    return np.array(path)


figure, panels = plt.subplots(1, 3, figsize=(11, 3.2), layout="constrained")
for panel, rate in zip(panels, (0.1, 0.9, 1.1), strict=True):
    path = descend(2.0, rate, 10)
    reach = abs(path).max() * 1.1
    curve = np.linspace(-reach, reach, 200)
    panel.plot(curve, curve**2, color="lightgray")
    panel.plot(path, path**2, "o-", markersize=4, linewidth=1)
    panel.set(xlabel="w", title=f"η = {rate}: ends at {path[-1]:.2f}")
panels[0].set_ylabel("loss w²")
plt.show()

# %% [markdown]
# ## In short
#
# * A `Value` remembers the operation that made it and its operands. Together they form a graph.
# * Every operation knows only its own local derivative.
# * Along a path the local derivatives multiply; where paths meet, they add.
# * A number hands on once, when everything has arrived: topological order.
# * $w \leftarrow w - \eta\,\partial L/\partial w$ goes downhill, if $\eta$ is not too large.
#
# ## Exercises
#
# **1.** Let $p = u \cdot v$ and $L = (p + v)^2$ with $u = 2$ and $v = -3$. Find $\partial L/\partial u$
# and $\partial L/\partial v$ on paper, going backwards. Then check.
#
# <details><summary>Solution</summary>
#
# Forwards: $p = -6$, $p + v = -9$, $L = 81$. Backwards: the square hands on $2 \cdot (-9) = -18$, and
# the sum hands this to both $p$ and $v$. The product hands $-18 \cdot v = 54$ to $u$ and
# $-18 \cdot u = -36$ to $v$. So $\partial L/\partial u = 54$, and
# $\partial L/\partial v = -18 - 36 = -54$: two paths, which add.
#
# ```python
# u, v = Value(2.0, name="u"), Value(-3.0, name="v")
# L = (u * v + v) ** 2
# L.backward()
# print(u.grad, v.grad)
# ```
#
# prints
#
# ```text
# 54.0 -54.0
# ```
#
# </details>
#
# **2.** Teach our `backward` to multiply. The local derivative of $s \cdot t$ with respect to $s$ is
# $t$, and the other way round. Check it with $a \cdot a \cdot a$ at $a = 2$, which must give 12.
#
# <details><summary>Solution</summary>
#
# ```python
# def backward(result):
#     grad = {result: 1.0}
#     for node in reversed(in_order(result, [])):
#         for slot, target in enumerate(node.inputs):
#             other = node.inputs[1 - slot].data
#             local = {"add": 1.0, "multiply": other}[node.op]
#             grad[target] = grad.get(target, 0.0) + grad[node] * local
#     return grad
#
#
# a = Value(2.0)
# print(backward(a * a * a)[a])
# ```
#
# prints
#
# ```text
# 12.0
# ```
#
# </details>
#
# **3.** For $L = w^2$, which learning rate reaches the minimum in a single step, from anywhere?
#
# <details><summary>Solution</summary>
#
# One step multiplies $w$ by $1 - 2\eta$, and this is 0 for $\eta = 0.5$. (For another loss it would
# be another rate: it depends on how strongly the curve bends.)
#
# ```python
# print(descend(2.0, 0.5, 1))
# ```
#
# prints
#
# ```text
# [2. 0.]
# ```
#
# </details>
#
# ## What to read next
#
# [2 · The perceptron](02_perceptron.ipynb): the first machine that learned from its mistakes, and
# what it cannot learn.
