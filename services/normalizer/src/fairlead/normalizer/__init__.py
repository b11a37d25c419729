"""Gets a request to its provider, in the provider's dialect and with its credential, and brings the answer back."""
