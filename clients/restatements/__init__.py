"""Restatements: what custodians say otherwise than they said before, kept beside what it changes."""
