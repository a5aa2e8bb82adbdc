"""The configuration of a proof is the person's own, and leads nowhere."""

from __future__ import annotations

import re
from pathlib import Path

from tests.proof.conftest import SECRET, Home
from tests.proof.test_recording import Chat, Crm, People
from upscale_connect.config import Config, PluginOptions, load_config
from upscale_connect.engine.connect import compile_mapping
from upscale_connect.proof.configuration import FILE, write_configuration

URL = "http://127.0.0.1:9/api/v2"


def rewrite(home: Home, config: Config, folder: Path) -> Config:
    folder.mkdir()
    keys = {name: f"made-up-{name}" for name in config.accounts}
    write_configuration(config, home.record(config), folder, URL, keys)
    return load_config(folder / FILE, environ={})


def test_everything_that_decides_stays(home: Home, tmp_path: Path) -> None:
    config = home.write(
        messages="[connection_request, {first_follow_up: {when: {column: Note, not_equals: 'yes'}}}]",
        more="    limits: {messages_per_run: 7, max_in_doubt: 2}\n    hygiene: {titles: off}\n",
    )
    new = rewrite(home, config, tmp_path / "proof")
    before, after = config.syncs["spring"], new.syncs["spring"]
    assert compile_mapping(after).fingerprint == compile_mapping(before).fingerprint
    assert (after.customer, after.campaign, after.messages, after.limits, after.account) == (
        (before.customer, before.campaign, before.messages, before.limits, before.account)
    )
    assert new.accounts["main"].batch_size == 2


def test_nothing_leads_out_of_the_folder(home: Home, tmp_path: Path) -> None:
    home.offer(People, Crm, Chat)
    config = home.write(sinks="{back: source, crm: {plugin: crm}, talk: {plugin: chat}}")
    folder = tmp_path / "proof"
    new = rewrite(home, config, folder)
    account, sync = new.accounts["main"], new.syncs["spring"]
    assert (account.base_url, account.callback_url, account.api_key.get_secret_value()) == (URL, None, "made-up-main")
    assert (new.notify, new.ledger.path.parent) == (None, folder)
    assert sync.request.extra == {}
    assert sync.source.plugin == "proof"
    named = {name: one.plugin if isinstance(one, PluginOptions) else one for name, one in sync.sinks.items()}
    assert named == {"back": "source", "crm": "proof-sink", "talk": "proof-notes"}
    for path in folder.iterdir():
        text = path.read_text(encoding="utf-8")
        assert SECRET not in text
        assert not re.search(r"hooks\.example|upscaleoutreach|leads\.csv\"?}", text)


def test_syncs_of_clients_keep_their_names(home: Home, tmp_path: Path) -> None:
    home.write()
    text = (home.folder / "upscale-connect.yaml").read_text(encoding="utf-8")
    sync = text.partition("    account: main\n")[2].replace("path: leads.csv", "path: leads.csv, output: theirs.csv")
    client = f"client: spring\naccount: {{api_key: other-key}}\nsyncs:\n  spring:\n{sync}"
    (home.folder / "client.yaml").write_text(client, encoding="utf-8")
    (home.folder / "upscale-connect.yaml").write_text(f"{text}include: [client.yaml]\n", encoding="utf-8")
    config = load_config(home.folder / "upscale-connect.yaml", environ={})
    new = rewrite(home, config, tmp_path / "proof")
    assert {name: sync.account for name, sync in new.syncs.items()} == {"spring": "main", "spring/spring": "spring"}
    assert new.accounts["spring"].api_key.get_secret_value() == "made-up-spring"
    assert new.syncs["spring"].source.options != new.syncs["spring/spring"].source.options
