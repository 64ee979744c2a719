"""The command line: one module a family of commands; heavy imports inside the functions."""
