"""Proves that every setting is documented, read from the environment and the file, and refused with a clear word."""

from pathlib import Path

import pytest

from weiji.settings import Settings, SettingsError, load, unknown

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


@pytest.mark.parametrize(
    ("name", "text", "right"),
    [
        ("PORT", "many", "a whole number from 1 to 65535, not many"),
        ("PORT", "0", "a whole number from 1 to 65535, not 0"),
        ("MODE", "fun", "demo or live or sandbox, not fun"),
        ("METRICS", "maybe", "true or false, not maybe"),
        ("LANES", "3", "a power of two"),
        ("URL", "shop.example", "https://shop.example"),
        ("SANDBOX_URL", "https://shop.example/sandbox", "https://shop.example"),
        ("SECRET", "aGVsbG8=", "32 bytes in base64"),
    ],
)
def test_nonsense_is_refused_by_its_name_and_with_what_would_be_right(name: str, text: str, right: str) -> None:
    with pytest.raises(SettingsError) as refused:
        load({f"WEIJI_{name}": text})
    assert f"WEIJI_{name} must be " in str(refused.value)
    assert right in str(refused.value)


def test_a_stroke_behind_an_address_is_none_of_the_paths_that_come_behind_it() -> None:
    assert load({"WEIJI_URL": "https://shop.example/"}).url == "https://shop.example"


def test_a_secret_that_is_refused_is_not_repeated() -> None:
    with pytest.raises(SettingsError) as refused:
        load({"WEIJI_SECRET": "c2VjcmV0"})
    assert "c2VjcmV0" not in str(refused.value)


def test_a_misspelt_setting_is_named_with_the_one_that_was_meant(tmp_path: Path) -> None:
    assert unknown({"WEIJI_PROT": "8801", "WEIJI_SETTINGS": "x", "WEIJI_PORT": "8800", "HOME": "/"}) == [
        "there is no setting WEIJI_PROT (did you mean WEIJI_PORT?)"
    ]
    file = tmp_path / "weiji.toml"
    file.write_text("prot = 8801\n", "utf-8")
    with pytest.raises(SettingsError, match=r"prot \(did you mean port\?\)"):
        load({"WEIJI_SETTINGS": str(file)})


def test_a_file_that_is_not_there_is_named() -> None:
    with pytest.raises(SettingsError, match=r"nowhere\.toml"):
        load({"WEIJI_SETTINGS": "nowhere.toml"})
