"""Static figures, for papers and for pages without scripts: charts as matplotlib figures, and figures as files.

Import it late: it imports matplotlib.
"""

from gradx.reporting.drawing.files import rendered
from gradx.reporting.drawing.panel import figure

__all__ = ["figure", "rendered"]
