"""What the client reads: summaries and letters, from codes and figures."""
