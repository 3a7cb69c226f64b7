"""The textbook picture of a network: columns of neurons, one line per weight."""
