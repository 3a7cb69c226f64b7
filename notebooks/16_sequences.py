# %% [markdown]
# # 16 · Sequences: RNN, LSTM, GRU
#
# **Goal:** let a network read a sequence step by step, see its gradient vanish on the way back through
# time, and see how gates keep it alive.
#
# About 25 minutes. You need notebooks 4 and 5.

# %%
import matplotlib.pyplot as plt
import numpy as np

import autograd
import nn
import viz
from autograd import Tensor, Value

# %% [markdown]
# ## A network that reads
#
# So far every record had the same size. A sentence, a melody, a temperature curve may have any length.
# A **recurrent network** (RNN) reads such a sequence one element after the other. What it has read so far
# is summed up in its **state** $h$, and every step makes a new state out of the next element and the old
# state:
#
# $$h_t = \tanh(u\,x_t + w\,h_{t-1} + b)$$
#
# Here is the smallest one: one number as state, no bias. Its two weights are the same at every step.

# %%
u, w = Value(0.8, name="u"), Value(0.5, name="w")
sequence = [1.0, -0.5, 0.3]

h = Value(0.0, requires_grad=False, name="h₀")
states = [h]
for t, x in enumerate(sequence, start=1):
    h = (u * x + w * h).tanh()
    h.name = "h" + "₀₁₂₃"[t]
    states.append(h)
print([round(state.data, 4) for state in states])

# %% [markdown]
# Drawn out, step after step, it is an ordinary network with three layers that share their weights. So we
# need no new calculus. (The old name *backpropagation through time* says just that: backpropagation, on
# the loop drawn out.)

# %%
viz.graph(h, title="Three steps of time")

# %% [markdown]
# **Predict first.** $u$ is used in three places. How many paths lead from $h_3$ to $u$? And how many factors
# $w$ has the path over the first step?
#
# <details><summary>Answer</summary>
#
# Three, one for each use. The path over the first step goes through $w$ twice, from $h_3$ to $h_2$ and
# from $h_2$ to $h_1$. Each time it goes through a tanh, too.
#
# </details>

# %%
by_hand, passed_on = 0.0, 1.0
for t in (3, 2, 1):
    slope = 1 - states[t].data ** 2  # of tanh
    contribution = passed_on * slope * sequence[t - 1]
    print(f"over step {t}: {contribution:8.4f}")
    by_hand += contribution
    passed_on *= slope * w.data  # on to the state before

h.backward()
print(f"sum         {by_hand:8.4f}    backward {u.grad:8.4f}    paths {autograd.paths(h, u).count}")

# %% [markdown]
# ## Vanishing, through time
#
# Look at the last line of the loop. For each step back in time the gradient is multiplied by
#
# $$\frac{\partial h_t}{\partial h_{t-1}} = (1 - h_t^2)\,w$$
#
# That is notebook 5 again, with one difference: there every layer had weights of its own, here it is **the same
# $w$** at every step.
#
# **Predict first.** Suppose all slopes were 1. What is left after 50 steps if $w = 0.9$? If $w = 1.1$?
#
# <details><summary>Answer</summary>
#
# $0.9^{50} = 0.005$ and $1.1^{50} = 117$. It vanishes or explodes; there is hardly anything in between.
#
# </details>

# %%
for weight in (0.5, 0.9, 1.0, 1.1, 1.5):
    print(f"w = {weight}: {weight**10:10.4g} after 10 steps {weight**50:10.4g} after 50")

# %% [markdown]
# `nn.RNN` has vectors instead of numbers: $h_t = \tanh(W_{ih}\, x_t + b_{ih} + W_{hh}\, h_{t-1} + b_{hh})$. Let it read
# eight numbers and look at the picture. Every box t0 … t7 is one step. Follow the line that leads back from step to
# step: it turns thin. (The dashed lines carry nothing: of the eight states only the last one counts here.)

# %%
rng = np.random.default_rng(0)
rnn = nn.RNN(1, 4, dtype=np.float64, seed=0)
rnn.weight_hh_l0.data *= 0.5  # to see it within eight steps

x = Tensor(rng.normal(size=(8, 1, 1)), name="x")  # steps, records, features
_, last = rnn(x)  # all states, and the last one
loss = np.sum(last**2)
viz.graph(loss, title="An RNN that reads eight numbers", depth=1)

# %%
loss.backward()
for t, gradient in enumerate(np.abs(x.grad[:, 0, 0])):
    print(f"x at step {t}: |∂L/∂x| = {gradient:.1e}")

# %% [markdown]
# What was read first has next to no say. If the answer depends on it, the network will not learn that.
#
# The diagnosis says the same. (Here we write the loop ourselves, with a cell, which is one step.)

# %%
cell = nn.RNNCell(1, 4, dtype=np.float64)
cell.load_state_dict({key.removesuffix("_l0"): value for key, value in rnn.state_dict().items()})

h = np.zeros((1, 4))
for element in x.data:
    h = cell(element, h)
print(viz.diagnose(np.sum(h**2), cell).findings[0])

# %% [markdown]
# And exploding? With $W_{hh}$ large enough the gradient explodes. For that, one clips: notebook 6. But nothing can be
# clipped *up*. For vanishing we need another network.
#
# ## LSTM: a state that is added to
#
# The trouble is that the old state has to pass through a weight and a tanh at every step. What if it were simply
# **kept**, and changed only by adding? The **long short-term memory** (Hochreiter and Schmidhuber, 1997) has a second
# state for that, the cell state $c$:
#
# $$c_t = f_t \cdot c_{t-1} + i_t \cdot g_t, \qquad h_t = o_t \cdot \tanh(c_t)$$
#
# $g = \tanh(\dots)$ is what might be noted. The other three are **gates**, numbers from 0 to 1, that is, sigmoids:
#
# * $f$, forget: how much of the old $c$ is kept,
# * $i$, input: how much of $g$ is noted,
# * $o$, output: how much of $c$ is shown.
#
# Each of the four is computed from $x_t$ and $h_{t-1}$, with weights of its own. So it can learn *when* to keep and when
# to note.
#
# **Predict first.** What is $\partial c_t/\partial c_{t-1}$, as long as the gates are taken as given?
#
# <details><summary>Answer</summary>
#
# Just $f_t$. No weight, no tanh. With $f = 0.98$, there is $0.98^{50} = 0.36$ left after 50 steps.
#
# </details>
#
# One step by hand, with a state of one number:


# %%
def sigmoid(z):
    return 1 / (1 + np.exp(-z))


lstm = nn.LSTMCell(1, 1, dtype=np.float64, seed=1)
x1, h0, c0 = np.array([0.7]), np.array([0.1]), np.array([-0.4])

net = lstm.weight_ih.data @ x1 + lstm.bias_ih.data + lstm.weight_hh.data @ h0 + lstm.bias_hh.data
i, f, o = sigmoid(net[[0, 1, 3]])
g = np.tanh(net[2])
c1 = f * c0 + i * g
h1 = o * np.tanh(c1)
print(f"gates  i {i:.3f}   f {f:.3f}   o {o:.3f}     note g {g:.3f}")
print(f"by hand  c {c1[0]:.4f}   h {h1[0]:.4f}")
h_new, c_new = lstm(x1, (h0, c0))
print(f"the cell c {c_new.item():.4f}   h {h_new.item():.4f}")

# %% [markdown]
# **GRU** (Cho et al., 2014) does it with one state and two gates:
#
# $$h_t = z \cdot h_{t-1} + (1 - z) \cdot n, \qquad n = \tanh(\text{from } x_t \text{ and } r \cdot \text{what comes from } h_{t-1})$$
#
# $z$ says how much is kept, and $r$ how much of the old state is looked at for the new suggestion $n$. Here
# $\partial h_t/\partial h_{t-1}$ has the summand $z$, and again nothing is multiplied by a weight there.
#
# ## Who hears the beginning?
#
# We let each of them read 40 numbers and ask how large the gradient is at every step. None has been trained. The gates
# start around one half, though, since their net sums are around 0, and $0.5^{40}$ is no better than an RNN. So we also
# try them with a bias that says *keep*: $\sigma(3) = 0.95$.

# %%
print("kept after 40 steps:", f"{0.5**40:.0e} with f = 0.5,  {sigmoid(3) ** 40:.2f} with f = σ(3)")

n = 16  # numbers in a state


def build(kind, seed=0, keep=0.0):
    """A recurrent layer that reads one number per step; `keep` is added to the bias of its keeping gate."""
    layer = kind(1, n, batch_first=True, dtype=np.float64, seed=seed)
    if kind is not nn.RNN:
        layer.bias_ih_l0.data[n : 2 * n] += keep  # f in an LSTM, z in a GRU: both stand second
    return layer


candidates = {
    "RNN": (nn.RNN, 0.0),
    "LSTM": (nn.LSTM, 0.0),
    "LSTM, keep": (nn.LSTM, 3.0),
    "GRU": (nn.GRU, 0.0),
    "GRU, keep": (nn.GRU, 3.0),
}
x = Tensor(rng.choice([-1.0, 1.0], size=(20, 40, 1)))
figure, axes = plt.subplots(figsize=(9, 4), layout="constrained")
for name, (kind, keep) in candidates.items():
    output, _ = build(kind, keep=keep)(x)
    x.zero_grad()
    np.sum(output[:, -1]).backward()
    size = np.linalg.norm(x.grad, axis=(0, 2))
    print(f"{name:>10}: the first number gets {size[0] / size[-1]:.0e} of the last one's gradient")
    axes.semilogy(size / size[-1], "o-", markersize=3, label=name)
axes.set(xlabel="step", ylabel="gradient, relative to the last step")
axes.legend()
plt.show()

# %% [markdown]
# It is not the architecture alone. An LSTM whose gates are half closed forgets like an RNN. But it has a gate that can be
# opened, by us or in training. An RNN has none.
#
# ## A test of memory
#
# Sequences of $\pm 1$. The target is whether the **first** number was $+1$; all others are there to distract. A loss of
# $\log 2 = 0.69$ means guessing.


# %%
class Reader(nn.Module):
    def __init__(self, recurrent, seed=0):
        self.recurrent = recurrent
        self.head = nn.Linear(n, 1, dtype=np.float64, seed=seed)

    def forward(self, x):
        output, _ = self.recurrent(x)
        return self.head(output[:, -1])[:, 0]


def learn(model, steps, epochs):
    chance = np.random.default_rng(1)
    sequences = chance.choice([-1.0, 1.0], size=(256, steps, 1))
    first = (sequences[:, 0, 0] > 0).astype(float)
    adam, loss = nn.optim.Adam(model.parameters(), lr=0.01), nn.BCEWithLogitsLoss()
    return nn.fit(
        model, sequences, first, loss=loss, optimizer=adam, epochs=epochs, seed=0, progress=False
    )["loss"]


figure, panels = plt.subplots(1, 2, figsize=(11, 3.6), layout="constrained", sharey=True)
for panel, steps in zip(panels, (8, 40), strict=True):
    for name, (kind, keep) in candidates.items():
        losses = learn(Reader(build(kind, keep=keep)), steps, epochs=25)
        panel.plot(losses, label=name)
        print(f"{steps:2} steps, {name:>10}: {'learned' if losses[-1] < 0.2 else 'not learned'}")
    panel.axhline(np.log(2), color="lightgray", zorder=0)
    panel.set(title=f"{steps} steps", xlabel="epoch")
panels[0].set_ylabel("loss")
panels[0].legend()
plt.show()

# %% [markdown]
# Eight steps are easy for all of them. Forty are learned by those that were told to keep, at least within these 25
# epochs. (Training has luck in it. With another seed an RNN may find it, too; with 80 steps it hardly ever does.)
# Starting an LSTM with a forget bias of 1 or more is common practice for this reason.
#
# ## What forty steps cost
#
# A dozen operations per step make a large graph. So the recurrent layers of the library compute all steps in one
# operation, whose derivative is written out by hand. When somebody looks (`trace`, `viz.graph`, `viz.diagnose`), the
# steps are recorded after all, and you see them as above. Nothing has to be switched on.

# %%
for steps in (10, 20, 40):
    output, _ = nn.LSTM(1, 8, dtype=np.float64, seed=0)(rng.normal(size=(steps, 1, 1)))
    print(f"{steps} steps: {len(np.sum(output[-1] ** 2).trace().steps)} nodes to look at")

# %% [markdown]
# ## In both directions
#
# Sometimes the answer depends on what comes **later**. (Is *lead* a metal or a verb? Read on.) A **bidirectional**
# LSTM reads the sequence twice, from the left and from the right, and joins the two states at every step.
#
# **Predict first.** Tokens are 0 or 1, at random. The label of a token: is the **next** one different? How many labels
# does a network that reads from left to right get right?
#
# <details><summary>Answer</summary>
#
# Half of them: it has not seen the next token, so it can only guess (apart from what it learns by heart). The
# bidirectional one gets all.
#
# </details>

# %%
tokens = rng.integers(0, 2, size=(400, 10))
labels = np.zeros_like(tokens)
labels[:, :-1] = tokens[:, :-1] != tokens[:, 1:]

readers = {
    "left to right": nn.models.RecurrentLanguageModel(2, 4, 16, dtype=np.float64, seed=0),
    "both ways": nn.models.BiLSTMTagger(2, 2, 4, 8, dtype=np.float64, seed=0),
}
for name, reader in readers.items():
    adam, loss = nn.optim.Adam(reader.parameters(), lr=0.02), nn.models.sequence_loss
    nn.fit(
        reader,
        tokens[:200],
        labels[:200],
        loss=loss,
        optimizer=adam,
        epochs=20,
        seed=0,
        progress=False,
    )
    guesses = nn.predict(reader, tokens[200:]).argmax(axis=-1)
    print(f"{name:>13}: {(guesses == labels[200:]).mean():.2f} right")

# %% [markdown]
# (A little more than a half for the first one: no token follows the last one, and its label is always 0.)
#
# ## In short
#
# * A recurrent network uses the same weights at every step. Drawn out in time it is a deep network.
# * Back through time its gradient is multiplied by $(1 - h^2)\,w$ at every step: it vanishes or explodes.
# * An LSTM keeps a state by adding: $\partial c_t/\partial c_{t-1} = f$. A GRU does it with one state.
# * Gates have to be open for that. A bias can open them from the start.
# * Bidirectional: both neighbours count.
#
# ## Exercises
#
# **1.** How many parameters has an LSTM with 3 inputs and a state of 5, and how many an RNN and a GRU?
#
# <details><summary>Solution</summary>
#
# One set of weights has $5 \cdot 3 + 5 \cdot 5$ weights and, as in PyTorch, two biases of 5: 50. An LSTM has four
# such sets, a GRU three.
#
# ```python
# print([kind(3, 5).count_parameters() for kind in (nn.RNN, nn.LSTM, nn.GRU)])
# ```
#
# ```text
# [50, 200, 150]
# ```
#
# </details>
#
# **2.** What does a GRU do with $z = 1$, whatever it reads? Force it with a large bias.
#
# <details><summary>Solution</summary>
#
# $h_t = h_{t-1}$: it keeps its state for ever.
#
# ```python
# gru = nn.GRU(1, 2, dtype=np.float64, seed=0)
# gru.bias_ih_l0.data[2:4] = 100
# _, last = gru(rng.normal(size=(50, 1, 1)), np.array([[[0.25, -0.5]]]))
# print(last.data)
# ```
#
# ```text
# [[[ 0.25 -0.5 ]]]
# ```
#
# </details>
#
# **3.** There is a way to make a plain RNN remember: ReLU instead of tanh, and $W_{hh}$ the identity at the start
# (Le et al., 2015). Look at its gradient over 40 steps. Why does it work?
#
# <details><summary>Solution</summary>
#
# While the gate of the ReLU is open, $\partial h_t/\partial h_{t-1}$ is exactly the identity. (We feed positive numbers, so
# that it stays open.)
#
# ```python
# keeper = nn.RNN(1, 4, nonlinearity="relu", bias=False, dtype=np.float64, seed=0)
# keeper.weight_hh_l0.data = np.eye(4)
# keeper.weight_ih_l0.data = np.full((4, 1), 0.5)
# x = Tensor(rng.random((40, 1, 1)))
# output, _ = keeper(x)
# np.sum(output[-1]).backward()
# print(x.grad[0, 0, 0], x.grad[-1, 0, 0])
# ```
#
# ```text
# 2.0 2.0
# ```
#
# </details>
#
# **4.** Multiply $W_{hh}$ of the eight-step RNN by 3 and by 30. Does the gradient explode?
#
# <details><summary>Solution</summary>
#
# With 3 it grows, but does not explode. With 30 it is gone: the tanh saturates, and slopes near 0 make up for any weight. An RNN is well only
# in between.
#
# ```python
# for factor in (1, 3, 30):
#     wild = nn.RNN(1, 4, dtype=np.float64, seed=0)
#     wild.weight_hh_l0.data *= factor
#     x = Tensor(np.random.default_rng(0).normal(size=(8, 1, 1)))
#     output, _ = wild(x)
#     np.sum(output[-1]).backward()
#     saturated = (np.abs(output.data) > 0.99).mean()
#     print(f"×{factor}: {saturated:.2f} saturated, gradient at step 0 {abs(x.grad[0, 0, 0]):.0e}")
# ```
#
# ```text
# ×1: 0.00 saturated, gradient at step 0 5e-04
# ×3: 0.00 saturated, gradient at step 0 2e-02
# ×30: 0.78 saturated, gradient at step 0 9e-15
# ```
#
# </details>
#
# ## What to read next
#
# [17 · Attention and a tiny GPT](17_attention_and_gpt.ipynb): why carry everything through time at all? Look back instead.
