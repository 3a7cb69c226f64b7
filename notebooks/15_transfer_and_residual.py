# %% [markdown]
# # 15 · Transfer learning and residual connections
#
# **Goal:** use what one network has learned to teach another, and see what lets networks become deep.
#
# About 20 minutes. You need notebooks 5 and 14.

# %%
from math import comb

import matplotlib.pyplot as plt
import numpy as np

import autograd
import nn
import viz
from autograd import Value
from nn.data import augmentation

# %% [markdown]
# ## Few examples
#
# Suppose somebody has trained a good network on many images, and you have a **new** task with very few. The first
# layers of that network know strokes, corners, bows. Your task needs those, too. So do not start from random weights:
# take over the first layers and replace the last one, the **head**, which knows only the old classes.
#
# Our old task are the digits 0 to 4, of which there are many. The new one are 5 to 9, with ten examples of each. All
# digits stand somewhere on a $12 \times 12$ ground.

# %%
images, labels = nn.data.load_digits()
images = np.pad(images.reshape(-1, 1, 8, 8).astype(np.float64), [(0, 0), (0, 0), (2, 2), (2, 2)])
images = augmentation.translate(images, 2, seed=0)

old = labels < 5
old_x, old_y = images[old], labels[old]
few_x, rest_x, few_y, rest_y = nn.data.train_test_split(
    images[~old], labels[~old] - 5, test_size=846, stratify=labels[~old], seed=0
)
print(
    f"old task {len(old_x)} images; new task {len(few_x)} to learn from and {len(rest_x)} to test"
)

# %% [markdown]
# The network is that of notebook 14 in two parts: the `features`, which we want to take over, and the head.


# %%
def make(seed):
    features = nn.Sequential(
        nn.Conv2d(1, 8, 3, padding=1, dtype=np.float64, seed=seed),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Conv2d(8, 16, 3, padding=1, dtype=np.float64, seed=seed + 1),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Flatten(),
        nn.Linear(144, 32, dtype=np.float64, seed=seed + 2),
        nn.ReLU(),
    )
    return nn.Sequential(features, nn.Linear(32, 5, dtype=np.float64, seed=seed + 3))


def train(model, x, y, lr, epochs, augment=None):
    learned = [parameter for parameter in model.parameters() if parameter.requires_grad]
    nn.fit(
        model,
        x,
        y,
        loss=nn.CrossEntropyLoss(),
        optimizer=nn.optim.Adam(learned, lr=lr),
        epochs=epochs,
        batch_size=16,
        augment=augment,
        seed=0,
        progress=False,
    )


def shift(records, rng):
    return augmentation.translate(records, 1, seed=rng)


teacher = make(seed=0)
train(teacher, old_x, old_y, lr=0.005, epochs=12, augment=shift)
print(f"old task: {nn.accuracy(nn.predict(teacher, old_x), old_y):.2f} right")

# %% [markdown]
# Four ways to learn the new task:
#
# * **from scratch**: random weights, everything is trained;
# * **random and frozen**: random features that stay as they are, only the head is trained (to compare with);
# * **taken over and frozen**: the teacher's features stay as they are, only the head is trained;
# * **fine-tuned**: the teacher's features, and everything is trained, with small steps.
#
# To freeze is to say that no gradient is wanted: `requires_grad_(False)`.
#
# **Predict first.** Which of the four is best, which is worst?
#
# <details><summary>Answer</summary>
#
# See for yourself. Note how much the features are worth: the two frozen ones differ in nothing else.
#
# </details>

# %%
ways = {
    "from scratch": (False, False, 0.005),
    "random and frozen": (False, True, 0.005),
    "taken over and frozen": (True, True, 0.005),
    "fine-tuned": (True, False, 0.002),
}
students = {}
for name, (taken_over, frozen, lr) in ways.items():
    student = make(seed=10)
    if taken_over:
        student[0].load_state_dict(teacher[0].state_dict())
    if frozen:
        student[0].requires_grad_(False)
    train(student, few_x, few_y, lr, epochs=50)
    students[name] = student
    print(f"{name:>21}: {nn.accuracy(nn.predict(student, rest_x), rest_y):.2f} right")

# %% [markdown]
# In the summary you see what is frozen. In the picture the features do not appear at all: nothing in them is to be
# differentiated, so nothing of it was recorded. The gradient goes back to the head and no further.

# %%
student = students["taken over and frozen"]
print(student.summary((1, 1, 12, 12)))
loss = nn.functional.cross_entropy(student(few_x), few_y)
viz.graph(loss, depth=0, title="Frozen features, a new head")

# %% [markdown]
# A frozen part is cheap, too: no backward pass goes through it. In practice one takes a network that was trained on
# a million photographs, freezes it, trains a new head, and then fine-tunes.
#
# ## Deep, and why it did not work
#
# More layers should be able to do more. But notebook 5 has shown what many layers do to a gradient. Here are twenty
# layers of 32 neurons with tanh, on the $8 \times 8$ digits.


# %%
def deep(residual, layers=20, seed=0):
    rng = np.random.default_rng(seed)

    def block():
        branch = nn.Sequential(nn.Linear(32, 32, dtype=np.float64, seed=rng), nn.Tanh())
        return nn.Residual(branch) if residual else branch

    first, blocks = nn.Linear(64, 32, dtype=np.float64, seed=rng), [block() for _ in range(layers)]
    return nn.Sequential(first, *blocks, nn.Linear(32, 10, dtype=np.float64, seed=rng))


digits, digit_labels = nn.data.load_digits()
digits = digits.astype(np.float64)
plain = deep(residual=False)
loss = nn.functional.cross_entropy(plain(digits[:64]), digit_labels[:64])
print(viz.diagnose(loss, plain).findings[0])

# %% [markdown]
# ## The skip
#
# The idea of **residual networks** (He et al., 2015) is one plus sign. A block does not compute its output, it computes what
# to **add** to its input:
#
# $$y = x + f(x)$$
#
# **Predict first.** What is $\partial y/\partial x$? What if $f$ has nearly no slope?
#
# <details><summary>Answer</summary>
#
# $1 + f'(x)$. Even if $f'$ is nearly 0, the 1 stays.
#
# </details>
#
# Three blocks after each other give
#
# $$\frac{\partial y}{\partial x} = (1 + f_1')(1 + f_2')(1 + f_3')
# = 1 + f_1' + f_2' + f_3' + f_1' f_2' + f_1' f_3' + f_2' f_3' + f_1' f_2' f_3'$$
#
# Eight summands, and each is a **path**: at every block the gradient goes through the branch or past it. Here they are.

# %%
x = Value(0.5, name="x")
h = x
for number, w in enumerate((0.3, -0.4, 0.2), start=1):
    h = h + (w * h).tanh()
    h.name = "h" + "₀₁₂₃"[number]

found = autograd.paths(h, x, k=8)
for path in found.largest:
    blocks = path.length // 2  # a branch has two factors: w and the slope of tanh
    print(f"through {blocks} branches: {path.contribution:8.4f}   {path.share:6.1%}")
print(f"sum of {found.count} paths:  {found.gradient:8.4f}")

# %%
viz.graph(
    h, paths=autograd.paths(h, x, k=3), title="Three residual blocks, the three largest paths"
)

# %% [markdown]
# The path past everything carries the most, and the longer a path, the less it carries.
#
# ## What twenty skips carry
#
# Now the deep network. With twenty blocks there are $2^{20}$ paths, more than a million. `by_length` adds up all those
# that go through 0, 1, 2 … branches.
#
# **Predict first.** How many paths go through exactly 10 of 20 branches? And how much do they carry?
#
# <details><summary>Answer</summary>
#
# $\binom{20}{10} = 184\,756$, the largest group of all. But each of them is a product of ten small factors. Together they carry
# next to nothing, as the plot shows.
#
# </details>

# %%
residual = deep(residual=True)
loss = nn.functional.cross_entropy(residual(digits[:64]), digit_labels[:64])
found = autograd.paths(loss, residual[0].weight)
lengths = found.by_length
print(f"{found.count:,} paths")
for through in (0, 1, 2, 3, 5, 10):
    length = lengths[through]
    print(
        f"through {through:2} branches: {length.count:7,} paths = {comb(20, through):7,}   {length.share:6.1%}"
    )

figure, (left, right) = plt.subplots(1, 2, figsize=(11, 3.2), layout="constrained")
left.bar(range(21), [length.count for length in lengths], color="lightgray")
left.set(xlabel="branches on the way", title="number of paths")
right.bar(range(21), [length.share for length in lengths])
right.axhline(0, color="gray", linewidth=0.5)
right.set(xlabel="branches on the way", title="share of the gradient")
plt.show()

short = sum(length.share for length in lengths[:6])
print(f"up to 5 branches: {short:.0%} of the gradient")

# %% [markdown]
# (A share may be negative: those paths point the other way.) So the gradient of this deep network comes almost
# entirely over **short** paths. For its gradient it is a crowd of shallow networks.
#
# And the plain network? It has just one path, through everything:

# %%
only = autograd.paths(
    nn.functional.cross_entropy(plain(digits[:64]), digit_labels[:64]), plain[0].weight
)
print("paths of the plain network:", only.count)


def sizes(model):
    model.zero_grad()
    nn.functional.cross_entropy(model(digits[:64]), digit_labels[:64]).backward()
    return [
        np.linalg.norm(layer.grad) for name, layer in model.named_parameters() if "weight" in name
    ]


figure, axes = plt.subplots(figsize=(8, 3.2), layout="constrained")
for name, model in [("plain", plain), ("residual", residual)]:
    axes.semilogy(sizes(model), "o-", markersize=3, label=name)
axes.set(xlabel="layer", ylabel="|∂L/∂W|")
axes.legend()
plt.show()

# %% [markdown]
# The proof is in the training:

# %%
for name, model in [("plain", plain), ("residual", residual)]:
    history = nn.fit(
        model,
        digits[:1000],
        digit_labels[:1000],
        loss=nn.CrossEntropyLoss(),
        optimizer=nn.optim.Adam(model.parameters(), lr=0.001),
        epochs=10,
        validation=(digits[1000:], digit_labels[1000:]),
        metrics=[nn.accuracy],
        seed=0,
        progress=False,
    )
    print(f"{name:>8}: {history['val_accuracy'][-1]:.2f} of the test digits right after 10 epochs")

# %% [markdown]
# ## ResNet
#
# ResNet is this with convolutions. Its block has two of them, each with a batch normalisation. Where the size changes, a
# $1 \times 1$ convolution on the skip makes the shapes fit. Here is a small one for images like ours:

# %%
print(nn.models.SmallResNet(widths=(8, 16), seed=0).summary((1, 1, 12, 12)))

# %% [markdown]
# The famous ResNet-18, for photographs, has four stages of two such blocks:

# %%
resnet = nn.models.ResNet18(seed=0)
convolutions = [name for name, module in resnet.named_modules() if isinstance(module, nn.Conv2d)]
on_skips = [name for name in convolutions if "downsample" in name]
print(f"{resnet.count_parameters():,} parameters")
print(
    f"{len(convolutions)} convolutions, {len(on_skips)} of them on skips, and one full layer at the end"
)

# %% [markdown]
# $20 - 3 + 1 = 18$ layers with weights, hence the name. VGG16 in notebook 14 had twelve times as many parameters.
#
# ## In short
#
# * Transfer: take over the features, replace the head, freeze or fine-tune. It pays where examples are few.
# * A residual block computes what to add: $y = x + f(x)$, so $\partial y/\partial x = 1 + f'$.
# * With $n$ blocks there are $2^n$ paths, and the short ones carry the gradient.
#
# ## Exercises
#
# **1.** Try the four ways with three examples per class instead of ten (`test_size=881`). Which ones lose least?
#
# <details><summary>Solution</summary>
#
# The fewer examples, the more the taken-over features matter. Fifteen images are too few to improve them, though.
#
# ```python
# x3, r3, y3, s3 = nn.data.train_test_split(
#     images[~old], labels[~old] - 5, test_size=881, stratify=labels[~old], seed=0
# )
# for name, (taken_over, frozen, lr) in ways.items():
#     student = make(seed=10)
#     if taken_over:
#         student[0].load_state_dict(teacher[0].state_dict())
#     if frozen:
#         student[0].requires_grad_(False)
#     train(student, x3, y3, lr, epochs=50)
#     print(f"{name:>21}: {nn.accuracy(nn.predict(student, r3), s3):.2f} right")
# ```
#
# ```text
#          from scratch: 0.38 right
#     random and frozen: 0.28 right
# taken over and frozen: 0.51 right
#            fine-tuned: 0.51 right
# ```
#
# </details>
#
# **2.** A block $y = x + f(x)$ whose last weights are 0 is the identity. Set the weights of all branches to 0. What is the
# gradient at the first layer, and what are its paths?
#
# <details><summary>Solution</summary>
#
# Only the path past everything is left. Twenty blocks, and the first layer learns as if they were not there. (Some
# initialisations do just this.)
#
# ```python
# asleep = deep(residual=True)
# for block in asleep[1:-1]:
#     nn.init.zeros_(block.branch[0].weight)
# loss = nn.functional.cross_entropy(asleep(digits[:64]), digit_labels[:64])
# print(f"{autograd.paths(loss, asleep[0].weight).by_length[0].share:.0%}")
# ```
#
# ```text
# 100%
# ```
#
# </details>
#
# **3.** How many paths has ResNet-18's chain of eight blocks?
#
# <details><summary>Solution</summary>
#
# ```python
# print(2**8)
# ```
#
# ```text
# 256
# ```
#
# </details>
#
# ## What to read next
#
# [16 · Sequences](16_sequences.ipynb): networks that read one step after the other, which makes them deep in time.
