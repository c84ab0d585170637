"""The firm's people: roles, sign-in and its limits."""
