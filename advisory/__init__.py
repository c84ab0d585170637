"""The wiring: settings, URLs, jobs, sign-in, and the firm's people."""
