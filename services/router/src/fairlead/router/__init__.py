"""Decides where each request of a coding agent goes, and who is next if that fails."""
