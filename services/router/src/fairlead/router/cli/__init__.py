"""The `fairlead` command: verbs for people, each a module and a row in the table of `__main__`."""
