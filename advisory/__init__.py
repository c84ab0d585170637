"""The wiring: settings, addresses, jobs, sign-in, and the firm's own people."""
