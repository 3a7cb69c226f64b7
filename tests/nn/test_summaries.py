"""Tests of summaries: what they count, and that they change nothing."""

from xml.etree import ElementTree

import numpy as np
import pytest

import nn


def lenet(**options):
    return nn.Sequential(
        {
            "conv1": nn.Conv2d(1, 6, 5, padding=2, seed=0, **options),
            "act1": nn.ReLU(),
            "pool1": nn.MaxPool2d(2),
            "norm": nn.BatchNorm2d(6, **options),
            "drop": nn.Dropout(0.5, seed=0),
            "conv2": nn.Conv2d(6, 16, 5, seed=0, **options),
            "act2": nn.ReLU(),
            "pool2": nn.AvgPool2d(2),
            "flat": nn.Flatten(),
            "fc": nn.Linear(400, 10, seed=0, **options),
        }
    )


def rows(model, *args, **kwargs):
    return {layer.path: layer for layer in model.summary(*args, **kwargs).layers}


def test_shapes_parameters_and_receptive_fields():
    found = rows(lenet(), (2, 1, 28, 28))
    expected = {
        "": ("Sequential", (2, 10), 0, ()),
        "conv1": ("Conv2d", (2, 6, 28, 28), 6 * 25 + 6, (5, 5)),
        "act1": ("ReLU", (2, 6, 28, 28), 0, (5, 5)),
        "pool1": ("MaxPool2d", (2, 6, 14, 14), 0, (6, 6)),
        "norm": ("BatchNorm2d", (2, 6, 14, 14), 12, (6, 6)),
        "drop": ("Dropout", (2, 6, 14, 14), 0, (6, 6)),
        "conv2": ("Conv2d", (2, 16, 10, 10), 16 * 6 * 25 + 16, (14, 14)),
        "act2": ("ReLU", (2, 16, 10, 10), 0, (14, 14)),
        "pool2": ("AvgPool2d", (2, 16, 5, 5), 0, (16, 16)),
        "flat": ("Flatten", (2, 400), 0, ()),
        "fc": ("Linear", (2, 10), 4010, ()),
    }
    assert {
        path: (row.kind, row.output_shape, row.parameters, row.receptive_field)
        for path, row in found.items()
    } == expected


def test_totals():
    model = lenet()
    model.conv1.requires_grad_(False)
    summary = model.summary((2, 1, 28, 28))
    assert summary.frozen == 156
    assert summary.parameters + summary.frozen == model.count_parameters()
    state = model.state_dict().values()
    assert summary.parameter_bytes == sum(array.nbytes for array in state)
    pixels = 2 * 6 * 28 * 28 + 3 * 6 * 14 * 14 + 2 * 16 * 10 * 10 + 16 * 5 * 5 + 400 + 10
    assert summary.output_bytes == 2 * 4 * (pixels)


def test_the_model_is_as_before():
    model = lenet()
    model.drop.eval()
    before = model.state_dict(), [module.training for module in model.modules()]
    generator = model.drop.generator.bit_generator.state
    attributes = [dict(vars(module)) for module in model.modules()]
    first = model.summary((2, 1, 28, 28))
    for key, array in model.state_dict().items():
        np.testing.assert_array_equal(array, before[0][key])
    assert [module.training for module in model.modules()] == before[1]
    assert model.drop.generator.bit_generator.state == generator
    assert all(p.grad is None for p in model.parameters())
    assert [vars(module).keys() for module in model.modules()] == [a.keys() for a in attributes]
    assert str(model.summary((2, 1, 28, 28))) == str(first)


def test_a_layer_that_draws_in_evaluation_too_keeps_its_generator():
    class Noise(nn.Module):
        def __init__(self):
            self.generator = np.random.default_rng(0)

        def forward(self, x):
            return x + self.generator.normal()

    model = Noise()
    model.summary((1, 2))
    assert model.generator.normal() == np.random.default_rng(0).normal()


def test_shared_weights_are_counted_once():
    model = nn.Sequential(nn.Linear(3, 3), nn.Linear(3, 3), nn.Tanh())
    model[1].weight = model[0].weight
    found = rows(model, (1, 3))
    assert (found["0"].parameters, found["1"].parameters) == (12, 3)


def test_modules_that_are_called_often_or_never():
    class Twice(nn.Module):
        def __init__(self):
            self.used = nn.Linear(2, 2)
            self.unused = nn.Linear(2, 2)

        def forward(self, x):
            return self.used(self.used(x))

    summary = Twice().summary((4, 2))
    used, unused = summary.layers[1:]
    assert (used.calls, unused.calls, unused.output_shape) == (2, 0, None)
    assert "(4, 2) × 2" in str(summary)
    assert summary.output_bytes == 2 * 4 * 2 * 4


def test_integers_for_an_embedding_and_several_outputs():
    model = nn.Sequential(nn.Embedding(10, 4), nn.LSTM(4, 5, batch_first=True))
    found = rows(model, (2, 7), dtype=int)
    assert found["0"].output_shape == (2, 7, 4)
    assert found["1"].output_shape == ((2, 7, 5), ((1, 2, 5), (1, 2, 5)))


def test_several_inputs():
    found = rows(nn.Bilinear(2, 3, 4), [(5, 2), (5, 3)])
    assert found[""].output_shape == (5, 4)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_the_zeros_are_of_the_dtype_of_the_parameters(dtype):
    assert rows(lenet(dtype=dtype), (1, 1, 28, 28))["fc"].output_shape == (1, 10)


def test_scalar_nodes():
    model = nn.MLP((2, 3, 2), nn.Tanh, seed=0)
    found, scalar = rows(model, (4, 2)), rows(model.to_values(), (4, 2))
    for path, row in found.items():
        assert (scalar[path].output_shape, scalar[path].parameters) == (
            row.output_shape,
            row.parameters,
        )


def test_the_table():
    model = nn.Sequential(nn.Conv2d(1, 4, 3), nn.Sequential(nn.Flatten(), nn.Linear(144, 1000)))
    model[0].requires_grad_(False)
    assert str(model.summary((1, 1, 8, 8))).splitlines() == [
        "layer             output shape  parameters  receptive field",
        "Sequential        (1, 1000)",
        "  0 (Conv2d)      (1, 4, 6, 6)   40 frozen  3 × 3",
        "  1 (Sequential)  (1, 1000)",
        "    0 (Flatten)   (1, 144)",
        "    1 (Linear)    (1, 1000)        145,000",
        "145,000 parameters to learn and 40 frozen; 567 KiB of parameters and buffers, "
        "5.03 KiB of outputs",
    ]
    assert repr(model.summary((1, 1, 8, 8))) == str(model.summary((1, 1, 8, 8)))


def test_without_windows_there_is_no_column_for_them():
    assert "receptive" not in str(nn.Linear(2, 1).summary((1, 2)))


def test_the_table_in_a_notebook():
    class Odd(nn.Linear):
        pass

    Odd.__name__ = "A<B"
    page = nn.Sequential(nn.Conv1d(1, 2, 3), Odd(6, 2)).summary((1, 1, 8))._repr_html_()
    tree = ElementTree.fromstring(f"<div>{page}</div>")
    cells = [[cell.text for cell in row] for row in tree.iter("tr")]
    assert cells[0] == ["layer", "output shape", "parameters", "receptive field"]
    assert cells[1] == ["Sequential", "(1, 2, 2)", None, None]
    assert cells[3] == ["1 (A<B)", "(1, 2, 2)", "14", None]


@pytest.mark.parametrize("shape", [28, [28], (0, 3), ("n", 3), None, (2.0, 3)])
def test_what_is_no_shape_is_refused(shape):
    with pytest.raises(ValueError, match=r"a tuple such as \(1, 1, 28, 28\) with the batch in fro"):
        nn.summary(nn.Linear(3, 1), shape)


def test_a_shape_that_does_not_fit_names_the_layer():
    with pytest.raises(ValueError, match=r"Conv2d 'conv1' takes inputs .* \(1, 3, 28, 28\)"):
        lenet().summary((1, 3, 28, 28))
