"""Proves that what is sealed opens where it belongs and nowhere else, and that the master key is made once and kept."""

import base64
import stat
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from weiji.kit.ids import new_id
from weiji.kit.seal import HEAD_MAX, ID_BYTES, OVERHEAD, Keys, MasterKeyError, Source, Unsealable, new_master_key

COLUMN = "identity.people:phone"


def _keys(filled_with: int = 1) -> Keys:
    keys = Keys()
    keys.use(bytes([filled_with]) * 32)
    return keys


@given(st.text(max_size=200))
def test_what_is_sealed_is_read_back(text: str) -> None:
    keys, id = _keys(), new_id()
    sealed = keys.seal(text, COLUMN, id)
    assert keys.unseal(sealed, COLUMN, id) == text
    assert len(sealed) == OVERHEAD + len(text.encode())


def test_equal_texts_are_sealed_differently() -> None:
    keys, id = _keys(), new_id()
    assert keys.seal("+8613800138000", COLUMN, id) != keys.seal("+8613800138000", COLUMN, id)


def test_nothing_opens_in_another_row_or_column_or_with_another_key() -> None:
    keys, id = _keys(), new_id()
    sealed = keys.seal("+8613800138000", COLUMN, id)
    for other, column, row in ((keys, COLUMN, new_id()), (keys, "identity.people:name", id), (_keys(2), COLUMN, id)):
        with pytest.raises(Unsealable):
            other.unseal(sealed, column, row)


@given(st.data())
def test_nothing_opens_after_one_bit_was_turned(data: st.DataObject) -> None:
    _turn_a_bit(_keys(), data)


def _turn_a_bit(keys: Keys, data: st.DataObject) -> None:
    """Prove that what these keys sealed does not open any more."""
    id = new_id()
    sealed = bytearray(keys.seal("+8613800138000", COLUMN, id))
    bit = data.draw(st.integers(0, len(sealed) * 8 - 1))
    sealed[bit // 8] ^= 1 << bit % 8
    with pytest.raises(Unsealable):
        keys.unseal(bytes(sealed), COLUMN, id)


@given(st.binary(max_size=200))
def test_noise_does_not_open(noise: bytes) -> None:
    with pytest.raises(Unsealable):
        _keys().unseal(noise, COLUMN, new_id())


def _renewed(by: int = 2) -> Keys:
    """Give the keys of an installation whose first master key was replaced."""
    keys = Keys()
    keys.use(bytes([by]) * 32, root=bytes([1]) * 32)
    return keys


def test_a_value_says_which_master_key_opens_it() -> None:
    before, renewed, id = _keys(), _renewed(), new_id()
    old, new = (keys.seal("+8613800138000", COLUMN, id) for keys in (before, renewed))
    assert renewed.unseal(old, COLUMN, id) == renewed.unseal(new, COLUMN, id) == "+8613800138000"
    assert len(new) == len(old) + ID_BYTES
    with pytest.raises(Unsealable):
        before.unseal(new, COLUMN, id)
    again = Keys()
    again.use(bytes([3]) * 32, root=bytes([1]) * 32)
    with pytest.raises(Unsealable):
        again.unseal(new, COLUMN, id)
    again.use(bytes([3]) * 32, former=[bytes([2]) * 32], root=bytes([1]) * 32)
    assert again.unseal(new, COLUMN, id) == "+8613800138000"


@given(st.text(max_size=200), st.integers(2, 5))
def test_a_value_in_the_envelope_of_another_master_key_is_the_same_and_opens_with_that_alone(
    text: str, by: int
) -> None:
    renewed, id = _renewed(by), new_id()
    sealed = _keys().seal(text, COLUMN, id)
    head, other = renewed.rewrap(sealed[:HEAD_MAX], COLUMN, id)
    assert sealed.startswith(head)
    assert other.startswith(renewed.prefix)
    rewrapped = other + sealed[len(head) :]
    assert renewed.unseal(rewrapped, COLUMN, id) == text
    with pytest.raises(Unsealable):
        _keys().unseal(rewrapped, COLUMN, id)
    with pytest.raises(Unsealable):
        renewed.rewrap(sealed[:HEAD_MAX], COLUMN, new_id())


@given(st.data())
def test_nothing_opens_after_one_bit_was_turned_whichever_master_key_sealed_it(data: st.DataObject) -> None:
    _turn_a_bit(_renewed(), data)


def test_what_is_derived_stays_when_the_master_key_is_replaced() -> None:
    before, renewed = _keys(), _renewed()
    assert renewed.blind_index("+8613800138000", COLUMN) == before.blind_index("+8613800138000", COLUMN)
    assert renewed.pepper(b"secret", "a") == before.pepper(b"secret", "a")
    assert renewed.derive("twin.tickets") == before.derive("twin.tickets")
    assert renewed.mark != before.mark


def test_a_key_that_another_process_made_meanwhile_is_looked_for_once_it_is_met(tmp_path: Path) -> None:
    source, id = Source(data=tmp_path), new_id()
    (old,) = source.read(make=True)
    running = Keys()
    running.use(old, source=source)
    source.former_path.write_bytes(source.path.read_bytes())
    source.path.write_bytes(new_master_key())
    renewing = Keys()
    renewing.use(source.read()[0], former=source.read()[1:], root=old)
    assert running.unseal(renewing.seal("+8613800138000", COLUMN, id), COLUMN, id) == "+8613800138000"


def test_a_blind_index_is_equal_for_equal_texts_of_one_column_only() -> None:
    keys = _keys()
    index = keys.blind_index("+8613800138000", COLUMN)
    assert index == _keys().blind_index("+8613800138000", COLUMN)
    assert index != keys.blind_index("+8613800138001", COLUMN)
    assert index != keys.blind_index("+8613800138000", "identity.addresses:phone")
    assert index != _keys(2).blind_index("+8613800138000", COLUMN)


def test_keys_of_different_purposes_differ() -> None:
    keys = _keys()
    assert len({keys.derive("seal"), keys.derive("index:a"), keys.derive("pepper:a"), keys.pepper(b"", "a")}) == 4


def test_the_key_of_the_folder_is_made_once_and_for_its_owner_only(tmp_path: Path) -> None:
    first, second = Keys(), Keys()
    first.open(None, tmp_path)
    second.open(None, tmp_path)
    assert first.derive("seal") == second.derive("seal")
    file = tmp_path / "keys" / "master.key"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
    assert [each.name for each in file.parent.iterdir()] == ["master.key"]


def test_a_key_in_the_settings_wins_over_the_folder(tmp_path: Path) -> None:
    keys = Keys()
    keys.open(base64.b64encode(bytes([1]) * 32).decode(), tmp_path)
    assert keys.derive("seal") == _keys().derive("seal")
    assert not (tmp_path / "keys").exists()


@pytest.mark.parametrize("secret", ["short", base64.b64encode(b"16 bytes is half").decode(), "!" * 44])
def test_a_key_that_is_none_is_refused_and_says_why(secret: str, tmp_path: Path) -> None:
    with pytest.raises(MasterKeyError, match="master key"):
        Keys().open(secret, tmp_path)


def test_without_a_master_key_nothing_is_sealed() -> None:
    with pytest.raises(MasterKeyError):
        Keys().seal("text", COLUMN, new_id())
