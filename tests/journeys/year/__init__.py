"""What the story of a year is told with: a market, custodians who keep their own books, a firm with doors, and the chapters."""
