"""Scan runs and one reading for each household, also where nothing was done."""
