"""The pipeline: scan, propose, release, fill, reconcile, summarize, learn."""
