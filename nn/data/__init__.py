"""Data: mini-batches, splits, scaling, encodings, augmentation and sets to train on."""

from nn.data import augmentation
from nn.data.batching import batches
from nn.data.datasets import (
    load_breast_cancer,
    load_diabetes,
    load_digits,
    load_iris,
    load_wine,
)
from nn.data.encoding import one_hot
from nn.data.idx import load_idx, load_mnist
from nn.data.image_folder import load_image_folder
from nn.data.scaling import MinMaxScaler, StandardScaler, min_max_scale
from nn.data.shapes import make_shapes
from nn.data.splitting import train_test_split, train_validation_test_split
from nn.data.toys import make_blobs, make_circles, make_moons, make_spirals, make_xor

__all__ = [
    "MinMaxScaler",
    "StandardScaler",
    "augmentation",
    "batches",
    "load_breast_cancer",
    "load_diabetes",
    "load_digits",
    "load_idx",
    "load_image_folder",
    "load_iris",
    "load_mnist",
    "load_wine",
    "make_blobs",
    "make_circles",
    "make_moons",
    "make_shapes",
    "make_spirals",
    "make_xor",
    "min_max_scale",
    "one_hot",
    "train_test_split",
    "train_validation_test_split",
]
