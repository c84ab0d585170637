"""What may go wrong with the servers we start, said in one sentence each."""

from __future__ import annotations


class Trouble(Exception):
    """A server or folder cannot be used; the text says which, why, and the way out."""
