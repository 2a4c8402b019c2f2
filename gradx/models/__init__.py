"""The architectures, one file each; `AnyModel` is the one list of them.

What several share: `base` (what a model is), `feedforward` (the loop over layers), `recurrent` (the loop over time,
with `inner`, what a step needs of its layer, and `elman`, the plainest cell), `attention`, `passes` (the way back, by
autograd; by hand in `chain` and `unrolled`), and for `custom` the folder `foreign`.
"""

from typing import Annotated

from pydantic import Field

from gradx.base.part import short_form
from gradx.models.antisymmetric_rnn import AntisymmetricRNN
from gradx.models.base import Dims as Dims
from gradx.models.base import Model as Model
from gradx.models.cnn import CNN
from gradx.models.custom import Custom
from gradx.models.gru import GRU
from gradx.models.indrnn import IndRNN
from gradx.models.irnn import IRNN
from gradx.models.lru import LRU
from gradx.models.lstm import LSTM
from gradx.models.mingru import MinGRU
from gradx.models.mlp import MLP
from gradx.models.orthogonal_rnn import OrthogonalRNN
from gradx.models.rnn import RNN
from gradx.models.seq2seq import Seq2Seq
from gradx.models.transformer import Transformer

AnyModel = Annotated[
    AntisymmetricRNN
    | CNN
    | Custom
    | GRU
    | IndRNN
    | IRNN
    | LRU
    | LSTM
    | MinGRU
    | MLP
    | OrthogonalRNN
    | RNN
    | Seq2Seq
    | Transformer,
    Field(discriminator="kind"),
    short_form,
]
