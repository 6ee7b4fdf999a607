"""Run the template on this machine: install the tools, start the emulator, deploy, print the URL."""
