"""What `make bench` measures: a file for each kind of work, one for each peer, and how rows are measured and shown."""
