"""The lists of the pipeline, each on the kit of `compliance.lists`."""
