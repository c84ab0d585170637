"""From the solver's floats to whole tickets, decided again in exact decimals."""
