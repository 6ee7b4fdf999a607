"""Files of items: buckets, verification and removal. A service whose resources declare none has none of it."""
