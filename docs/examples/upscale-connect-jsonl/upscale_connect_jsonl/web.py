"""Messages to a web address: one PUT per lead."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from urllib.parse import quote

from pydantic import Field, HttpUrl, SecretStr

from upscale_connect import Delivery, Finding, PluginConfig, Sink, UnreachableError, WriteResult


class WebConfig(PluginConfig):
    url: HttpUrl = Field(description="Where a lead's messages are put to, followed by its key.")
    token: SecretStr = Field(description="What the server knows us by.")


class WebSink(Sink[WebConfig]):
    """PUTs the messages of a lead to `url/KEY`. A repeated PUT changes nothing, so this is repeatable."""

    name = "jsonl-web"
    config_model = WebConfig

    def write(self, deliveries: Iterable[Delivery]) -> Iterator[WriteResult]:
        for delivery in deliveries:
            yield self._put(delivery)
            if self.context.stop.is_set():
                return

    def check(self) -> Iterator[Finding]:
        if self.config.token.get_secret_value():
            yield Finding("ok", f"messages go to {self.config.url.host}")
        else:
            yield Finding("error", "the token is empty", "set the variable that `token:` names")

    def _put(self, delivery: Delivery) -> WriteResult:
        try:
            response = self.context.http.request(
                "PUT",
                f"{str(self.config.url).rstrip('/')}/{quote(delivery.key, safe='')}",
                json={
                    "receipt": delivery.receipt,
                    "linkedin": delivery.lead.linkedin_url,
                    "messages": {kind: message.text for kind, message in delivery.messages.items()},
                },
                headers={"Authorization": f"Bearer {self.config.token.get_secret_value()}"},
                repeatable=True,
            )
        except UnreachableError as error:
            return delivery.failed(error.message, retry=True)
        if response.ok:
            return delivery.written()
        if response.status_code == 409:
            return delivery.conflict("another person is stored there")
        retry = response.status_code == 429 or response.status_code >= 500
        return delivery.failed(f"the server answered {response.status_code}", retry=retry)
