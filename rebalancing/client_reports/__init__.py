"""Client summaries and letters, written from codes and figures."""
