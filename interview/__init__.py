"""Legwise at a terminal: prompts, reports and the command line."""
