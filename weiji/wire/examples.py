"""The programs that merchants begin with: whole ones, for clients of several languages, that run beside their keys.

What differs from any other program of such a client is the address.
"""

from typing import Final

from msgspec import Struct


class Example(Struct, frozen=True, kw_only=True):
    """A program that makes an order and prints what its payer scans."""

    language: str
    file: str
    code: str


def examples(mchid: str, serial: str, public_id: str, origin: str) -> list[Example]:
    """Write the programs for a merchant."""
    scheme, _, host = origin.partition("://")
    facts = {
        "@MCHID": mchid,
        "@SERIAL": serial,
        "@PUBLIC_ID": public_id,
        "@ORIGIN": origin,
        "@SCHEME": scheme,
        "@HOST": host,
    }
    found = []
    for language, file, program in _PROGRAMS:
        code = program
        for mark, fact in facts.items():
            code = code.replace(mark, fact)
        found.append(Example(language=language, file=file, code=code))
    return found


_PYTHON: Final = """\
import time
from wechatpayv3 import WeChatPay, WeChatPayType  # pip install wechatpayv3

pay = WeChatPay(WeChatPayType.NATIVE, "@MCHID", open("apiclient_key.pem").read(), "@SERIAL", "APPID", "APIV3_KEY",
                public_key=open("pub_key.pem").read(), public_key_id="@PUBLIC_ID")
pay._core._gate_way = "@ORIGIN"
print(pay.pay("one cup of tea", f"T{time.time_ns()}", {"total": 1}, notify_url="https://example.com/told"))
"""

_NODE: Final = """\
// npm install wechatpay-axios-plugin
import { readFileSync } from "node:fs";
import { Wechatpay } from "wechatpay-axios-plugin";

const pay = new Wechatpay({ mchid: "@MCHID", serial: "@SERIAL", baseURL: "@ORIGIN/",
  privateKey: readFileSync("apiclient_key.pem"), certs: { "@PUBLIC_ID": readFileSync("pub_key.pem") },
  headers: { "Wechatpay-Serial": "@PUBLIC_ID" } }); // The key that answers are to be signed with.
const order = { appid: "APPID", mchid: "@MCHID", description: "one cup of tea", out_trade_no: `T${Date.now()}`,
  notify_url: "https://example.com/told", amount: { total: 1 } };
console.log((await pay.v3.pay.transactions.native.post(order)).data.code_url);
"""

_PHP: Final = """\
<?php // composer require wechatpay/wechatpay
require 'vendor/autoload.php';
use WeChatPay\\Builder;
use WeChatPay\\Crypto\\Rsa;

$pay = Builder::factory(['mchid' => '@MCHID', 'serial' => '@SERIAL', 'base_uri' => '@ORIGIN/',
    'privateKey' => Rsa::from('file://apiclient_key.pem', Rsa::KEY_TYPE_PRIVATE),
    'certs' => ['@PUBLIC_ID' => Rsa::from('file://pub_key.pem', Rsa::KEY_TYPE_PUBLIC)],
    'headers' => ['Wechatpay-Serial' => '@PUBLIC_ID']]); // The key that answers are to be signed with.
$order = ['appid' => 'APPID', 'mchid' => '@MCHID', 'description' => 'one cup of tea', 'out_trade_no' => uniqid('T'),
    'notify_url' => 'https://example.com/told', 'amount' => ['total' => 1]];
echo $pay->chain('v3/pay/transactions/native')->post(['json' => $order])->getBody(), "\\n";
"""

_GO: Final = """\
package main // go mod init begin && go mod tidy && go run .

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"github.com/wechatpay-apiv3/wechatpay-go/core"
	"github.com/wechatpay-apiv3/wechatpay-go/core/option"
	"github.com/wechatpay-apiv3/wechatpay-go/services/payments/native"
	"github.com/wechatpay-apiv3/wechatpay-go/utils"
)

type here struct{} // Services name their own host: this leads them here, behind the signature.

func (here) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	r.URL.Scheme, r.URL.Host, r.Host = "@SCHEME", "@HOST", ""
	return http.DefaultTransport.RoundTrip(r)
}

func must[T any](value T, err error) T {
	if err != nil {
		panic(err)
	}
	return value
}

func main() {
	ctx := context.Background()
	key := must(utils.LoadPrivateKeyWithPath("apiclient_key.pem"))
	our := must(utils.LoadPublicKeyWithPath("pub_key.pem"))
	client := must(core.NewClient(ctx,
		option.WithWechatPayPublicKeyAuthCipher("@MCHID", "@SERIAL", key, "@PUBLIC_ID", our),
		option.WithHTTPClient(&http.Client{Transport: here{}})))
	pay := native.NativeApiService{Client: client}
	answer, _, err := pay.Prepay(ctx, native.PrepayRequest{
		Appid: core.String("APPID"), Mchid: core.String("@MCHID"), Description: core.String("one cup of tea"),
		OutTradeNo: core.String(fmt.Sprintf("T%d", time.Now().UnixNano())), NotifyUrl: core.String("https://example.com/told"),
		Amount: &native.Amount{Total: core.Int64(1)},
	})
	fmt.Println(*must(answer, err).CodeUrl)
}
"""

_JAVA: Final = """\
// com.github.wechatpay-apiv3:wechatpay-java
import com.wechat.pay.java.core.RSAPublicKeyConfig;
import com.wechat.pay.java.core.http.DefaultHttpClientBuilder;
import com.wechat.pay.java.service.payments.nativepay.NativePayService;
import com.wechat.pay.java.service.payments.nativepay.model.*;
import okhttp3.*;

public class Begin {
    public static void main(String[] arguments) {
        var config = new RSAPublicKeyConfig.Builder().merchantId("@MCHID").merchantSerialNumber("@SERIAL")
            .privateKeyFromPath("apiclient_key.pem").publicKeyFromPath("pub_key.pem").publicKeyId("@PUBLIC_ID")
            .apiV3Key("APIV3_KEY").build();
        // Services name their own host: this leads them here, behind the signature.
        HttpUrl here = HttpUrl.get("@ORIGIN");
        var http = new OkHttpClient.Builder().addInterceptor(c -> c.proceed(c.request().newBuilder()
            .url(c.request().url().newBuilder().scheme(here.scheme()).host(here.host()).port(here.port()).build())
            .build())).build();
        var pay = new NativePayService.Builder()
            .httpClient(new DefaultHttpClientBuilder().config(config).okHttpClient(http).build()).build();
        var order = new PrepayRequest();
        order.setAppid("APPID");
        order.setMchid("@MCHID");
        order.setDescription("one cup of tea");
        order.setOutTradeNo("T" + System.nanoTime());
        order.setNotifyUrl("https://example.com/told");
        var amount = new Amount();
        amount.setTotal(1);
        order.setAmount(amount);
        System.out.println(pay.prepay(order).getCodeUrl());
    }
}
"""

_PROGRAMS: Final = (
    ("Python", "begin.py", _PYTHON),
    ("Node.js", "begin.mjs", _NODE),
    ("PHP", "begin.php", _PHP),
    ("Go", "begin.go", _GO),
    ("Java", "Begin.java", _JAVA),
)
