"""The firm's own people: roles, sign-in and its limits."""
