"""What the pipeline's screens show: one frozen value per screen, each built in a known number of queries."""
