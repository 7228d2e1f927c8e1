"""A report as a screen, plain text, Markdown, JSON, or a sheet for the doctor."""
