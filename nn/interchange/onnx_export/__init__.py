"""Models as ONNX files: run once on symbols, compared with other runs, and translated."""
