"""How the gradient grows at initialization, against closed forms: normalizations, residual connections, depth."""

from math import acos, e, pi, sqrt

import numpy as np
import pytest
import torch
from common.networks import random, started

from gradx.activations.identity import Identity as Linear
from gradx.activations.relu import ReLU
from gradx.activations.tanh import Tanh
from gradx.inits import initialize
from gradx.inits.kaiming_normal import KaimingNormal
from gradx.inits.lecun_normal import LecunNormal
from gradx.inits.orthogonal import Orthogonal
from gradx.models import Dims
from gradx.models.mlp import MLP
from gradx.normalizations import BatchNorm, LayerNorm, NoNormalization, RMSNorm, SpectralNorm
from gradx.quantities.growth import growth
from gradx.residuals import Fixup, Identity, NoResidual, Scaled, SkipInit
from gradx.tensors.layout import Layout
from gradx.tensors.mode import Mode
from gradx.tensors.shapes import Image

HE = KaimingNormal()


def norms(
    depth,
    width,
    batch,
    activation,
    init=HE,
    normalization=None,
    residual=None,
    members=3,
    scale=1.0,
    dtype=torch.float32,
):
    """L2 norm of the gradient of each example at the stream, (member, position, example).

    Inputs are N(0, scale^2), the gradient of the output N(0, 1).
    """
    chosen = normalization or NoNormalization(), residual or NoResidual()
    dims = Dims(Image(1, 1, width), 10, 1, depth, width, activation, *chosen)
    slots, kept = MLP().slots(dims), MLP().buffers(dims)
    values = initialize(init, slots, range(members)) | started(kept, members)
    dims.normalization.adjust(values, [*slots, *kept])
    weights = Layout(slots).views(Layout(slots).flatten(values).to(dtype))
    x = scale * random(members, batch, 1, 1, width, seed=1).to(dtype)
    mode = Mode(True, {slot.name: values[slot.name].to(dtype) for slot in kept})
    made = MLP().run(dims, weights, x, mode)
    _, tapped = made.backward(random(*made.output.shape, seed=2).to(dtype), taps=True)
    return tapped[0].norms.numpy()


def rate_sq(*args, **fields):
    """The factor of the squared norm from one layer to the one before, geometric mean over members."""
    found = norms(*args, **fields)
    return np.exp(2 * np.log(growth(found, np.arange(1.0, found.shape[1] + 1)).rate).mean())


def total_sq(*args, **fields):
    """The factor of the squared norm from the last layer to the first, geometric mean over members."""
    squares = (norms(*args, **fields) ** 2).sum(2)
    return np.exp(np.log(squares[:, 0] / squares[:, -1]).mean())


def batch_norm_relu(batch):
    """Yang et al. 2019, arXiv:1902.08129, eq. 25."""
    c = -1 / (batch - 1)
    kernel, slope = (sqrt(1 - c * c) + (pi - acos(c)) * c) / pi, 1 - acos(c) / pi
    return (slope + batch - 1) / ((batch - 3) * (1 - kernel)) - 1 / (batch - 3)


@pytest.mark.parametrize("batch", [8, 32])
def test_batch_norm_explodes(batch):
    assert batch_norm_relu(batch) == pytest.approx({8: 1.7882, 32: 1.5220}[batch], abs=1e-4)
    found = rate_sq(30, 512, batch, ReLU(), normalization=BatchNorm())
    assert found == pytest.approx(batch_norm_relu(batch), rel=0.02)


@pytest.mark.parametrize("batch", [8, 16])
def test_batch_norm_of_linear_units_explodes_least(batch):
    found = rate_sq(30, 512, batch, Linear(), normalization=BatchNorm())
    assert found == pytest.approx((batch - 2) / (batch - 3), rel=0.02)


@pytest.mark.parametrize("gain", [0.2, 5.0])
def test_the_explosion_of_batch_norm_does_not_depend_on_the_weights_size(gain):
    """What the layer is multiplied by is divided out again."""
    found, other = (
        rate_sq(20, 64, 8, ReLU(), init=KaimingNormal(gain=each), normalization=BatchNorm(eps=1e-12))
        for each in (gain, 1.0)
    )
    assert found == pytest.approx(other, rel=1e-3)


@pytest.mark.parametrize("normalization", [LayerNorm(), RMSNorm()], ids=lambda part: part.kind)
def test_normalizing_each_example_neither_shrinks_nor_grows(normalization):
    assert rate_sq(30, 512, 32, ReLU(), normalization=normalization) == pytest.approx(1, abs=0.02)


def test_a_residual_relu_net_doubles_with_every_block():
    assert rate_sq(41, 256, 16, ReLU(), residual=Identity()) == pytest.approx(2, abs=0.05)


@pytest.mark.parametrize("blocks", [16, 64])
def test_branches_scaled_by_the_root_of_their_number_grow_to_e(blocks):
    found = total_sq(blocks + 1, 256, 16, ReLU(), residual=Scaled())
    assert found == pytest.approx((1 + 1 / blocks) ** blocks, rel=0.1)
    assert found == pytest.approx(e, rel=0.1)


@pytest.mark.parametrize("blocks", [16, 64])
def test_layer_norm_before_each_branch_grows_linearly(blocks):
    """Every block adds 1 to the variance of the stream, which starts with 1: x / sqrt 2 through He's first layer."""
    fields = {"normalization": LayerNorm(), "residual": Identity(), "scale": sqrt(0.5)}
    assert total_sq(blocks + 1, 256, 16, ReLU(), **fields) == pytest.approx(blocks + 1, rel=0.15)


def test_blocks_that_start_as_the_identity_pass_the_gradient_unchanged():
    found = norms(50, 16, 4, ReLU(), residual=SkipInit())
    np.testing.assert_array_equal(found, found[:, -1:].repeat(50, axis=1))


@pytest.mark.parametrize("layers", [1, 2, 3])
def test_branches_of_several_layers_double_it_too(layers):
    """He's layers keep the signal's size, however many there are in a branch."""
    found = rate_sq(25, 256, 16, ReLU(), residual=Fixup(branch_layers=layers))
    assert found == pytest.approx(2, rel=0.05)


@pytest.mark.parametrize(("activation", "expected"), [(Linear(), 1 / 4), (ReLU(), 1 / 8)], ids=["linear", "relu"])
def test_spectral_norm_of_square_gaussian_weights(activation, expected):
    """The largest singular value is twice the root mean square one (Marchenko, Pastur 1967); relu halves the rest."""
    found = norms(15, 256, 8, activation, init=LecunNormal(), normalization=SpectralNorm())
    assert (found[:, :-1] < found[:, 1:]).all()
    assert rate_sq(15, 256, 8, activation, init=LecunNormal(), normalization=SpectralNorm()) == pytest.approx(
        expected, rel=0.1
    )


def test_spectral_norm_of_orthogonal_weights_shrinks_nothing_but_what_the_activation_does():
    fields = {"init": Orthogonal(gain=3.0), "normalization": SpectralNorm()}
    assert rate_sq(15, 32, 8, Linear(), **fields) == pytest.approx(1, rel=1e-5)
    tanh = norms(50, 32, 8, Tanh(), **fields)
    assert (tanh[:, :-1] <= tanh[:, 1:] * (1 + 1e-6)).all()


@pytest.mark.parametrize(
    "fields", [{"normalization": BatchNorm()}, {"normalization": LayerNorm(), "residual": Scaled()}]
)
def test_a_thousand_layers(fields):
    found = norms(1000, 8, 8, Tanh(), **fields, members=1, dtype=torch.float64)
    assert found.shape == (1, 1000, 8)
    assert np.isfinite(found).all()
    assert (found > 0).all()
