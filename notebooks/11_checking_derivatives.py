# %% [markdown]
# # 11 · Checking derivatives
#
# **Goal:** find the mistake in a backward pass that was written by hand, and keep it from coming back.
#
# About 20 minutes. You need notebook 4.

# %%
import re

import matplotlib.pyplot as plt
import numpy as np

from autograd import Tensor, Value, assert_gradients, gradcheck, primitive
from nn import functional

# %% [markdown]
# Sooner or later you write a derivative yourself: a new layer, a faster kernel, an exam. And sooner or later it is
# wrong. The nasty part is that a wrong gradient does not crash. Here is the network of notebook 4 in plain numpy,
# with its backward pass.

# %%
rng = np.random.default_rng(0)
x, labels = rng.normal(size=(30, 3)), rng.integers(0, 2, size=30)
x[:, 0] += 2.0 * labels  # the first feature knows something about the class
one_hot = np.eye(2)[labels]


def loss(W1, W2):
    z = np.tanh(x @ W1) @ W2
    z = z - z.max(axis=1, keepdims=True)
    return -np.sum(one_hot * (z - np.log(np.exp(z).sum(axis=1, keepdims=True)))) / 30


def backward(W1, W2):
    h = np.tanh(x @ W1)
    p = functional.softmax(h @ W2)
    dz = (p - one_hot) / 30
    dW2 = h.T @ dz
    dh = dz @ W2.T
    dW1 = x.T @ (dh * (1 - h))
    return dW1, dW2


W1, W2 = rng.normal(size=(3, 4)), rng.normal(size=(4, 2))

# %% [markdown]
# **Predict first.** There is a mistake in `backward`. Do you see it? And will training notice it?
#
# <details><summary>Answer</summary>
#
# The derivative of tanh is $1 - h^2$, not $1 - h$. And training will hardly notice: the sign of $1 - h$ is right (it is
# positive, too), so most steps still go downhill.
#
# </details>

# %%
weights = [W1, W2]
for step in range(301):
    if step % 100 == 0:
        print(f"step {step:3}: loss {loss(*weights):.3f}")
    weights = [w - 0.3 * g for w, g in zip(weights, backward(*weights), strict=True)]

# %% [markdown]
# It learns: the loss is less than half of what it was. That it creeps up a little later, you would blame on the learning
# rate. A falling loss is no proof of a right gradient. We need another witness.
#
# ## The other witness: difference quotients
#
# A derivative can always be estimated from the function itself, without any calculus (notebook 1):
#
# $$f'(x) \approx \frac{f(x + h) - f(x - h)}{2h}$$
#
# **Predict first.** The smaller $h$, the better?
#
# <details><summary>Answer</summary>
#
# Only up to a point. A computer keeps some 16 digits. For a tiny $h$ the two values agree in nearly all of them, and the
# difference is made of the few that are left. Divided by the tiny $h$, their rounding error becomes huge.
#
# </details>

# %%
h = 10.0 ** np.arange(-15, 0.01, 0.25)
one_sided = (np.sin(1 + h) - np.sin(1)) / h
central = (np.sin(1 + h) - np.sin(1 - h)) / (2 * h)
figure, panel = plt.subplots(figsize=(7, 3.6), layout="constrained")
panel.loglog(
    h, abs(one_sided - np.cos(1)), "o-", markersize=3, label="one-sided: (f(x + h) − f(x)) / h"
)
panel.loglog(
    h, abs(central - np.cos(1)), "s-", markersize=3, label="central: (f(x + h) − f(x − h)) / 2h"
)
panel.set(xlabel="h", ylabel="error of the derivative of sin at 1")
panel.legend(fontsize=8)
plt.show()

# %% [markdown]
# From right to left: at first the formula's own error shrinks, then rounding takes over. Where the valley lies depends
# on the function. So with a fixed $h$ and a fixed tolerance you either miss mistakes or raise false alarms.
#
# `gradcheck` tries a whole ladder of steps, combines them, and works out **how far off** the estimate may be. Then it
# compares: outside of that bar, the claim is wrong.
#
# ## The report

# %%
report = gradcheck(loss, W1, W2, gradient=backward)
print(report.headline())
for number, name in enumerate(("dW1", "dW2")):
    wrong = sum(element.input == number for element in report.wrong)
    print(f"{name}: {wrong} of {report.inputs[number].claims.size} wrong")
result = report.inputs[0]
print("claimed  dW1[0] =", result.claims[0].round(4))
print(
    "estimate dW1[0] =",
    result.estimates[0].round(4),
    " ± less than 1e-9:",
    bool(result.bars.max() < 1e-9),
)

# %% [markdown]
# This is how to read it: `dW2` is right, so everything up to `dz` is right. `dW1` is wrong in all elements, so look at
# what comes between: `dh`, and the derivative of tanh. There it is.
#
# (`print(report)` shows the elements one by one, with the bar of each. Do that on your machine.)


# %%
def repaired(W1, W2):
    h = np.tanh(x @ W1)
    dz = (functional.softmax(h @ W2) - one_hot) / 30
    dh = dz @ W2.T
    return x.T @ (dh * (1 - h**2)), h.T @ dz


print(gradcheck(loss, W1, W2, gradient=repaired))

# %% [markdown]
# And what did the mistake cost?

# %%
weights = [W1, W2]
for _ in range(300):
    weights = [w - 0.3 * g for w, g in zip(weights, repaired(*weights), strict=True)]
print(f"loss after 300 steps: {loss(*weights):.3f}")

# %% [markdown]
# With the wrong gradient it was stuck at nearly twice that.
#
# ## It knows the usual suspects
#
# Most wrong derivatives are wrong in one of a few ways. For those the report has a hint. Take $L = \sum (WA)^2$, with the
# gradient $2\,(WA)A^\top$:

# %%
A, W = rng.normal(size=(3, 3)), rng.normal(size=(3, 3))
claims = {
    "right": lambda W: 2 * (W @ A) @ A.T,
    "factor forgotten": lambda W: (W @ A) @ A.T,
    "sign": lambda W: -2 * (W @ A) @ A.T,
    "transposed": lambda W: (2 * (W @ A) @ A.T).T,
    "in float32": lambda W: (2 * (W @ A) @ A.T).astype(np.float32),
}
for name, claim in claims.items():
    report = gradcheck(lambda W: np.sum((W @ A) ** 2), W, gradient=claim)
    said = [*report.problems, *report.hints] or [report.worst.hint]
    print(f"{name}: {'ok' if report.ok else said[0]}")

# %% [markdown]
# If a single element is off, it is named. (The bars differ a little from machine to machine; we cover them, so
# that this page always reads the same.)


# %%
def one_sign(W):
    gradient = 2 * (W @ A) @ A.T
    gradient[2, 1] *= -1
    return gradient


report = gradcheck(lambda W: np.sum((W @ A) ** 2), W, gradient=one_sign)
print(re.sub(r"± \S+", "± …", str(report)))

# %% [markdown]
# ## A point is not enough
#
# **Predict first.** This leaky ReLU has a wrong slope on its left side, and we check at three positive numbers. Will it be
# found?
#
# <details><summary>Answer</summary>
#
# Not at these three points. But `gradcheck` also looks at points nearby, mirrored, larger and smaller. There it finds
# it, and says where.
#
# </details>


# %%
def leaky(x):
    return np.where(x > 0, x, 0.1 * x)


def wrong_on_the_left(cotangent, x):
    return cotangent * np.where(x > 0, 1.0, 0.2)


positive = np.array([0.5, 1.0, 2.0])
here = gradcheck(leaky, positive, vjp=wrong_on_the_left, probe=False)
around = gradcheck(leaky, positive, vjp=wrong_on_the_left)
print("only at the points given:", here.headline())
print("around them as well:     ", around.headline())
print("found at a negative number:", around.elsewhere[0].at < 0)

# %% [markdown]
# (Here the function gives an array, not a number. Then a derivative by hand is a **vjp**: it gets what arrives from above,
# the `cotangent`, and returns what is handed on.)
#
# ## Kinks
#
# ReLU, $|x|$ and max have corners. At a corner there is no derivative, but a slope on each side.
#
# **Predict first.** At $x = 0$, what would the central difference say about ReLU? Our `relu` claims 0. Is that wrong?
#
# <details><summary>Answer</summary>
#
# $(h - 0)/2h = \tfrac12$. A naive check would report a mistake. But any number between the two slopes, 0 and 1, is a
# legitimate choice there; PyTorch takes 0, and so do we.
#
# </details>

# %%
relu_at_0 = Value(0.0)
functional.relu(relu_at_0).backward()
print(
    "our relu at 0:", relu_at_0.grad, "  central difference:", (max(1e-6, 0) - max(-1e-6, 0)) / 2e-6
)
print(gradcheck(functional.relu, np.array([-1.0, 0.0, 2.0])))

# %% [markdown]
# It noticed the kink and accepts what lies between the one-sided derivatives. What lies outside is wrong at a kink,
# too:

# %%
for claim in (0.0, 0.5, 1.0, 1.5):

    def by_hand(c, x, claim=claim):
        return c * np.where(x == 0, claim, np.sign(x))

    report = gradcheck(np.abs, np.array([0.0]), vjp=by_hand)
    print(f"|x|′ at 0 claimed to be {claim}: {'ok' if report.ok else report.worst.why}")

# %% [markdown]
# ## A rule of your own
#
# With `primitive` you add an operation to the engine, with the derivative you found. From then on it works everywhere, and
# `gradcheck` needs no `gradient=`: it checks what `backward` gives. Say, a smooth step $s(x) = 3x^2 - 2x^3$:


# %%
@primitive(derivative=lambda x, y: 6 * x - 6 * x**2)
def smooth_step(x):
    return 3 * x**2 - 2 * x**3


print(gradcheck(smooth_step, np.array([0.2, 0.5, 0.9])))
print("second derivatives, too:", gradcheck(smooth_step, np.array([0.2, 0.5, 0.9]), order=2).ok)
t = Tensor([0.2, 0.5, 0.9])
smooth_step(t).sum().backward()
print("backward:", t.grad.round(3))

# %% [markdown]
# ## In your tests
#
# A check that you run once finds the mistake of today. In a test it finds the one of next month. `assert_gradients`
# raises if something is wrong, with the report as its message.


# %%
def test_backward():
    assert_gradients(loss, W1, W2, gradient=backward)


try:
    test_backward()
except AssertionError as error:
    print("failed:", str(error).splitlines()[0])

# %% [markdown]
# With pytest you do not even need the import. If glassgrad is installed, every test can ask for the fixture
# `gradcheck`, which fails the test with the report:
#
# ```python
# def test_smooth_step(gradcheck):
#     gradcheck(smooth_step, np.array([0.2, 0.5, 0.9]))
# ```
#
# And in a shell, for a function in a file: `glassgrad check package.module:function`.
#
# Three habits make such tests good: small inputs (every element is checked), random numbers rather than round ones (zeros and
# ones hide mistakes), and float64.
#
# ## In short
#
# * A wrong gradient does not crash, and the loss may fall all the same.
# * Difference quotients are an independent witness. Too large an $h$ errs by its formula, too small an $h$ by rounding; so
#   an estimate needs an error bar.
# * Which inputs are wrong says where to look: behind the last one that is right.
# * At a kink everything between the one-sided slopes is acceptable.
# * Put the check in a test.
#
# ## Exercises
#
# **1.** The mean of squares: `np.mean(r**2)` for `r` with five numbers. Someone claims that the gradient is `2 * r`. What does
# the report say, and what is right?
#
# <details><summary>Solution</summary>
#
# The claim is five times too large: the mean divides by 5, and the derivative does, too.
#
# ```python
# r = np.array([0.3, -1.2, 0.7, 2.1, -0.4])
# report = gradcheck(lambda r: np.mean(r**2), r, gradient=lambda r: 2 * r)
# print(report.worst.hint)
# print(gradcheck(lambda r: np.mean(r**2), r, gradient=lambda r: 2 * r / 5).ok)
# ```
#
# ```text
# 5 times the estimate
# True
# ```
#
# </details>
#
# **2.** Softmax by hand: complete `vjp(c, z)` so that the check passes. (Notebook 7 has its table of derivatives.)
#
# <details><summary>Solution</summary>
#
# With $\partial p_i/\partial z_j = p_i(\delta_{ij} - p_j)$, what is handed on is $\sum_i c_i\, p_i(\delta_{ij} - p_j) = p_j\,(c_j -
# \sum_i c_i p_i)$.
#
# ```python
# def vjp(c, z):
#     p = functional.softmax(z)
#     return p * (c - np.sum(c * p))
#
#
# print(gradcheck(functional.softmax, np.array([0.5, -1.0, 2.0]), vjp=vjp).ok)
# ```
#
# ```text
# True
# ```
#
# </details>
#
# **3.** Why would a check of `backward` at $W_1 = 0$ have missed the planted mistake?
#
# <details><summary>Solution</summary>
#
# Then $h = \tanh 0 = 0$, and $1 - h$ and $1 - h^2$ are both 1. Zeros hide mistakes. (The points nearby would have
# found it.)
#
# ```python
# zero = np.zeros((3, 4))
# print(gradcheck(loss, zero, W2, gradient=backward, probe=False).ok)
# print(gradcheck(loss, zero, W2, gradient=backward).ok)
# ```
#
# ```text
# True
# False
# ```
#
# </details>
#
# ## What to read next
#
# [12 · Training for real](12_training.ipynb): the gradients are right; now the network should learn what we mean.
