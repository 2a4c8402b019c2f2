"""Static figures, for papers and for pages without scripts: charts as matplotlib figures, and figures as files.

Import it late: it imports matplotlib.
"""

from gradx.reporting.drawing.files import FORMATS, rendered, save
from gradx.reporting.drawing.panel import figure

__all__ = ["FORMATS", "figure", "rendered", "save"]
