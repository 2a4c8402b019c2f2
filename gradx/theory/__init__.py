"""What theory says of gradients: pure functions; nothing random, nothing trained."""
