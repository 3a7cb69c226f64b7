"""Tests of Sequential and ModuleList."""

from collections import OrderedDict

import numpy as np
import pytest

import nn


class TestSequential:
    def test_modules_run_in_order_under_their_numbers(self):
        model = nn.Sequential(nn.Linear(2, 3), nn.ReLU(), nn.Linear(3, 1))
        assert list(model.state_dict()) == ["0.weight", "0.bias", "2.weight", "2.bias"]
        x = np.ones((1, 2))
        np.testing.assert_array_equal(model(x).data, model[2](model[1](model[0](x))).data)

    def test_names_may_be_given(self):
        model = nn.Sequential(OrderedDict(first=nn.Linear(2, 3), act=nn.ReLU()))
        assert [name for name, _ in model.named_children()] == ["first", "act"]
        assert model.first is model[0]

    def test_it_is_a_sequence(self):
        parts = [nn.ReLU(), nn.Tanh(), nn.Identity()]
        model = nn.Sequential(*parts)
        assert list(model) == parts
        assert len(model) == 3
        assert model[-1] is parts[2]

    def test_one_module_may_stand_in_it_twice(self):
        double = nn.Linear(1, 1, bias=False)
        double.weight.data = [[2.0]]
        model = nn.Sequential(double, double)
        assert model([[1.0]]).item() == 4.0
        assert (len(model), model.count_parameters()) == (2, 1)

    def test_functions_are_refused(self):
        with pytest.raises(TypeError, match=r"function as its entry '0'.*nn\.ReLU\(\) for relu"):
            nn.Sequential(nn.functional.relu)


class TestModuleList:
    def test_it_registers_what_is_appended_before_and_after(self):
        model = nn.Module()
        model.blocks = nn.ModuleList([nn.Linear(1, 1)])
        model.blocks.append(nn.Linear(1, 1))
        assert [name for name, _ in model.named_parameters()] == [
            "blocks.0.weight",
            "blocks.0.bias",
            "blocks.1.weight",
            "blocks.1.bias",
        ]
        assert model.blocks[1]([[1.0]]).scope == "blocks.1"
        assert len(model.blocks) == len(list(model.blocks)) == 2


class TestSlices:
    def test_a_slice_of_a_sequential_is_one_of_the_same_modules(self):
        model = nn.Sequential(nn.Linear(2, 3), nn.ReLU(), nn.Linear(3, 1))
        body = model[:-1]
        assert isinstance(body, nn.Sequential)
        assert list(body.state_dict()) == ["0.weight", "0.bias"]
        assert body[0] is model[0]
        assert list(model[1:].state_dict()) == ["2.weight", "2.bias"]
        assert list(model.state_dict()) == ["0.weight", "0.bias", "2.weight", "2.bias"]


class TestModuleDict:
    def test_it_is_a_dictionary_of_registered_modules(self):
        model = nn.Module()
        model.heads = nn.ModuleDict({"a": nn.Linear(1, 1), "b": nn.Linear(1, 2)})
        model.heads["c"] = nn.ReLU()
        assert list(model.heads) == model.heads.keys() == ["a", "b", "c"]
        assert model.heads.values()[2] is model.heads["c"]
        assert [name for name, _ in model.named_parameters()][::2] == [
            "heads.a.weight",
            "heads.b.weight",
        ]
        assert model.heads["b"]([[1.0]]).scope == "heads.b"
        del model.heads["b"]
        assert "b" not in model.heads
        assert len(model.heads) == 2
        with pytest.raises(KeyError):
            del model.heads["b"]

    def test_names_that_would_hide_something_are_refused(self):
        for name in ("forward", "keys", "a.b", ""):
            with pytest.raises(ValueError, match=f"cannot have an entry called '{name}'"):
                nn.ModuleDict({name: nn.ReLU()})


class TestParameters:
    def test_lists_and_dictionaries_of_parameters_are_found(self):
        model = nn.Module()
        model.scales = nn.ParameterList([nn.Parameter([1.0]), nn.Parameter([2.0])])
        model.named = nn.ParameterDict({"w": nn.Parameter([3.0])})
        assert [name for name, _ in model.named_parameters()] == ["scales.0", "scales.1", "named.w"]
        twin = model.to_values()
        assert [p.data.tolist() for p in twin.scales] == [[1.0], [2.0]]
        assert len(twin.named) == 1

    def test_modules_are_refused(self):
        with pytest.raises(TypeError, match=r"given ReLU as its entry '0', but holds parameters"):
            nn.ParameterList([nn.ReLU()])


class TestResidual:
    def test_it_adds_its_input(self):
        branch = nn.Linear(2, 2, seed=0)
        block, x = nn.Residual(branch), np.ones((3, 2), np.float32)
        np.testing.assert_array_equal(block(x).data, x + branch(x).data)
        assert block(x.astype(float)).dtype == np.float32

    def test_a_shortcut_changes_what_is_added(self):
        block = nn.Residual(nn.Linear(2, 4), nn.Linear(2, 4, bias=False))
        assert block(np.ones((3, 2))).shape == (3, 4)

    def test_different_shapes_are_named(self):
        with pytest.raises(
            ValueError, match=r"Residual adds .* \(3, 4\), .* \(3, 2\); give it a s"
        ):
            nn.Residual(nn.Linear(2, 4))(np.ones((3, 2)))
