# %% [markdown]
# # 20 · Your PyTorch model under the lens
#
# **Goal:** take a PyTorch model that does not learn, and see why, without changing a line of it.
#
# About 15 minutes. You need notebook 5, and PyTorch: `pip install 'glassgrad[torch]'`.

# %% tags=["needs-torch"]
from itertools import pairwise

import matplotlib.pyplot as plt
import numpy as np
import torch

import nn
import viz

# %% [markdown]
# ## A model that does not learn
#
# Here is PyTorch code as it is written every day. A network with six hidden layers shall read handwritten digits. (The
# default dtype is set so that your numbers agree with the printed ones. It is not needed otherwise.)

# %%
torch.set_default_dtype(torch.float64)
images, labels = nn.data.load_digits()
x, y = torch.from_numpy(images).double(), torch.from_numpy(labels)
x_train, y_train, x_test, y_test = x[:1200], y[:1200], x[1200:], y[1200:]


def make(activation):
    torch.manual_seed(0)
    sizes = [64, 32, 32, 32, 32, 32, 32]
    layers = []
    for inputs, outputs in pairwise(sizes):
        layers += [torch.nn.Linear(inputs, outputs), activation()]
    return torch.nn.Sequential(*layers, torch.nn.Linear(32, 10))


def train(model, epochs=8):
    optimizer = torch.optim.Adam(model.parameters(), lr=0.003)
    order = torch.Generator().manual_seed(0)
    losses = []
    for _ in range(epochs):
        for rows in torch.randperm(len(x_train), generator=order).split(32):
            loss = torch.nn.functional.cross_entropy(model(x_train[rows]), y_train[rows])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
    right = (model(x_test).argmax(dim=1) == y_test).double().mean().item()
    return losses, right


model = make(torch.nn.Sigmoid)
losses, right = train(model)
print(
    f"loss {losses[0]:.1f} → {losses[-1]:.1f} (guessing: {np.log(10):.1f}), {right:.2f} of the test digits right"
)

# %% [markdown]
# Not much better than guessing, which gets 0.10. No error, no warning; PyTorch does what it was told. Printing the loss does
# not tell what is wrong.
#
# ## One line
#
# `viz.from_torch` reads the graph that PyTorch has recorded. It lets PyTorch run its own backward pass once and listens. What you
# get is a `Trace`, and everything in `viz` that takes a loss takes a trace, too.

# %%
model = make(torch.nn.Sigmoid)
loss = torch.nn.functional.cross_entropy(model(x[:64]), y[:64])
trace = viz.from_torch(loss, model)

viz.graph(trace, depth=0, title="A PyTorch model")

# %% [markdown]
# From right to left the lines turn blue and thin. You know that from notebook 5.
#
# **Predict first.** Has any `.grad` of the model changed by this? And can you still call `loss.backward()`?
#
# <details><summary>Answer</summary>
#
# No `.grad` has changed, and the graph is still there. So you can put that line in the middle of your training loop.
#
# </details>

# %%
print("gradients before:", {parameter.grad for parameter in model.parameters()})
loss.backward()
print(f"after backward:   {model[0].weight.grad.abs().max():.1e} at most in the first layer")

# %% [markdown]
# The numbers on the edges are PyTorch's own. Let us check it: what arrives at the first layer's weight in the trace must be what
# `backward` has left in `.grad`.

# %%
arrived = {step.node.scope: step.gradient for step in trace.steps if step.node.name == "weight"}
same = [
    np.allclose(arrived[name], layer.weight.grad)
    for name, layer in model.named_modules()
    if name in arrived
]
print(f"{len(same)} weights, all the same: {all(same)}")

# %% [markdown]
# ## The diagnosis

# %%
print(viz.diagnose(trace))

# %% [markdown]
# **Predict first.** Each sigmoid passes at most 0.25 of a gradient. What do six of them leave, at best?
#
# <details><summary>Answer</summary>
#
# $0.25^6 = 0.00024$. The weights between them take the rest.
#
# </details>
#
# `viz.why` goes on for a single parameter. A trace has stand-ins for PyTorch's tensors; look for the one you want by its module
# and its name.

# %%
first = next(
    step.node for step in trace.steps if (step.node.scope, step.node.name) == ("0", "weight")
)
print(f"0.25⁶ = {0.25**6:.5f}\n")
print(viz.why(trace, first))

# %% [markdown]
# ## Watching
#
# In the table above the sigmoids stand at *(no scope)*. PyTorch's graph does not tell which module made what; a weight's module is
# known by the weight, but a sigmoid has none. And it keeps only those values that its derivatives need. If you want it all, run
# the model inside `viz.watch_torch`. That costs memory, so use it for one batch.


# %%
def looked_at(model):
    with viz.watch_torch(model):
        loss = torch.nn.functional.cross_entropy(model(x[:64]), y[:64])
    return viz.from_torch(loss, model)


watched = looked_at(model)
for name, seen in [("from_torch alone", trace), ("with watch_torch", watched)]:
    modules = {step.node.scope for step in seen.steps} - {""}
    print(f"{name}: operations of {len(modules)} modules")

# %% [markdown]
# ## The cure, compared
#
# The diagnosis says what helps: ReLU and He initialisation.


# %%
def repaired():
    model = make(torch.nn.ReLU)
    for layer in model:
        if isinstance(layer, torch.nn.Linear):
            torch.nn.init.kaiming_normal_(layer.weight, nonlinearity="relu")
            torch.nn.init.zeros_(layer.bias)
    return model


cured = looked_at(repaired())
print(viz.compare(watched, cured, titles=("sigmoid", "ReLU, He")))
print()
print(viz.diagnose(cured).findings or "nothing found")

# %%
figure, axes = plt.subplots(figsize=(8, 3), layout="constrained")
for name, model in [("sigmoid", make(torch.nn.Sigmoid)), ("ReLU, He", repaired())]:
    losses, right = train(model)
    axes.plot(losses, label=name)
    print(f"{name:>8}: {right:.2f} of the test digits right")
axes.set(xlabel="step", ylabel="loss")
axes.legend()
plt.show()

# %% [markdown]
# ## Where the NaN comes from
#
# Another classic. The loss is fine, and the gradient is NaN. The code seems to avoid the root of a negative number:

# %%
a = torch.tensor([4.0, 0.0, -1.0], requires_grad=True)
loss = torch.where(a > 0, a.sqrt(), torch.zeros(3)).sum()
loss.backward()
print("loss", loss.item(), "  gradient", a.grad.tolist())

# %% [markdown]
# **Predict first.** `where` takes the root only of the 4. Why is the gradient at the others NaN?
#
# <details><summary>Answer</summary>
#
# The root is computed for all three. Backwards, `where` hands 0 to the two that were not taken, and $0 \cdot \infty$ is NaN.
#
# </details>

# %%
loss = torch.where(a > 0, a.sqrt(), torch.zeros(3)).sum()
print(viz.diagnose(viz.from_torch(loss)).findings[0])

# %%
loss = torch.where(a > 0, torch.where(a > 0, a, torch.ones(3)).sqrt(), torch.zeros(3)).sum()
a.grad = None
loss.backward()
print("gradient", a.grad.tolist())

# %% [markdown]
# ## Carry it over
#
# If a model is made of the usual layers, `nn.from_torch` makes the same model in this library, with the same numbers. Then all of
# this course is open to it: paths, single steps, scalars. `nn.to_torch` goes the other way.

# %%
small = torch.nn.Sequential(torch.nn.Linear(2, 2), torch.nn.Tanh(), torch.nn.Linear(2, 1))
ours = nn.from_torch(small)
point = np.array([[0.5, -1.0]])
print(f"PyTorch {small(torch.from_numpy(point)).item():.6f}   ours {ours(point).item():.6f}")
viz.network(ours, point, [[1.0]], loss=nn.functional.mse_loss)

# %% [markdown]
# ## In short
#
# * `viz.from_torch(loss, model)` gives a trace of PyTorch's own backward pass, and changes nothing.
# * `viz.graph`, `viz.diagnose`, `viz.why`, `viz.compare`, `viz.step` and `viz.check` take it.
# * `viz.watch_torch(model)` keeps all values and modules, for one batch.
# * `nn.from_torch(model)` brings the model itself.
#
# ## Exercises
#
# **1.** Kill the third layer: give its bias the value $-100$ in a repaired model. What does the diagnosis say?
#
# <details><summary>Solution</summary>
#
# ```python
# dead = repaired()
# torch.nn.init.constant_(dead[4].bias, -100.0)
# print(viz.diagnose(looked_at(dead)).findings[0].illness)
# ```
#
# ```text
# dead
# ```
#
# </details>
#
# **2.** Does tanh with Xavier initialisation do as well? (`torch.nn.init.xavier_normal_`, gain $5/3$.) What does the
# diagnosis say?
#
# <details><summary>Solution</summary>
#
# Yes, as far as the gradient is concerned.
#
# ```python
# model = make(torch.nn.Tanh)
# for layer in model[::2]:
#     torch.nn.init.xavier_normal_(layer.weight, gain=5 / 3)
# print(viz.diagnose(looked_at(model)).findings or "nothing found")
# ```
#
# ```text
# nothing found
# ```
#
# </details>
#
# **3.** In a test: the gradient of your model shall be finite and shall not vanish. (`viz.check`.)
#
# <details><summary>Solution</summary>
#
# ```python
# viz.check(cured).finite().no_vanishing(1e-3)
# try:
#     viz.check(watched).finite().no_vanishing(1e-3)
# except AssertionError:
#     print("the sigmoid network fails the test")
# ```
#
# ```text
# the sigmoid network fails the test
# ```
#
# </details>
#
# ## What to read next
#
# This is the last notebook. Put your own model under the lens.
