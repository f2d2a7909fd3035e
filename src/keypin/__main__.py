"""`python -m keypin` is `keypin`."""

from keypin.cli import main

main()
