"""The public functions behind the commands."""

from gradx.api.parts import explain as explain
from gradx.api.parts import families as families
from gradx.api.parts import schema as schema
from gradx.api.placement import Placement as Placement
from gradx.api.placement import pairs as pairs
from gradx.api.results import chosen as chosen
from gradx.api.results import compact as compact
from gradx.api.results import load as load
from gradx.api.results import remove as remove
from gradx.api.runs import Run as Run
from gradx.api.runs import check as check
from gradx.api.runs import run as run
from gradx.api.sweeps import Planned as Planned
from gradx.api.sweeps import Sweep as Sweep
from gradx.api.sweeps import planned as planned
from gradx.api.sweeps import sweep as sweep
