"""What a service offers, told as an OpenAPI document: https://spec.openapis.org/oas/v3.1.1.html.

Only who is asked for the document reads these modules: a service that is not should not pay for them.
"""
