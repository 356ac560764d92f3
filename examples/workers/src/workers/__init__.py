"""Functions of a subprocess, called from here."""
