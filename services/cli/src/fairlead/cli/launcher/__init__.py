"""`./fairlead up`: both services on this machine, embedded, with a simulated provider where no real one can answer."""
