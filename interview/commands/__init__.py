"""The commands of `legwise`, a group in a file: what each takes, and what it does."""
