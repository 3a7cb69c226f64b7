"""The demo: a gradient that vanishes in a deep network on real data, and one that does not."""
