"""Tests of Neuron and Perceptron; their worked numbers are in tests/nn/test_course.py."""

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

import nn

CORNERS = np.array([(0, 0), (0, 1), (1, 0), (1, 1)])


class TestNeuron:
    def test_one_record_gives_a_scalar_and_several_give_one_each(self):
        for neuron in (nn.Neuron(2, seed=0), nn.Neuron(2, seed=0).to_values()):
            each = neuron(CORNERS)
            assert each.shape == (4,)
            np.testing.assert_allclose(neuron(CORNERS[3]).item(), each.data[3], rtol=1e-6)

    def test_it_learns_by_gradients(self):
        neuron = nn.Neuron(2, nn.Sigmoid, seed=0)
        optimizer = nn.optim.SGD(neuron.parameters(), lr=1.0)
        for _ in range(300):
            optimizer.zero_grad()
            nn.functional.binary_cross_entropy(neuron(CORNERS), [0, 1, 1, 1]).backward()
            optimizer.step()
        assert (neuron(CORNERS).data > 0.5).tolist() == [False, True, True, True]

    def test_a_wrong_number_of_inputs_is_named(self):
        with pytest.raises(ValueError, match=r"Neuron takes inputs of shape .* \(4, 3\)"):
            nn.Neuron(2)(np.ones((4, 3)))


class TestPerceptron:
    @pytest.mark.parametrize("targets", [[0, 0, 0, 1], [0, 1, 1, 1], [1, 0, 0, 0], [0, 0, 1, 1]])
    @pytest.mark.parametrize("scalar", [False, True])
    def test_it_learns_the_gates_that_a_line_separates(self, targets, scalar):
        gate = nn.Perceptron(2)
        gate = gate.to_values() if scalar else gate
        mistakes = gate.fit(CORNERS, targets)
        assert mistakes[-1] == 0
        assert 0 not in mistakes[:-1]
        assert gate.predict(CORNERS).tolist() == targets
        assert gate.predict(CORNERS[3]) == targets[3]

    def test_it_gives_up_on_xor(self):
        mistakes = nn.Perceptron(2).fit(CORNERS, [0, 1, 1, 0], epochs=25)
        assert len(mistakes) == 25
        assert min(mistakes) > 0

    @given(
        x=arrays(float, (6, 2), elements=st.integers(-5, 5)),
        line=st.tuples(st.integers(-3, 3), st.integers(-3, 3), st.just(0.5)),
    )
    def test_whatever_a_line_separates_is_learned(self, x, line):
        assume(line[:2] != (0, 0))
        targets = (x @ line[:2] + line[2] > 0).astype(int)
        perceptron = nn.Perceptron(2, dtype=np.float64)
        assert perceptron.fit(x, targets, epochs=5000)[-1] == 0
        assert perceptron.predict(x).tolist() == targets.tolist()

    def test_the_rule(self):
        perceptron = nn.Perceptron(2, dtype=np.float64)
        assert perceptron.update((3.0, -1.0), 1, lr=0.5) == 1
        assert perceptron.weight.data.tolist() == [1.5, -0.5]
        assert perceptron.bias.data == 0.5
        assert perceptron.update((3.0, -1.0), 1) == 0
        assert perceptron.update((2.0, 0.0), 0, lr=1.0) == -1
        assert perceptron.weight.data.tolist() == [-0.5, -0.5]

    def test_targets_are_0_or_1(self):
        with pytest.raises(ValueError, match="target is 0 or 1, but -1"):
            nn.Perceptron(2).update((1, 1), -1)
