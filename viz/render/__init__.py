"""From a laid-out scene to a file: SVG, HTML, DOT, PNG and PDF."""
