"""Proves that every setting is documented, read from the environment and the file, and refused with a clear word."""

from pathlib import Path

import pytest

from weiji.settings import Settings, SettingsError, load

REFERENCE = Path(__file__).parents[2] / "docs" / "reference" / "settings.md"


@pytest.mark.parametrize("name", Settings.__struct_fields__)
def test_a_setting_is_documented(name: str) -> None:
    assert f"`WEIJI_{name.upper()}`" in REFERENCE.read_text("utf-8")


def test_the_environment_wins_over_the_file(tmp_path: Path) -> None:
    file = tmp_path / "weiji.toml"
    file.write_text('port = 9000\nhost = "0.0.0.0"\n', "utf-8")
    found = load({"WEIJI_SETTINGS": str(file), "WEIJI_PORT": "9001"})
    assert (found.port, found.host) == (9001, "0.0.0.0")  # noqa: S104
    assert load({"WEIJI_SETTINGS": str(file), "WEIJI_PORT": "9001"}, port=9002).port == 9002


@pytest.mark.parametrize(("name", "text"), [("PORT", "many"), ("PORT", "0"), ("MODE", "fun"), ("METRICS", "maybe")])
def test_nonsense_is_refused_by_its_name(name: str, text: str) -> None:
    with pytest.raises(SettingsError, match=name.lower()):
        load({f"WEIJI_{name}": text})


def test_a_file_that_is_not_there_is_named() -> None:
    with pytest.raises(SettingsError, match=r"nowhere\.toml"):
        load({"WEIJI_SETTINGS": "nowhere.toml"})
