"""Proposals, their revisions and frontiers, and what binds them to the record."""
