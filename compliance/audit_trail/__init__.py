"""The chained audit trail, its checkpoints, its seals and the privileges that protect it."""
