"""Investment policy statements and the models they follow."""
