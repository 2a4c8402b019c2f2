"""A user's own `torch.nn.Module` as an architecture: what `custom` is made of.

`target` imports and builds it, `blueprint` finds out about it by calling it on zeros, `watched` is what its layers give
during a call, `model` is the architecture, `side_by_side` goes back through all its members.
"""

from gradx.models.foreign.model import Foreign as Foreign
