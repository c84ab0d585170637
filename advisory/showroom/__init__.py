"""The demonstration firm and the style guide."""
