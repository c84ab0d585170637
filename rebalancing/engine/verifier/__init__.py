"""The checks behind ``verification.verify``: each reads the two documents, and nothing of how the plan was made."""
