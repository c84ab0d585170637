"""A made-up advisory firm: people, markets, households and the files that custodians would have sent.

Everything grows from a seed and a market day. Nothing here is real, and every name is meant to show it:
surnames nobody bears, tickers that begin with ZZ, tax numbers that are never issued.
"""
