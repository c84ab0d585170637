"""A broker on this machine that trades on paper: it speaks FIX 4.4 and fills from the prices on record."""
