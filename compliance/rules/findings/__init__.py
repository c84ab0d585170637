"""What a rule says about itself and about a proposal, how serious it is, and how figures read in its sentences."""
