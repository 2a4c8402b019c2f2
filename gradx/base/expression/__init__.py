"""Expressions over the columns of runs: parsed, checked against a short list, never evaluated by Python.

growth.time < 0.7 and verdict.time == 'vanishing'       a claim about one run: `problem`, `holds`
depth >= 20 and activation == tanh                      a filter: `filter_problem`, `unknown_columns`, `matches`
share(solved) >= 0.8 and median(growth.time) < 0.7      a claim about many runs: `sweep_problem`, `judge`
"""

from gradx.base.expression.aggregates import AGGREGATES as AGGREGATES
from gradx.base.expression.aggregates import Judgement as Judgement
from gradx.base.expression.aggregates import judge as judge
from gradx.base.expression.aggregates import sweep_problem as sweep_problem
from gradx.base.expression.filters import columns_in as columns_in
from gradx.base.expression.filters import filter_problem as filter_problem
from gradx.base.expression.filters import matches as matches
from gradx.base.expression.filters import picks as picks
from gradx.base.expression.filters import unknown_columns as unknown_columns
from gradx.base.expression.language import NAMES as NAMES
from gradx.base.expression.language import UnavailableError as UnavailableError
from gradx.base.expression.language import suggestion as suggestion
from gradx.base.expression.single import holds as holds
from gradx.base.expression.single import problem as problem
