# %% [markdown]
# # 19 · Word vectors
#
# **Goal:** turn words into vectors, learned from nothing but the company they keep.
#
# About 15 minutes. You need notebooks 4 and 8.

# %%
import matplotlib.pyplot as plt
import numpy as np

import nn
import viz
from nn import functional

# %% [markdown]
# ## From one-hot to a table
#
# A network computes with numbers, so a word must become numbers. The simplest way is **one-hot**: a vector with as many places as
# there are words, 1 at the place of the word and 0 elsewhere. But then *cat* and *dog* are as different as *cat* and *castle*.
#
# **Predict first.** What is the product of a one-hot row with a matrix $E$?
#
# <details><summary>Answer</summary>
#
# One row of $E$. So instead of multiplying one can look the row up. That is an **embedding**: a table with a row of learned
# numbers for each word.
#
# </details>

# %%
table = nn.Embedding(5, 3, dtype=np.float64, seed=0)  # five words, three numbers each
one_hot = nn.data.one_hot([2], 5)
print("product:", (one_hot @ table.weight.data).round(3))
print("look-up:", table([2]).data.round(3))

table([2]).sum().backward()
print("gradient of the table, row by row:", table.weight.grad.sum(axis=1))

# %% [markdown]
# Only the row that was looked up gets a gradient. A word that does not occur learns nothing.
#
# ## A tiny language
#
# *You shall know a word by the company it keeps* (J. R. Firth, 1957). Words in the same places mean similar things. We write a language in
# which this can be seen: people live, rule, work or play; animals eat and drink.

# %%
people = {
    "king": ("he", "his", "crown", "castle", "rules"),
    "queen": ("she", "her", "crown", "castle", "rules"),
    "prince": ("he", "his", "crown", "castle", "plays"),
    "princess": ("she", "her", "crown", "castle", "plays"),
    "man": ("he", "his", "coat", "house", "works"),
    "woman": ("she", "her", "coat", "house", "works"),
    "boy": ("he", "his", "coat", "house", "plays"),
    "girl": ("she", "her", "coat", "house", "plays"),
}
animals = {
    "cat": ("milk", "mice"),
    "dog": ("water", "meat"),
    "horse": ("water", "hay"),
    "cow": ("water", "hay"),
}
rng = np.random.default_rng(0)


def sentence():
    if rng.random() < 0.7:
        who = str(rng.choice(list(people)))
        he, his, dress, home, does = people[who]
        patterns = [
            f"the {who} {does} and {he} wears {his} {dress}",
            f"{he} is the {who} of the {home}",
            f"the {who} lives in the {home} where {he} {does}",
            f"the {who} with {his} {dress} {does}",
        ]
    else:
        who = str(rng.choice(list(animals)))
        drink, food = animals[who]
        patterns = [
            f"the {who} drinks {drink}",
            f"the {who} eats {food}",
            f"a {who} likes {drink} and {food}",
        ]
    return str(rng.choice(patterns))


corpus = [sentence() for _ in range(700)]
print(*corpus[:5], sep="\n")

words = sorted(set(" ".join(corpus).split()))
number = {word: index for index, word in enumerate(words)}
text = np.array([number[word] for word in " ".join(corpus).split()])
print(f"\n{len(text)} words, {len(words)} different ones")

# %% [markdown]
# ## Skip-gram
#
# **word2vec** (Mikolov et al., 2013) makes an exercise of it. Take a word and one of its neighbours: *do these two belong together?*
# Yes, 1. Take the same word and a few random ones: no, 0. That is binary classification, and needs no labels by hand; the text has them
# already.
#
# `skip_grams` makes such records: a word, its neighbour, five random words.

# %%
records, targets = nn.models.skip_grams(text, window=3, negatives=5, seed=0)
print(len(records), "records")
for record in records[[3, 4]]:
    word, neighbour, *others = (words[index] for index in record)
    print(f"{word}: is near {neighbour} (1), is not near {', '.join(others)} (0)")

# %% [markdown]
# Every word has **two** vectors: $u$ as the word in the middle, $v$ as somebody's neighbour. The belief that they belong together is
#
# $$p = \sigma(u \cdot v), \qquad L = -\log p \text{ for neighbours}, \quad -\log(1 - p) \text{ for random words}$$
#
# **Predict first.** Sigmoid with log-loss gives, as softmax does, $\partial L/\partial z = p - y$, with $z = u \cdot v$. So what is
# $\partial L/\partial u$ for a neighbour?
#
# <details><summary>Answer</summary>
#
# $(p - 1)\,v$. A step downhill moves $u$ **towards** $v$. For a random word it is $p\,v$, and the step moves $u$ away.
#
# </details>

# %%
model = nn.models.SkipGram(len(words), 16, dtype=np.float64, seed=0)
model.context.weight.data = rng.normal(size=model.context.weight.shape)  # it would start with zeros

king, crown = number["king"], number["crown"]
z = model([[king, crown]])
functional.binary_cross_entropy_with_logits(z, [[1.0]]).backward()

v = model.context.weight.data[crown]
by_hand = (functional.sigmoid(z.data)[0, 0] - 1) * v
print("∂L/∂u is (p − 1) v:", np.allclose(model.embedding.weight.grad[king], by_hand))
moved = (model.embedding.weight.grad != 0).any(axis=1)
print("words whose vector gets a gradient:", [words[index] for index in np.flatnonzero(moved)])

# %%
viz.graph(functional.binary_cross_entropy_with_logits(model([[king, crown]]), [[1.0]]))

# %% [markdown]
# Now all records. At first every belief is one half, so the loss starts near $\log 2 = 0.69$.

# %%
model = nn.models.SkipGram(len(words), 16, dtype=np.float64, seed=0)


def similar(word):
    found = model.most_similar(number[word], 3)
    return "  ".join(f"{words[index]} {cosine:.1f}" for index, cosine in found)


questions = ["king", "cat", "he", "castle"]
print("before:")
for word in questions:
    print(f"  {word:>6}: {similar(word)}")

adam, loss = nn.optim.Adam(model.parameters(), lr=0.01), nn.BCEWithLogitsLoss()
history = nn.fit(
    model,
    records,
    targets,
    loss=loss,
    optimizer=adam,
    epochs=6,
    batch_size=128,
    seed=0,
    progress=False,
)
print("loss of each epoch:", np.round(history["loss"], 2))
print("after:")
for word in questions:
    print(f"  {word:>6}: {similar(word)}")

# %% [markdown]
# (The number is the cosine of the angle between two vectors, 1 for the same direction.) Nobody has told it what a cat is.
#
# **Predict first.** *castle* and *house* are never in the same sentence. Why are they similar?
#
# <details><summary>Answer</summary>
#
# They have the same neighbours: *the*, *in*, *of*, *where*. Both vectors were drawn towards the same context vectors.
#
# </details>
#
# ## A map of the words
#
# Sixteen dimensions cannot be drawn. We look at them from where they are spread the most (the first two principal components).

# %%
nouns = [*people, *animals]
vectors = model.embedding.weight.data
unit = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
chosen = unit[[number[word] for word in nouns]]
centred = chosen - chosen.mean(axis=0)
_, _, axes_of_most = np.linalg.svd(centred, full_matrices=False)
plane = centred @ axes_of_most[:2].T

figure, panel = plt.subplots(figsize=(8, 4.5), layout="constrained")
panel.scatter(*plane.T, c=["tab:blue"] * len(people) + ["tab:orange"] * len(animals))
for word, place in zip(nouns, plane, strict=True):
    panel.annotate(word, place, xytext=(5, 3), textcoords="offset points")
panel.margins(0.1)
panel.set(xticks=[], yticks=[])
plt.show()

# %% [markdown]
# Animals on one side, people on the other. And the people stand in two groups, *he* and *she*.
#
# ## Arithmetic with words
#
# The famous question: *man is to woman as king is to …?* If the difference between male and female is about the same vector everywhere,
# then $\text{king} - \text{man} + \text{woman}$ should lie near the answer.


# %%
def analogy(a, b, c):
    """B is to c as a is to … (the three are left out)."""
    wanted = unit[number[a]] - unit[number[b]] + unit[number[c]]
    order = np.argsort(-(unit @ wanted))
    return [words[index] for index in order if words[index] not in (a, b, c)][:3]


for question in [("king", "man", "woman"), ("queen", "woman", "man"), ("his", "he", "she")]:
    print(f"{question[0]} − {question[1]} + {question[2]}: {analogy(*question)}")

# %% [markdown]
# It points to the right corner: people of the right sex with a crown. The very first answer is not always the one from the book. Our text is
# small, and *queen* and *princess* differ in one word only. With billions of words it works better, and shows other things, too: what a text
# takes for granted, prejudice included, is in the vectors that were learned from it.
#
# ## In short
#
# * One-hot times a matrix is a row: an embedding is a table of learned rows. Only rows in use get a gradient.
# * Skip-gram asks: are these two neighbours? Yes for real ones, no for random ones.
# * Neighbours attract, random words repel. Words with the same neighbours end up close.
#
# ## Exercises
#
# **1.** How many parameters has `SkipGram` with 10 000 words and 100 numbers each?
#
# <details><summary>Solution</summary>
#
# Two tables.
#
# ```python
# print(2 * 10_000 * 100, nn.models.SkipGram(10_000, 100).count_parameters())
# ```
#
# ```text
# 2000000 2000000
# ```
#
# </details>
#
# **2.** What would happen without random words, that is, if all targets were 1?
#
# <details><summary>Solution</summary>
#
# All vectors would be drawn towards each other, and the loss would go to 0 with nothing learned.
#
# ```python
# lazy = nn.models.SkipGram(len(words), 16, dtype=np.float64, seed=0)
# adam = nn.optim.Adam(lazy.parameters(), lr=0.01)
# nn.fit(
#     lazy, records[:, :2], targets[:, :1], loss=loss, optimizer=adam, epochs=4, batch_size=128, seed=0, progress=False
# )
# table = lazy.embedding.weight.data
# table = table / np.linalg.norm(table, axis=1, keepdims=True)
# print(f"mean cosine between any two words: {(table @ table.T).mean():.1f}")
# ```
#
# ```text
# mean cosine between any two words: 1.0
# ```
#
# </details>
#
# **3.** Which words are nearest to *milk*? Say first what you expect.
#
# <details><summary>Solution</summary>
#
# What else is eaten, and who drinks it. A neighbour is not always a synonym.
#
# ```python
# print([words[index] for index, _ in model.most_similar(number["milk"], 3)])
# ```
#
# ```text
# ['mice', 'cat', 'meat']
# ```
#
# </details>
#
# ## What to read next
#
# [20 · Your PyTorch model under the lens](20_pytorch_under_the_lens.ipynb): all of this on the code you have.
