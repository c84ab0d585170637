"""Positions, tax lots, realized gains and what they are worth."""
