"""Open Financial Exchange."""
