"""The record's doors for programs."""
