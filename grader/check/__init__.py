"""From values to reasons: compare, find the mistake, say it. Pure functions only."""
