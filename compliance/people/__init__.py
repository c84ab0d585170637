"""Who acts: roles, actors, and what this floor needs to know about a person."""
