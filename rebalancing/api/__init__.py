"""The pipeline's doors for programs."""
