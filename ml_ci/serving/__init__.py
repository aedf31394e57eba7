"""The HTTP server on ONNX Runtime: session, protocol, app. No torch."""
