"""The two documents, household and plan: their shape, their checks, their text."""
