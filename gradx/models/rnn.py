"""The `rnn` architecture."""

from typing import ClassVar, Literal

from gradx.models.base import Dims
from gradx.models.recurrent import Gates, HiddenBias, HiddenWeight, Recurrent, State


class RNN(Recurrent):
    """Vanilla (Elman) recurrent network, stacked `depth` times.

    h_t = phi(x_t W_ih + b_ih + h_{t-1} W_hh + b_hh), h_0 = 0.

    Equivalent to `torch.nn.RNN`.
    Reference: Elman 1990; its gradients: Pascanu, Mikolov, Bengio 2013, arXiv:1211.5063, eq. 2-5.
    """

    kind: Literal["rnn"] = "rnn"
    keeps_input: ClassVar[bool] = True
    default_activation: ClassVar[str | None] = "tanh"

    def step(self, dims: Dims, z: Gates, state: State, weight: HiddenWeight, bias: HiddenBias) -> State:
        assert dims.activation is not None
        argument = z.baddbmm(state[0], weight)
        return dims.activation(argument), argument
