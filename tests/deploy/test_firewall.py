"""The firewall's file: the command that loads it reads it, and it lets in what the documents say."""

from __future__ import annotations

import json
import subprocess
from functools import cache
from pathlib import Path
from shutil import which

import pytest

from tests.portal import ROOT
from tests.programs import program

FILE = ROOT / "deploy" / "nftables.conf"
# A network of its own, where nobody else's firewall changes: as an ordinary person where the kernel lets one,
# or as root.
WAYS = (
    ("unshare", "--user", "--map-root-user", "--net"),
    ("unshare", "--net"),
    ("sudo", "-n", "unshare", "--net"),
)


@cache
def _alone() -> tuple[str, ...]:
    for way in WAYS:
        tried = [*way, program("nft"), "list", "ruleset"]
        if which(way[0]) and subprocess.run(tried, capture_output=True).returncode == 0:
            return way
    pytest.fail("No network of its own can be made here to try the firewall in.", pytrace=False)


def _nft(*words: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*_alone(), program("nft"), *words], capture_output=True, text=True)


def test_what_comes_in_is_what_the_documents_say() -> None:
    script = f"{program('nft')} -f {FILE} && {program('nft')} -j list ruleset"
    done = subprocess.run([*_alone(), "sh", "-c", script], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    rules = json.loads(done.stdout)["nftables"]
    chains = {each["chain"]["name"]: each["chain"]["policy"] for each in rules if "chain" in each}
    assert chains == {"incoming": "drop", "forwarded": "drop"}
    accepted = [
        found["right"]
        for each in rules
        if "rule" in each
        for said in each["rule"]["expr"]
        if (found := said.get("match"))
        and found["left"] == {"payload": {"protocol": "tcp", "field": "dport"}}
    ]
    assert accepted == [22, {"set": [80, 443]}]
    assert '{"range": [32768, 60999]}' in json.dumps(rules)


def test_the_lines_for_turn_are_right_once_they_count(tmp_path: Path) -> None:
    text = FILE.read_text(encoding="utf-8")
    opened = tmp_path / "nftables.conf"
    opened.write_text(
        text.replace("# meta l4proto", "meta l4proto").replace("# tcp dport 5349", "tcp dport 5349")
    )
    assert opened.read_text() != text
    assert _nft("-c", "-f", opened).returncode == 0


@pytest.mark.parametrize("wrong", ["udp dport 32768-70000 accept", "tcp dprot 22 accept"])
def test_a_wrong_line_would_be_refused(tmp_path: Path, wrong: str) -> None:
    broken = tmp_path / "nftables.conf"
    broken.write_text(FILE.read_text(encoding="utf-8").replace("tcp dport 22 accept", wrong))
    assert _nft("-c", "-f", broken).returncode != 0
