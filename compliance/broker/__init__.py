"""Notifying workers after the commit, also while the broker is unavailable."""
