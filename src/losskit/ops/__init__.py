"""The vocabulary losses are written in: a graph, one table of derivative rules, and readers of the graph."""
