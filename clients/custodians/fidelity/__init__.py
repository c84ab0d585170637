"""Fidelity's files."""
