"""Adapters: one module a family of areas, each with its `ADAPTERS` by area name. See `tests/spec/golden.py`."""
