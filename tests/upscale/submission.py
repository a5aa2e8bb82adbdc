"""A request that is submitted once and fails."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from upscale_connect.errors import ApiError
from upscale_connect.upscale import UpscaleClient

if TYPE_CHECKING:
    from tests.upscale.conftest import FaultServer

    MakeClient = Callable[..., UpscaleClient]

BODY = b"{}"


def error_of(server: FaultServer, make_client: MakeClient, **options: object) -> ApiError:
    client = make_client(server, **options)
    with pytest.raises(ApiError) as caught:
        client.submit(BODY)
    assert server.posts == 1
    assert server.connections == 1
    return caught.value
