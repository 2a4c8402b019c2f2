"""The identity skip connection."""

from typing import Literal

from gradx.residuals.base import Residual


class Identity(Residual):
    """The signal goes around the branch as it is.

        z_{l+1} = z_l + branch(phi(N(z_l)))

    With a ReLU branch of variance 2 / fan_in the squared gradient doubles with every block.

    Reference: He et al. 2016, arXiv:1603.05027, eq. 3 (pre-activation); the growth: Yang, Schoenholz 2017,
    arXiv:1712.08969.
    """

    kind: Literal["identity"] = "identity"
