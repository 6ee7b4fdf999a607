"""Files of items: declaration, signed uploads, verification of what was uploaded, and removal."""
