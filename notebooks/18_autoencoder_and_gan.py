# %% [markdown]
# # 18 · Autoencoder and GAN
#
# **Goal:** train networks without any labels: one that learns to describe pictures in a few numbers, and two that compete until one
# of them can make new data.
#
# About 20 minutes. You need notebooks 4 and 12.

# %%
import matplotlib.pyplot as plt
import numpy as np

import nn
import viz
from autograd import scope

# %% [markdown]
# ## Through the bottleneck
#
# An **autoencoder** is asked to put out what was put in. That would be easy, if there were not a bottleneck in the middle: the
# **encoder** has to describe the input in a few numbers (the **code**), and the **decoder** has to rebuild it from those. What the code
# does not say is lost.
#
# The digits have 64 pixels. Here is an autoencoder whose code has two numbers.

# %%
digits, labels = nn.data.load_digits()
digits = digits.astype(np.float64)
train, test, train_labels, test_labels = nn.data.train_test_split(
    digits, labels, test_size=400, seed=0
)


def autoencoder(sizes, activation=nn.ReLU, epochs=30):
    """Train one: the targets are the inputs."""
    model = nn.models.Autoencoder(sizes, activation, dtype=np.float64, seed=0)
    adam, loss = nn.optim.Adam(model.parameters(), lr=0.003), nn.MSELoss()
    nn.fit(model, train, train, loss=loss, optimizer=adam, epochs=epochs, seed=0, progress=False)
    return model


def error(model):
    return ((nn.predict(model, test) - test) ** 2).mean()


narrow = autoencoder((64, 32, 16, 2))
print(narrow)

# %%
loss = nn.functional.mse_loss(narrow(test[:32]), test[:32])
viz.graph(loss, depth=1, title="Through two numbers and back")

# %% [markdown]
# **Predict first.** How does it treat ten kinds of digits, with two numbers to tell them apart? Draw the codes of the test digits as
# points in a plane, in the colours of their labels, which the network has never seen.
#
# <details><summary>Answer</summary>
#
# Similar pictures need similar codes, since the decoder is continuous. So equal digits tend to stand together, and similar ones (4 and 9,
# say) near each other.
#
# </details>

# %%
codes = nn.predict(narrow.encoder, test)
figure, panel = plt.subplots(figsize=(7, 4.6), layout="constrained")
points = panel.scatter(*codes.T, c=test_labels, cmap="tab10", s=14)
figure.colorbar(points, ticks=range(10), label="digit")
plt.show()

# %% [markdown]
# ## How much has to be said?
#
# **Predict first.** Without activations an autoencoder is linear. The best that a linear one can do has been known since 1901: **principal
# components**. Will one with ReLU and two numbers be better or worse?
#
# <details><summary>Answer</summary>
#
# Better: it may bend. The same number of code numbers describes more.
#
# </details>

# %%
mean = train.mean(axis=0)
_, _, components = np.linalg.svd(train - mean, full_matrices=False)


def principal(records, count):
    """Rebuild records from their first principal components."""
    basis = components[:count]
    return mean + (records - mean) @ basis.T @ basis


wide = autoencoder((64, 32, 8))
rows = {
    "original": test,
    "2 principal components": principal(test, 2),
    "2 numbers, ReLU": nn.predict(narrow, test),
    "8 principal components": principal(test, 8),
    "8 numbers, ReLU": nn.predict(wide, test),
}
figure, panels = plt.subplots(len(rows), 12, figsize=(11, 4.6), layout="constrained")
for line, (name, pictures) in zip(panels, rows.items(), strict=True):
    for panel, picture in zip(line, pictures[:12], strict=True):
        panel.imshow(picture.reshape(8, 8), cmap="gray_r", vmin=0, vmax=1)
        panel.set_axis_off()
    line[0].set_title(name, loc="left", fontsize=9)
    print(f"{name:>22}: mean squared error {((pictures - test) ** 2).mean():.3f}")
plt.show()

# %% [markdown]
# ## Something strange
#
# The autoencoder knows what a digit looks like. What does it make of a picture that is none? The error tells how strange a picture is, without any
# label: **anomaly detection**.

# %%
rng = np.random.default_rng(0)
shuffled = rng.permuted(test, axis=1)  # the same grey values, at other places
for name, pictures in [
    ("digits", test),
    ("shuffled pixels", shuffled),
    ("upside down", test[:, ::-1]),
]:
    strangeness = ((nn.predict(wide, pictures) - pictures) ** 2).mean()
    print(f"{name:>15}: error {strangeness:.3f}")

# %% [markdown]
# ## A code to draw from
#
# Can we make **new** digits by decoding random codes? With a plain autoencoder hardly: nobody knows where in the plane the codes are. A
# **variational** autoencoder (Kingma and Welling, 2014) puts them where we want them. Its encoder gives, for each number of the code, a mean
# $\mu$ and a spread $\sigma$. The decoder gets a number drawn from there, and the loss has a second term that pulls all codes towards the
# standard normal distribution.
#
# **Predict first.** A random draw has no derivative. How can the gradient reach $\mu$ and $\sigma$?
#
# <details><summary>Answer</summary>
#
# Draw $\varepsilon$ from the standard normal distribution, and take $z = \mu + \sigma\,\varepsilon$. Now all chance is in $\varepsilon$, which is
# nobody's variable, and $\partial z/\partial\mu = 1$, $\partial z/\partial\sigma = \varepsilon$. This is called the reparameterization trick.
#
# </details>

# %%
variational = nn.models.VariationalAutoencoder(64, 48, 4, dtype=np.float64, seed=0)
adam, loss = nn.optim.Adam(variational.parameters(), lr=0.003), nn.models.negative_elbo
history = nn.fit(
    variational, train, train, loss=loss, optimizer=adam, epochs=30, seed=0, progress=False
)
print(f"loss {history['loss'][0]:.1f} → {history['loss'][-1]:.1f}")

drawn = variational.sample(24, seed=1)
figure, panels = plt.subplots(2, 12, figsize=(11, 2), layout="constrained")
for panel, picture in zip(panels.flat, drawn, strict=True):
    panel.imshow(picture.reshape(8, 8), cmap="gray_r", vmin=0, vmax=1)
    panel.set_axis_off()
plt.show()

# %% [markdown]
# None of these was ever written by anyone.
#
# ## Forger and detective
#
# A **generative adversarial network** (Goodfellow et al., 2014) goes another way. The **generator** makes records out of noise. The
# **discriminator** looks at a record and says whether it is real or forged. They learn in turn:
#
# * the discriminator: say 1 for real records, 0 for forged ones;
# * the generator: make the discriminator say 1.
#
# The generator never sees a real record. All it gets is the gradient that comes back **through the discriminator**: in which direction should
# this record change to look more real?
#
# **Predict first.** In the generator's step, the gradient flows through the discriminator. Should its weights change then?
#
# <details><summary>Answer</summary>
#
# No, or it would learn to be fooled. Each optimiser has the parameters of one network only.
#
# </details>
#
# One step by hand. Real records are points on a circle.


# %%
def circle(count):
    angle = rng.uniform(0, 2 * np.pi, count)
    return np.stack([np.cos(angle), np.sin(angle)], axis=1) + 0.05 * rng.normal(size=(count, 2))


def players():
    forger = nn.models.Generator(2, (24, 24), 2, dtype=np.float64, seed=0)
    detective = nn.models.Discriminator(2, (24, 24), dtype=np.float64, seed=1)
    return forger, detective


forger, detective = players()
judge = nn.functional.binary_cross_entropy_with_logits
real, noise = circle(64), forger.noise(64, seed=0)
with scope("forger"):  # a name for the picture
    forged = forger(noise)

loss = judge(detective(real), np.ones((64, 1))) + judge(
    detective(forged.detach()), np.zeros((64, 1))
)
print(f"detective's loss {loss.item():.2f}   (guessing: 2 · log 2 = {2 * np.log(2):.2f})")

with scope("detective"):
    belief = detective(forged)
fooled = judge(belief, np.ones((64, 1)))
print(f"forger's loss    {fooled.item():.2f}   (guessing: log 2 = {np.log(2):.2f})")
viz.graph(fooled, depth=1, title="The forger's step: back through the detective")

# %% [markdown]
# `detach()` cuts the graph: in the detective's step nothing shall flow back to the forger. `gan_step` does both steps, with an optimiser
# each.


# %%
def compete(real_records, steps=1200, every=400):
    forger, detective = players()
    optimizers = [
        nn.optim.Adam(net.parameters(), lr=0.002, betas=(0.5, 0.9)) for net in (forger, detective)
    ]
    shots = [nn.predict(forger, forger.noise(300, seed=1))]
    for step in range(1, steps + 1):
        nn.models.gan_step(forger, detective, *optimizers, real_records(64), seed=rng)
        if step % every == 0:
            shots.append(nn.predict(forger, forger.noise(300, seed=1)))
    return shots, detective


def draw(shots, real, every=400):
    _, panels = plt.subplots(1, len(shots), figsize=(11, 2.9), layout="constrained")
    for number, (panel, forged) in enumerate(zip(panels, shots, strict=True)):
        panel.scatter(*real.T, s=8, color="lightgray")
        panel.scatter(*forged.T, s=5)
        panel.set(xlim=(-1.6, 1.6), ylim=(-1.6, 1.6), aspect="equal", xticks=[], yticks=[])
        panel.set_title(f"after {number * every} steps", fontsize=10)
    plt.show()


shots, detective = compete(circle)
draw(shots, circle(200))
distance = np.linalg.norm(shots[-1], axis=1)
print(f"forged points lie {distance.mean():.1f} from the centre, real ones 1.0")

# %% [markdown]
# Out of a blot the forger has made a circle (grey: real points).
#
# **Predict first.** Now the real records are three separate clouds. What may the forger do, to have an easy life?
#
# <details><summary>Answer</summary>
#
# Make only some of them, very well. Nobody punishes it for what is missing: the detective sees single records. This is called **mode
# collapse**, the best-known illness of GANs.
#
# </details>


# %%
centres = np.array([[1.0, 0.0], [-0.5, 0.87], [-0.5, -0.87]])


def clouds(count):
    return centres[rng.integers(0, 3, count)] + 0.1 * rng.normal(size=(count, 2))


shots, _ = compete(clouds)
draw(shots, clouds(200))
nearest = np.argmin(np.linalg.norm(shots[-1][:, None] - centres, axis=2), axis=1)
print(f"clouds with forged points: {np.unique(nearest).size} of 3")

# %% [markdown]
# It has thrown itself on one cloud, and when the detective knows that one, it moves on to the next.
#
# A GAN has no loss that goes down to tell you that all is well: when one gets better, the other one's loss rises. Look at what it makes.
#
# ## In short
#
# * An autoencoder learns a short code; linear, it can do no better than principal components.
# * Its error finds what is strange. A variational one has codes to draw new records from: $z = \mu + \sigma\varepsilon$.
# * In a GAN the forger learns from the gradient through the detective. It may collapse to few kinds.
#
# ## Exercises
#
# **1.** Train a linear autoencoder (`nn.Identity`) with a code of 2. How near does it come to two principal components?
#
# <details><summary>Solution</summary>
#
# Very near, after enough steps. It cannot do better on what it was trained on.
#
# ```python
# linear = autoencoder((64, 2), nn.Identity, epochs=100)
# print(f"linear {error(linear):.3f}, principal {((principal(test, 2) - test) ** 2).mean():.3f}")
# ```
#
# ```text
# linear 0.053, principal 0.053
# ```
#
# </details>
#
# **2.** Walk in a straight line from the code of one digit to that of another, and decode on the way.
#
# <details><summary>Solution</summary>
#
# One digit turns into the other, and in between there are digits, too, if the codes lie well.
#
# ```python
# start, end = nn.predict(wide.encoder, test[:2])
# shares = np.linspace(0, 1, 7)[:, np.newaxis]
# walk = nn.predict(wide.decoder, (1 - shares) * start + shares * end)
# print(walk.shape)
# ```
#
# ```text
# (7, 64)
# ```
#
# </details>
#
# **3.** A denoising autoencoder gets noisy pictures and has to put out the clean ones. What has to be changed?
#
# <details><summary>Solution</summary>
#
# Only the inputs. Drawn anew for each batch with `augment`, the network never sees the same noise twice.
#
# ```python
# cleaner = nn.models.Autoencoder((64, 32, 16), dtype=np.float64, seed=0)
# adam, loss = nn.optim.Adam(cleaner.parameters(), lr=0.003), nn.MSELoss()
# noisy = lambda x, rng: x + 0.3 * rng.normal(size=x.shape)
# nn.fit(cleaner, train, train, loss=loss, optimizer=adam, epochs=30, augment=noisy, seed=0, progress=False)
# dirty = test + 0.3 * rng.normal(size=test.shape)
# cleaned = nn.predict(cleaner, dirty)
# print(f"error before {((dirty - test) ** 2).mean():.2f}, after {((cleaned - test) ** 2).mean():.2f}")
# ```
#
# ```text
# error before 0.09, after 0.03
# ```
#
# </details>
#
# ## What to read next
#
# [19 · Word vectors](19_word_vectors.ipynb): a code for words.
