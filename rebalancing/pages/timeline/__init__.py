"""What happened with a household day by day, and above all what did not: the timeline, its strip, and the page of a day."""
