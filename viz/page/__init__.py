"""The interactive page: one file that needs no network, in which the graph can be explored."""
