"""A household's rows in the record, read into the engine's household document."""
