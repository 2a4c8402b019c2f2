"""`members_per_chunk`: how many members train together best."""

from gradx.models import Dims
from gradx.spec import Experiment


def members_per_chunk(experiment: Experiment, dims: Dims) -> int:
    """How many members train together best."""
    return 64
