"""What makes a map of two axes worth drawing."""

MOST_MAPS = 4  # one for each combination of the other axes
LEAST_FILLED = 0.5  # of the cells of a map: points drawn at random make none


def is_plane(rows: int, columns: int, filled: int) -> bool:
    """Whether there is something to see in both directions, and not mostly gaps."""
    return rows >= 2 and columns >= 2 and filled >= LEAST_FILLED * rows * columns
