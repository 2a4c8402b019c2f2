"""What theory says of gradients: pure functions; nothing random, nothing trained.

quadrature  expectations under a Gaussian
meanfield   wide random networks: variance of the signal, growth of the gradient, the line between order and chaos
"""
