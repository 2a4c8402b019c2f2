"""Data that ships with gradx; README.md here names source, creators and licence of each file."""
