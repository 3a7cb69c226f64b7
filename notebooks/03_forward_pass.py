# %% [markdown]
# # 3 · The forward pass of a network
#
# **Goal:** compute what a network answers, column by column, and see why without activations all its
# layers are worth no more than one.
#
# About 20 minutes. You need notebook 2 and matrix products.

# %%
import matplotlib.pyplot as plt
import numpy as np

import nn
import viz
from autograd import Tensor
from nn import functional

# %% [markdown]
# ## Columns of neurons
#
# In notebook 2 two gates looked at the same inputs, and a third one looked at them. That is a network:
# columns of neurons, each of which sees all outputs of the column before. The smallest one worth
# drawing has 2 inputs, 2 hidden neurons and 1 output, in short **2-2-1**.
#
# Every line has a weight. We count them from top to bottom: $w_1, w_2$ lead into the first hidden
# neuron, $w_3, w_4$ into the second, $w_5, w_6$ into the output. Every neuron has a bias.
#
# `nn.MLP` builds such a network. `fc1` and `fc2` are its two **layers** of weights (*fully connected*), each
# with the column that it leads to. The hidden neurons have the sigmoid, the output has no activation.

# %%
w1, w2, w3, w4, w5, w6 = 1.0, -2.0, 0.5, 1.5, 2.0, -1.0
b1, b2, b3 = 0.5, -1.0, 0.25

model = nn.MLP((2, 2, 1), nn.Sigmoid, dtype=np.float64)
model.fc1.weight.data, model.fc1.bias.data = [[w1, w2], [w3, w4]], [b1, b2]
model.fc2.weight.data, model.fc2.bias.data = [[w5, w6]], [b3]

x1, x2 = 1.0, 2.0
viz.network(model, [[x1, x2]], [[1.0]], loss=functional.mse_loss)

# %% [markdown]
# Look at the wires, and at how the neurons are filled: the fuller, the larger what they say. (The chart, the
# colours and the legend are about gradients, the subject of the next notebooks.)
#
# The **forward pass** goes from left to right. Each neuron forms its net sum, then applies its activation.
#
# **Predict first.** For $x = (1, 2)$, what are the two hidden net sums $z_1 = w_1 x_1 + w_2 x_2 + b_1$
# and $z_2 = w_3 x_1 + w_4 x_2 + b_2$?
#
# <details><summary>Answer</summary>
#
# $z_1 = 1 \cdot 1 - 2 \cdot 2 + 0.5 = -2.5$ and $z_2 = 0.5 \cdot 1 + 1.5 \cdot 2 - 1 = 2.5$.
#
# </details>


# %%
def sigmoid(z):
    return 1 / (1 + np.exp(-z))


z1, z2 = w1 * x1 + w2 * x2 + b1, w3 * x1 + w4 * x2 + b2
h1, h2 = sigmoid(z1), sigmoid(z2)
y = w5 * h1 + w6 * h2 + b3
print(f"net sums  {z1}, {z2}")
print(f"hidden    {h1:.4f}, {h2:.4f}")
print(f"output    {y:.4f}")
print(f"the model {model([[x1, x2]]).item():.4f}")  # a list of records, here of one

# %% [markdown]
# ## A column is a matrix product
#
# The two hidden sums are one matrix times one vector, plus a vector: the weights of a neuron are a row.
#
# $$\begin{pmatrix} z_1 \\ z_2 \end{pmatrix} =
# \begin{pmatrix} w_1 & w_2 \\ w_3 & w_4 \end{pmatrix}
# \begin{pmatrix} x_1 \\ x_2 \end{pmatrix} +
# \begin{pmatrix} b_1 \\ b_2 \end{pmatrix}$$
#
# Usually many records go through at once, as the rows of a matrix. Then the weights stand on the
# right, and the weights of a neuron are a **column**. Say, 300 records of 2 numbers and 3 neurons:
#
# $$\underset{300 \times 2}{x} \cdot \underset{2 \times 3}{W} + \underset{1 \times 3}{b}
# = \underset{300 \times 3}{z}$$
#
# The single row $b$ is added to each of the 300 rows. Numpy calls that **broadcasting**. (In numpy, `@` is the
# matrix product.)

# %%
rng = np.random.default_rng(0)
x, W, b = rng.normal(size=(300, 2)), rng.normal(size=(2, 3)), rng.normal(size=(1, 3))
z = x @ W + b
print(x.shape, "·", W.shape, "+", b.shape, "→", z.shape)

record, neuron = 17, 2  # any of them
by_hand = x[record, 0] * W[0, neuron] + x[record, 1] * W[1, neuron] + b[0, neuron]
print(f"from the matrices: {z[record, neuron]:.6f}")
print(f"by hand:           {by_hand:.6f}")

# %% [markdown]
# In code a layer is `nn.Linear(2, 3)`. It stores its weights the other way round, as $3 \times 2$ with
# a row per neuron (PyTorch does the same), and turns them before it multiplies.
#
# ## What is left without activations
#
# Now take the activations away. The hidden neurons hand on their net sums as they are:
#
# $$\hat y = w_5 z_1 + w_6 z_2 + b_3
# = w_5\,(w_1 x_1 + w_2 x_2 + b_1) + w_6\,(w_3 x_1 + w_4 x_2 + b_2) + b_3$$
#
# **Predict first.** Sort this by $x_1$ and $x_2$. What kind of function is it?
#
# <details><summary>Answer</summary>
#
# $\hat y = A x_1 + B x_2 + C$ with
# $A = w_5 w_1 + w_6 w_3$, $\;B = w_5 w_2 + w_6 w_4$, $\;C = w_5 b_1 + w_6 b_2 + b_3$.
# One neuron with the weights $A$ and $B$ and the bias $C$ does the same.
#
# </details>
#
# We check it with five records at once. A **`Tensor`** is to an array what a `Value` is to a number: it
# remembers how it was made, and can tell gradients. (`Identity` is the activation that changes nothing.)

# %%
A, B, C = w5 * w1 + w6 * w3, w5 * w2 + w6 * w4, w5 * b1 + w6 * b2 + b3
print(f"A = {A}   B = {B}   C = {C}")

linear = nn.MLP((2, 2, 1), nn.Identity, dtype=np.float64)
linear.load_state_dict(model.state_dict())  # with the same weights and biases

records = Tensor(rng.normal(size=(5, 2)), name="x")
output = linear(records)
print("network:       ", output.data[:, 0].round(6))
print("A x₁ + B x₂ + C:", (records.data @ [A, B] + C).round(6))

# %% [markdown]
# The same function. So its slopes are the same too: $\partial \hat y/\partial x$ is $(A, B)$ for every
# record. (`backward` needs one number to start at. We take the sum of the five outputs: each record moves
# only its own.)

# %%
output.sum().backward()
print("∂ŷ/∂x of each record:")
print(records.grad)

# %% [markdown]
# If there are only three numbers $A, B, C$ that matter, what do the gradients of the nine **parameters**
# (weights and biases) say? Let the loss $L$ be the **mean squared error**: the mean of $(\hat y - t)^2$ over the
# records, with the targets $t$. By the chain rule, $w_1$ changes it only through $A$, and
# $\partial A/\partial w_1 = w_5$:
#
# $$\frac{\partial L}{\partial w_1} = w_5 \cdot \frac{\partial L}{\partial A}$$

# %%
target = rng.normal(size=(5, 1))
linear.zero_grad()  # what the last backward left would be added to
loss = functional.mse_loss(linear(records.data), target)
loss.backward()

one_neuron = nn.Linear(2, 1, dtype=np.float64)
one_neuron.weight.data, one_neuron.bias.data = [[A, B]], [C]
loss_of_one = functional.mse_loss(one_neuron(records.data), target)
loss_of_one.backward()

print(f"loss of the network {loss.item():.6f}, of the one neuron {loss_of_one.item():.6f}")
print(f"∂L/∂w₁      = {linear.fc1.weight.grad[0, 0]:.6f}")
print(f"w₅ · ∂L/∂A = {w5 * one_neuron.weight.grad[0, 0]:.6f}")

# %% [markdown]
# The nine parameters pull on three strings. Nine are no better than three, and more columns would be no
# better either: linear functions of linear functions are linear.
#
# ## What activations add
#
# Notebook 2 has shown that no line can do XOR. So a network without activations cannot do it, however
# deep. Let us train four networks on it. (How training works is the next notebook. `fit` does what you
# know: many small steps downhill. `Adam` chooses how long each of them is, notebook 10. `seed` fixes what is
# random, so that you see the same numbers as we do.)
#
# **Predict first.** The best that a linear function can do on XOR is the same answer for all four
# records. Which one, and what is the mean squared error then?
#
# <details><summary>Answer</summary>
#
# One half for all of them. Then every error is $\pm 0.5$, and the mean of the squares is 0.25.
#
# </details>

# %%
inputs = np.array([(0, 0), (0, 1), (1, 0), (1, 1)], dtype=np.float32)
xor = np.array([[0], [1], [1], [0]], dtype=np.float32)


def train(model, x, y, epochs):
    """Train with mean squared error, and give the loss at the end."""
    adam = nn.optim.Adam(model.parameters(), lr=0.03)
    history = nn.fit(
        model, x, y, loss=functional.mse_loss, optimizer=adam, epochs=epochs, seed=0, progress=False
    )
    return history["loss"][-1]


for sizes, activation in [
    ((2, 4, 1), nn.Identity),
    ((2, 16, 16, 16, 1), nn.Identity),
    ((2, 4, 1), nn.Sigmoid),
    ((2, 4, 1), nn.Tanh),
]:
    network = nn.MLP(sizes, activation, seed=1)
    loss = train(network, inputs, xor, epochs=600)
    print(f"{'-'.join(map(str, sizes)):>12} {activation.__name__:>8}: loss {loss:.3f}")

# %% [markdown]
# With an activation it is solved. (Which one does not matter here. Notebook 7 compares them.) The same
# with 200 points and a drawing of what the network says about every point of the plane:

# %%
points, labels = nn.data.make_xor(200, noise=0.05, seed=0)
figure, panels = plt.subplots(1, 2, figsize=(11, 4), layout="constrained")
for panel, activation in zip(panels, (nn.Identity, nn.Tanh), strict=True):
    network = nn.MLP((2, 8, 1), activation, seed=0)
    train(network, points, labels[:, None].astype(np.float32), epochs=100)
    viz.plot_decision_boundary(network, points, labels, axes=panel)
    panel.set_xlabel(f"2-8-1, {activation.__name__}")
plt.show()

# %% [markdown]
# ## A digit reader
#
# A network that reads handwritten digits sees $28 \times 28$ pixels, that is, 784 inputs. Say it has two
# hidden columns of 16 neurons and 10 outputs, one per digit.
#
# **Predict first.** How many parameters does it have?
#
# <details><summary>Answer</summary>
#
# Each column has a weight for every pair of neurons, and a bias for each of its own:
# $784 \cdot 16 + 16 + 16 \cdot 16 + 16 + 16 \cdot 10 + 10 = 13\,002$. Nearly all of them are in the
# first column.
#
# </details>

# %%
reader = nn.MLP((784, 16, 16, 10), seed=0)
print(784 * 16 + 16 + 16 * 16 + 16 + 16 * 10 + 10, "=", reader.count_parameters())
nn.summary(reader, (784,))

# %% [markdown]
# We draw it a seven. The ten outputs are any numbers; **softmax** turns them into positive ones that add
# up to 1, so that they can be read as shares of belief. (More about it in notebook 4.)

# %%
seven = np.zeros((28, 28), dtype=np.float32)
seven[6:9, 7:21] = 1
for row in range(9, 23):
    seven[row, 19 - (row - 9) // 2 : 22 - (row - 9) // 2] = 1

scores = reader(seven.reshape(1, 784))
belief = functional.softmax(scores.data)[0]

figure, (left, right) = plt.subplots(1, 2, figsize=(9, 2.8), layout="constrained")
left.imshow(seven, cmap="gray_r")
right.bar(range(10), belief)
right.set(xticks=range(10), xlabel="digit", ylabel="belief", title="before any training")
plt.show()
print(f"sum of the beliefs: {belief.sum():.4f}")

# %% [markdown]
# Of course: nobody has taught it anything, and each digit gets about a tenth. To teach it, we have to
# know for each of its 13 002 parameters which way is down. That is the next notebook.
#
# ## In short
#
# * The forward pass goes column by column: net sums, then activations.
# * A column is a matrix product and a broadcast bias: $300 \times 2 \cdot 2 \times 3 + 1 \times 3 \to 300 \times 3$.
# * Without activations any number of layers is one linear function.
#
# ## Exercises
#
# **1.** How many parameters has a 784-100-10 network? And one without a hidden column?
#
# <details><summary>Solution</summary>
#
# ```python
# print(784 * 100 + 100 + 100 * 10 + 10, nn.MLP((784, 100, 10)).count_parameters())
# print(784 * 10 + 10, nn.MLP((784, 10)).count_parameters())
# ```
#
# prints
#
# ```text
# 79510 79510
# 7850 7850
# ```
#
# </details>
#
# **2.** Three linear layers $2 \to 5 \to 5 \to 1$ without activations are one matrix too. Which one? Check
# it with random weights (without biases).
#
# <details><summary>Solution</summary>
#
# The product of the three: $(x W_1) W_2 W_3 = x\,(W_1 W_2 W_3)$, a $2 \times 1$ matrix.
#
# ```python
# W1, W2, W3 = rng.normal(size=(2, 5)), rng.normal(size=(5, 5)), rng.normal(size=(5, 1))
# product = W1 @ W2 @ W3
# print(product.shape, np.allclose(x @ W1 @ W2 @ W3, x @ product))
# ```
#
# prints
#
# ```text
# (2, 1) True
# ```
#
# </details>
#
# **3.** ReLU gives $z$ if $z > 0$, else 0. Build $|x|$ exactly, with two ReLU neurons and one output.
#
# <details><summary>Solution</summary>
#
# $|x| = \text{relu}(x) + \text{relu}(-x)$. So the hidden weights are $1$ and $-1$, the output weights both 1.
#
# ```python
# absolute = nn.MLP((1, 2, 1), nn.ReLU)
# absolute.fc1.weight.data, absolute.fc1.bias.data = [[1.0], [-1.0]], [0.0, 0.0]
# absolute.fc2.weight.data, absolute.fc2.bias.data = [[1.0, 1.0]], [0.0]
# print(absolute([[-3.0], [0.0], [2.5]]).data.ravel())
# ```
#
# prints
#
# ```text
# [3.  0.  2.5]
# ```
#
# </details>
#
# ## What to read next
#
# [4 · Backpropagation](04_backpropagation.ipynb): which way is down, for every weight at once.
