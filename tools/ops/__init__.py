"""Work on a deployed stage: guard a deployment, redrive events, recover data."""
