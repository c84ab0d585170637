"""Facts that are entered row by row, changed by replacing a row, and ended with a reason."""
