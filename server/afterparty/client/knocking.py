"""A request to a server of several doors: asked where it was last, else elsewhere.

Nothing is asked twice that may have been done.
"""

from collections.abc import Mapping

import httpx

from afterparty.client.doors import Doors


async def knock(
    http: httpx.AsyncClient,
    doors: Doors,
    method: str,
    path: str,
    content: Mapping[str, object] | None,
) -> httpx.Response:
    """The answer of the present door, or of the first other one that takes the request up.

    Whoever asks again after no answer asks elsewhere. Raises `httpx.HTTPError`.
    """
    failed: httpx.ConnectError | None = None
    addresses = doors.round(gone=False)
    for address in addresses:
        try:
            answer = await http.request(method, address + path, json=content)
        except httpx.ConnectError as error:  # nobody has heard it
            failed = failed or error
        except httpx.TransportError:
            doors.at = addresses[-1]
            raise
        else:
            doors.at = address
            return answer
    raise failed or httpx.ConnectError("There is no door.")
