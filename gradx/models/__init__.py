"""The architectures; `AnyModel` is the one list of them."""

from typing import Annotated

from pydantic import Field

from gradx.base.part import short_form
from gradx.models.base import Dims as Dims
from gradx.models.base import Model as Model
from gradx.models.cnn import CNN
from gradx.models.gru import GRU
from gradx.models.lstm import LSTM
from gradx.models.mlp import MLP
from gradx.models.rnn import RNN

AnyModel = Annotated[CNN | GRU | LSTM | MLP | RNN, Field(discriminator="kind"), short_form]
