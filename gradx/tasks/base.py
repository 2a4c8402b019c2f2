"""`Task` (the spec) and `Source` (the opened data): what every task offers to the one trainer."""

from abc import ABC, abstractmethod
from collections.abc import Iterator
from typing import ClassVar, Literal

import torch
from torch import Tensor
from torch.nn import functional

from gradx.base.errors import Problem, SpecError
from gradx.base.part import Part
from gradx.tensors.shapes import Image as Image
from gradx.tensors.shapes import Scored as Scored
from gradx.tensors.shapes import Sequence as Sequence

BLOCK_BYTES = 1 << 22  # draw some 4 MB at once: amortizes the draw, stays small beside the model
BLOCK_STEPS = 32

Block = tuple[Tensor, Tensor]
"""(x, y): x is (step, batch, *input); y is (step, batch, scored) classes or (step, batch, scored, output) floats."""


class Source(ABC):
    """An opened task: shapes, chance level, batches, score. It knows no model and no other member of a cohort."""

    input: Image | Sequence
    outputs: int  # classes, or regression outputs
    objective: Literal["cross_entropy", "mse"]
    scored: int  # how many trailing time steps the loss is averaged over (1: the last step only; images: 1)
    examples: int | None  # size of the training set; None where every batch is drawn afresh
    metric: str  # name of the score: accuracy, mse, ...
    chance_loss: float  # loss (nats or mean square) of the best prediction that may know the step but not the input
    chance_metric: float
    solved_at: float  # the metric value from which the task counts as solved ...
    higher_is_better: bool  # ... in this direction
    facts: dict[str, str | int | float]  # what must be recorded with a run (sha256 of a file, vocabulary size ...)

    @abstractmethod
    def batches(self, generator: torch.Generator, batch_size: int) -> Iterator[Block]:
        """Endless blocks of training batches on the CPU; the same generator state gives the same blocks."""

    @abstractmethod
    def test(self) -> Block:
        """The fixed held-out examples: x (example, *input), y as in a block; the same for every seed and member."""

    def block_steps(self, batch_size: int) -> int:
        """How many training steps one block holds; depends on nothing but shapes, so neither do the drawn numbers."""
        return max(1, min(BLOCK_STEPS, BLOCK_BYTES // (batch_size * self.example_bytes)))

    @property
    def example_bytes(self) -> int:
        """The size of one example, x and y together: floats of 4 bytes, tokens and classes of 8."""
        shape = self.input
        if isinstance(shape, Image):
            x_bytes = 4 * shape.channels * shape.height * shape.width
        else:
            x_bytes = shape.steps * (8 if shape.tokens else 4 * shape.features)
        return x_bytes + self.scored * (4 * self.outputs if self.objective == "mse" else 8)

    def loss(self, output: Tensor, y: Tensor) -> Tensor:
        """Mean loss per member, shape (member,): over batch, scored steps (and outputs for mse).

        `output` is (member, batch, scored, output); `y` is (member, batch, scored) or (member, batch, scored, output).
        """
        members = output.shape[0]
        if self.objective == "mse":
            return (output - y).square().reshape(members, -1).mean(1)
        flat = functional.cross_entropy(output.reshape(-1, output.shape[-1]), y.reshape(-1), reduction="none")
        return flat.view(members, -1).mean(1)

    def loss_and_gradient(self, output: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
        """`loss`, and the gradient of each member's with respect to its output, in closed form (no graph is kept).

        cross_entropy: (softmax(output) - onehot(y)) / n; mse: 2 (output - y) / n; n the number of terms in the mean.
        """
        members = output.shape[0]
        if self.objective == "mse":
            error = output - y
            count = error[0].numel()
            return error.square().view(members, -1).mean(1), error.mul_(2 / count)
        logits, target = functional.log_softmax(output, -1), y.unsqueeze(-1)
        losses = -logits.gather(-1, target).view(members, -1).mean(1)
        gradient = logits.exp_().scatter_add_(-1, target, logits.new_full((), -1).expand(target.shape))
        return losses, gradient.mul_(members / y.numel())

    def score(self, output: Tensor, y: Tensor) -> Tensor:
        """The metric per member, shape (member,); by default accuracy over all scored steps, or mean square error."""
        if self.objective == "mse":
            return self.loss(output, y)
        return (output.argmax(-1) == y).double().flatten(1).mean(1)

    def is_solved(self, value: float) -> bool:
        """Whether a metric value counts as solved (NaN never does)."""
        return value >= self.solved_at if self.higher_is_better else value <= self.solved_at


class Task(Part):
    """The spec of a task; `open` reads or makes its data."""

    gives: ClassVar[type]  # Image or Sequence
    scored: ClassVar[Scored] = "last"  # the time steps at which an answer is wanted

    @abstractmethod
    def open(self, sequence_length: int | None) -> Source:
        """The data behind this task.

        Args:
            sequence_length: the experiment's `sequence_length` where "sequence_length" is in `uses`, otherwise None.

        Raises:
            gradx.base.errors.SpecError: a file is missing or malformed, or the length is not possible.
        """


def at_least(sequence_length: int | None, minimum: int, kind: str) -> int:
    """`sequence_length` itself.

    Raises:
        SpecError: it is missing or below `minimum`, the shortest that task `kind` is defined for.
    """
    if sequence_length is None or sequence_length < minimum:
        message = f"task {kind} needs a sequence_length of at least {minimum}, got {sequence_length}"
        raise SpecError([Problem(message, path="sequence_length")])
    return sequence_length
