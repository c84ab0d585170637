"""One text and one digest for each frozen value."""
