"""The days after the demonstration firm was built: each market day drawn from its seed, replayed the same on every machine."""
