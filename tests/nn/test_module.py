"""Tests of Module: what it finds in itself, what it saves, and how it names things."""

import copy
import pickle

import numpy as np
import pytest

import nn
from autograd import Tensor, Value, ValueArray, no_grad
from nn import functional


class Twofold(nn.Module):
    """A layer used twice, a list of layers and a buffer; nobody calls super().__init__()."""

    def __init__(self) -> None:
        self.fc = nn.Linear(3, 3, seed=0)
        self.again = self.fc
        self.layers = nn.ModuleList([nn.Linear(3, 3, seed=1), nn.Linear(3, 2, seed=2)])
        self.register_buffer("scale", np.array([1.0, 2.0]))

    def forward(self, x):
        x = self.again(self.fc(x))
        for layer in self.layers:
            x = layer(x)
        return x * self.scale


def scopes(node):
    """The scopes of all computed nodes, outermost first."""
    found, todo = [], [node]
    while todo:
        node = todo.pop()
        if not node.is_leaf and node.scope not in found:
            found.append(node.scope)
        todo.extend(node.inputs)
    return set(found)


class TestFinding:
    def test_parameters_have_pytorchs_names_and_shared_ones_come_once(self):
        names = [name for name, _ in Twofold().named_parameters()]
        assert names == [
            "fc.weight",
            "fc.bias",
            "layers.0.weight",
            "layers.0.bias",
            "layers.1.weight",
            "layers.1.bias",
        ]

    def test_modules_and_children_come_once(self):
        model = Twofold()
        assert [name for name, _ in model.named_children()] == ["fc", "layers"]
        assert [name for name, _ in model.named_modules()] == [
            "",
            "fc",
            "layers",
            "layers.0",
            "layers.1",
        ]
        assert list(model.children()) == [model.fc, model.layers]
        assert next(iter(model.modules())) is model

    def test_a_parameter_shared_by_two_layers_comes_once(self):
        model = nn.Sequential(nn.Linear(2, 2), nn.Linear(2, 2))
        model[1].weight = model[0].weight
        assert len(list(model.parameters())) == 3
        assert model.count_parameters() == 8
        assert [p.shape for p in model.to_values().parameters()] == [(2, 2), (2,), (2,)]

    def test_none_is_no_parameter_and_deleting_removes_one(self):
        layer = nn.Linear(2, 2, bias=False)
        assert [name for name, _ in layer.named_parameters()] == ["weight"]
        layer = nn.Linear(2, 2)
        del layer.bias
        assert layer.count_parameters() == 4

    def test_buffers_are_found_but_are_no_parameters(self):
        model = Twofold()
        assert [name for name, _ in model.named_buffers()] == ["scale"]
        assert [b.tolist() for b in model.buffers()] == [[1.0, 2.0]]
        assert all(name != "scale" for name, _ in model.named_parameters())

    def test_parameters_are_float32_and_named_after_their_attribute(self):
        layer = nn.Linear(2, 3)
        assert layer.weight.dtype == np.float32
        assert layer.weight.requires_grad
        assert (layer.weight.name, layer.bias.name) == ("weight", "bias")
        assert nn.Parameter(np.ones(2)).dtype == np.float32
        assert nn.Parameter([1, 2], dtype=np.float64, name="w").name == "w"
        assert nn.Linear(2, 3, dtype=np.float64).bias.dtype == np.float64


class TestRefusals:
    def test_a_plain_list_of_modules_is_refused(self):
        model = nn.Module()
        with pytest.raises(TypeError, match=r"list 'layers': use nn\.ModuleList"):
            model.layers = [nn.ReLU()]
        model.sizes = [1, 2]
        assert model.sizes == [1, 2]

    def test_a_parameter_is_not_silently_replaced_by_an_array(self):
        layer = nn.Linear(2, 2)
        with pytest.raises(TypeError, match=r"parameter 'weight', and ndarray is not one.*\.data"):
            layer.weight = np.ones((2, 2))
        layer.bias = None
        assert layer.count_parameters() == 4

    def test_a_module_without_forward_says_so(self):
        with pytest.raises(NotImplementedError, match="Module does not define forward"):
            nn.Module()(1.0)


class TestScope:
    def test_nodes_carry_the_path_of_the_layer_that_made_them(self):
        model = Twofold()
        # The layer that stands there twice goes by its first name.
        assert scopes(model(np.ones((1, 3)))) == {"fc", "layers.0", "layers.1", ""}

    def test_paths_are_dotted_and_the_root_adds_nothing(self):
        model = nn.Sequential({"body": nn.MLP((2, 2, 2)), "head": nn.Linear(2, 1)})
        assert scopes(model(np.ones((1, 2)))) == {"body.fc1", "body.act1", "body.fc2", "head"}

    def test_a_submodule_called_on_its_own_has_its_own_name(self):
        model = nn.MLP((2, 2, 2))
        assert scopes(model.fc2(np.ones((1, 2)))) == {"fc2"}

    def test_a_module_that_moves_takes_its_new_name(self):
        model, network = nn.Module(), nn.MLP((2, 2, 2))
        model.head = network.fc2
        assert scopes(model.head(np.ones((1, 2)))) == {"head"}

    def test_scalar_nodes_carry_the_same_scopes(self):
        model = nn.MLP((2, 2, 2)).to_values()
        assert scopes(model(np.ones(2))[0]) == {"fc1", "act1", "fc2"}

    def test_the_path_survives_copying(self):
        model = pickle.loads(pickle.dumps(copy.deepcopy(nn.MLP((2, 2, 2)))))
        assert scopes(model(np.ones((1, 2)))) == {"fc1", "act1", "fc2"}


class TestErrorsInForward:
    def test_a_shape_mismatch_names_layer_and_both_shapes(self):
        with pytest.raises(
            ValueError,
            match=r"Linear 'fc2' takes inputs of shape \(…, 16\), but got an array "
            r"of shape \(32, 15\)\.",
        ):
            nn.MLP((8, 16, 16)).fc2(np.ones((32, 15)))

    def test_the_layer_is_named_by_its_path(self):
        model = nn.Sequential({"body": nn.Sequential(nn.Linear(2, 3), nn.Linear(2, 3))})
        with pytest.raises(ValueError, match=r"Linear 'body\.1' takes inputs of shape \(…, 2\)"):
            model(np.ones((1, 2)))

    def test_other_errors_are_given_the_innermost_layer(self):
        inner = nn.Sequential(nn.MaxPool2d(9))
        model = nn.Sequential({"body": inner, "head": nn.Flatten()})
        with pytest.raises(ValueError, match="does not fit") as caught:
            model(np.ones((1, 1, 4, 4)))
        assert caught.value.__notes__ == ["This happened in MaxPool2d 'body.0'."]

    def test_a_scalar_is_refused_and_a_root_has_no_path(self):
        with pytest.raises(ValueError, match=r"^Linear takes .* of shape \(\)"):
            nn.Linear(2, 3)(1.0)

    def test_a_tensor_of_another_floating_dtype_names_both(self):
        with pytest.raises(
            TypeError, match="dtype float32, but was given a Tensor of dtype float64"
        ):
            nn.Linear(2, 3)(Tensor(np.ones((1, 2))))

    def test_plain_arrays_are_cast(self):
        assert nn.Linear(2, 3)(np.ones((1, 2), dtype=np.int64)).dtype == np.float32
        assert nn.Linear(2, 3)([[1, 2]]).dtype == np.float32

    def test_scalar_nodes_refuse_a_tensor(self):
        with pytest.raises(TypeError, match="scalar nodes, but was given a Tensor"):
            nn.Linear(2, 3).to_values()(Tensor(np.ones((1, 2))))


class TestModes:
    def test_train_and_eval_reach_every_module(self):
        model = nn.MLP((2, 2, 2))
        assert model.eval() is model
        assert not any(module.training for module in model.modules())
        assert all(module.training for module in model.train().modules())

    def test_apply_reaches_children_first(self):
        model, seen = nn.MLP((2, 2, 2)), []
        assert model.apply(seen.append) is model
        assert seen == [model.fc1, model.act1, model.fc2, model]

    def test_to_converts_parameters_and_floating_buffers_in_place(self):
        model = nn.Sequential(nn.Conv1d(2, 3, 1, seed=0), nn.BatchNorm1d(3))
        weight, before = model[0].weight, model.state_dict()
        old = model(np.ones((2, 2, 4)))
        assert model.to(np.float64) is model
        assert model[0].weight is weight
        assert {array.dtype for array in model.state_dict().values()} == {
            np.dtype(np.float64),
            np.dtype(np.int64),
        }
        for key, array in model[0].state_dict().items():
            np.testing.assert_array_equal(array, before[f"0.{key}"])
        assert model(np.ones((2, 2, 4))).dtype == np.float64
        with pytest.raises(RuntimeError, match="run the forward pass again"):
            np.sum(old).backward()

    def test_to_refuses_what_is_not_floating_and_scalar_nodes(self):
        with pytest.raises(TypeError, match="parameters are floating, but dtype int64 was given"):
            nn.Linear(2, 2).to(int)
        with pytest.raises(TypeError, match="Linear works on scalar nodes, which are always float"):
            nn.Linear(2, 2).to_values().to(np.float32)

    def test_zero_grad_and_freezing(self):
        for model in (nn.MLP((2, 2, 1)), nn.MLP((2, 2, 1)).to_values()):
            model.fc1.requires_grad_(False)
            np.sum(model(np.ones((1, 2)))).backward()
            assert model.fc1.weight.grad is None
            assert model.fc2.weight.grad is not None
            model.zero_grad()
            assert model.fc2.weight.grad is None
            model.requires_grad_()
            np.sum(model(np.ones((1, 2)))).backward()
            assert model.fc1.weight.grad is not None


class TestState:
    def test_keys_are_those_of_pytorch_with_shared_parameters_under_each_name(self):
        assert list(Twofold().state_dict()) == [
            "scale",
            "fc.weight",
            "fc.bias",
            "again.weight",
            "again.bias",
            "layers.0.weight",
            "layers.0.bias",
            "layers.1.weight",
            "layers.1.bias",
        ]

    def test_a_state_is_a_copy_and_brings_the_outputs_back(self):
        model, x = Twofold(), np.ones((2, 3))
        before, state = model(x).data, model.state_dict()
        for parameter in model.parameters():
            parameter.data += 1.0
        model.scale *= 3.0
        assert not np.allclose(model(x).data, before)
        assert model.load_state_dict(state) == ([], [])
        np.testing.assert_array_equal(model(x).data, before)

    def test_all_problems_are_listed_and_nothing_is_loaded(self):
        model = nn.MLP((2, 3, 1), seed=0)
        before = model.state_dict()
        state = {**before, "fc1.weight": np.ones((3, 3)), "fc2.bias": "abc", "extra": np.ones(1)}
        del state["fc1.bias"]
        state["fc2.weight"] = np.full((1, 3), 7.0)
        with pytest.raises(ValueError, match="nothing was loaded") as caught:
            model.load_state_dict(state)
        message = str(caught.value)
        for part in (
            "fc1.weight has shape (3, 2) here and (3, 3) in the state",
            "fc2.bias holds no numbers",
            "the state lacks fc1.bias",
            "the module lacks extra",
        ):
            assert part in message
        for key, array in model.state_dict().items():
            np.testing.assert_array_equal(array, before[key])

    def test_not_strict_loads_what_fits_and_says_what_differs(self):
        model = nn.MLP((2, 3, 1))
        difference = model.load_state_dict({"fc2.bias": [5.0], "head": [1.0]}, strict=False)
        assert difference.missing_keys == ["fc1.weight", "fc1.bias", "fc2.weight"]
        assert difference.unexpected_keys == ["head"]
        assert model.fc2.bias.data.tolist() == [5.0]
        with pytest.raises(ValueError, match="shape"):
            model.load_state_dict({"fc2.bias": [5.0, 6.0]}, strict=False)

    def test_loading_keeps_dtypes_and_makes_old_graphs_stale(self):
        model = nn.Linear(2, 1)
        loss = np.sum(model(np.ones((1, 2))))
        model.load_state_dict(nn.Linear(2, 1, dtype=np.float64).state_dict())
        assert model.weight.dtype == np.float32
        with pytest.raises(RuntimeError, match="run the forward pass again"):
            loss.backward()


class TestCopies:
    @pytest.mark.parametrize("duplicate", [copy.deepcopy, lambda m: pickle.loads(pickle.dumps(m))])
    @pytest.mark.parametrize("scalar", [False, True])
    def test_a_copy_computes_the_same_and_shares_nothing(self, duplicate, scalar):
        model = Twofold().to_values() if scalar else Twofold()
        twin, x = duplicate(model), np.ones((2, 3))
        np.testing.assert_array_equal(twin(x).data, model(x).data)
        assert twin.again is twin.fc
        assert isinstance(twin.fc.weight, ValueArray if scalar else nn.Parameter)
        twin.fc.weight.data = np.zeros((3, 3))
        assert model.fc.weight.data.any()


class TestToValues:
    def test_every_weight_becomes_a_value_and_the_model_stays_as_it_was(self):
        model = nn.MLP((2, 3, 1))
        twin = model.to_values()
        assert isinstance(twin.fc1.weight, ValueArray)
        assert isinstance(twin.fc1.weight[0, 1], Value)
        assert twin.fc1.weight[0, 1].name == "weight[0, 1]"
        assert isinstance(model.fc1.weight, nn.Parameter)
        assert twin.count_parameters() == model.count_parameters() == 13

    def test_keys_and_numbers_of_the_state_stay(self):
        model = Twofold()
        state, twin = model.state_dict(), model.to_values().state_dict()
        assert list(state) == list(twin)
        for key, array in state.items():
            np.testing.assert_array_equal(array, twin[key])

    def test_states_pass_in_both_directions(self):
        model, twin = nn.MLP((2, 3, 1), seed=0), nn.MLP((2, 3, 1), seed=1).to_values()
        twin.load_state_dict(model.state_dict())
        model.load_state_dict(twin.state_dict())
        x = np.ones((1, 2))
        np.testing.assert_allclose(twin(x).data, model(x).data, rtol=1e-6)

    def test_frozen_parameters_stay_frozen(self):
        model = nn.Linear(2, 1)
        model.bias.requires_grad = False
        assert not model.to_values().bias.requires_grad

    def test_values_may_be_given_and_receive_gradients(self):
        x = ValueArray([1.0, 2.0])
        np.sum(nn.Linear(2, 1).to_values()(x)).backward()
        assert x.grad is not None

    def test_an_optimiser_trains_it(self):
        model = nn.MLP((2, 4, 1), nn.Tanh, seed=0).to_values()
        x, y = np.array([[0, 0], [0, 1], [1, 0], [1, 1]]), np.array([[0], [1], [1], [0]])
        optimizer = nn.optim.Adam(model.parameters(), lr=0.1)
        losses = []
        for _ in range(60):
            optimizer.zero_grad()
            loss = functional.mse_loss(model(x), y)
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
        assert losses[-1] < 0.01 < losses[0]


def test_the_text_of_a_model_is_a_tree():
    assert repr(nn.MLP((2, 3, 1), nn.LeakyReLU)) == (
        "MLP(\n"
        "  (fc1): Linear(in_features=2, out_features=3)\n"
        "  (act1): LeakyReLU(negative_slope=0.01)\n"
        "  (fc2): Linear(in_features=3, out_features=1)\n"
        ")"
    )
    assert repr(nn.Perceptron(2)) == "Perceptron(\n  n_in=2\n  (activation): Step()\n)"
    assert repr(nn.Linear(2, 1, bias=False)) == "Linear(in_features=2, out_features=1, bias=False)"


def test_nothing_is_recorded_under_no_grad():
    with no_grad():
        assert not nn.MLP((2, 2, 2))(np.ones((1, 2))).requires_grad
