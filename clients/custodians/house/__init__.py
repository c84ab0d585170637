"""The house format: Evenkeel's own files."""
