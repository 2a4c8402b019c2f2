"""latch, first_word and noise: labels recomputed from the input, and what carries no information."""

from math import log, sqrt

import pytest
import torch
from common.runs import experiment, trained
from pydantic import ValidationError
from torch import Generator

from gradx.base.errors import SpecError
from gradx.tasks import FirstWord, Latch, Noise


def drawn(task, length=None):
    x, y = next(task.open(length).batches(Generator().manual_seed(11), 40))
    return x.flatten(0, 1), y.flatten(0, 1)


@pytest.mark.parametrize(("length", "subjects", "fillers"), [(1, 2, 1), (2, 4, 8), (30, 7, 3)])
def test_first_word(length, subjects, fillers):
    x, y = drawn(FirstWord(subjects=subjects, fillers=fillers), length)
    for tokens, (target,) in zip(x.tolist(), y.tolist(), strict=True):
        assert len(tokens) == length
        assert tokens[0] == target < subjects
        assert all(subjects <= token < subjects + fillers for token in tokens[1:])
    assert sorted(set(y.flatten().tolist())) == list(range(subjects))
    assert len(set(x[:, 1:].flatten().tolist())) == (fillers if length > 1 else 0)
    source = FirstWord(subjects=subjects).open(length)
    assert source.chance_loss == log(subjects)


@pytest.mark.parametrize(("length", "cue", "noise"), [(3, 3, 0.2), (1, 1, 1.0), (50, 5, 0.7)])
def test_latch(length, cue, noise):
    x, y = drawn(Latch(cue=cue, noise=noise), length)
    for steps, (target,) in zip(x[:, :cue, 0].tolist(), y.tolist(), strict=True):
        assert steps == [2 * target - 1] * cue
    rest = x[:, cue:, 0]
    if rest.numel():
        assert float(rest.std()) == pytest.approx(noise, rel=5 / sqrt(2 * rest.numel()))
        assert abs(float(rest.mean())) < 5 * noise / sqrt(rest.numel())
        signed = (rest * (2 * y - 1)).mean()  # the noise says nothing of the class
        assert abs(float(signed)) < 5 * noise / sqrt(rest.numel())
    assert abs(float(y.double().mean()) - 0.5) < 5 * 0.5 / sqrt(len(y))


def test_a_latch_needs_room_for_its_cue():
    with pytest.raises(SpecError, match="at least 5, got 4"):
        Latch(cue=5).open(4)


@pytest.mark.parametrize(("examples", "classes", "size"), [(256, 10, 8), (30, 3, 5), (7, 2, 1)])
def test_noise(examples, classes, size):
    source = Noise(examples=examples, classes=classes, size=size).open(None)
    x, y = next(source.batches(Generator().manual_seed(0), examples))
    assert x.shape[1:] == (examples, 1, size, size)
    counts = torch.bincount(y[0].flatten(), minlength=classes)
    assert counts.max() - counts.min() <= 1
    shares = [count / examples for count in counts.tolist()]
    assert source.chance_loss == pytest.approx(-sum(share * log(share) for share in shares), rel=1e-12)
    assert 0 < log(classes) - source.chance_loss + 1e-12 < 1.1 * (classes / examples) ** 2 / 8
    assert float(x[0].mean()) == pytest.approx(0, abs=1e-5)
    assert float(x[0].square().mean()) == pytest.approx(1, abs=1e-5)
    test_x, test_y = source.test()
    assert len(test_x) == 1000
    assert source.chance_metric == pytest.approx(1 / classes, abs=1e-3)
    assert torch.bincount(test_y.flatten()).max() - torch.bincount(test_y.flatten()).min() <= 1


def test_labels_of_noise_have_nothing_to_do_with_the_images():
    """The pixels' means of each label differ by no more than chance: 5 standard errors for the worst of 640."""
    source = Noise(examples=5000).open(None)
    x, y = next(source.batches(Generator().manual_seed(0), 5000))
    means = torch.stack([x[0][y[0, :, 0] == label].mean(0) for label in range(10)])
    assert means.abs().max() < 5 / sqrt(500)


def test_noise_is_the_same_for_every_seed():
    pictures = []
    for seed in (1, 2):
        x, y = next(Noise(examples=20).open(None).batches(Generator().manual_seed(seed), 20))
        order = x[0].flatten(1)[:, 0].argsort()
        pictures.append((x[0][order], y[0][order]))
    assert torch.equal(pictures[0][0], pictures[1][0])
    assert torch.equal(pictures[0][1], pictures[1][1])


def test_noise_can_be_remembered_and_not_learned():
    task = {"kind": "noise", "examples": 32, "size": 5}
    fields = {
        "width": 64,
        "batch_size": 32,
        "steps": 200,
        "measure": {"every": 200, "evaluations": 1},
        "optimizer": {"kind": "adam", "lr": 0.01},
    }
    ((_, trace),) = trained([experiment(task=task, **fields)])
    losses = trace.value[trace.quantity == "loss"]
    metric = trace.value[trace.quantity == "metric"]
    assert losses[0] > 2
    assert losses[-1] < 0.05
    assert metric[-1] == pytest.approx(0.1, abs=5 * sqrt(0.09 / 1000))


def test_noise_goes_to_images_and_sentences_to_sequences():
    with pytest.raises(ValidationError, match="reads a sequence, but task noise gives an image"):
        experiment("rnn", "noise")
    with pytest.raises(ValidationError, match="task translation wants an answer at each of several time steps"):
        experiment("mlp", "translation", sequence_length=3)
