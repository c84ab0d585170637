"""The checks behind ``verifying.verify``: each reads the two documents, and nothing of how the plan was made."""
