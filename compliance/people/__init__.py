"""Who acts: roles, actors, and what a person is to the safeguards."""
