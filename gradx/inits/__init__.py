"""The initializations; `AnyInit` is the one list of them."""

from typing import Annotated, get_args

from pydantic import Field

from gradx.base.part import short_form
from gradx.inits.base import Init as Init
from gradx.inits.base import initialize as initialize
from gradx.inits.chrono import Chrono
from gradx.inits.constant import Constant
from gradx.inits.critical import Critical
from gradx.inits.delta_orthogonal import DeltaOrthogonal
from gradx.inits.fixup import FixupInit
from gradx.inits.identity import IdentityInit
from gradx.inits.kaiming_normal import KaimingNormal
from gradx.inits.kaiming_uniform import KaimingUniform
from gradx.inits.lecun_normal import LecunNormal
from gradx.inits.lsuv import LSUV
from gradx.inits.normal import Normal
from gradx.inits.orthogonal import Orthogonal
from gradx.inits.sparse import Sparse
from gradx.inits.torch_default import TorchDefault
from gradx.inits.uniform import Uniform
from gradx.inits.xavier_normal import XavierNormal
from gradx.inits.xavier_uniform import XavierUniform

AnyInit = Annotated[
    Chrono
    | Constant
    | Critical
    | DeltaOrthogonal
    | FixupInit
    | IdentityInit
    | KaimingNormal
    | KaimingUniform
    | LSUV
    | LecunNormal
    | Normal
    | Orthogonal
    | Sparse
    | TorchDefault
    | Uniform
    | XavierNormal
    | XavierUniform,
    Field(discriminator="kind"),
    short_form,
]

for _part in get_args(get_args(AnyInit)[0]):  # `recurrent: AnyInit` could not be known before
    _part.model_rebuild(_types_namespace={"AnyInit": AnyInit})
