"""Measures of a portfolio: bands, drift, destinations, cash, distributions, performance."""
