"""Tasks: synthetic memory problems, digits, text, and the user's own MNIST and CIFAR-10 files.

base            Task (the spec), Source (the opened data), what every task offers to the trainer
drawn, pool     sources that draw every batch afresh; sources over a fixed set of examples
files           reading the user's files
data/           the vendored digits, with their licence
the rest        one task per file
"""

from typing import Annotated

from pydantic import Field

from gradx.base.part import short_form
from gradx.tasks.adding import Adding
from gradx.tasks.base import Image, Sequence, Source, Task
from gradx.tasks.cifar10 import CIFAR10
from gradx.tasks.copying import Copying
from gradx.tasks.digits import Digits
from gradx.tasks.first_word import FirstWord
from gradx.tasks.latch import Latch
from gradx.tasks.mnist import MNIST
from gradx.tasks.noise import Noise
from gradx.tasks.pixel_digits import PixelDigits
from gradx.tasks.temporal_order import TemporalOrder
from gradx.tasks.text import Text
from gradx.tasks.translation import Translation

AnyTask = Annotated[
    Adding
    | CIFAR10
    | Copying
    | Digits
    | FirstWord
    | Latch
    | MNIST
    | Noise
    | PixelDigits
    | TemporalOrder
    | Text
    | Translation,
    Field(discriminator="kind"),
    short_form,
]

__all__ = [
    "CIFAR10",
    "MNIST",
    "Adding",
    "AnyTask",
    "Copying",
    "Digits",
    "FirstWord",
    "Image",
    "Latch",
    "Noise",
    "PixelDigits",
    "Sequence",
    "Source",
    "Task",
    "TemporalOrder",
    "Text",
    "Translation",
]
