"""gradx: reproduce vanishing and exploding gradients, measure them right, say why a network does not train."""

__version__ = "0.1.0"
