"""The training loop: it learns, draws from its seed alone, stops in time and says what it cannot do."""

import numpy as np
import pytest
import torch
from torch import nn

from asterism.framework import DataError
from asterism.plugins.training import SMALL, TrainingPlan, device_of, seeded, threads_for, train, weights_of, with_weights

X = torch.from_numpy(np.random.default_rng(0).normal(size=(64, 4)).astype(np.float32))
Y = X @ torch.tensor([1.0, -2.0, 0.5, 3.0])


def made():
    return nn.Sequential(nn.Linear(4, 8), nn.Dropout(0.1), nn.Linear(8, 1))


def trained(random_state=0, **plan):
    network = seeded(random_state, made)

    def loss(rows, draws):
        noise = 0.01 * torch.randn(len(rows), generator=draws)
        return ((network(X[rows])[:, 0] - Y[rows] + noise) ** 2).mean()

    return network, train(
        network, 64, loss, TrainingPlan(**{"epochs": 40, "minibatch_size": 16, "learning_rate": 0.02, **plan}), random_state
    )


def test_the_loss_falls_and_the_pace_is_told():
    network, found = trained()
    assert len(found.loss_curve) == 40
    assert found.loss_curve[-1] < 0.1 * found.loss_curve[0]
    assert found.per_second > 0
    assert found.validation_curve == []
    assert not network.training


def test_one_seed_gives_one_network_and_leaves_the_random_numbers_of_the_host_alone():
    torch.manual_seed(5)
    expected = torch.rand(3)
    torch.manual_seed(5)
    first, second, other = (weights_of(trained(seed, epochs=3)[0]) for seed in (1, 1, 2))
    assert torch.equal(torch.rand(3), expected)
    assert all(np.array_equal(first[name], second[name]) for name in first)
    assert not np.array_equal(first["0.weight"], other["0.weight"])


def test_modes_and_threads_of_the_host_are_left_as_they_are():
    before = torch.get_num_threads()
    with torch.inference_mode():
        assert trained()[1].loss_curve[-1] < 1
        assert torch.is_inference_mode_enabled()
    assert torch.get_num_threads() == before


def test_every_item_is_looked_at_once_in_an_epoch_and_no_minibatch_has_one():
    network, seen = nn.Linear(1, 1), []

    def loss(rows, draws):
        seen.append(rows)
        return network(torch.ones(1)).sum() ** 2

    train(network, 33, loss, TrainingPlan(epochs=2, minibatch_size=8), 0)
    assert [len(rows) for rows in seen] == [8, 8, 8, 8] * 2
    assert len(np.unique(np.concatenate(seen[:4]))) == 32
    assert not np.array_equal(seen[0], seen[4])


def test_training_stops_when_items_held_out_gain_nothing_and_keeps_what_served_them_best():
    network, errors, weights = nn.Linear(1, 1), iter([3.0, 1.0, 2.0, 2.0, 2.0]), []

    def loss(rows, draws):
        if network.training:
            return network(torch.ones(1)).sum() ** 2
        weights.append(weights_of(network))
        return torch.tensor(next(errors))

    found = train(network, 20, loss, TrainingPlan(epochs=30, validation_fraction=0.1, patience=3), 0)
    assert found.validation_curve == [3, 1, 2, 2, 2]
    assert len(found.loss_curve) == 5
    assert all(np.array_equal(kept, best) for kept, best in zip(weights_of(network).values(), weights[1].values(), strict=True))


def test_items_held_out_are_never_learned_from_and_always_the_same():
    network, learned, held_out = nn.Linear(1, 1), set(), []

    def loss(rows, draws):
        learned.update(rows.tolist()) if network.training else held_out.append((set(rows.tolist()), torch.rand(1, generator=draws).item()))
        return network(torch.ones(1)).sum() ** 2

    train(network, 40, loss, TrainingPlan(epochs=3, validation_fraction=0.25), 0)
    assert len(learned) == 30
    assert len(held_out) == 3
    assert held_out[0] == held_out[1] == held_out[2]
    assert not learned & held_out[0][0]


def test_two_items_are_left_to_learn_from():
    assert len(trained(epochs=2, validation_fraction=0.99)[1].validation_curve) == 2


def test_weights_are_arrays_and_come_back():
    network = trained(epochs=2)[0]
    weights = weights_of(network)
    assert all(isinstance(value, np.ndarray) for value in weights.values())
    assert torch.equal(with_weights(made(), weights)(X), network(X))


def test_only_a_small_network_works_in_one_thread(monkeypatch):
    counts = []
    monkeypatch.setattr(torch, "get_num_threads", lambda: 2)
    monkeypatch.setattr(torch, "set_num_threads", counts.append)
    for width in (8, SMALL):
        with threads_for(nn.Linear(1, width)):
            pass
    assert counts == [1, 2, 2]


def test_a_loss_that_explodes_is_said_with_the_way_out():
    with pytest.raises(DataError, match=r"the loss is \w+ in epoch \d+; lower `learning_rate`"):
        trained(learning_rate=1e30)


@pytest.mark.skipif(torch.cuda.is_available(), reason="torch finds a GPU")
def test_a_gpu_that_is_not_there_is_said():
    assert device_of("auto") == "cpu"
    with pytest.raises(DataError, match="device='cuda', but torch finds no such device here; set device to 'auto' or 'cpu'"):
        device_of("cuda")
