# %% [markdown]
# # 10 · Optimisers
#
# **Goal:** know what each optimiser does with the gradient, and see them race.
#
# About 25 minutes. You need notebooks 1 and 4.

# %%
import matplotlib.pyplot as plt
import numpy as np
from matplotlib_inline.backend_inline import set_matplotlib_formats

import nn
import viz
from autograd import Tensor
from nn import functional
from nn.optim import SGD, Adadelta, Adagrad, Adam, RMSprop

set_matplotlib_formats("png")  # there are many pictures here, and this keeps them small

# %% [markdown]
# The gradient says which way is down, here and now. How far to go, and how much to trust it, is left to us.
# An **optimiser** is a rule for that. In this notebook, $g$ is the gradient, $w$ a weight, $\eta$ the learning rate.
#
# ## How many records for a step?
#
# The true cost is the mean over **all** records. One can take
#
# * all records for each step: **batch** gradient descent,
# * one record: **stochastic** gradient descent (SGD),
# * a few: **mini-batch** gradient descent. Mostly this is meant when people say SGD.
#
# A step is also called an **iteration**. When all records have been used once, an **epoch** is over.
#
# **Predict first.** There are 2 000 records, in batches of 200. How many iterations has an epoch? And how many with
# the other two?
#
# <details><summary>Answer</summary>
#
# $2000 / 200 = 10$. Batch gradient descent has 1, stochastic gradient descent 2 000.
#
# </details>

# %%
rng = np.random.default_rng(0)
x = rng.normal(size=(2000, 2)) * [1.0, 2.0]
y = x @ [2.0, -1.0] + rng.normal(0, 0.5, 2000)


def one_epoch(batch_size, lr):
    w = Tensor(np.array([-1.0, 1.0]))
    optimizer, path = SGD([w], lr=lr), [w.data.copy()]
    for xs, ys in nn.data.batches(x, y, batch_size, shuffle=True, seed=0):
        optimizer.zero_grad()
        functional.mse_loss(xs @ w, ys).backward()
        optimizer.step()
        path.append(w.data.copy())
    return np.array(path)


grid = np.stack(np.meshgrid(np.linspace(-2, 3, 60), np.linspace(-2, 2, 60)), axis=-1)
cost = np.mean((grid @ x[::20].T - y[::20]) ** 2, axis=-1)
figure, panels = plt.subplots(1, 3, figsize=(11, 3.4), layout="constrained", sharey=True)
for panel, (name, size, lr) in zip(
    panels,
    [("batch", 2000, 0.1), ("mini-batch", 200, 0.1), ("stochastic", 1, 0.01)],
    strict=True,
):
    path = one_epoch(size, lr)
    panel.contour(grid[..., 0], grid[..., 1], cost, levels=12, colors="lightgray")
    panel.plot(*path.T, "o-", markersize=2, linewidth=0.7)
    panel.plot(2, -1, "*", color="black", markersize=10)
    panel.set(title=f"{name}, 1 epoch: iterations {len(path) - 1}", xlabel="w₁")
    print(
        f"{name:<10} iterations {len(path) - 1:4}, ends at w = {(path[-1].round(1) + 0.0).tolist()}"
    )
panels[0].set_ylabel("w₂")
plt.show()

# %% [markdown]
# The star is where the records come from, $w = (2, -1)$. A step over all records is exact and expensive; a step over one
# record is cheap and staggers. Mini-batches are the usual compromise, and they suit the machine: one matrix
# product for 200 records is much cheaper than 200 products for one.
#
# From here on the surfaces have no noise. We look at the rules alone.
#
# ## A long valley
#
# $f(x, y) = \tfrac12 x^2 + 25 y^2$ is **convex**, a bowl with one minimum. But it is 50 times steeper across than
# along.
#
# **Predict first.** Across, a step multiplies $y$ by $1 - 50\,\eta$. Above which $\eta$ does it diverge? By what is $x$
# multiplied then?
#
# <details><summary>Answer</summary>
#
# At $\eta = 0.04$ the factor across is $-1$: beyond it, $y$ grows. Along, the factor is $1 - \eta = 0.96$. The steep
# direction sets the limit, and the flat one has to crawl.
#
# </details>


# %%
def valley(x, y):
    return 0.5 * x**2 + 25 * y**2


def race(f, racers, **where):
    viz.plot_optimizer_paths(f, racers, **where).set_size_inches(10, 3.9)
    plt.show()


racers = {
    "gradient descent, η = 0.038": lambda p: SGD(p, lr=0.038),
    "momentum 0.8, η = 0.03": lambda p: SGD(p, lr=0.03, momentum=0.8),
    "Nesterov 0.8, η = 0.02": lambda p: SGD(p, lr=0.02, momentum=0.8, nesterov=True),
}
where = {"start": (-4, 0.8), "x_span": (-5, 2), "y_span": (-1, 1)}
race(valley, racers, steps=60, **where)

# %% [markdown]
# Gradient descent zigzags across the valley. **Momentum** remembers: it keeps a velocity $v$, like a ball that rolls.
# Across, the steps alternate and cancel; along, they add up. **Nesterov** looks ahead: it takes the gradient where the
# velocity is about to carry it, and so brakes earlier.
#
# ## Two forms of momentum
#
# Textbooks write momentum in two ways. With $v = 0$ at the start:
#
# $$\text{classical:}\quad v \leftarrow \gamma v + \eta g, \quad w \leftarrow w - v$$
# $$\text{average:}\quad v \leftarrow \beta v + (1 - \beta)\, g, \quad w \leftarrow w - \eta v$$
#
# The second is an **exponentially weighted average**: the last gradient counts $1 - \beta$, the one before $\beta$ times
# that, and so on.
#
# **Predict first.** The gradient is 1, always. $\eta = 0.1$ and $\gamma = \beta = 0.9$. How large is the step in each
# form, after a long while?
#
# <details><summary>Answer</summary>
#
# Classical: $v = 0.9 v + 0.1$ has the solution $v = 1$, ten times $\eta$. Average: the average of ones is 1, so the
# step is $\eta = 0.1$. The classical form makes $1/(1 - \gamma)$ times larger steps; that is why a learning rate is
# of no use without knowing the form.
#
# </details>


# %%
def steps_by_hand(form, gradients, lr=0.1, keep=0.9):
    v, steps = 0.0, []
    for g in gradients:
        if form == "classical":
            v = keep * v + lr * g
            steps.append(v)
        else:
            v = keep * v + (1 - keep) * g
            steps.append(lr * v)
    return np.array(steps)


def steps_of(make, gradients):
    """How far an optimiser goes in each step if it is given these gradients."""
    w = Tensor(np.zeros(1))
    optimizer, places = make([w]), [0.0]
    for g in gradients:
        optimizer.zero_grad()
        (w * g).sum().backward()
        optimizer.step()
        places.append(-w.item())
    return np.diff(places)


ones = np.ones(200)
for form in ("classical", "average"):
    steps = steps_by_hand(form, ones)
    ours = steps_of(lambda p, form=form: SGD(p, lr=0.1, momentum=0.9, momentum_form=form), ones)
    first = ", ".join(f"{step:.4f}" for step in steps[:4])
    print(f"{form:<10} {first} … {steps[-1]:.4f}   same as nn.optim: {np.allclose(steps, ours)}")

# %% [markdown]
# `SGD` has a third form, PyTorch's, and it is the default: $v \leftarrow \gamma v + g$ and $w \leftarrow w - \eta v$. As
# long as $\eta$ stays the same, it takes the same steps as the classical one. If $\eta$ changes, they differ: in
# PyTorch's form the new $\eta$ applies to the velocity, too.

# %%
for form in ("classical", "pytorch"):
    w = Tensor(np.zeros(1))
    optimizer, steps, before = SGD([w], lr=0.1, momentum=0.9, momentum_form=form), [], 0.0
    for step in range(6):
        if step == 3:
            optimizer.param_groups[0]["lr"] = 0.01  # a tenth, from the fourth step on
        optimizer.zero_grad()
        w.sum().backward()
        optimizer.step()
        steps.append(f"{before - w.item():.4f}")
        before = w.item()
    print(f"{form:<10}", "  ".join(steps))

# %% [markdown]
# (PyTorch's `dampening` takes a share off each gradient but the first. So `dampening=0.9` gives the average form, but
# for its first step, which is ten times as large.)

# %%
dampened = steps_of(lambda p: SGD(p, lr=0.1, momentum=0.9, dampening=0.9), ones[:3])
averaged = steps_of(lambda p: SGD(p, lr=0.1, momentum=0.9, momentum_form="average"), ones[:3])
print("dampening:", dampened.round(4), "  average:", averaged.round(4))

# %% [markdown]
# ## A learning rate for every weight
#
# The valley was hard because one $\eta$ had to serve a steep and a flat direction. The next family divides each
# weight's gradient by how large it usually is:
#
# | | keeps | step |
# |---|---|---|
# | **Adagrad** | the sum $\alpha \leftarrow \alpha + g^2$ | $\eta\, g / (\sqrt{\alpha} + \varepsilon)$ |
# | **RMSprop** | the average $v \leftarrow \gamma v + (1 - \gamma)\, g^2$ | $\eta\, g / (\sqrt{v} + \varepsilon)$ |
# | **Adadelta** | $v$, and the average $u$ of the squared steps | $g\, \sqrt{u + \varepsilon} / \sqrt{v + \varepsilon}$ |
#
# **Predict first.** Two weights have the gradients 10 and 0.1, always. How do their first Adagrad steps compare? And
# how does the fourth step compare with the first?
#
# <details><summary>Answer</summary>
#
# In the first step $\sqrt\alpha = |g|$, so both move by exactly $\eta$. In the fourth $\alpha = 4g^2$, so both move by
# $\eta/2$. The sum only grows, so Adagrad slows down for ever.
#
# </details>

# %%
for g in (10.0, 0.1):
    always = np.full(100, g)
    adagrad = steps_of(lambda p: Adagrad(p, lr=0.1), always)
    rmsprop = steps_of(lambda p: RMSprop(p, lr=0.1, alpha=0.95), always)
    print(f"g = {g:<4}  Adagrad: {adagrad[:4].round(4)} … {adagrad[-1]:.4f}")
    print(f"          RMSprop: {rmsprop[:4].round(4)} … {rmsprop[-1]:.4f}")

# %% [markdown]
# RMSprop forgets old gradients, so it does not slow down. (Its first step is too large. Keep that in mind.)
#
# Adadelta goes one step further: $\sqrt{u}$ has the unit of the weight and takes the place of $\eta$. Some courses teach
# under this name the form without $u$. That is RMSprop with $\gamma = 0.95$ and $\varepsilon$ **inside** the root. The
# place of $\varepsilon$ matters only where the gradients are tiny:

# %%
for g in (1.0, 1e-8):
    outside, inside = (
        steps_of(lambda p, place=place: Adagrad(p, lr=0.1, eps=1e-8, eps_in_root=place), [g])[0]
        for place in (False, True)
    )
    print(f"g = {g:<6} first Adagrad step: ε outside {outside:.1e}, inside {inside:.1e}")

# %%
racers = {
    "gradient descent": lambda p: SGD(p, lr=0.038),
    "Adagrad, η = 1": lambda p: Adagrad(p, lr=1.0),
    "RMSprop, η = 0.1": lambda p: RMSprop(p, lr=0.1, alpha=0.95),
    "Adadelta": lambda p: Adadelta(p, rho=0.95),
    "Adam, η = 0.3": lambda p: Adam(p, lr=0.3),
}
race(valley, racers, steps=60, **where)

# %% [markdown]
# They do not see the valley's shape: x and y are each divided by their own size, so they start diagonally. Adadelta has
# no learning rate to choose and takes its time: $u$ starts at 0, so at first $\sqrt{\varepsilon} = 0.001$ is all it
# has in place of $\eta$.
#
# ## Adam, and why it corrects its averages
#
# **Adam** is momentum (average form) over RMSprop:
#
# $$m \leftarrow \beta_1 m + (1 - \beta_1)\,g, \qquad v \leftarrow \beta_2 v + (1 - \beta_2)\,g^2, \qquad
# w \leftarrow w - \eta\, \frac{\hat m}{\sqrt{\hat v} + \varepsilon}$$
#
# with $\beta_1 = 0.9$ and $\beta_2 = 0.999$. Both averages start at 0, so at first they are too small. The **bias
# correction** makes up for it in step $t$:
#
# $$\hat m = \frac{m}{1 - \beta_1^{\,t}}, \qquad \hat v = \frac{v}{1 - \beta_2^{\,t}}$$
#
# **Predict first.** Both averages are too small at first. Does that not cancel? Compute the first step without the
# correction, for any $g > 0$.
#
# <details><summary>Answer</summary>
#
# $m = 0.1\,g$ and $v = 0.001\,g^2$. So $m/\sqrt v = 0.1/\sqrt{0.001} = 3.16$: the first step is more than three times too
# large. The two averages wake up at different speeds; $v$ needs a thousand steps.
#
# </details>


# %%
def adam(gradient, start, steps, lr, correction):
    """Adam by hand: the places it visits."""
    w = np.array(start, dtype=float)
    m, v, path = np.zeros_like(w), np.zeros_like(w), [w]
    for t in range(1, steps + 1):
        g = gradient(w)
        m, v = 0.9 * m + 0.1 * g, 0.999 * v + 0.001 * g**2
        c1, c2 = correction(t)
        w = w - lr * (m / c1) / (np.sqrt(v / c2) + 1e-8)
        path.append(w)
    return np.array(path)


corrections = {
    "with 1 − βᵗ (Adam)": lambda t: (1 - 0.9**t, 1 - 0.999**t),
    "without": lambda t: (1, 1),
    "with 1 − β, a common slip": lambda t: (1 - 0.9, 1 - 0.999),
}
print("steps for a gradient that is always 1, in units of η:")
for name, correction in corrections.items():
    steps = -np.diff(adam(np.ones_like, [0.0], 5000, 1.0, correction)[:, 0])
    print(f"{name:<26}", "  ".join(f"t = {t}: {steps[t - 1]:.2f}" for t in (1, 10, 100, 5000)))

ours = steps_of(lambda p: Adam(p, lr=0.1), ones)
by_hand = -np.diff(adam(np.ones_like, [0.0], 200, 0.1, corrections["with 1 − βᵗ (Adam)"])[:, 0])
print("the first is nn.optim.Adam:", np.allclose(ours, by_hand))

# %% [markdown]
# With the correction a steady gradient gives steady steps of $\eta$. Without it the steps are up to six times too large,
# and just at the beginning, when least is known. If the power $t$ is forgotten, the first step is right and in the
# long run all are too small by a factor of 3.
#
# Does it matter? Here is a surface with two valleys. The left one is deeper, and that is where we start.


# %%
def hills(x, y):
    return x**4 / 4 - 2 * x**2 + 0.8 * x + y**2


def slope_of_hills(w):
    return np.array([w[0] ** 3 - 4 * w[0] + 0.8, 2 * w[1]])


figure, (left, right) = plt.subplots(1, 2, figsize=(10, 3.8), layout="constrained")
xs, ys = np.meshgrid(np.linspace(-3.6, 3.6, 80), np.linspace(-2, 2, 80))
left.contour(xs, ys, hills(xs, ys), levels=14, colors="lightgray")
for (name, correction), style in zip(corrections.items(), ("-", "--", ":"), strict=True):
    path = adam(slope_of_hills, [-3.3, 1.5], 200, 0.3, correction)
    left.plot(*path.T, style, marker="o", markersize=2, linewidth=1, label=name)
    print(f"{name:<26} ends at x = {path[-1, 0]:5.2f}, height {hills(*path[-1]):.2f}")
    steps = -np.diff(adam(np.ones_like, [0.0], 5000, 1.0, correction)[:, 0])
    right.semilogx(range(1, 5001), steps, style, label=name)
left.plot(-3.3, 1.5, "k*", markersize=10)
left.set(title="two valleys", xlabel="x", ylabel="y")
right.set(title="step size for a steady gradient, in units of η", xlabel="t")
right.legend(fontsize=8)
plt.show()

# %% [markdown]
# Without the correction the first steps throw it out of the good valley. Think of a network that is already good and is
# to be trained a little further.
#
# ## Hills: local minima
#
# The loss of a network is **not convex**. There are several minima, and the one you fall into depends on where you start
# and how you walk. On the same surface we now start on the right.

# %%
racers = {
    "gradient descent, η = 0.02": lambda p: SGD(p, lr=0.02),
    "momentum 0.95, η = 0.02": lambda p: SGD(p, lr=0.02, momentum=0.95),
    "Adam, η = 0.2": lambda p: Adam(p, lr=0.2),
}
race(hills, racers, start=(3.2, 1.5), x_span=(-3.5, 3.5), y_span=(-2, 2), steps=100)

# %% [markdown]
# Momentum rolled over the hill into the **global** minimum. The other two stopped in the **local** one. That is luck, not
# merit. From the other side, momentum rolls out of the better valley just the same:

# %%
x, y = Tensor(-3.3), Tensor(1.5)
optimizer = SGD([x, y], lr=0.02, momentum=0.95)
for _ in range(200):
    optimizer.zero_grad()
    hills(x, y).backward()
    optimizer.step()
print(f"from x = -3.3 to x = {x.item():.1f}")

# %% [markdown]
# ## A saddle
#
# Where the gradient is 0, there need not be a minimum. On a **saddle** it goes up in one direction and down in another. A
# network has thousands of directions, and that all of them go up at once is rare. So most such places are saddles. We
# start almost on the ridge, at $y = 0.001$.
#
# **Predict first.** Who gets away from the ridge first, those that divide by the size of the gradient or those that do
# not?
#
# <details><summary>Answer</summary>
#
# Those that divide. Across the ridge the gradient is tiny, but divided by its own size it is as good as any
# other.
#
# </details>


# %%
def saddle(x, y):
    return x**2 - y**2 + y**4 / 4


racers = {
    "gradient descent": lambda p: SGD(p, lr=0.05),
    "momentum 0.9": lambda p: SGD(p, lr=0.05, momentum=0.9),
    "RMSprop": lambda p: RMSprop(p, lr=0.05),
    "Adam": lambda p: Adam(p, lr=0.05),
}
race(saddle, racers, start=(-1.5, 1e-3), x_span=(-2, 2), y_span=(-2, 2), steps=80)

# %% [markdown]
# ## And on digits?

# %%
images, digits = nn.data.load_digits()
images, digits = images[:800], digits[:800]
figure, panel = plt.subplots(figsize=(7.5, 3.6), layout="constrained")
for name, make in {
    "SGD, η = 0.1": lambda p: SGD(p, lr=0.1),
    "momentum 0.9, η = 0.1": lambda p: SGD(p, lr=0.1, momentum=0.9),
    "Nesterov 0.9, η = 0.1": lambda p: SGD(p, lr=0.1, momentum=0.9, nesterov=True),
    "Adagrad, η = 0.03": lambda p: Adagrad(p, lr=0.03),
    "RMSprop, η = 0.003": lambda p: RMSprop(p, lr=0.003),
    "Adam, η = 0.003": lambda p: Adam(p, lr=0.003),
}.items():
    model = nn.MLP((64, 32, 10), dtype=np.float64, seed=0)
    history = nn.fit(
        model, images, digits, loss=functional.cross_entropy, optimizer=make(model.parameters()),
        epochs=8, batch_size=40, seed=0, progress=False,
    )  # fmt: skip
    panel.plot(range(1, 9), history["loss"], label=f"{name}: {history['loss'][-1]:.2f}")
panel.set(xlabel="epoch", ylabel="loss")
panel.legend(fontsize=8)
plt.show()

# %% [markdown]
# Do not read a ranking out of this: with other learning rates the order is another. In practice, Adam
# works tolerably with little tuning; SGD with momentum, well tuned, is often as good or better in the end.
#
# ## In short
#
# * Batch: exact and expensive. One record: cheap and noisy. Mini-batches in between; $n/\text{batch}$ iterations make an
#   epoch.
# * Momentum adds up what persists and cancels what alternates. Its two forms differ by a factor of $1 - \beta$ in the
#   step.
# * Adagrad, RMSprop and Adadelta divide each gradient by its usual size. Adam adds momentum to that.
# * Averages that start at 0 are too small at first. Adam's correction by $1 - \beta^t$ makes up for it.
# * Learning rates of different optimisers cannot be compared.
#
# ## Exercises
#
# **1.** In the valley, look for the best momentum by hand: $\eta = 0.04$, and $\gamma$ from 0 to 0.9. Which is the best after
# 60 steps?
#
# <details><summary>Solution</summary>
#
# Too little still zigzags, too much swings like a pendulum.
#
# ```python
# for momentum in (0.0, 0.3, 0.5, 0.7, 0.9):
#     x, y = Tensor(-4.0), Tensor(0.8)
#     optimizer = SGD([x, y], lr=0.04, momentum=momentum)
#     for _ in range(60):
#         optimizer.zero_grad()
#         valley(x, y).backward()
#         optimizer.step()
#     print(f"γ = {momentum}: {valley(x, y).item():.1e}")
# ```
#
# ```text
# γ = 0.0: 1.6e+01
# γ = 0.3: 6.0e-03
# γ = 0.5: 1.5e-04
# γ = 0.7: 1.4e-08
# γ = 0.9: 3.5e-02
# ```
#
# </details>
#
# **2.** Write Nesterov's momentum by hand and compare with `SGD(..., nesterov=True)`, in PyTorch's form:
# $v \leftarrow \gamma v + g$, then $w \leftarrow w - \eta\,(g + \gamma v)$.
#
# <details><summary>Solution</summary>
#
# ```python
# gradients = np.random.default_rng(0).normal(size=20)
# v, steps = 0.0, []
# for g in gradients:
#     v = 0.9 * v + g
#     steps.append(0.1 * (g + 0.9 * v))
# ours = steps_of(lambda p: SGD(p, lr=0.1, momentum=0.9, nesterov=True), gradients)
# print(np.allclose(steps, ours))
# ```
#
# ```text
# True
# ```
#
# </details>
#
# **3.** Multiply the loss by 1000. Which optimisers take the same steps as before?
#
# <details><summary>Solution</summary>
#
# Those that divide by the size of the gradient do not notice. For SGD it is as if $\eta$ were 1000 times larger.
#
# ```python
# gradients = np.random.default_rng(0).normal(size=20)
# for make in (SGD, Adagrad, RMSprop, Adam):
#     small, large = (steps_of(lambda p: make(p, lr=0.01), gradients * f) for f in (1, 1000))
#     print(f"{make.__name__:<8} {np.allclose(small, large, rtol=1e-3)}")
# ```
#
# ```text
# SGD      False
# Adagrad  True
# RMSprop  True
# Adam     True
# ```
#
# </details>
#
# ## What to read next
#
# [11 · Checking derivatives](11_checking_derivatives.ipynb): how to find out that a gradient is wrong, before it costs a
# week.
