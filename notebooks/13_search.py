# %% [markdown]
# # 13 · Hyperparameter search
#
# **Goal:** let the machine choose the number of layers, the number of neurons and the learning rate.
#
# About 15 minutes. You need notebook 12.

# %%
import matplotlib.pyplot as plt
import numpy as np
from scipy.stats import loguniform
from sklearn.datasets import load_digits
from sklearn.model_selection import (
    GridSearchCV,
    RandomizedSearchCV,
    cross_val_score,
    train_test_split,
)
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler

from nn.estimators import NeuralClassifier

# %% [markdown]
# Weights are **parameters**: training finds them. But somebody has to decide before that how many layers there are, how
# many neurons, and how large the learning rate is. These are **hyperparameters**. There is no derivative for them, so what
# remains is to try.
#
# scikit-learn has good tools for trying. They work with anything that has `fit` and `predict` in scikit-learn's form, and
# `NeuralClassifier` is a network of ours in that form. Its settings are plain names and numbers.

# %%
images, digits = load_digits(return_X_y=True)  # here with grey values from 0 to 16
x, x_test, y, y_test = train_test_split(
    images, digits, train_size=400, test_size=600, stratify=digits, random_state=0
)
classifier = NeuralClassifier(units=32, learning_rate=0.003, epochs=10, random_state=0)
network = make_pipeline(MinMaxScaler(), classifier)
network.fit(x, y)
print(f"accuracy on the training records: {network.score(x, y):.2f}")
inside = network[-1].model_
print(f"inside: {type(inside).__name__} with {inside.count_parameters()} parameters")

# %% [markdown]
# (The 600 test records wait until the end.) The **pipeline** scales and then classifies. Why not scale everything beforehand? Because the scaler measures the smallest
# and the largest value, and it must not see the records that we judge by. In the pipeline it is fitted on the training
# records alone.
#
# ## Cross-validation
#
# To compare settings we need validation records, and with 400 records we do not like to give many away. **Cross-validation**
# uses every record for both, though never at once: cut the records into three parts, train on two, judge by the third, and
# do so three times.

# %%
scores = cross_val_score(network, x, y, cv=3)
print("three scores:", scores.round(2), f"  mean {scores.mean():.2f}")

# %% [markdown]
# ## Grid search
#
# Write down some values for each hyperparameter and try **all** combinations.
#
# **Predict first.** Three learning rates and three numbers of neurons, with 3-fold cross-validation: how many networks are
# trained? And how many with five hyperparameters of three values each?
#
# <details><summary>Answer</summary>
#
# $3 \cdot 3 \cdot 3 = 27$, and one more at the end: the best setting once more with all records. With five it would be
# $3^5 \cdot 3 = 729$. A grid grows exponentially.
#
# </details>

# %%
rates, units = [0.0003, 0.003, 0.03], [4, 16, 64]
grid = GridSearchCV(
    network,
    {"neuralclassifier__learning_rate": rates, "neuralclassifier__units": units},
    cv=3,
)
grid.fit(x, y)
table = grid.cv_results_["mean_test_score"].reshape(3, 3)
print("networks trained:", len(grid.cv_results_["params"]) * grid.n_splits_ + 1)
print("best:", grid.best_params_)

figure, panel = plt.subplots(figsize=(4.6, 3.4), layout="constrained")
shown = panel.imshow(table, cmap="Blues", vmin=0, vmax=1)
for (i, j), score in np.ndenumerate(table):
    panel.text(
        j, i, f"{score:.2f}", ha="center", va="center", color="white" if score > 0.6 else "black"
    )
panel.set(
    xticks=range(3), xticklabels=units, yticks=range(3), yticklabels=rates,
    xlabel="hidden neurons", ylabel="learning rate", title="accuracy in cross-validation",
)  # fmt: skip
plt.show()

# %% [markdown]
# (`neuralclassifier__units` means: `units` of the pipeline's step `neuralclassifier`.)
#
# The learning rates are a factor of 10 apart. A learning rate acts by factors: from 0.001 to 0.002 is as large a change as from
# 0.01 to 0.02. So it is spread evenly on a **log scale**.
#
# ## Random search
#
# Instead of a grid, draw each value at random. That sounds careless, but look at what a grid does.
#
# **Predict first.** Nine settings each. How many different learning rates does the grid try, and how many does the random
# search? When does that matter?
#
# <details><summary>Answer</summary>
#
# Three, and nine. If only one of the two hyperparameters matters much, the grid has spent nine trainings on three
# different questions. That is the usual case: one or two matter, the others hardly do, and one does not know
# beforehand which.
#
# </details>

# %%
random = RandomizedSearchCV(
    network,
    {
        "neuralclassifier__learning_rate": loguniform(0.0001, 0.1),
        "neuralclassifier__units": range(4, 65),
    },
    n_iter=9,
    cv=3,
    random_state=0,
)
random.fit(x, y)

figure, panels = plt.subplots(
    1, 2, figsize=(10, 3.6), layout="constrained", sharex=True, sharey=True
)
for panel, search, name in zip(panels, (grid, random), ("grid", "random"), strict=True):
    tried = search.cv_results_["params"]
    shown = panel.scatter(
        [setting["neuralclassifier__learning_rate"] for setting in tried],
        [setting["neuralclassifier__units"] for setting in tried],
        c=search.cv_results_["mean_test_score"], cmap="Blues", vmin=0, vmax=1,
        s=160, edgecolor="black",
    )  # fmt: skip
    different = len({setting["neuralclassifier__learning_rate"] for setting in tried})
    panel.set(xscale="log", xlabel="learning rate", title=f"{name}: best {search.best_score_:.2f}")
    print(f"{name:<7} different learning rates: {different}, best score {search.best_score_:.2f}")
panels[0].set_ylabel("hidden neurons")
figure.colorbar(shown, ax=panels, label="accuracy")
plt.show()

# %% [markdown]
# Random search has two more merits. You may stop at any time, and you may add a hyperparameter without the cost exploding.
# So here are five at once, with twelve trials.

# %%
wide = RandomizedSearchCV(
    network,
    {
        "neuralclassifier__hidden_layers": [1, 2],
        "neuralclassifier__units": range(8, 65),
        "neuralclassifier__activation": ["relu", "tanh"],
        "neuralclassifier__dropout": [0.0, 0.2],
        "neuralclassifier__learning_rate": loguniform(0.001, 0.1),
    },
    n_iter=12,
    cv=3,
    random_state=1,
)
wide.fit(x, y)
order = np.argsort(-wide.cv_results_["mean_test_score"], kind="stable")
print("accuracy  layers  units  activation  dropout  learning rate")
for i in [*order[:3], order[-1]]:
    score, setting = wide.cv_results_["mean_test_score"][i], wide.cv_results_["params"][i]
    layers, neurons, activation, dropout, rate = (
        setting[f"neuralclassifier__{name}"]
        for name in ("hidden_layers", "units", "activation", "dropout", "learning_rate")
    )
    print(f"{score:8.2f} {layers:7} {neurons:6}  {activation:<10} {dropout:8} {rate:14.4f}")

# %% [markdown]
# The three best and the last. The best ones are hardly apart; with another cut into three parts the order might be another.
#
# ## The end of the story
#
# **Predict first.** Is `best_score_` what we may expect on new records?
#
# <details><summary>Answer</summary>
#
# Roughly, but it is the best of twelve, and so a little flattered; on the other hand, the final network learns from
# all 400 records and not from two thirds. The honest figure comes from the test records, which took part in nothing.
#
# </details>

# %%
print(f"score in the search: {wide.best_score_:.2f}")
print(f"on the test records: {wide.score(x_test, y_test):.2f}")

# %% [markdown]
# What comes out of the search is ready for use: `wide.best_estimator_` is the pipeline with the best setting, trained on all
# 400 records. Its last step has the network itself, `model_`, for all that you have learned to look at.
#
# ## In short
#
# * Hyperparameters have no gradient. Choose them by validation records or by cross-validation, never by the test records.
# * Put scaling and network into one pipeline, so that nothing leaks.
# * A grid grows exponentially. A random search tries a new value of everything in each trial.
# * Spread learning rates on a log scale.
# * The winner's score is a little too good. Report the test score, once.
#
# ## Exercises
#
# **1.** Early stopping inside the estimator: give it up to 60 epochs, `validation_fraction=0.2` and `patience=5`. How many epochs
# did it use?
#
# <details><summary>Solution</summary>
#
# It holds out a fifth of its training records by itself, and keeps the weights of the best epoch.
#
# ```python
# stopping = NeuralClassifier(
#     units=32, learning_rate=0.01, epochs=60, validation_fraction=0.2, patience=5, random_state=0
# )
# stopping.fit(x / 16, y)
# print("stopped early:", len(stopping.history_["loss"]) < 60)
# ```
#
# ```text
# stopped early: True
# ```
#
# </details>
#
# **2.** How much does the score change from chance alone? Train the same setting with five different values of `random_state`.
#
# <details><summary>Solution</summary>
#
# If two settings differ by less than that, the search has not told you which is better.
#
# ```python
# scores = []
# for seed in range(5):
#     network.set_params(neuralclassifier__random_state=seed)
#     scores.append(cross_val_score(network, x, y, cv=3).mean())
# print(f"from {min(scores):.2f} to {max(scores):.2f}")
# ```
#
# ```text
# from 0.86 to 0.90
# ```
#
# </details>
#
# **3.** A random search with $n$ trials: how likely is it that at least one lands among the best 5 % of all settings? How many
# trials make that 95 %?
#
# <details><summary>Solution</summary>
#
# Each trial misses with probability $0.95$, all of them with $0.95^n$. With 59 trials, $1 - 0.95^{59} > 0.95$, however many
# hyperparameters there are.
#
# ```python
# n = np.arange(1, 100)
# print(n[1 - 0.95**n >= 0.95][0])
# ```
#
# ```text
# 59
# ```
#
# </details>
#
# ## What to read next
#
# [14 · Convolution](14_convolution.ipynb): a layer that looks at pictures the way pictures are made.
