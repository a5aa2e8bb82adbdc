"""Talk to the Upscale API without a configuration and without a ledger. This buys one message.

    UPSCALE_API_KEY=… python use_client.py

`UPSCALE_BASE_URL` is another address of the API, such as the one that `upscale-connect sandbox` prints.
"""

from __future__ import annotations

import os
import sys
import time

from upscale_connect import ApiError, GenerationRequest, InDoubtError, Lead, RequestDescription, UpscaleClient

BASE_URL = "https://app.upscaleoutreach.com/api/v2"

REQUEST = GenerationRequest(
    callback_url="https://callback.invalid/nobody-listens",
    customer="customer_12345",
    campaign="campaign_67890",
    description=RequestDescription("Acme Corporation", "https://www.acmecorp.com", tone_preference="formal"),
    message_types=("connection_request",),
    leads=[
        Lead(
            lead_id="lead_1",
            linkedin_url="https://www.linkedin.com/in/invented-person",
            linkedin_key="invented-person",
            company="Invented Company",
            first_name="Ada",
            last_name="Invented",
            website_url="https://www.example.com",
        )
    ],
)


def main(pause: float = 20, tries: int = 90) -> int:
    base_url = os.environ.get("UPSCALE_BASE_URL", BASE_URL)
    try:
        with UpscaleClient(os.environ["UPSCALE_API_KEY"], base_url=base_url) as client:
            request_id = client.request_message_generation(REQUEST)
            print(f"accepted as {request_id}: keep this id, nothing else leads to what was paid for")
            for _ in range(tries):
                time.sleep(pause)
                for lead in client.retrieve_messages(request_id).leads:
                    for kind, text in lead.messages.items():
                        print(f"{lead.lead_id}, {kind}: {text}")
                        return 0
    except InDoubtError as error:
        print(f"Perhaps paid, so do not send it again: {error.message}", file=sys.stderr)
        return error.exit_code
    except ApiError as error:
        print(f"{error.message}\n{error.hint}", file=sys.stderr)
        return error.exit_code
    print("no message yet: fetch it later with the id above", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
