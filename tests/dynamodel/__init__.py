"""The modelling package, on moto and on MiniStack."""
