# %% [markdown]
# # 14 · Convolution
#
# **Goal:** slide a small filter over an image, by hand and with a layer, and let a network learn its
# own filters.
#
# About 25 minutes. You need notebooks 4 and 12.

# %%
from itertools import pairwise

import matplotlib.pyplot as plt
import numpy as np

import autograd
import nn
import viz
from autograd import Tensor
from nn import functional
from nn.data import augmentation

# %% [markdown]
# ## An image and a filter
#
# A grey image is a matrix of numbers. Ours has $6 \times 6$ pixels. Its left half is black (0), its
# right half white (1), so there is one vertical edge in the middle.
#
# A **filter** (or kernel) is a small matrix of weights. This one looks for vertical edges:

# %%
image = np.zeros((6, 6))
image[:, 3:] = 1
vertical = np.array([[1.0, 0.0, -1.0], [2.0, 0.0, -2.0], [1.0, 0.0, -1.0]])
print(image)
print(vertical)

# %% [markdown]
# Lay the filter on the image, multiply each weight by the pixel under it, and add up. That is the net
# sum of a neuron that sees nine pixels. Then move the filter one pixel on, and do it again. The sums
# form a new image, the **feature map**.
#
# **Predict first.** The filter takes what is on its left minus what is on its right. What is the sum
# where all nine pixels are equal? And where the left column is black and the right one white?
#
# <details><summary>Answer</summary>
#
# Equal pixels give 0, because the nine weights add up to 0. Black on the left and white on the right
# gives $-1 - 2 - 1 = -4$.
#
# </details>


# %%
def slide(image, filter):
    k = len(filter)
    n = len(image) - k + 1  # so many places in each direction
    sums = np.zeros((n, n))
    for row in range(n):
        for column in range(n):
            sums[row, column] = (image[row : row + k, column : column + k] * filter).sum()
    return sums


print(slide(image, vertical))

# %% [markdown]
# Four rows $(0, -4, -4, 0)$: the filter has found the edge, and nothing else. For a picture we bring
# the numbers to the range from 0 to 255, the smallest to 0 and the largest to 255.

# %%
edges = nn.data.min_max_scale(slide(image, vertical), 0, 255)
print(edges)

figure, panels = plt.subplots(1, 3, figsize=(8, 2.6), layout="constrained")
for panel, picture, title in zip(
    panels, (image, vertical, edges), ("image", "filter", "feature map"), strict=True
):
    panel.imshow(picture, cmap="gray")
    panel.set(title=f"{title}, {len(picture)} × {len(picture)}", xticks=[], yticks=[])
plt.show()

# %% [markdown]
# Networks call this a **convolution**. (Mathematicians would turn the filter by 180° first. For learned
# filters that makes no difference.) The library's `conv2d` does many images and many filters at once,
# so it wants four axes: (images, channels, height, width) and (filters, channels, height, width).


# %%
def conv(image, filter, **how):
    return functional.conv2d(image[None, None], filter[None, None], **how)[0, 0]


print(conv(image, vertical))

# %% [markdown]
# The filter, turned by 90°, looks for horizontal edges.
#
# **Predict first.** What does it find in our image? And in our image turned by 90°?
#
# <details><summary>Answer</summary>
#
# In our image nothing: within each column all pixels are equal, so what is above minus what is below is 0.
# In the turned image it finds the edge, as rows of $-4$ or $4$, depending on which half is white.
#
# </details>

# %%
horizontal = vertical.T
print("in the image:")
print(conv(image, horizontal))
print("in the image turned:")
print(conv(image.T, horizontal))

# %% [markdown]
# ## Padding
#
# The map is smaller than the image, by a pixel on each side. After many layers little would be left. The
# cure is **padding**: put a frame of zeros around the image first.
#
# **Predict first.** With a frame of 1 our $6 \times 6$ stays $6 \times 6$. The right border is white, the
# frame black. What will the filter report there?
#
# <details><summary>Answer</summary>
#
# An edge, from white to black: $+4$. It is a false one: nothing in the image is there. The border of a
# padded map is to be read with care. (In the corners only two rows of the filter lie on white, so there it
# is $2 + 1 = 3$.)
#
# </details>

# %%
print(conv(image, vertical, padding=1))

# %% [markdown]
# The inner rows are $(0, 0, -4, -4, 0, 4)$: the real edge, and the false one at the right border.
#
# ## Stride, and the size formula
#
# With **stride** $s$ the filter moves $s$ pixels at a time. So the map has, in each direction,
#
# $$n_\text{out} = \left\lfloor \frac{n_\text{in} + 2p - k}{s} \right\rfloor + 1$$
#
# numbers, for an image of $n_\text{in}$, a filter of $k$, padding $p$ and stride $s$. Take the filter's first
# place, and count how often it can move on before it meets the end.


# %%
def size(n, k, p=0, s=1):
    return (n + 2 * p - k) // s + 1


print(" n  k  p  s   formula  conv2d")
for n, k, p, s in [
    (6, 3, 0, 1),
    (6, 3, 1, 1),
    (6, 3, 0, 2),
    (7, 3, 0, 2),
    (28, 5, 2, 1),
    (224, 11, 2, 4),
]:
    made = conv(np.zeros((n, n)), np.zeros((k, k)), padding=p, stride=s)
    print(f"{n:3}{k:3}{p:3}{s:3}   {size(n, k, p, s):4}    {made.shape[0]:4}")

# %% [markdown]
# **Predict first.** Which padding keeps the size, for a filter of 3, 5 and 7 and stride 1?
#
# <details><summary>Answer</summary>
#
# $n + 2p - k + 1 = n$ gives $p = (k - 1)/2$: 1, 2 and 3. That is why most filters have an odd size.
#
# </details>
#
# ## Channels
#
# A colour image has three **channels**, red, green and blue. One of $4 \times 4$ pixels is an array of
# $3 \times 4 \times 4$ numbers. (Books write $4 \times 4 \times 3$, the grey one $4 \times 4 \times 1$.) A filter
# then has a $3 \times 3$ matrix for each channel, and adds everything up: three matrices in, one map out.
# Several filters make several maps, which are the channels of the next layer.
#
# **Predict first.** How many parameters has a layer with 8 filters of $3 \times 3$ on a colour image? And
# if the image has $1000 \times 1000$ pixels?
#
# <details><summary>Answer</summary>
#
# $8 \cdot 3 \cdot 3 \cdot 3$ weights and 8 biases: 224, whatever the size of the image.
#
# </details>

# %%
layer = nn.Conv2d(3, 8, 3, seed=0)
print("weights", layer.weight.shape, "  biases", layer.bias.shape)
print("parameters:", layer.count_parameters())
print("maps of a 4 × 4 colour image:", layer(np.zeros((1, 3, 4, 4))).shape)
print("a fully connected layer from 3·4·4 to 8·2·2:", nn.Linear(48, 32).count_parameters())

# %% [markdown]
# ## Backwards: one weight, many places
#
# Here is a convolution in one dimension, with two weights and a signal of four numbers. Each number is a
# box of its own. Every weight is used in each of the three places, so three arrows lead back to it.

# %%
tiny = nn.Conv1d(1, 1, 2, bias=False, dtype=np.float64)
tiny.weight.data = [[[-1.0, 1.0]]]
signal = np.array([[[1.0, 3.0, 2.0, 4.0]]])
viz.graph(np.sum(tiny.to_values()(signal)), title="One filter, three places")

# %% [markdown]
# Where paths meet, they add. So the gradient of a weight is the sum over all places of *pixel under it ×
# what arrives at the sum there*. But that is again a filter sliding over the image! This time the filter is
# $dz$, the derivative of the loss with respect to the feature map.

# %%
rng = np.random.default_rng(0)
pixels = rng.random((6, 6))
K = Tensor(rng.normal(size=(1, 1, 3, 3)), name="K")
z = functional.conv2d(pixels[None, None], K)
loss = np.sum(z**2) / 2  # so that dz = z
loss.backward()
print("backward:")
print(K.grad[0, 0].round(4))
print("the map slid over the image:")
print(slide(pixels, z.data[0, 0]).round(4))
print(
    "paths from one weight to the sum of the map:",
    autograd.paths(np.sum(z), K, element=(0, 0, 0, 0)).count,
)

# %% [markdown]
# Sixteen paths, one for each place. This **sharing** is why a filter learns quickly: every place of every
# image teaches it.
#
# ## A filter that is learned
#
# So filters can be found by gradient descent. Let us test it where we know the answer. We show the layer
# real digits (8 × 8 pixels), and as targets their edge maps. It starts with nine random weights, and nobody
# tells it the filter.
#
# (Here and below `dtype=np.float64`, so that your numbers agree with the printed ones to the last digit.)

# %%
images, labels = nn.data.load_digits()
digits = images.reshape(-1, 1, 8, 8).astype(np.float64)
targets = functional.conv2d(digits, vertical[None, None])

learner = nn.Conv2d(1, 1, 3, bias=False, dtype=np.float64, seed=0)
before = learner.weight.data.copy()
sgd, loss = nn.optim.SGD(learner.parameters(), lr=0.1), nn.MSELoss()
quietly = {"seed": 0, "progress": False}
nn.fit(learner, digits[:600], targets[:600], loss=loss, optimizer=sgd, epochs=75, **quietly)
print(learner.weight.data[0, 0].round(2) + 0.0)

viz.plot_filters(np.concatenate([before, learner.weight.data]))
plt.show()

# %% [markdown]
# From random (0) to what the data asked for (1): it has found $(1, 0, -1;\; 2, 0, -2;\; 1, 0, -1)$. In a real
# network no one knows which maps would be useful. But the loss at the end does, and backpropagation tells
# every filter which way to go.
#
# ## Pooling
#
# **Max pooling** cuts the map into windows, mostly $2 \times 2$, and keeps the largest number of each.
# **Average pooling** keeps the mean. Nothing is learned in it.

# %%
feature = np.array([[[1.0, 3, 0, 0], [2, 9, 1, 0], [0, 0, 5, 6], [0, 4, 7, 8]]])
print("max:    ", functional.max_pool2d(feature, 2).tolist())
print("average:", functional.avg_pool2d(feature, 2).tolist())

# %% [markdown]
# A quarter of the numbers is left, and whether a feature was found a pixel further left or right often does not
# matter any more: **location invariance**, within limits. We move a bright spot through a row:

# %%
for place in range(4):
    row = np.zeros((1, 2, 8))
    row[0, 0, place] = 1
    print(row[0, 0].astype(int), "→", functional.max_pool2d(row, 2)[0, 0].astype(int))

# %% [markdown]
# **Predict first.** Backwards: what is the local derivative of max pooling? Where does the gradient go?
#
# <details><summary>Answer</summary>
#
# All of it goes to the pixel that was the largest, and nothing to the others: local derivatives 1 and 0.
# Average pooling gives each pixel of a $2 \times 2$ window a quarter.
#
# </details>

# %%
x = Tensor(feature)
functional.max_pool2d(x, 2).sum().backward()
print(x.grad[0].astype(int))

# %% [markdown]
# ## A network for digits
#
# Two rounds of convolution, ReLU and pooling, then **flatten** (all numbers in one row) and a **fully
# connected** layer with ten outputs. We put each digit on a $12 \times 12$ ground, which leaves room to move.


# %%
def make_cnn():
    return nn.Sequential(
        nn.Conv2d(1, 8, 3, padding=1, dtype=np.float64, seed=0),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Conv2d(8, 16, 3, padding=1, dtype=np.float64, seed=1),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Flatten(),
        nn.Linear(16 * 3 * 3, 10, dtype=np.float64, seed=2),
    )


cnn = make_cnn()
print(cnn.summary((1, 1, 12, 12)))

# %% [markdown]
# The last column is the **receptive field**: how much of the image one number of the map can see. A number behind
# the first convolution sees $3 \times 3$ pixels. Pooling joins neighbours, and then the next filter's steps are
# two pixels wide, so the field grows fast.
#
# **Predict first.** After the first pooling it is $4 \times 4$, and neighbours are 2 pixels apart. How large is it
# behind the second convolution?
#
# <details><summary>Answer</summary>
#
# Three neighbours in a row: $4 + 2 + 2 = 8$. In general $r \leftarrow r + (k - 1) \cdot \text{distance}$.
#
# </details>
#
# The gradient knows the receptive field, too. We ask which pixels one number behind the second convolution
# depends on, for any image.

# %%
x = Tensor(rng.random((1, 1, 12, 12)))
cnn[:4](x)[0, :, 3, 3].sum().backward()
rows = np.flatnonzero(x.grad[0, 0].any(axis=1))
print("rows of the image with a gradient:", rows, "  that is", len(rows))

# %% [markdown]
# Now train. For comparison, a network of about as many parameters with a hidden layer of 18 neurons and no
# convolution.


# %%
def make_mlp():
    return nn.Sequential(
        nn.Flatten(),
        nn.Linear(12 * 12, 18, dtype=np.float64, seed=0),
        nn.ReLU(),
        nn.Linear(18, 10, dtype=np.float64, seed=1),
    )


def train(model, augment=None):
    adam, loss = nn.optim.Adam(model.parameters(), lr=0.01), nn.CrossEntropyLoss()
    nn.fit(
        model, x_train, y_train, loss=loss, optimizer=adam, epochs=15, augment=augment, **quietly
    )
    return model


def right(model, records):
    return nn.accuracy(nn.predict(model, records), y_test)


centred = np.pad(digits, [(0, 0), (0, 0), (2, 2), (2, 2)])
x_train, x_test, y_train, y_test = nn.data.train_test_split(
    centred, labels, test_size=600, stratify=labels, seed=0
)
x_train, y_train = x_train[:600], y_train[:600]

cnn, mlp = train(cnn), train(make_mlp())
for name, model in [("MLP", mlp), ("CNN", cnn)]:
    print(
        f"{name}: {model.count_parameters()} parameters, {right(model, x_test):.2f} of the test digits right"
    )

# %% [markdown]
# Here are the first layer's eight filters before training, then after. Blue is negative, orange positive.

# %%
random, learned = make_cnn()[0].weight.data, cnn[0].weight.data
viz.plot_filters(random)
viz.plot_filters(learned)
plt.show()

# %% [markdown]
# The learned ones are larger (look at the scales), and many have a blue side and an orange side: they are **edge
# filters**, in all directions. Let us measure it. A filter is a vector of nine numbers. The vertical and the horizontal
# edge filter span a plane, in which the slanted ones lie too. How long is the shadow of each filter on this plane, as a
# share of its own length? 1 would be a pure edge filter. By chance it is about $\sqrt{2/9} = 0.47$: two directions of
# nine.

# %%
plane = np.stack([vertical, horizontal]).reshape(2, 9) / np.linalg.norm(vertical)


def edge_share(filters):
    rows = filters.reshape(-1, 9)
    return np.linalg.norm(rows @ plane.T, axis=1) / np.linalg.norm(rows, axis=1)


for name, filters in [("before", random), ("after", learned)]:
    shares = edge_share(filters)
    print(f"{name:>6}: {shares.round(2)}   median {np.median(shares):.2f}")

# %% [markdown]
# And this is what they see in a digit, and what the second layer makes of it:

# %%
seven = x_test[y_test == 7][:1]
figure, axes = plt.subplots(figsize=(1.6, 1.6))
axes.imshow(seven[0, 0], cmap="gray_r")
axes.set(xticks=[], yticks=[])
viz.plot_feature_maps(cnn[:2](seven))
viz.plot_feature_maps(cnn[:5](seven))
plt.show()

# %% [markdown]
# ## Augmentation
#
# All digits stood in the middle so far. Now we shift the test digits by up to two pixels. They are still the same
# digits.
#
# **Predict first.** What happens to the two networks? Is pooling enough to save the CNN?
#
# <details><summary>Answer</summary>
#
# Both fall. The filters find the same features elsewhere, but the fully connected layer at the end has learned
# *where* it expects them. Two poolings forgive a pixel or so, not more.
#
# </details>

# %%
shifted = augmentation.translate(x_test, 2, seed=1)
for name, model in [("MLP", mlp), ("CNN", cnn)]:
    print(f"{name}: centred {right(model, x_test):.2f}   shifted {right(model, shifted):.2f}")

# %% [markdown]
# The cure is not a cleverer network, but more data, made from what we have. Flip, crop, scale, rotate, translate, add
# noise: whatever changes the pixels but not the answer. (A flipped 7 is no 7. A flipped cat is a cat.)

# %%
changes = {
    "original": lambda x: x,
    "translate": lambda x: augmentation.translate(x, 2, seed=3),
    "rotate": lambda x: augmentation.rotate(x, 25, seed=0),
    "scale": lambda x: augmentation.scale(x, 0.6, 0.7, seed=0),
    "crop": lambda x: augmentation.crop(x, 9, seed=0),
    "flip": lambda x: augmentation.flip(x, 1.0),
    "noise": lambda x: augmentation.noise(x, 0.15, seed=0),
}
figure, panels = plt.subplots(1, len(changes), figsize=(11, 1.9), layout="constrained")
for panel, (name, change) in zip(panels, changes.items(), strict=True):
    panel.imshow(change(seven)[0, 0], cmap="gray_r", vmin=0, vmax=1)
    panel.set(title=name, xticks=[], yticks=[])
plt.show()

# %% [markdown]
# `fit` changes every batch anew, so the network never sees the same picture twice.


# %%
def shift(records, rng):
    return augmentation.translate(records, 2, seed=rng)


mlp_shifted, cnn_shifted = train(make_mlp(), shift), train(make_cnn(), shift)
for name, model in [("MLP", mlp_shifted), ("CNN", cnn_shifted)]:
    print(f"{name}: centred {right(model, x_test):.2f}   shifted {right(model, shifted):.2f}")

# %% [markdown]
# Here convolution pays. The MLP has to learn every digit again in each of 25 positions. The CNN learns a stroke once,
# for all places.
#
# ## Where this leads
#
# The networks that made history are this recipe, repeated. **LeNet-5** (1998) read digits on cheques:

# %%
print(nn.models.LeNet5().summary((1, 1, 28, 28)))

# %% [markdown]
# **AlexNet** (2012) and **VGG16** (2014) did the same with photographs of 1000 kinds of things. The size formula is all
# we need to walk through them.


# %%
def walk(name, layers):
    """Sizes and parameters for a 224 × 224 colour image; a pooling has no filters."""
    n, channels, learned, sizes = 224, 3, 0, ["224"]
    for k, s, p, filters in layers:
        n = size(n, k, p, s)
        if filters:
            learned += channels * filters * k * k + filters
            channels = filters
        else:
            sizes.append(str(n))
    widths = [channels * n * n, 4096, 4096, 1000]
    dense = sum(a * b + b for a, b in pairwise(widths))
    print(f"{name}: {' → '.join(sizes)}, then {' → '.join(map(str, widths))}")
    print(
        f"   {learned:,} parameters in convolutions + {dense:,} in full layers = {learned + dense:,}"
    )


pool3, pool2 = (3, 2, 0, None), (2, 2, 0, None)
three = [(3, 1, 1, filters) for filters in (384, 256, 256)]
walk("AlexNet", [(11, 4, 2, 64), pool3, (5, 1, 2, 192), pool3, *three, pool3])
stages = [(64, 2), (128, 2), (256, 3), (512, 3), (512, 3)]
walk("VGG16", [layer for width, times in stages for layer in [(3, 1, 1, width)] * times + [pool2]])

# %% [markdown]
# Most parameters are where there is no convolution. **ResNet** (2015) dropped those full layers and went much deeper, with
# a trick that is the subject of the next notebook. **Object detection** (R-CNN, SSD, YOLO) asks the same maps two
# questions: *what* is it, and *where*? The second one is a regression on the four numbers of a box;
# `nn.models.OneObjectDetector` is a small one to train.
#
# ## In short
#
# * A convolution is one small neuron that looks at every place: few weights, shared.
# * $n_\text{out} = \lfloor (n_\text{in} + 2p - k)/s \rfloor + 1$. Padding keeps the size and makes false edges.
# * Backwards: a weight's gradient is the sum over all places. Max pooling sends it to the largest pixel.
# * Filters start random and are learned; many of the first layer's become edge filters.
# * The receptive field grows with depth, faster behind poolings.
# * Augmentation teaches what should not matter.
#
# ## Exercises
#
# **1.** Blur: which $3 \times 3$ filter gives the mean of nine pixels? What does it do to our edge?
#
# <details><summary>Solution</summary>
#
# All weights $1/9$. The edge becomes a ramp.
#
# ```python
# print(conv(image, np.full((3, 3), 1 / 9))[0].round(3))
# ```
#
# ```text
# [0.    0.333 0.667 1.   ]
# ```
#
# </details>
#
# **2.** Two $3 \times 3$ convolutions after each other, without pooling, see $5 \times 5$ pixels, just as one
# $5 \times 5$ convolution. Which has fewer weights, with 64 channels everywhere? What else speaks for the two?
#
# <details><summary>Solution</summary>
#
# The two have fewer, and there is an activation between them. This is VGG's idea.
#
# ```python
# print(2 * 64 * 64 * 3 * 3, 64 * 64 * 5 * 5)
# ```
#
# ```text
# 73728 102400
# ```
#
# </details>
#
# **3.** Write max pooling of $2 \times 2$ windows in numpy, with one `reshape` and one `max`.
#
# <details><summary>Solution</summary>
#
# Cut the rows into pairs and the columns into pairs, then take the maximum over both pairs.
#
# ```python
# grid = feature[0]
# pooled = grid.reshape(2, 2, 2, 2).max(axis=(1, 3))
# print(pooled.tolist())
# ```
#
# ```text
# [[9.0, 1.0], [4.0, 8.0]]
# ```
#
# </details>
#
# **4.** Train the CNN with `augmentation.rotate` instead of shifts. Does it help with shifted digits?
#
# <details><summary>Solution</summary>
#
# Hardly. Augmentation teaches what you augment with, and little else.
#
# ```python
# turned = train(make_cnn(), lambda records, rng: augmentation.rotate(records, 20, seed=rng))
# print(right(turned, shifted) < right(cnn_shifted, shifted) - 0.2)
# ```
#
# ```text
# True
# ```
#
# </details>
#
# ## What to read next
#
# [15 · Transfer learning and residual connections](15_transfer_and_residual.ipynb): how to use what another network has
# learned, and how to go deep.
