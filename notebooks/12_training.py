# %% [markdown]
# # 12 · Training for real
#
# **Goal:** train a network so that it is right about records it has never seen.
#
# About 25 minutes. You need notebooks 8, 9 and 10.

# %%
import matplotlib.pyplot as plt
import numpy as np

import nn
import viz
from autograd import Tensor
from nn import functional

# %% [markdown]
# ## The data
#
# Handwritten digits, 8 × 8 pixels each. Grey values should come as numbers around 0 to 1 (notebook 7 has shown why).
# **Min-max normalisation** does that: the smallest becomes 0, the largest 1. For an ordinary picture with grey values
# from 0 to 255 this means dividing by 255. `load_digits` has done it already.

# %%
print("0, 51, 102, 255  →", nn.data.min_max_scale(np.array([0, 51, 102, 255])))
images, digits = nn.data.load_digits()
print("digits:", images.shape, "from", images.min(), "to", images.max())

figure, panels = plt.subplots(1, 10, figsize=(10, 1.3))
for panel, image, digit in zip(panels, images, digits, strict=False):
    panel.imshow(image.reshape(8, 8), cmap="Greys")
    panel.set_title(digit)
    panel.axis("off")
plt.show()

# %% [markdown]
# ## Three parts
#
# A network can learn its records by heart. So we must judge it by others:
#
# * **training** records, to learn from;
# * **validation** records, to choose by: how large, how long, which settings;
# * **test** records, for one honest figure at the very end.
#
# **Predict first.** Why are two parts not enough? We do not learn from the validation records, after all.
#
# <details><summary>Answer</summary>
#
# But we choose by them. If you try twenty settings and keep the one that does best on the validation records, some of
# its success is luck with just these records. The test records have taken part in nothing.
#
# </details>

# %%
x_train, x_val, x_test, y_train, y_val, y_test = nn.data.train_validation_test_split(
    images.astype(np.float64), digits, validation_size=300, test_size=300, stratify=digits, seed=0
)
for name, labels in [("training", y_train), ("validation", y_val), ("test", y_test)]:
    print(f"{name:<10} {len(labels):4} records, of each digit:", np.bincount(labels).tolist())

# %% [markdown]
# (`stratify` gives every part the same share of each digit.)
#
# Real data is scarce, and some of it is wrong. So we keep only 300 training records and give every seventh or so a
# random label. The validation and test records stay clean.

# %%
x_train, y_train = x_train[:300], y_train[:300].copy()
rng = np.random.default_rng(0)
spoilt = rng.random(300) < 0.15
y_train[spoilt] = rng.integers(0, 10, spoilt.sum())
print("random labels:", spoilt.sum(), "of", len(y_train))

# %% [markdown]
# ## A first run
#
# `nn.fit` takes care of the loop: it shuffles, cuts batches, steps, and measures the validation records after each
# **epoch**. With 300 records in batches of 25 an epoch has 12 iterations.


# %%
def train(model, epochs=60, callbacks=(), **settings):
    optimizer = nn.optim.Adam(model.parameters(), lr=0.003, **settings)
    return nn.fit(
        model, x_train, y_train, loss=functional.cross_entropy, optimizer=optimizer,
        epochs=epochs, batch_size=25, validation=(x_val, y_val), metrics=[nn.accuracy],
        callbacks=callbacks, seed=0, progress=False,
    )  # fmt: skip


def network(*hidden):
    return nn.MLP((64, *hidden, 10), dtype=np.float64, seed=0)


plain = network(128)
history = train(plain)
viz.plot_history(history)
plt.show()

# %% [markdown]
# Look at the two loss curves. Both fall together at first: the network learns what digits look like. Then they part. The
# training loss goes on falling, the validation loss **rises**. From there on the network learns its 300 records by
# heart, wrong labels and all. This is **overfitting**.
#
# ## Too small, too large
#
# **Predict first.** How do the two final accuracies change if the hidden layer has 2, 4, 16, 128 neurons, or two layers
# of 128?
#
# <details><summary>Answer</summary>
#
# With 2 neurons it cannot even learn the training records: **underfitting**, both are low. With more it fits them better
# and better. The validation accuracy rises, reaches its best somewhere, and falls again.
#
# </details>

# %%
sizes = [(2,), (4,), (16,), (128,), (128, 128)]
finals = []
print("hidden        parameters   training   validation")
for hidden in sizes:
    model = network(*hidden)
    figures = train(model)
    finals.append((figures["accuracy"][-1], figures["val_accuracy"][-1]))
    print(
        f"{hidden!s:<12} {model.count_parameters():10,} {finals[-1][0]:10.2f} {finals[-1][1]:12.2f}"
    )

figure, panel = plt.subplots(figsize=(6, 3.2), layout="constrained")
for column, name, style in zip(
    zip(*finals, strict=True), ("training", "validation"), ("o-", "s--"), strict=True
):
    panel.plot([str(hidden) for hidden in sizes], column, style, label=name)
panel.set(xlabel="hidden neurons", ylabel="accuracy in the end")
panel.legend()
plt.show()

# %% [markdown]
# Underfitting: make the network larger or train longer. Overfitting: get more data, make the network smaller, or
# **regularise**: keep the large network and hold it back.
#
# ## L2 and L1
#
# Learning by heart takes large weights. So charge for them:
#
# $$\text{L2:}\quad L + \tfrac12 \lambda \sum w^2 \qquad\qquad \text{L1:}\quad L + \lambda \sum |w|$$
#
# **Predict first.** What is the derivative of each penalty? What does that do to a large weight, and what to a tiny one?
#
# <details><summary>Answer</summary>
#
# L2: $\lambda w$. Large weights are pulled hard, tiny ones hardly. L1: $\lambda\,\mathrm{sign}(w)$, the same pull for all, down to 0. So
# L2 makes all weights smaller, and L1 brings many of them to 0.
#
# </details>

# %%
w = Tensor(np.array([2.0, 0.01]))
for name, penalty in [("L2", lambda w: 0.5 * np.sum(w**2)), ("L1", lambda w: np.sum(np.abs(w)))]:
    w.zero_grad()
    penalty(w).backward()
    print(f"{name}: pull on the weights 2 and 0.01: {w.grad}")

# %% [markdown]
# Our optimisers have both: `weight_decay` is $\lambda$ of L2, `l1_decay` of L1.

# %%
results = {"nothing": (plain, history)}
for name, settings in [("L2", {"weight_decay": 0.01}), ("L1", {"l1_decay": 0.001})]:
    model = network(128)
    results[name] = model, train(model, **settings)

figure, panels = plt.subplots(
    1, 3, figsize=(10, 2.6), layout="constrained", sharex=True, sharey=True
)
for panel, (name, (model, figures)) in zip(panels, results.items(), strict=True):
    weights = model.fc1.weight.data.ravel()
    panel.hist(weights, bins=60, range=(-0.6, 0.6), log=True)
    panel.set_title(name)
    small = np.mean(abs(weights) < 0.005)
    print(
        f"{name:<8} training {figures['accuracy'][-1]:.2f},"
        f" validation {figures['val_accuracy'][-1]:.2f};  weights: RMS {np.sqrt(np.mean(weights**2)):.2f}, below 0.005: {small:.0%}"
    )
small = abs(results["L2"][0].fc1.weight.data) < 0.005
white = np.mean(x_train > 0, axis=0) < 0.02
share = small[:, white].sum() / small.sum()
print(f"of L2's small weights, at pixels that are nearly always white: {share:.0%}")
panels[0].set_xlabel("weights of the first layer")
plt.show()

# %% [markdown]
# Both know less of their training records and more about the world. L1 keeps a quarter of the weights. (L2, too, has some
# near 0. Half of them belong to pixels at the border, which are nearly always white: little but the penalty acts on
# them. And in Adam, the pull goes through the division by the gradient's size; `AdamW` keeps it out of that.)
#
# ## Dropout
#
# **Dropout** switches off each hidden neuron with probability $p$, anew in every step. No neuron can rely on a certain
# other one being there. In evaluation all are kept. But then the next layer receives more than it is used to, by a factor of
# $1/(1 - p)$. There are two ways to make up for it:
#
# * **as first published:** in evaluation, multiply by the keep probability $1 - p$;
# * **inverted:** in training, divide what is kept by $1 - p$. Then evaluation is as if there were no dropout. It is used
#   everywhere today.

# %%
ones = Tensor(np.ones(100_000))
for inverted in (False, True):
    dropout = nn.Dropout(0.4, inverted=inverted, seed=0)
    training = dropout(ones).data
    evaluated = dropout.eval()(ones).data
    kept = sorted({round(value, 3) for value in training.tolist()})
    print(
        f"inverted={inverted!s:<5}  training: values {kept}, mean {training.mean():.2f};"
        f"  evaluation: {evaluated.mean():.2f}"
    )

# %% [markdown]
# Are they the same? Let $W$ be the weights after the dropout, in the first form, and $W'$ those in the inverted form.
#
# **Predict first.** How must $W'$ be chosen so that both networks compute the same? And which learning rate must $W'$ have so
# that they stay the same through training, if $W$ has $\eta$?
#
# <details><summary>Answer</summary>
#
# $W' = (1 - p)\,W$: in evaluation $W$ meets inputs that were multiplied by $1 - p$, and in training $W'$ meets inputs that were
# divided by it. The gradient with respect to $W$ is then $(1 - p)$ times the one with respect to $W'$. A step on $W$ of
# $\eta\,(1-p)\,\partial L/\partial W'$ is one on $W'$ of $\eta\,(1-p)^2\,\partial L/\partial W'$. So the learning rate is
# $(1 - p)^2\,\eta$.
#
# </details>

# %%
p, lr = 0.4, 0.5


def with_dropout(inverted):
    net = network(32)
    return nn.Sequential(
        {
            "fc1": net.fc1,
            "act1": net.act1,
            "drop1": nn.Dropout(p, inverted=inverted, seed=1),
            "fc2": net.fc2,
        }
    )


first, inverted = with_dropout(False), with_dropout(True)
inverted.fc2.weight.data = (1 - p) * first.fc2.weight.data

for net, rate in [(first, lr), (inverted, (1 - p) ** 2 * lr)]:
    rest = [net.fc1.weight, net.fc1.bias, net.fc2.bias]
    optimizer = nn.optim.SGD([{"params": rest}, {"params": [net.fc2.weight], "lr": rate}], lr=lr)
    for _ in range(50):
        optimizer.zero_grad()
        functional.cross_entropy(net(x_train), y_train).backward()
        optimizer.step()
    net.eval()

print(
    "after 50 steps, W′ = (1 − p)·W:     ",
    np.allclose(inverted.fc2.weight.data, (1 - p) * first.fc2.weight.data),
)
print("same outputs for validation records:", np.allclose(inverted(x_val).data, first(x_val).data))

# %% [markdown]
# The same function, and the same training. Now for the digits:

# %%
net = network(128)
model = nn.Sequential(
    {"fc1": net.fc1, "act1": net.act1, "drop1": nn.Dropout(0.5, seed=1), "fc2": net.fc2}
)
results["dropout"] = model, train(model)

figure, panel = plt.subplots(figsize=(7.5, 3.4), layout="constrained")
for name, (_, figures) in results.items():
    panel.plot(range(1, 61), figures["val_loss"], label=name)
panel.set(xlabel="epoch", ylabel="validation loss", ylim=(0.3, 1.2))
panel.legend()
plt.show()

# %% [markdown]
# Without regularisation the validation loss turns upwards; with dropout it stays down.
#
# ## Early stopping
#
# The simplest way of all: stop when the validation loss does not get better any more. One bad epoch may be chance, so
# be patient for a few; and then take the weights of the **best** epoch, not of the last.

# %%
model = network(128)
stopping = nn.EarlyStopping("val_loss", patience=5)
figures = train(model, epochs=200, callbacks=[stopping])
results["early stopping"] = model, figures
print("epochs trained:", len(figures["loss"]), "of 200, best epoch:", stopping.best_epoch)
viz.plot_history(figures)
plt.show()

# %% [markdown]
# (`figures.stopped` says it in words. `nn.BestWeights` is the same without stopping. And do not wonder that the validation
# accuracy is above that of training for a while: the validation labels are clean.)
#
# ## The verdict
#
# **Predict first.** We choose the model with the best validation accuracy. Will its test accuracy be higher or lower
# than that?
#
# <details><summary>Answer</summary>
#
# On average a little lower: being the best of five on the validation records takes a bit of luck with them. In a single
# case, with 300 records, chance can turn it around.
#
# </details>


# %%
def measure(model, x, y):
    return nn.evaluate(model, x, y, loss=functional.cross_entropy, metrics=[nn.accuracy])


print("                 validation loss   accuracy")
for name, (model, _) in results.items():
    figures = measure(model, x_val, y_val)
    print(f"{name:<16} {figures['loss']:15.2f} {figures['accuracy']:10.2f}")

best = max(results, key=lambda name: measure(results[name][0], x_val, y_val)["accuracy"])
print(
    f"\nchosen: {best}, test accuracy {measure(results[best][0], x_test, y_test)['accuracy']:.2f}"
)

# %% [markdown]
# That number is what you report, and you look at it **once**. Where does it err?

# %%
viz.plot_confusion(nn.predict(results[best][0], x_test), y_test)
plt.show()

# %% [markdown]
# ## In short
#
# * Learn from the training records, choose by the validation records, report the test records. Once.
# * Underfitting: both losses high. Overfitting: the training loss falls, the validation loss rises.
# * L2 pulls every weight towards 0 in proportion to its size; L1 with equal force, down to 0.
# * Dropout switches neurons off in training. Its two forms are the same, with $W' = (1 - p)W$ and the learning rate
#   $(1 - p)^2\,\eta$ for $W'$.
# * Early stopping keeps the weights of the best epoch.
#
# ## Exercises
#
# **1.** Regression: predict the progress of diabetes (`nn.data.load_diabetes`) with a linear network and a hidden layer of
# 32. Scale the targets by what the training records say, and compare $R^2$ on the validation records.
#
# <details><summary>Solution</summary>
#
# With so little data the straight line is hard to beat.
#
# ```python
# features, progress = nn.data.load_diabetes()
# a, b, t, u = nn.data.train_test_split(features, progress[:, None], test_size=100, seed=0)
# scale_x, scale_y = nn.data.StandardScaler().fit(a), nn.data.StandardScaler().fit(t)
# for hidden in ((), (32,)):
#     model = nn.MLP((10, *hidden, 1), seed=0)
#     optimizer = nn.optim.Adam(model.parameters(), lr=0.003, weight_decay=0.01)
#     nn.fit(
#         model, scale_x.transform(a), scale_y.transform(t), loss=functional.mse_loss,
#         optimizer=optimizer, epochs=60, seed=0, progress=False,
#     )
#     said = scale_y.inverse_transform(nn.predict(model, scale_x.transform(b)))
#     print(f"hidden {hidden}: R² {nn.r2_score(said, u):.1f}")
# ```
#
# ```text
# hidden (): R² 0.5
# hidden (32,): R² 0.5
# ```
#
# </details>
#
# **2.** Multilabel: of each digit the network should say whether it is even, whether it is above 4, and whether it is
# prime (2, 3, 5, 7). Which output and which loss?
#
# <details><summary>Solution</summary>
#
# Three sigmoids, each with its own binary cross-entropy (notebook 8).
#
# ```python
# truth = np.stack([digits % 2 == 0, digits > 4, np.isin(digits, [2, 3, 5, 7])], axis=1).astype(float)
# model = nn.MLP((64, 32, 3), seed=0)
# nn.fit(
#     model, images[:1200], truth[:1200], loss=functional.binary_cross_entropy_with_logits,
#     optimizer=nn.optim.Adam(model.parameters(), lr=0.01), epochs=20, seed=0, progress=False,
# )
# right = (nn.predict(model, images[1200:]) > 0) == truth[1200:]
# print("above 90 % for each question:", bool((right.mean(axis=0) > 0.9).all()))
# ```
#
# ```text
# above 90 % for each question: True
# ```
#
# </details>
#
# **3.** Give the plain network all 1 197 training records, with right labels. Does it still overfit? What is the best
# regularisation of all?
#
# <details><summary>Solution</summary>
#
# More data.
#
# ```python
# parts = nn.data.train_validation_test_split(
#     images.astype(np.float64), digits, validation_size=300, test_size=300, stratify=digits, seed=0
# )
# x_train, y_train = parts[0], parts[3]
# print(f"validation accuracy above 0.95: {train(network(128), epochs=30)['val_accuracy'][-1] > 0.95}")
# ```
#
# ```text
# validation accuracy above 0.95: True
# ```
#
# </details>
#
# ## What to read next
#
# [13 · Hyperparameter search](13_search.ipynb): how to choose all these numbers without choosing them by hand.
