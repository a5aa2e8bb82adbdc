"""`python -m upscale_connect`."""

from .cli import main

main()
