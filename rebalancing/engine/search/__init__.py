"""How the model is solved: the linear solver, branch and bound, integer hand-over, pruning."""
