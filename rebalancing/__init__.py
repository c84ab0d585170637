"""The pipeline: scan, propose, release, fill, reconcile, summarise, learn."""
