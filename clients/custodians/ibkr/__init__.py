"""Interactive Brokers' Flex queries."""
