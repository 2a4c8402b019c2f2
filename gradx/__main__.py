"""`python -m gradx`."""

from gradx.cli import main

main()
