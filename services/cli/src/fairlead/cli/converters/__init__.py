"""Configurations of other programs made into ours: a file for each program, values in and values out."""
