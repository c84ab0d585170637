"""The canonical text and the digest of a frozen value."""
