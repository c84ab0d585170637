"""The parts of the synthetic firm: what may be held, and what is."""
