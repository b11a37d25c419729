"""The command `fairlead`: runs both services on this machine, and looks after them."""
