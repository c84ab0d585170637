"""The pipeline: scan, propose, review, release, report to clients."""
