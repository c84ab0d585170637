"""A plan read into the rule book's case."""
