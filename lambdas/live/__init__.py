"""Live changes over a WebSocket API: connections, subscriptions, a log of changes, and their delivery."""
