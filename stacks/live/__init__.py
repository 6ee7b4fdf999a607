"""The WebSocket API of live changes, with its functions, queue and table."""
