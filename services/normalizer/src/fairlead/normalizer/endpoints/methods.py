"""The methods with which something is read: https://www.rfc-editor.org/rfc/rfc9110#section-9.1."""

from litestar import HttpMethod

READ = [HttpMethod.GET, HttpMethod.HEAD]
