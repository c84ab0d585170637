"""One line for every household and day: what a scan made of it, or why none read it. Pure values, and their facts."""
