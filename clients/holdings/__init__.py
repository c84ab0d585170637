"""Positions, tax lots, realized gains and valuation."""
