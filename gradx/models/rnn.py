"""The `rnn` architecture."""

from typing import ClassVar, Literal

from gradx.models.elman import Elman


class RNN(Elman):
    """Vanilla (Elman) recurrent network, stacked `depth` times.

    h_t = phi(x_t W_ih + b_ih + h_{t-1} W_hh + b_hh), h_0 = 0.

    With `normalization`, h_t = phi(N(x_t W_ih) + N(h_{t-1} W_hh) + b_ih + b_hh): the two products are normalized apart,
    by batch with the statistics of each time step (Cooijmans et al. start its `gain` at 0.1: at 1 tanh saturates).
    `dropout` acts on what goes up, to the layer above or the readout.

    Equivalent to `torch.nn.RNN`.
    Reference: Elman 1990; its gradients: Pascanu, Mikolov, Bengio 2013, arXiv:1211.5063, eq. 2-5; normalization:
    Cooijmans et al. 2016, arXiv:1603.09025, eq. 6, and Ba, Kiros, Hinton 2016, arXiv:1607.06450, eq. 20 (its eq. 4
    normalizes the sum); dropout: Zaremba et al. 2014, arXiv:1409.2329.
    """

    kind: Literal["rnn"] = "rnn"
    takes: ClassVar[frozenset[str]] = frozenset({"normalization", "dropout"})
