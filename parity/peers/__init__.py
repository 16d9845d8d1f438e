"""One file a peer: its rows."""

from parity import operators  # noqa: F401 - several peers import torchvision
