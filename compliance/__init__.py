"""Safeguards: the rule book, the review desk and the audit trail."""
