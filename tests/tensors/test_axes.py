"""The named axes of tensor types are really checked while the tests run, and do without jaxtyping elsewhere."""

import subprocess
import sys

import jaxtyping
import pytest
import torch

from gradx.models.base import linear


def test_a_wrong_number_of_axes_is_caught():
    weights = {"a.weight": torch.zeros(1, 2, 3), "a.bias": torch.zeros(1, 3)}
    assert linear(weights, "a", torch.zeros(1, 4, 2)).shape == (1, 4, 3)
    with pytest.raises(jaxtyping.TypeCheckError, match="member n in"):
        linear(weights, "a", torch.zeros(4, 2))


def test_gradx_runs_without_jaxtyping():
    code = "import sys; sys.modules['jaxtyping'] = None; import gradx.models.base as base; print(base.Output.__name__)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "Tensor"
