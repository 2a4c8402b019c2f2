"""The views of a report: pure functions from the runs to sections of charts and tables."""

from gradx.reporting.elements import Section
from gradx.reporting.runs.material import Material
from gradx.reporting.views import against, claims, effects, experiments, maps, points, profiles, single, training

VIEWS = (experiments, against, effects, claims, maps, profiles, training, single, points)
"""In the order of the page; a new one is a file with `sections` and a place here."""


def sections(material: Material) -> list[Section]:
    """What the views have to say of the runs. Raises ResultsError where a trace cannot be read."""
    return [section for view in VIEWS for section in view.sections(material)]
