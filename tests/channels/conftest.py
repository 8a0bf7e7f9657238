"""What tests of channels may ask for."""

from collections.abc import Iterator

import pytest

from tests.channels.alipay_gateway import FakeAlipay
from tests.channels.direct_gateway import FakeDirect
from tests.channels.ecommerce_gateway import FakeEcommerce
from tests.channels.server import serving
from tests.channels.unionpay_gateway import FakeUnionPay
from tests.channels.wechat_gateway import FakeWechat
from weiji.kit.seal import KEYS


@pytest.fixture(autouse=True, scope="session")
def _keys() -> None:
    """Open a master key that only tests have."""
    KEYS.use(bytes(range(32)))


@pytest.fixture
def alipay() -> Iterator[FakeAlipay]:
    """A fake of Alipay's gateway, in public-key mode, at `url`."""
    fake = FakeAlipay()
    with serving(fake) as fake.url:
        yield fake


@pytest.fixture
def certified_alipay() -> Iterator[FakeAlipay]:
    """A fake of Alipay's gateway, in certificate mode, at `url`."""
    fake = FakeAlipay(is_by_certificate=True)
    with serving(fake) as fake.url:
        yield fake


@pytest.fixture
def wechat() -> Iterator[FakeWechat]:
    """A fake of WeChat Pay, in public-key mode, at `url`."""
    fake = FakeWechat()
    with serving(fake) as fake.url:
        yield fake


@pytest.fixture
def certified_wechat() -> Iterator[FakeWechat]:
    """A fake of WeChat Pay, in certificate mode, at `url`."""
    fake = FakeWechat(is_by_certificate=True)
    with serving(fake) as fake.url:
        yield fake


@pytest.fixture
def ecommerce() -> Iterator[FakeEcommerce]:
    """A fake of WeChat Pay for platforms, at `url`."""
    fake = FakeEcommerce()
    with serving(fake) as fake.url:
        yield fake


@pytest.fixture
def direct() -> Iterator[FakeDirect]:
    """A fake of Alipay for platforms, at `url`."""
    fake = FakeDirect()
    with serving(fake) as fake.url:
        yield fake


@pytest.fixture
def unionpay() -> Iterator[FakeUnionPay]:
    """A fake of UnionPay's gateway, at `url`."""
    fake = FakeUnionPay()
    with serving(fake) as fake.url:
        yield fake
