"""Legwise as a library: load a rule base, give it answers, read and explain the verdict."""
