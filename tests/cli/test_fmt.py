"""`reconciler fmt`: what it changes, what it leaves alone, and how it ends."""

from tests.cli.conftest import manifest

UGLY = manifest().replace("displayName: Tools", "displayName:   Tools   # what agents see").replace("\n", "\r\n")


def test_a_file_is_laid_out_once_and_then_never_again(shop):
    path = shop.write(UGLY)
    said = shop("fmt")
    assert (said.code, said.out.splitlines()[0]) == (0, "Changed registry.d/manifest.yaml.")
    assert "displayName: Tools     # what agents see\n" in path.read_text()
    assert b"\r" not in path.read_bytes()
    assert shop("fmt", "--check").code == 0


def test_check_changes_nothing_and_diff_shows_what_would(shop):
    path = shop.write(UGLY)
    said = shop("fmt", "--check", "--diff")
    assert said.code == 2
    assert "+  displayName: Tools     # what agents see" in said.out
    assert path.read_bytes() == UGLY.encode()


def test_only_the_named_files_are_laid_out(shop):
    shop.write(UGLY)
    other = shop.write(UGLY, "other.yaml")
    assert shop("fmt", "registry.d/other.yaml").code == 0
    assert b"\r" not in other.read_bytes()
    assert shop("fmt", "--check", "--format", "json").json["changed"] == ["registry.d/manifest.yaml"]


def test_a_file_that_is_no_yaml_is_told_with_its_place_and_the_others_are_laid_out(shop):
    good, bad = shop.write(UGLY), shop.write("a: [1, 2\n", "bad.yaml")
    said = shop("fmt")
    assert said.code == 3
    assert "registry.d/bad.yaml:" in said.err
    assert bad.read_text() == "a: [1, 2\n"
    assert b"\r" not in good.read_bytes()


def test_names_that_lead_out_of_the_project_or_nowhere_are_refused(shop):
    assert shop("fmt", "../other.yaml").code == 64
    assert shop("fmt", "registry.d/nothing.yaml").code == 64


def test_a_link_out_of_the_project_is_not_written_through(shop, tmp_path_factory):
    outside = tmp_path_factory.mktemp("outside") / "victim.yaml"
    outside.write_text("a:   1\n")
    (shop.root / "registry.d" / "link.yaml").symlink_to(outside)
    assert shop("fmt").code == 3
    assert outside.read_text() == "a:   1\n"
