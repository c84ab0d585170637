"""FIX 4.4: sessions with brokers, what waits to be sent, what was received, and messages as values."""
