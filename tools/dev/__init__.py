"""Work on this machine: install the tools, run the emulator, deploy to it."""
