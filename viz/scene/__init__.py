"""From a trace to plain data that a renderer only has to write down: view, layout, style."""
