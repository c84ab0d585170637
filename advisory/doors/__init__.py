"""The doors of the firm's own affairs, a file for each noun."""
