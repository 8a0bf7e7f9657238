"""What pages and API share of keys: certificates are issued, files for clients packed, self-tests sent."""

from datetime import datetime, timedelta
from io import BytesIO
from uuid import UUID
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from msgspec import Struct

from weiji.events import Actor
from weiji.kit import clock
from weiji.kit.batch import Batchers
from weiji.kit.db import Database, Reader, Transaction
from weiji.kit.ids import derive
from weiji.webhooks import queue_messages
from weiji.wire.gate import write_time
from weiji.wire.keys import (
    AddCertificate,
    AddCertificateStatus,
    Certificate,
    EndCertificate,
    EndCertificateStatus,
    KeyKind,
    Merchant,
    NamedShop,
    PlatformKey,
    Ring,
    add_certificates,
    end_certificates,
    get_keys_of_shop,
)
from weiji.wire.keys.authority import issue_to_merchant, pem_of, serial_text
from weiji.wire.notices import notice
from weiji.wire.running import wire_of
from weiji.wire.sealing import make_nonce


class MerchantKeys(Struct, frozen=True, kw_only=True):
    """A merchant with all keys that are between it and us."""

    shop: NamedShop
    merchant: Merchant
    certificates: list[Certificate]
    """The newest first, those that have ended too."""
    ring: Ring


class Issued(Struct, frozen=True, kw_only=True):
    """How issuing a certificate ended."""

    status: AddCertificateStatus
    serial: str | None = None
    pem: str | None = None
    expires_at: datetime | None = None


async def read_keys(reader: Reader, database: Database, shop_id: UUID) -> MerchantKeys | None:
    """Read a merchant with all keys; None: the shop is none."""
    found = await get_keys_of_shop(reader, shop_id)
    if found is None or found.merchant is None:
        return None
    return MerchantKeys(
        shop=found.shop,
        merchant=found.merchant,
        certificates=found.certificates,
        ring=await wire_of(database).keyring.ring(),
    )


async def issue(
    database: Database,
    batchers: Batchers,
    keys: MerchantKeys,
    name: str,
    key: RSAPublicKey,
    actor: Actor,
) -> Issued:
    """Certify a merchant's key. Its private half we never see."""
    merchant, ring = keys.merchant, keys.ring
    certificate = issue_to_merchant(ring.authority, merchant.mchid, keys.shop.name, key, clock.wall())
    command = AddCertificate(
        shop_id=merchant.shop_id,
        serial=serial_text(certificate),
        name=name,
        pem=pem_of(certificate),
        expires_at=certificate.not_valid_after_utc,
        actor=actor,
    )
    status = await batchers.of(add_certificates, "shop_id").submit(command)
    if status is not AddCertificateStatus.CREATED:
        return Issued(status=status)
    wire_of(database).directory.forget(merchant.mchid)
    return Issued(
        status=status,
        serial=command.serial,
        pem=command.pem,
        expires_at=command.expires_at,
    )


async def end_certificate(
    database: Database, batchers: Batchers, merchant: Merchant, serial: str, after: timedelta, actor: Actor
) -> EndCertificateStatus:
    """Let a certificate end after a while."""
    command = EndCertificate(shop_id=merchant.shop_id, serial=serial, ends_at=clock.wall() + after, actor=actor)
    status = await batchers.of(end_certificates, "shop_id").submit(command)
    wire_of(database).directory.forget(merchant.mchid)
    return status


async def send_self_test(database: Database, merchant: Merchant, url: str, key_id: str | None) -> UUID:
    """Send a notice that tells of nothing to a merchant's server, signed with a key of the merchant's choice."""
    id = derive(merchant.shop_id, "self-test", merchant.mchid, make_nonce())
    message = notice(
        id,
        merchant.shop_id,
        merchant.mchid,
        merchant.shop_id,
        type="SECURITY.ECHO",
        original_type="echo",
        summary="Self-test",
        url=url,
        resource={"echo_message": "weiji", "mchid": merchant.mchid, "time": write_time(clock.wall())},
        key_id=key_id,
    )

    async def queue(tx: Transaction) -> None:
        await queue_messages(tx, [message])

    await database.retried(queue)
    return id


def public_key_of_ring(ring: Ring) -> PlatformKey:
    """Give the newest public key of the platform."""
    return next(key for key in ring.signing(clock.wall()) if key.kind is KeyKind.PUBLIC_KEY)


def pack(keys: MerchantKeys, issued: Issued, origin: str) -> bytes:
    """Pack what a client needs into one file, with the lines to begin with. The private key is not ours to pack."""
    public = public_key_of_ring(keys.ring)
    files = {
        "apiclient_cert.pem": issued.pem or "",
        "pub_key.pem": public.pem,
        "README.txt": _read_me(keys, issued.serial or "", public.id, origin),
    }
    for certificate in keys.ring.certificates(clock.wall()):
        files[f"platform_{certificate.id}.pem"] = certificate.pem
    written = BytesIO()
    with ZipFile(written, "w", ZIP_DEFLATED) as archive:
        for name, text in sorted(files.items()):
            entry = ZipInfo(f"weiji_{keys.merchant.mchid}/{name}", clock.wall().timetuple()[:6])
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, text)
    return written.getvalue()


def _read_me(keys: MerchantKeys, serial: str, public_id: str, origin: str) -> str:
    mchid = keys.merchant.mchid
    parts = [
        f"address         {origin}",
        f"mchid           {mchid}",
        f"serial_no       {serial}",
        f"public key id   {public_id}",
        "",
        "apiclient_cert.pem  your certificate; requests name its serial",
        "apiclient_key.pem   your private key, if your browser made it: this is the only copy, we never had it",
        "pub_key.pem         our public key: answers and notices that name its id are signed with it",
        "platform_*.pem      our certificates, for clients that use these instead",
        "",
    ]
    for language, code in examples(mchid, serial, public_id, origin).items():
        parts += [f"--- {language} ---", code, ""]
    return "\n".join(parts)


def examples(mchid: str, serial: str, public_id: str, origin: str) -> dict[str, str]:
    """Write, for clients of several languages, the lines with which they begin. What differs is the address."""
    scheme, _, host = origin.partition("://")
    return {
        "Python": f"""from wechatpayv3 import WeChatPay, WeChatPayType
pay = WeChatPay(WeChatPayType.NATIVE, "{mchid}", open("apiclient_key.pem").read(), "{serial}", "APPID", "APIV3_KEY",
                public_key=open("pub_key.pem").read(), public_key_id="{public_id}")
pay._core._gate_way = "{origin}"
print(pay.pay("one cup of tea", "T0000001", {{"total": 1}}, notify_url="https://example.com/told"))""",
        "Go": f"""key, _ := utils.LoadPrivateKeyWithPath("apiclient_key.pem")
our, _ := utils.LoadPublicKeyWithPath("pub_key.pem")
client, _ := core.NewClient(ctx,
    option.WithWechatPayPublicKeyAuthCipher("{mchid}", "{serial}", key, "{public_id}", our),
    option.WithHTTPClient(&http.Client{{Transport: here{{}}}}))
svc := native.NativeApiService{{Client: client}} // Then as ever: svc.Prepay(ctx, request)

type here struct{{}} // Services name their own host: this leads them here, behind the signature.
func (here) RoundTrip(r *http.Request) (*http.Response, error) {{
    r.URL.Scheme, r.URL.Host, r.Host = "{scheme}", "{host}", "{host}"
    return http.DefaultTransport.RoundTrip(r)
}}""",
        "Java": f"""Config config = new RSAPublicKeyConfig.Builder().merchantId("{mchid}")
    .merchantSerialNumber("{serial}").privateKeyFromPath("apiclient_key.pem").publicKeyFromPath("pub_key.pem").publicKeyId("{public_id}")
    .apiV3Key("APIV3_KEY").build();
HttpUrl here = HttpUrl.get("{origin}"); // Services name their own host: this leads them here, behind the signature.
OkHttpClient http = new OkHttpClient.Builder().addInterceptor(c -> c.proceed(c.request().newBuilder()
    .url(c.request().url().newBuilder().scheme(here.scheme()).host(here.host()).port(here.port()).build()).build())).build();
NativePayService pay = new NativePayService.Builder()
    .httpClient(new DefaultHttpClientBuilder().config(config).okHttpClient(http).build()).build();
PrepayResponse response = pay.prepay(request);""",
        "PHP": f"""$pay = Builder::factory(['mchid' => '{mchid}', 'serial' => '{serial}', 'base_uri' => '{origin}/',
    'privateKey' => Rsa::from('file://apiclient_key.pem', Rsa::KEY_TYPE_PRIVATE),
    'certs' => ['{public_id}' => Rsa::from('file://pub_key.pem', Rsa::KEY_TYPE_PUBLIC)],
    'headers' => ['Wechatpay-Serial' => '{public_id}']]); // The key that answers are to be signed with.
echo $pay->chain('v3/pay/transactions/native')->post(['json' => $order])->getBody();""",
        "Node.js": f"""const pay = new Wechatpay({{ mchid: "{mchid}", serial: "{serial}", baseURL: "{origin}/",
  privateKey: readFileSync("apiclient_key.pem"), certs: {{ "{public_id}": readFileSync("pub_key.pem") }},
  headers: {{ "Wechatpay-Serial": "{public_id}" }} }}); // The key that answers are to be signed with.
const answer = await pay.v3.pay.transactions.native.post(order);
console.log(answer.data.code_url);""",
    }
