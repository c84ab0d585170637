"""Slow, simple second opinions: each says the same law in another way, and shares no code with the engine."""
