"""losskit against its real peers: every loss that both have, run on the same numbers. `make parity` runs it."""
