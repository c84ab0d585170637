"""A fictional advisory firm: people, markets, households and the files that custodians would have sent.

Everything is generated from a seed and a market day. Nothing here is real, and the names show it: invented
surnames, tickers that begin with ZZ, tax numbers that are never issued.
"""
