# %% [markdown]
# # 2 · The perceptron
#
# **Goal:** build one neuron, let it learn from its mistakes, and find out what it cannot learn.
#
# About 20 minutes. You need notebook 1, but hardly any derivatives: this is the machine that came before
# them.

# %%
import matplotlib.pyplot as plt
import numpy as np

import nn
import viz

# %% [markdown]
# ## Three students
#
# Of three students we know the intelligence quotient and the hours of study per day. The **target**
# says who passed the exam (class 1) and who did not (class 0). Each student is a **record**: inputs and a
# target.

# %%
students = np.array([(95, 4), (100, 5), (95, 2)])
passed = np.array([1, 1, 0])

# %% [markdown]
# A **neuron** makes one number of all its inputs. It multiplies each input by a **weight**, adds
# everything up with a **bias**, and sends this **net sum** through an **activation**:
#
# $$z = b + \sum_i w_i x_i, \qquad \hat y = \sigma(z) = \frac{1}{1 + e^{-z}}$$
#
# This activation is the **sigmoid** $\sigma$. It squeezes any number into the range from 0 to 1, and
# it gives one half where $z = 0$. We read the output as *how sure are you that it is class 1*, and
# decide for class 1 above one half.
#
# Let the weights be $w = (0.01,\; 0.02)$ and the bias $b = 0.001$. For the first student, by hand:

# %%
w, b = np.array([0.01, 0.02]), 0.001
z = b + w[0] * 95 + w[1] * 4
output = 1 / (1 + np.exp(-z))
print(f"z = 0.001 + 0.01 × 95 + 0.02 × 4 = {z:.3f}    σ(z) = {output:.3f}")

# %% [markdown]
# Above one half, so class 1: the student passes, as it should be. A `Neuron` does the same for all
# three at once.

# %%
neuron = nn.Neuron(2, nn.Sigmoid, dtype=np.float64)  # two inputs, numbers with 16 digits
neuron.weight.data, neuron.bias.data = w, b

for student, target in zip(students, passed, strict=True):
    z, output = neuron.net_sum(student), neuron(student)
    verdict = "right" if (output > 0.5) == target else "WRONG"
    print(f"{student}:  z = {z:.3f}   σ(z) = {output:.3f}   target {target}   {verdict}")

# %% [markdown]
# The third student is the first error to learn from.
#
# **Predict first.** These three outputs are hardly different: 0.737, 0.750, 0.729. Which of the two
# inputs makes the net sum large for everybody?
#
# <details><summary>Answer</summary>
#
# The intelligence quotient. It contributes $0.01 \cdot 95 = 0.95$ of the 0.991, though it is the
# same for the first and the third student and so cannot tell them apart. The hours could, but they
# contribute $0.04$ to $0.10$ only.
#
# </details>
#
# Here is the neuron's graph. `to_values` makes every number a `Value`, so that each weight has a box of its
# own:

# %%
output = neuron.to_values()(students[0])
output.name = "output"
viz.graph(output, title="One neuron, one student")

# %% [markdown]
# The derivatives say the same as the answer above: the output reacts 24 times as strongly to the first
# weight (`weight[0]`, 18.4) as to the second (0.775), only because its input is a large number.
#
# ## A line through the plane
#
# The **perceptron** (Frank Rosenblatt, 1958) is a neuron with a simpler activation, the step: 1 if
# $z > 0$, else 0. So all that matters is the sign of $z$. And $w_1 x_1 + w_2 x_2 + b = 0$ is a
# straight line: on one side of it the answer is 1, on the other side 0. The perceptron is a **linear
# binary classifier**: it tells two classes apart, by a line.
#
# ## The step rule
#
# How should a mistake change the weights? Let $t$ be the target and $y$ the output. The error
# $t - y$ is 0 if the answer was right, $+1$ if it should have been higher, $-1$ if lower. The rule:
#
# $$w_i \leftarrow w_i + \eta\,(t - y)\,x_i, \qquad b \leftarrow b + \eta\,(t - y)$$
#
# After a wrong 1, the weight of every positive input becomes smaller, the more so the larger the input; after a
# wrong 0, larger. Either way the net sum moves in the right direction.
#
# **Predict first.** With $\eta = 0.01$, what happens at the first and at the second student? And at
# the third, where $t - y = 0 - 1 = -1$?
#
# <details><summary>Answer</summary>
#
# Nothing at the first two: they are right. At the third,
# $w_1 = 0.01 - 0.01 \cdot 95 = -0.94$, $\;w_2 = 0.02 - 0.01 \cdot 2 = 0$ and
# $b = 0.001 - 0.01 = -0.009$.
#
# </details>

# %%
perceptron = nn.Perceptron(2, dtype=np.float64)
perceptron.weight.data, perceptron.bias.data = w, b

for student, target in zip(students, passed, strict=True):
    error = perceptron.update(student, target, lr=0.01)
    w1, w2 = perceptron.weight.data
    print(f"{student}: error {error:2}   w = ({w1:.2f}, {w2:.2f})   b = {perceptron.bias.data:.3f}")

# %% [markdown]
# Now the third one is right. And the other two?

# %%
print("outputs:", perceptron.predict(students), "  targets:", passed)

# %% [markdown]
# Wrong, both. The step was so large that it threw away what was known. But the rule goes around and
# around through the records until an epoch brings no mistake. (An **epoch** is one pass through all
# records.) `fit` does that, from zero weights and with $\eta = 1$, and gives the number of mistakes of each
# epoch.

# %%
perceptron = nn.Perceptron(2, dtype=np.float64)
mistakes = perceptron.fit(students, passed, epochs=5000)
w1, w2 = perceptron.weight.data
print(f"{len(mistakes)} epochs; the last: {mistakes[-5:]}")
print(f"w = ({w1:.0f}, {w2:.0f})   b = {perceptron.bias.data:.0f}")
print("outputs:", perceptron.predict(students), "  targets:", passed)

# %% [markdown]
# It works, after more than a thousand epochs for three students. Rosenblatt's theorem says only that
# the number of mistakes is **finite** if a line exists that separates the classes. It does not say
# small.
#
# **Predict first.** The intelligence quotients are all about 95, the hours all about 3. What if we
# count from there, that is, subtract 95 and 3 first? The three points keep their places relative to
# each other. Will it take as many epochs?
#
# <details><summary>Answer</summary>
#
# Two! With numbers around 95, every correction swings $w_1$ so much that the hours do not count. With
# numbers around 0, a correction concerns what is different between students. **Scale your inputs**
# is the oldest advice in the trade, and it is as good for deep networks.
#
# </details>

# %%
centred = students - (95, 3)
perceptron = nn.Perceptron(2, dtype=np.float64)
mistakes = perceptron.fit(centred, passed)
print("mistakes per epoch:", mistakes)
print("w =", perceptron.weight.data, "  b =", perceptron.bias.data)

axes = viz.plot_decision_boundary(perceptron, centred, passed, names=["failed", "passed"])
axes.set(xlabel="intelligence quotient − 95", ylabel="hours − 3")
plt.show()

# %% [markdown]
# It ignores the intelligence quotient and asks for the hours: $z = (\text{hours} - 3) + 1 > 0$.
# (The student who failed lies on the line itself. There $z = 0$, which counts as class 0.) Three students
# are not many, so do not take it as advice.
#
# ## Gates
#
# Let us give it four records that have no noise at all, the logical gates. The inputs are 0 or 1.

# %%
inputs = np.array([(0, 0), (0, 1), (1, 0), (1, 1)])
gates = {"AND": [0, 0, 0, 1], "OR": [0, 1, 1, 1], "NAND": [1, 1, 1, 0], "XOR": [0, 1, 1, 0]}

trained = {}
for name, targets in gates.items():
    trained[name] = perceptron = nn.Perceptron(2, dtype=np.float64)
    mistakes = perceptron.fit(inputs, targets, epochs=12)
    print(f"{name:>4}: mistakes per epoch {mistakes}")

# %% [markdown]
# AND, OR and NAND (*not AND*) are learned in a few epochs. XOR (*one or the other, but not both*) is not,
# and more epochs do not help:

# %%
perceptron = nn.Perceptron(2)
print("mistakes in epoch 10 000:", perceptron.fit(inputs, gates["XOR"], epochs=10_000)[-1])
print("outputs as drawn:", trained["XOR"].predict(inputs), "  targets:", gates["XOR"])

figure, panels = plt.subplots(1, 4, figsize=(13, 3), layout="constrained")
for panel, (name, targets) in zip(panels, gates.items(), strict=True):
    viz.plot_decision_boundary(trained[name], inputs, targets, axes=panel)
    panel.get_legend().remove()
    panel.set_title(name, loc="left")
plt.show()

# %% [markdown]
# (Four mistakes in an epoch, though the line as drawn has only two records on the wrong side: each
# correction moves the line, and then the next record is wrong.)
#
# ## Why not XOR
#
# **Predict first.** Suppose there were weights for XOR. Write down what each of the four records
# demands of $w_1$, $w_2$ and $b$. Can all four be true?
#
# <details><summary>Answer</summary>
#
# $$\begin{aligned}
# (0, 0) \to 0:&\quad b \le 0 \\
# (0, 1) \to 1:&\quad w_2 + b > 0 \\
# (1, 0) \to 1:&\quad w_1 + b > 0 \\
# (1, 1) \to 0:&\quad w_1 + w_2 + b \le 0
# \end{aligned}$$
#
# Add the two in the middle: $w_1 + w_2 + 2b > 0$. Add the first and the last:
# $w_1 + w_2 + 2b \le 0$. Both cannot be true. It is no fault of the learning rule: **no** line
# separates the two classes.
#
# </details>
#
# Three of four is the best that any line can do. Let us try many lines and count.

# %%
rng = np.random.default_rng(0)
lines = rng.normal(size=(100_000, 3))  # w₁, w₂, b
answers = inputs @ lines[:, :2].T + lines[:, 2] > 0  # a column for each line
targets = np.array(gates["XOR"])[:, np.newaxis]
right = (answers == targets).sum(axis=0)
for count in range(5):
    print(f"{count} of 4 records right: {(right == count).sum():6} lines")

# %% [markdown]
# ## Two layers can
#
# One neuron draws one line. But XOR is *OR, and not both*, that is, OR **and** NAND. We have trained
# all three gates already. Feed the outputs of two of them into the third:

# %%
first_layer = np.stack([trained["OR"].predict(inputs), trained["NAND"].predict(inputs)], axis=1)
output = trained["AND"].predict(first_layer)
print("x₁ x₂   OR NAND   AND of both")
for record, hidden, y in zip(inputs, first_layer, output, strict=True):
    print(f" {record[0]}  {record[1]}    {hidden[0]}   {hidden[1]}        {y}")


# %%
def xor_network(x):
    hidden = np.stack([trained["OR"].predict(x), trained["NAND"].predict(x)], axis=1)
    return trained["AND"].predict(hidden)


viz.plot_decision_boundary(xor_network, inputs, gates["XOR"])
plt.show()

# %% [markdown]
# Two lines make a strip, and a strip is enough. This is a **multi-layer perceptron**, MLP for short: a
# neural network. The neurons whose outputs only other neurons see are called **hidden**.
#
# One thing is missing. We told each neuron of the first layer what it should learn. In general nobody
# knows the targets of the hidden neurons. To find out how a *hidden* weight should move, we have to
# ask how much the final error depends on it. That is a derivative, and with the step it is useless:

# %%
figure, (left, right) = plt.subplots(1, 2, figsize=(11, 3.4), layout="constrained")
viz.plot_activation(nn.Step, axes=left)
viz.plot_activation(nn.Sigmoid, axes=right)
plt.show()

# %% [markdown]
# (Here $f$ is the activation, $f'$ its derivative, and *saturated* means: nearly flat.) The step's derivative
# is 0 wherever there is one: move a weight a little, and nothing changes. The sigmoid's is not. This is why
# networks use smooth activations, and why the perceptron's rule was the end of one road and backpropagation
# the beginning of another.
#
# ## In short
#
# * Net sum $z = b + \sum w_i x_i$, then an activation: a neuron.
# * With the step it is a linear classifier, which learns by $w \leftarrow w + \eta\,(t - y)\,x$.
# * It finds a separating line if there is one, sooner if the inputs are scaled.
# * XOR has none. Two layers can do it, but the rule cannot teach them.
#
# ## Exercises
#
# **1.** Train on AND, from zero weights and with $\eta = 1$, on paper, for the first epoch. The step
# gives 1 only for $z > 0$. How many mistakes do you make?
#
# <details><summary>Solution</summary>
#
# One. All outputs are 0 at first, so only $(1, 1)$ is wrong, and then $w = (1, 1)$ and $b = 1$.
#
# ```python
# gate = nn.Perceptron(2)
# print(gate.fit(inputs, gates["AND"], epochs=1), gate.weight.data, gate.bias.data)
# ```
#
# prints
#
# ```text
# [1] [1. 1.] 1.0
# ```
#
# </details>
#
# **2.** NAND alone is enough to build any logical circuit. Build XOR of four NAND gates.
#
# <details><summary>Solution</summary>
#
# With $m = \text{NAND}(x_1, x_2)$, take $\text{NAND}(\text{NAND}(x_1, m), \text{NAND}(x_2, m))$.
#
# ```python
# def nand(a, b):
#     return trained["NAND"].predict(np.stack([a, b], axis=1))
#
#
# x1, x2 = inputs.T
# m = nand(x1, x2)
# print(nand(nand(x1, m), nand(x2, m)))
# ```
#
# prints
#
# ```text
# [0 1 1 0]
# ```
#
# </details>
#
# **3.** Give the perceptron a third input, $x_1 x_2$. Can it learn XOR now? Why?
#
# <details><summary>Solution</summary>
#
# Yes. In three dimensions the four points can be separated by a plane:
# $x_1 + x_2 - 2 x_1 x_2$ is 1 for XOR and 0 otherwise. A hidden layer does the same, it makes new
# inputs. But it finds out by itself which.
#
# ```python
# wider = np.column_stack([inputs, inputs[:, 0] * inputs[:, 1]])
# perceptron = nn.Perceptron(3)
# mistakes = perceptron.fit(wider, gates["XOR"])
# print(mistakes[-1], perceptron.predict(wider))
# ```
#
# prints
#
# ```text
# 0 [0 1 1 0]
# ```
#
# </details>
#
# ## What to read next
#
# [3 · The forward pass](03_forward_pass.ipynb): columns of neurons, and why they are worth nothing
# without activations.
