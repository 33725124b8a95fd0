"""Whatever a file holds, loading gives a result and never raises."""

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from reconciler.kinds import KINDS
from reconciler.manifests import load, read_config
from tests.manifests.faults import CORP, CORPS, URL, VARIABLES, server
from tests.manifests.test_config import FULL
from tests.support.steady import STEADY, many

FUZZ = settings(STEADY, max_examples=many(40), suppress_health_check=[HealthCheck.function_scoped_fixture])
GOOD = (
    server(URL, CORPS, "displayName: Jira", "requires: [xaa]", metadata="{name: a, labels: {team: b}}") + FULL
).encode()


@st.composite
def damaged(draw: st.DrawFn, whole: bytes) -> bytes:
    """A good file with a few bytes taken out, put in, or written twice."""
    for _ in range(draw(st.integers(1, 6))):
        start = draw(st.integers(0, len(whole)))
        end = draw(st.integers(start, min(len(whole), start + 12)))
        put = draw(
            st.binary(max_size=3)
            | st.sampled_from([b": ", b"- ", b"[", b"{", b"\n", b"~", b"&a", b"*a", whole[start:end] * 2])
        )
        whole = whole[:start] + put + whole[end:]
    return whole


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.text("ab:/.${}", max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from([*"abc", "type", "okta", "name", "spec", "oauth", "rules", "scopes"]), inner, max_size=4
        )
    ),
    max_leaves=10,
)


def load_bytes(project, data: bytes):
    root = project({"registry.d/a.yaml": data, "reconciler.yaml": data})
    read_config(root)
    return load(root, ["registry.d"], VARIABLES, KINDS)


@FUZZ
@given(data=st.binary(max_size=200))
def test_random_bytes_never_raise(data: bytes, project):
    assert load_bytes(project, data).diagnostics


@FUZZ
@given(data=damaged(GOOD))
def test_damaged_documents_never_raise(data: bytes, project):
    load_bytes(project, data)


@FUZZ
@given(spec=VALUES, metadata=VALUES, kind=st.sampled_from(["McpServer", "AuthorizationServer", "Other"]))
def test_documents_of_any_shape_never_raise(spec, metadata, kind: str, project):
    head = {"apiVersion": "reconciler/v1", "kind": kind, "metadata": metadata, "spec": spec}
    text = "{" + ", ".join(f"{key}: {as_yaml(value)}" for key, value in head.items()) + "}\n" + CORP
    assert load_bytes(project, text.encode()).diagnostics


def as_yaml(value) -> str:
    """A value in braces and quotes."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"'{key}': {as_yaml(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(as_yaml, value)) + "]"
    return f"'{value}'" if isinstance(value, str) else {None: "~", True: "true", False: "false"}.get(value, str(value))
