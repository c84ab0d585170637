"""Work is announced after the commit, and the broker may be away."""
