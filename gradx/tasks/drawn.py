"""`Drawn`: a source that makes its training examples as they are needed, a whole block at once."""

from abc import abstractmethod
from collections.abc import Iterator

from torch import Generator

from gradx.base.seeds import stream
from gradx.tasks.base import Block, Source

TEST_EXAMPLES = 1000  # an error rate of 1 % is then known to 0.3 %
TEST_BYTES = 1 << 28  # 256 MB; 1000 examples exceed it from some 17,000 (copying) or 34,000 time steps on


class Drawn(Source):
    """Every batch is fresh; a subclass says how to draw `count` examples."""

    examples = None

    @abstractmethod
    def draw(self, generator: Generator, count: int) -> Block:
        """`count` independent examples: x (count, *input), y (count, scored) or (count, scored, output)."""

    def held_out(self, kind: str, sequence_length: int) -> Block:
        """The fixed test set, whatever the seed: 1000 examples, or as many as 256 MB hold, and at least one."""
        generator = Generator().manual_seed(stream(0, "test", kind, sequence_length))
        return self.draw(generator, max(1, min(TEST_EXAMPLES, TEST_BYTES // self.example_bytes)))

    def batches(self, generator: Generator, batch_size: int) -> Iterator[Block]:
        steps = self.block_steps(batch_size)
        while True:
            x, y = self.draw(generator, steps * batch_size)
            yield x.view(steps, batch_size, *x.shape[1:]), y.view(steps, batch_size, *y.shape[1:])
