"""What `python -m benchmarks` runs."""

from benchmarks.run import main

main()
