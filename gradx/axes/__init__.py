"""The block `sweep:` of a spec: which values are tried at which paths, and the points that they make.

    sweep:
      grid: {init.gain: [0.8, 1.0], seed: {range: [0, 5]}}                      each value with each other
      zip:  {depth: [2, 4, 8], width: [64, 32, 16]}                             the first with the first ...
      list: [{activation: tanh, init: xavier_normal}, {activation: relu}]       points written out

A block with several of these is their product: `grid` outermost, then `zip`, then `list`, the last axis fastest. A list
of blocks is all their points, one block after another. The forms that an axis may take are in `gradx.axes.forms`.
"""

from gradx.axes.assignments import override as override
from gradx.axes.control import NoControlError as NoControlError
from gradx.axes.control import control as control
from gradx.axes.control import with_control as with_control
from gradx.axes.points import Axes as Axes
from gradx.axes.points import Point as Point
from gradx.axes.points import located as located
from gradx.axes.reading import read as read
from gradx.axes.schema import SCHEMA as SCHEMA
