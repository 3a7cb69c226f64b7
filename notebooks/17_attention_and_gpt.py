# %% [markdown]
# # 17 · Attention and a tiny GPT
#
# **Goal:** compute attention by hand, see what it looks at, and train a small GPT that invents names.
#
# About 25 minutes. You need notebooks 8 and 16.

# %%
import matplotlib.pyplot as plt
import numpy as np

import autograd
import nn
import viz
from autograd import Tensor
from nn import functional

# %% [markdown]
# ## Looking something up, softly
#
# A dictionary has keys and values. You come with a query, find the key that equals it, and take its value.
# **Attention** does the same with vectors, and softly. The query is compared with *every* key by a dot product, softmax
# makes shares of these scores, and what you get is the mixture of the values in these shares.
#
# $$\text{attention}(q, K, V) = \text{softmax}\!\left(\frac{q K^\top}{\sqrt d}\right) V$$
#
# $d$ is the number of features of a key. Here are three keys with their values, and a query:

# %%
keys = np.array([[1.0, 0.0], [0.0, 1.0], [-1.0, 0.0]])
values = np.array([[10.0], [20.0], [30.0]])
query = np.array([[4.0, 2.0]])

# %% [markdown]
# **Predict first.** Which key fits the query best, and which worst? So near which value will the result be?
#
# <details><summary>Answer</summary>
#
# The scores are 4, 2 and $-4$. So the first fits best, and the result is near 10, pulled a little towards 20.
#
# </details>

# %%
scores = query @ keys.T / np.sqrt(2)
shares = np.exp(scores) / np.exp(scores).sum()
print("scores ", scores.round(3))
print("shares ", shares.round(3))
print("by hand", (shares @ values).round(3))
print("library", functional.scaled_dot_product_attention(query, keys, values).round(3))

# %% [markdown]
# Everything in it can be differentiated: dot products, softmax, a weighted sum. So the network can learn what to ask for
# (queries), what to be found by (keys) and what to tell (values). Here is the way back:

# %%
q, k, v = (Tensor(array, name=name) for array, name in [(query, "q"), (keys, "K"), (values, "V")])
weights = functional.softmax(q @ k.T / np.sqrt(2))
viz.graph(np.sum(weights @ v), title="Attention, with one query")

# %% [markdown]
# **Why divide by $\sqrt d$?** A dot product is a sum of $d$ terms. If those are random and of size 1, the sum is of size
# $\sqrt d$. Softmax of large scores gives nearly all to one key, and then its slope is nearly 0. This is saturation
# again, as in a sigmoid. The slope of the largest share $p$ is $p\,(1 - p)$:

# %%
rng = np.random.default_rng(0)
for d in (4, 64, 1024):
    random_scores = rng.normal(size=(2000, 1, d)) @ rng.normal(size=(2000, d, 8))
    slopes = []
    for scale in (1.0, np.sqrt(d)):
        largest = functional.softmax(random_scores / scale).max(axis=-1)
        slopes.append((largest * (1 - largest)).mean())
    print(f"d = {d:4}: mean slope {slopes[0]:.2f} without, {slopes[1]:.2f} with division")

# %% [markdown]
# ## Translate backwards
#
# An **encoder** reads a text into states, a **decoder** writes another text: *sequence to sequence*. At first, all that the
# decoder knew was the encoder's last state, one vector for the whole text. Attention was invented (Bahdanau et al., 2014)
# so that the decoder can look back at **all** states while it writes.
#
# Our language to translate into is the same letters in reverse. `nn.models.Translator` has an RNN with gates (GRU) on
# both sides, and attention in between.

# %%
size, start = 6, 0  # letters are 1 … 8, and 0 begins a translation
source = rng.integers(1, 9, size=(400, size))
target = np.column_stack([np.full(400, start), source[:, ::-1]])

translator = nn.models.Translator(9, 9, 16, 32, dtype=np.float64, seed=0)
adam = nn.optim.Adam(translator.parameters(), lr=0.01)
for epoch in range(15):
    for rows in np.split(np.arange(400), 10):
        logits = translator(source[rows], target[rows, :-1])
        loss = nn.models.sequence_loss(logits, target[rows, 1:])
        adam.zero_grad()
        loss.backward(keep="leaves")
        adam.step()
    if epoch in (0, 4, 14):
        print(f"epoch {epoch + 1:2}: loss {loss.item():.2f}")

new = rng.integers(1, 9, size=(100, size))
translated = translator.translate(new, start, size)
print("a new one:", new[0], "→", translated[0])
print(f"letters right in 100 new ones: {(translated == new[:, ::-1]).mean():.2f}")

# %% [markdown]
# **Predict first.** For each letter that it writes, the decoder has shares for the six letters of the source. Draw them as
# a table, a row for each letter written. What will it look like?
#
# <details><summary>Answer</summary>
#
# To write the first letter it has to look at the last one, and so on: a diagonal from the upper right to the lower left.
# Nobody has told it so.
#
# </details>


# %%
def draw_shares(panel, shares, down, across, title=""):
    panel.imshow(shares, cmap="Blues", vmin=0, vmax=1)
    panel.set(xticks=range(len(across)), yticks=range(len(down)), title=title)
    panel.set_xticklabels(across)
    panel.set_yticklabels(down)


shares = translator.attention(new[:1], np.column_stack([[start], translated[:1, :-1]]))[0]
figure, panel = plt.subplots(figsize=(3.4, 3.2), layout="constrained")
draw_shares(panel, shares, translated[0], new[0])
panel.set(xlabel="looked at", ylabel="written")
plt.show()

# %% [markdown]
# ## A sequence looks at itself
#
# The transformer (Vaswani et al., 2017) threw the recurrence away and kept the attention. In **self-attention** queries, keys
# and values all come from the same sequence: each position asks all positions.
#
# Remember what an RNN does to a gradient over 40 steps. Attention reaches every position in **one**. How
# large is the gradient at the first position, compared with the one before the last?

# %%
sequence = Tensor(rng.normal(size=(1, 40, 8)))
attention = nn.MultiheadAttention(8, 1, batch_first=True, dtype=np.float64, seed=0)
rnn = nn.RNN(8, 8, batch_first=True, dtype=np.float64, seed=0)


def reach(output):
    """The gradient of the last output at the first position, compared with the one before the last."""
    sequence.zero_grad()
    np.sum(output[0, -1]).backward()
    sizes = np.linalg.norm(sequence.grad[0], axis=1)
    return sizes[0] / sizes[-2]


output, _ = attention(sequence, sequence, sequence)
states, _ = rnn(sequence)
print(f"attention {reach(output):.0e}    RNN {reach(states):.0e}")

# %% [markdown]
# The price: attention alone does not know what stands where. If you shuffle the sequence, the answers are shuffled likewise,
# and nothing else changes. Therefore one **adds to every element a vector that says where it stands**.

# %%
order = rng.permutation(40)
shuffled, _ = attention(sequence.data[:, order], sequence.data[:, order], sequence.data[:, order])
unchanged = np.allclose(shuffled.data, output.data[:, order])
print("without positions, shuffling only shuffles:", unchanged)

place = nn.SinusoidalPositions(8, batch_first=True)
with_place = place(sequence.data)
mixed = place(sequence.data[:, order])
a, _ = attention(with_place, with_place, with_place)
b, _ = attention(mixed, mixed, mixed)
print("with positions:", np.allclose(b.data, a.data[:, order]))

# %% [markdown]
# ## Do not look ahead
#
# A **language model** says at every position what comes next. In training it must not see it, of course. So each position
# may look only at itself and at those before: a **causal mask**, which sets the other scores to $-\infty$ before the
# softmax.
#
# **Predict first.** All scores are equal, and there are four positions. What shares does the third one give?
#
# <details><summary>Answer</summary>
#
# A third to each of the first three, and 0 to the fourth.
#
# </details>

# %%
same = np.zeros((4, 2))
mask = np.tril(np.ones((4, 4), dtype=bool))  # row: who asks, column: who may be looked at
by_hand = functional.softmax(np.where(mask, same @ same.T, -np.inf))
print(by_hand.round(2))
with_mask = functional.scaled_dot_product_attention(same, same, np.eye(4), is_causal=True)
print("the same in the library:", np.allclose(with_mask, by_hand))

# %% [markdown]
# ## Names
#
# Now a GPT, a stack of such layers, in small. Its texts are a hundred first names of girls. A token is a letter; a full stop begins
# and ends each name. At each place the target is the next letter. Behind the end nothing is asked: target $-100$.

# %%
text = """
emma olivia ava sophia isabella mia amelia harper evelyn abigail emily ella elizabeth camila
luna sofia avery mila aria scarlett penelope layla chloe victoria madison eleanor grace nora
riley zoey hannah hazel lily ellie violet lillian zoe stella aurora natalie emilia everly
leah aubrey willow addison lucy audrey bella nova brooklyn paisley savannah claire skylar
isla genesis naomi elena caroline eliana anna maya valentina ruby kennedy ivy ariana cora
madelyn alice kinsley hailey gabriella allison gianna serenity samantha sarah autumn quinn
eva piper sophie sadie delilah josephine nevaeh adeline arya emery lydia clara vivian
madeline peyton julia rylee margaret irene
"""
names = text.split()
letters = [".", *sorted(set("".join(names)))]
longest = max(map(len, names))

tokens = np.zeros((len(names), longest + 1), dtype=int)
following = np.full((len(names), longest + 1), -100)
for row, name in enumerate(names):
    numbers = [letters.index(letter) for letter in f".{name}."]
    tokens[row, : len(numbers) - 1] = numbers[:-1]
    following[row, : len(numbers) - 1] = numbers[1:]

print(len(names), "names,", len(letters), "tokens")
print(names[2], "reads", tokens[2, :5], "and should say", following[2, :5])

# %% [markdown]
# Each **layer** of the model does two things. First the positions exchange what they know (attention, here in 4 **heads**:
# four small ones side by side, each with its own questions). Then each position thinks for itself (a small
# MLP). Both are *added* to what was there, a residual connection as in notebook 15, and both look at a normalised
# input.
#
# $$x \leftarrow x + \text{attention}(\text{norm}(x)), \qquad x \leftarrow x + \text{MLP}(\text{norm}(x))$$

# %%
gpt = nn.models.GPT(
    len(letters), longest + 1, d_model=32, nhead=4, num_layers=2, dtype=np.float64, seed=0
)
print(gpt.count_parameters(), "parameters")
print(gpt)

# %% [markdown]
# **Predict first.** What is the loss before training, about, when all 26 tokens seem equally likely?
#
# <details><summary>Answer</summary>
#
# $\log 26 = 3.26$.
#
# </details>
#
# As a yardstick we take the best model that looks at **one** letter only: it counts which letter follows which.

# %%
counts = np.zeros((len(letters), len(letters)))
asked = following >= 0
np.add.at(counts, (tokens[asked], following[asked]), 1)
rows = counts.sum(axis=1, keepdims=True)
likely = counts / np.where(rows, rows, 1)
one_letter = -np.log(likely[tokens[asked], following[asked]]).mean()

untrained = nn.models.sequence_loss(gpt(tokens), following).item()
print(f"untrained GPT {untrained:.2f}   log 26 = {np.log(26):.2f}   one letter {one_letter:.2f}")

# %%
adam = nn.optim.Adam(gpt.parameters(), lr=0.005)
loss, quietly = nn.models.sequence_loss, {"seed": 0, "progress": False}
history = nn.fit(
    gpt, tokens, following, loss=loss, optimizer=adam, epochs=40, batch_size=16, **quietly
)

plt.figure(figsize=(7, 3))
plt.plot(range(1, 41), history["loss"], label="GPT")
plt.axhline(one_letter, color="gray", linestyle="--", label="one letter back")
plt.xlabel("epoch")
plt.ylabel("loss per letter")
plt.legend()
plt.show()
final = nn.models.sequence_loss(gpt(tokens), following).item()
print(f"loss {final:.2f} per letter")
print(f"as if it had to guess among {np.exp(final):.1f} equally likely letters")

# %% [markdown]
# That is better than one letter can tell. ($e^{\text{loss}}$ is called **perplexity**.) Let it write. It starts
# with a full stop, says its shares for the next letter, one is drawn, and so on.


# %%
def write(count, temperature, seed):
    begun = np.zeros((count, 1), dtype=int)
    rows = gpt.generate(begun, longest, temperature=temperature, seed=seed)
    return ["".join(letters[token] for token in row[1:]).split(".")[0] for row in rows]


for temperature in (0.3, 0.8, 1.5):
    written = write(8, temperature, seed=0)
    print(f"temperature {temperature}: {' '.join(written)}")

# %% [markdown]
# **Temperature** divides the scores before the softmax. Below 1 the likely becomes likelier, above 1 it gets wild.
#
# **Predict first.** How many of its names are in our list? That is, does it invent, or has it learned by heart?
#
# <details><summary>Answer</summary>
#
# Both, as the next cell says. A hundred names are very few for so many parameters. It would learn all of them by heart if we
# trained on. With thousands of names there is less of it: the same network, more data.
#
# </details>

# %%
written = write(200, 0.8, seed=1)
known = np.mean([name in names for name in written])
print(f"{known:.0%} of 200 written names are in the list")
print("new:", " ".join(sorted({name for name in written if name not in names})[:12]))

# %% [markdown]
# What does it look at? These are the four heads of the first layer while it reads *isabella*. Each row is a position that asks:
# dark is where it looks. The upper right is empty; nobody looks ahead.

# %%
name = ".isabella"
read = np.array([[letters.index(letter) for letter in name]])
x = gpt.embedding(read) + gpt.positions(np.arange(len(name)))
x = gpt.layers[0].norm1(x)
_, shares = gpt.layers[0].self_attn(x, x, x, is_causal=True, average_attn_weights=False)

figure, panels = plt.subplots(1, 4, figsize=(12, 3.2), layout="constrained")
for head, panel in enumerate(panels):
    draw_shares(panel, shares.data[0, head], name, name, f"head {head}")
plt.show()

# %% [markdown]
# ## What a layer does to the gradient
#
# One such layer, drawn with its parts closed. The lines that run past the boxes are the residual connections.

# %%
layer = nn.TransformerEncoderLayer(
    8, 2, 16, 0.0, "gelu", batch_first=True, norm_first=True, dtype=np.float64, seed=0
)
x = Tensor(rng.normal(size=(1, 5, 8)), name="x")
loss = np.mean(layer(x, is_causal=True) ** 2)
viz.graph(loss, depth=0, title="A layer of a transformer")

# %% [markdown]
# **Predict first.** How much of the gradient at $x$ comes over the path that passes both boxes by?
#
# <details><summary>Answer</summary>
#
# Most of it, as long as the layer has not learned much. The paths through attention and MLP add their corrections.
#
# </details>

# %%
lengths = autograd.paths(loss, x).by_length
print(f"past both: {lengths[0].count} path, {lengths[0].share:.0%} of the gradient")
print(f"others:    {sum(length.count for length in lengths[1:])} paths")

# %% [markdown]
# ## Its cousin, who fills gaps
#
# **BERT** is the same stack without the causal mask. It sees both sides, so it cannot be asked for the next token. It is
# asked for tokens that were hidden:

# %%
gap = len(letters)
hidden, wanted = nn.models.mask_tokens(tokens[:4], gap, len(letters), probability=0.3, seed=0)
alphabet = [*letters, "_"]
for row, answer, length in zip(hidden, wanted, (following[:4] >= 0).sum(axis=1), strict=True):
    question = "".join(alphabet[token] for token in row[:length])
    missing = "".join(letters[token] if token >= 0 else "·" for token in answer[:length])
    print(f"{question:>9}   asked for {missing:>9}")

# %% [markdown]
# (Not every chosen token is hidden: some are replaced or stay, so that the model trusts nothing it sees.) `nn.models.BERT`
# can be trained on such pairs.
#
# ## In short
#
# * Attention: compare a query with all keys, mix the values in the shares that softmax gives.
# * It reaches any position in one step, so no gradient vanishes on the way. It needs positions added.
# * A causal mask keeps a language model from looking ahead.
# * A transformer layer: attention, then an MLP, each added to what was there.
# * GPT says what comes next; BERT fills gaps; an encoder and a decoder translate.
#
# ## Exercises
#
# **1.** Can the result of attention be larger than the largest value?
#
# <details><summary>Solution</summary>
#
# No. The shares are positive and add up to 1, so it is an average of the values.
#
# ```python
# many = functional.scaled_dot_product_attention(rng.normal(size=(500, 2)) * 10, keys, values)
# print(bool(many.min() >= 10 and many.max() <= 30))
# ```
#
# ```text
# True
# ```
#
# </details>
#
# **2.** Count the parameters of one layer with $d = 32$, by hand. (Attention: four $32 \times 32$ matrices with biases. MLP:
# $32 \to 128 \to 32$. Two norms with 32 factors and 32 biases each.)
#
# <details><summary>Solution</summary>
#
# ```python
# d = 32
# print(4 * (d * d + d) + (d * 4 * d + 4 * d) + (4 * d * d + d) + 2 * 2 * d)
# print(gpt.layers[0].count_parameters())
# ```
#
# ```text
# 12704
# 12704
# ```
#
# </details>
#
# **3.** Prove with gradients that the GPT does not look ahead: which inputs does the output at position 3 depend on?
#
# <details><summary>Solution</summary>
#
# ```python
# x = Tensor(gpt.embedding(tokens[:1]).data + gpt.positions(np.arange(longest + 1)).data)
# out = x
# for layer in gpt.layers:
#     out = layer(out, is_causal=True)
# np.sum(gpt.head(gpt.norm(out))[0, 3] ** 2).backward()
# print(np.abs(x.grad[0]).max(axis=1) > 0)
# ```
#
# ```text
# [ True  True  True  True False False False False False False]
# ```
#
# </details>
#
# **4.** Greedy writing: with temperature 0 the likeliest letter is taken each time. Which name does it write, and why always
# the same?
#
# <details><summary>Solution</summary>
#
# Nothing is drawn any more, so each start has one continuation.
#
# ```python
# print(len(set(write(10, 0.0, seed=5))))
# ```
#
# ```text
# 1
# ```
#
# </details>
#
# ## What to read next
#
# [18 · Autoencoder and GAN](18_autoencoder_and_gan.ipynb): networks that make pictures.
