"""Two resources to write to: one whose writes are single conditional ones, and one whose writes are transactions."""
