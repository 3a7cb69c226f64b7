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
        with pytest.raises(TypeError, match=r"entry '0' is function.*nn\.ReLU\(\) for relu"):
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
