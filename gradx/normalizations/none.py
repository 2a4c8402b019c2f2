"""No normalization."""

from typing import Literal

from gradx.normalizations.base import Normalization


class NoNormalization(Normalization):
    """Signals as they are: the control arm.

        N(z) = z

    Reference: none needed.
    """

    kind: Literal["none"] = "none"
