"""The `probe:` block of reconciler.yaml: what may be asked besides public addresses."""

import pytest

from reconciler.manifests import ProbeSettings, read_config

FULL = """\
probe:
  allowLoopback: true
  allowPrivateRanges: [10.20.0.0/16, "fd00:1::/32", 192.168.1.7]
  allowPorts: [9443]
  allowHosts: [mcp.example.com, "*.example.net"]
  contact: https://example.com/mcp-team
  caFile: certificates/internal.pem
  cache: false
"""


def test_reads_every_setting(project) -> None:
    config, found = read_config(project({"reconciler.yaml": FULL}))
    assert found == ()
    assert config.probe == ProbeSettings(
        allow_loopback=True,
        allow_private_ranges=("10.20.0.0/16", "fd00:1::/32", "192.168.1.7"),
        allow_ports=(9443,),
        allow_hosts=("mcp.example.com", "*.example.net"),
        contact="https://example.com/mcp-team",
        ca_file="certificates/internal.pem",
        cache=False,
    )


def test_without_the_block_only_the_public_internet_may_be_asked(project) -> None:
    config, _ = read_config(project({"reconciler.yaml": "registry: [registry.d]\n"}))
    assert config.probe == ProbeSettings()
    assert (config.probe.allow_loopback, config.probe.allow_private_ranges, config.probe.allow_hosts) == (
        False,
        (),
        None,
    )


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("probe: {allowPrivateRanges: [10.1.2.3/8]}", "1:30 CNF007"),
        ("probe: {allowPrivateRanges: [intranet]}", "1:30 CNF007"),
        ("probe: {allowPorts: [0]}", "1:22 MAN009"),
        ("probe: {allowPorts: [65536]}", "1:22 MAN009"),
        ("probe: {allowHosts: []}", "1:21 MAN009"),
        ("probe: {allowHosts: ['*']}", "1:22 MAN008"),
        ("probe: {allowHosts: ['https://a.example']}", "1:22 MAN008"),
        ("probe: {contact: 'https://a.example/ b'}", "1:18 MAN008"),
        ('probe: {contact: "https://a.example/\\r\\nAuthorization: x"}', "1:18 MAN008"),
        ("probe: {contact: 'javascript:alert(1)'}", "1:18 MAN008"),
        ("probe: {caFile: ../ca.pem}", "1:17 CNF003"),
        ("probe: {allowLoopback: maybe}", "1:24 MAN006"),
        ("probe: {allowLoopbak: true}", "1:9 MAN005"),
        ("probe: {token: abc}", "1:9 CFG010"),
    ],
)
def test_names_each_fault_at_its_place(project, text: str, found: str) -> None:
    config, faults = read_config(project({"reconciler.yaml": text}))
    assert [f"{each.source.line}:{each.source.column} {each.code}" for each in faults if each.source] == [found]
    assert config.probe == ProbeSettings()
