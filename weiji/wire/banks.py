"""Banks by name, as forms offer them, and which of them gave out a card: by how its number begins."""

from typing import Final

from msgspec import Struct


class Bank(Struct, frozen=True):
    """A bank. Its code is ours; a settlement account names the bank by its name."""

    code: int
    name: str
    prefixes: tuple[str, ...] = ()
    """How numbers of its debit cards begin, as far as that is known here: not all of them."""

    @property
    def alias_code(self) -> str:
        """The same code, in the longer form that addresses have."""
        return f"{1_000_000_000 + self.code}"


BANKS: Final = (
    Bank(1001, "招商银行", ("621483", "621485", "622575", "622588", "622609")),
    Bank(1002, "工商银行", ("621225", "621226", "622202", "622203", "622208")),
    Bank(1003, "建设银行", ("436742", "621700", "622280", "622700")),
    Bank(1004, "浦发银行", ("622516", "622517", "622518", "622521", "622522", "622523")),
    Bank(1005, "农业银行", ("622845", "622846", "622848")),
    Bank(1006, "民生银行", ("622615", "622616", "622617", "622618", "622622")),
    Bank(1009, "兴业银行", ("622908", "622909")),
    Bank(1010, "平安银行", ("622155", "622156", "622298")),
    Bank(1020, "交通银行", ("622258", "622259", "622260", "622261", "622262")),
    Bank(1021, "中信银行", ("622690", "622691", "622696", "622698")),
    Bank(1022, "光大银行", ("622660", "622661", "622662", "622663", "622664")),
    Bank(1024, "上海银行"),
    Bank(1025, "华夏银行", ("622630", "622631", "622632")),
    Bank(1026, "中国银行", ("621660", "621661", "621663", "621785", "621786", "621787")),
    Bank(1027, "广发银行", ("622555", "622556", "622557", "622558", "622568")),
    Bank(1032, "北京银行"),
    Bank(1056, "宁波银行"),
    Bank(1066, "邮储银行", ("621098", "621799", "622188", "622199")),
    Bank(1099, "其他银行"),
)


def bank_of(number: str) -> Bank | None:
    """Tell which bank gave out a card; None: its beginning is not known here."""
    return next((bank for bank in BANKS if any(number.startswith(prefix) for prefix in bank.prefixes)), None)
