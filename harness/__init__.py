"""Load testing and conformance for the Live Capture API: every session judged against the document."""

__version__ = "0.1.0"
