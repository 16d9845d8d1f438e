"""How PyTorch programs are observed, and what is checked in them."""
