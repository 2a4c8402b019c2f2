"""The public functions behind the commands."""

from gradx.api.load import load as load
from gradx.api.parts import explain as explain
from gradx.api.parts import families as families
from gradx.api.parts import schema as schema
from gradx.api.placement import Placement as Placement
from gradx.api.run import Run as Run
from gradx.api.run import check as check
from gradx.api.run import run as run
from gradx.api.sweep import Planned as Planned
from gradx.api.sweep import Sweep as Sweep
from gradx.api.sweep import planned as planned
from gradx.api.sweep import sweep as sweep
