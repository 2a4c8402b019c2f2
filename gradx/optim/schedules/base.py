"""`Schedule`: how the learning rate changes over a run."""

from abc import abstractmethod

from torch import Tensor

from gradx.base.part import Part


class Schedule(Part):
    """A factor for the learning rate at every step."""

    @abstractmethod
    def factor(self, step: int, steps: int) -> float | Tensor:
        """What the learning rate is multiplied by: one number, or one for each member of shape (member, 1), float64.

        Args:
            step: the number of the step, from 1.
            steps: of the whole run.
        """
