"""What the story of a season is told with: a market that falls and recovers, and a family for each trigger and each reason to wait."""
