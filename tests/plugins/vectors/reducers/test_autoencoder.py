"""The code of a network, and the network itself, against torch's own layers."""

import logging
import subprocess
import sys
from typing import Any

import numpy as np
import pytest
import torch
from scipy.sparse import csr_matrix

from asterism.framework import DataError
from asterism.plugins.vectors.reducers.autoencoder import Autoencoder
from asterism.plugins.vectors.reducers.pca import PCA

VARIANTS = ["dense", "denoising", "variational"]


@pytest.fixture
def curve() -> Any:
    """400 x 6 float32: a circle that is bent into six columns, with little noise."""
    random = np.random.default_rng(0)
    angle = random.uniform(0, 2 * np.pi, 400)
    columns = [np.sin(angle), np.cos(angle), np.sin(2 * angle), np.cos(2 * angle), np.sin(angle) ** 2, np.cos(angle) ** 3]
    return (np.column_stack(columns) * 5 + 3 + 0.05 * random.normal(size=(400, 6))).astype(np.float32)


def quick(**fields: Any) -> Autoencoder:
    return Autoencoder(**{"hidden_sizes": (32,), "max_epochs": 15, "minibatch_size": 32} | fields)


def as_torch(component: Autoencoder, part: str) -> Any:
    activation = {"relu": torch.nn.ReLU, "elu": torch.nn.ELU, "tanh": torch.nn.Tanh}[component.activation]
    layers: list[Any] = []
    for layer in range(len(component.hidden_sizes) + 1):
        weight, bias = (component.weights_[f"{part}.{layer}.{name}"] for name in ("weight", "bias"))
        linear = torch.nn.Linear(weight.shape[1], weight.shape[0], dtype=torch.float64)
        linear.load_state_dict({"weight": torch.from_numpy(weight), "bias": torch.from_numpy(bias)})
        layers += [linear, activation()]
    return torch.nn.Sequential(*layers[:-1])


@pytest.mark.parametrize("activation", ["relu", "elu", "tanh"])
@pytest.mark.parametrize("variant", VARIANTS)
def test_network_answers_as_layers_of_torch_with_its_weights(curve: Any, variant: Any, activation: Any) -> None:
    component = quick(variant=variant, activation=activation, hidden_sizes=(16, 8), max_epochs=2).fit(curve)
    scaled = torch.from_numpy((curve - component.mean_) / component.scale_)
    with torch.no_grad():
        codes = as_torch(component, "encoder")(scaled)[:, :2]
        back = as_torch(component, "decoder")(codes).numpy() * component.scale_ + component.mean_
    placed = component.transform(curve)
    assert placed.dtype == np.float32
    np.testing.assert_allclose(placed, codes, rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(component.inverse_transform(placed), back, rtol=1e-4, atol=1e-4)


def test_bent_rows_come_back_better_than_from_straight_axes(curve: Any) -> None:
    network = Autoencoder(minibatch_size=16).fit(curve)
    flat = PCA(n_components=2).fit(curve)
    errors = [((c.inverse_transform(c.transform(curve)) - curve) ** 2).mean() for c in (network, flat)]
    assert errors[0] < errors[1] / 2


@pytest.mark.parametrize("variant", VARIANTS)
def test_loss_falls_and_the_best_epoch_is_kept(curve: Any, variant: Any) -> None:
    component = quick(variant=variant).fit(curve)
    assert len(component.loss_curve_) == len(component.validation_curve_) == component.n_epochs_ == 15
    assert component.loss_curve_[-1] < component.loss_curve_[0]
    best = int(component.validation_curve_.argmin())
    error = f"{component.validation_curve_[best]:.3g}"
    assert component.notes_ == [f"best of 15 epochs on {device()}: {best + 1}; squared error of rows held out: {error} of 1"]


def device() -> str:
    return "cuda" if torch.cuda.is_available() else "cpu"


def test_training_stops_when_the_error_no_longer_falls() -> None:
    noise = np.random.default_rng(0).normal(size=(300, 8))
    component = quick(max_epochs=100, patience=3, learning_rate=0.05).fit(noise)
    assert component.n_epochs_ < 60
    assert component.n_epochs_ - 1 - component.validation_curve_.argmin() == 3


def test_nothing_held_out_leaves_the_loss_to_tell(curve: Any) -> None:
    component = quick(validation_fraction=0.0, max_epochs=3).fit(curve)
    assert component.validation_curve_.tolist() == []
    assert "of the training rows" in component.notes_[0]


@pytest.mark.parametrize("variant", VARIANTS)
def test_order_of_the_records_does_not_matter_at_all(curve: Any, variant: Any) -> None:
    order = np.random.default_rng(0).permutation(400)
    straight, shuffled = quick(variant=variant).fit(curve), quick(variant=variant).fit(curve[order])
    assert all(np.array_equal(straight.weights_[name], shuffled.weights_[name]) for name in straight.weights_)


def test_seed_alone_decides_and_nothing_global_changes(curve: Any) -> None:
    torch.manual_seed(1)
    before = (torch.get_rng_state(), np.random.get_state()[1].tolist(), torch.get_num_threads())
    with torch.no_grad():
        one = quick().fit(curve)
        assert not torch.is_grad_enabled()
    assert torch.equal(before[0], torch.get_rng_state())
    assert before[1:] == (np.random.get_state()[1].tolist(), torch.get_num_threads())
    torch.manual_seed(2)
    with torch.inference_mode():
        other = quick().fit(curve)
    assert all(np.array_equal(one.weights_[name], other.weights_[name]) for name in one.weights_)
    assert not np.array_equal(one.transform(curve), quick(random_state=1).fit(curve).transform(curve))


def test_one_scale_for_all_columns_keeps_their_proportions(curve: Any) -> None:
    component = quick(scaling="whole", max_epochs=1).fit(curve)
    np.testing.assert_allclose(component.scale_, np.sqrt(curve.var(axis=0, dtype=np.float64).mean()), rtol=1e-6)


def test_importing_and_applying_take_no_torch() -> None:
    code = (
        "import sys\n"
        "import asterism.plugins.vectors.reducers.autoencoder, asterism.plugins.vectors.detectors.autoencoder_error\n"
        "from asterism.plugins.vectors.networks import decode\n"
        "import numpy as np\n"
        "layer = {'decoder.0.weight': np.ones((2, 1), np.float32), 'decoder.0.bias': np.zeros(2, np.float32)}\n"
        "assert decode(np.ones((1, 1)), layer, 'relu').tolist() == [[1.0, 1.0]]\n"
        "assert not {'torch', 'sklearn', 'scipy'} & set(sys.modules)\n"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stderr == ""


def test_constant_columns_and_duplicates_do_no_harm(curve: Any) -> None:
    X = np.column_stack([curve, np.full(400, 0.1, np.float32)])
    component = quick(max_epochs=2).fit(X)
    np.testing.assert_allclose(component.inverse_transform(component.transform(X))[:, -1], 0.1, atol=0.5)
    alike = quick(max_epochs=2).fit(np.repeat(curve[:1], 30, axis=0))
    assert np.isfinite(alike.transform(curve)).all()


def test_training_that_comes_to_nothing_is_reported(curve: Any, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        component = quick(learning_rate=1e30).fit(curve)
    message = "the training came to no finite error, and its first weights were kept; lower learning_rate"
    assert [record.getMessage() for record in caplog.records] == [message]
    assert np.isfinite(component.transform(curve)).all()


def test_training_that_might_go_on_is_reported(curve: Any, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        quick(max_epochs=2).fit(curve)
    message = "ended after max_epochs=2, while the error was perhaps still falling; raise max_epochs"
    assert [record.getMessage() for record in caplog.records] == [message]


def refused(call: Any, X: Any) -> str:
    with pytest.raises(DataError) as caught:
        call(X)
    return str(caught.value)


def test_bad_input_is_refused(curve: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    fitted = quick(max_epochs=1).fit(curve)
    assert refused(quick().fit, curve[:1]).startswith("Found array with 1 sample(s)")
    assert (
        refused(fitted.inverse_transform, curve)
        == "rows of 2 components can be brought back (got shape (400, 6)); pass what transform gave"
    )
    monkeypatch.setattr("asterism.plugins.vectors.rows.available", lambda: 1024)
    hint = "put a reducer that takes CSR before it, such as svd"
    assert refused(quick().fit, csr_matrix(curve)) == (
        f"Autoencoder needs dense rows, and 400 x 6 values would take 9.38 KiB, and 1 KiB of memory are free; {hint}"
    )


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU")
def test_missing_gpu_is_refused(curve: Any) -> None:
    expected = "device='cuda', but torch finds no such device here; set device to 'auto' or 'cpu'"
    assert refused(quick(device="cuda").fit, curve) == expected


@pytest.mark.skipif(not torch.cuda.is_available(), reason="torch finds no GPU")
@pytest.mark.parametrize("variant", VARIANTS)
def test_gpu_learns_what_the_processor_learns(curve: Any, variant: Any) -> None:
    there, here = (quick(variant=variant, device=place, max_epochs=3).fit(curve) for place in ("cuda", "cpu"))
    np.testing.assert_allclose(there.transform(curve), here.transform(curve), rtol=1e-2, atol=1e-2)
    assert "on cuda" in there.notes_[0]
