"""Measurements of the program against real material; nothing here is shipped."""
