"""Backpropagation one edge at a time: a debugger, its sentences, and their data for a page."""
