"""Named axes for tensor types: `Float[Tensor, "member batch unit"]`; checked in tests, plain `Tensor` elsewhere."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from jaxtyping import Float as Float
else:
    try:
        from jaxtyping import Float
    except ImportError:  # jaxtyping is a development tool; users do without the check

        class Float:
            """Stands in for `jaxtyping.Float`: the subscript is the plain array type."""

            def __class_getitem__(cls, item: tuple[Any, str]) -> Any:
                return item[0]
