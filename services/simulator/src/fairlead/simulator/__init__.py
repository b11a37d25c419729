"""A provider on loopback that speaks real HTTP: scripted answers, and faults on demand."""
