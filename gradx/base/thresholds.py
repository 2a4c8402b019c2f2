"""`Thresholds`: from where on a growth of the gradient counts as vanishing or exploding."""

from typing import Annotated

from pydantic import Field

from gradx.base.part import Spec


class Thresholds(Spec):
    """The limits of the verdict.

    A factor per layer says little without the number of layers: 0.97 is harmless over 5 and fatal over 500. So the
    verdict asks what is lost over the whole depth or sequence. Two decades: the first layer learns at a hundredth of
    the last one's pace, and no learning rate serves both.
    """

    decades: Annotated[float, Field(gt=0)] = 2.0  # lost (vanishing) or gained (exploding) over the whole axis
