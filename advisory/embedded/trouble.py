"""Errors of the servers we start, each as one sentence."""

from __future__ import annotations


class Trouble(Exception):
    """A server or folder cannot be used; the text says which, why, and how to fix it."""
