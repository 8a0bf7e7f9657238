// What a program does that uses wechatpay-go, unmodified: its transport leads it here, behind the signature. Both modes of keys. The
// sandbox's account comes on standard input.
package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"time"

	"github.com/wechatpay-apiv3/wechatpay-go/core"
	"github.com/wechatpay-apiv3/wechatpay-go/core/downloader"
	"github.com/wechatpay-apiv3/wechatpay-go/core/option"
	"github.com/wechatpay-apiv3/wechatpay-go/services/payments/native"
	"github.com/wechatpay-apiv3/wechatpay-go/services/refunddomestic"
	"github.com/wechatpay-apiv3/wechatpay-go/utils"
)

var account map[string]any

func of(name string) string { return account[name].(string) }

type here struct{ base *url.URL }

func (t here) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	r.URL.Scheme, r.URL.Host, r.Host = t.base.Scheme, t.base.Host, ""
	return http.DefaultTransport.RoundTrip(r)
}

func must[T any](value T, err error) T {
	if err != nil {
		panic(err)
	}
	return value
}

func same(what string, found any, wanted any) {
	if found != wanted {
		panic(fmt.Sprintf("%s: %v instead of %v", what, found, wanted))
	}
}

func happens(path string, body map[string]any) {
	answer := must(http.Post(of("origin")+"/sandbox/"+path, "application/json", bytes.NewReader(must(json.Marshal(body)))))
	same("sandbox", answer.StatusCode, 200)
}

func main() {
	if err := json.NewDecoder(os.Stdin).Decode(&account); err != nil {
		panic(err)
	}
	ctx := context.Background()
	led := option.WithHTTPClient(&http.Client{Transport: here{must(url.Parse(of("origin")))}})
	key := must(utils.LoadPrivateKey(of("private_key")))
	public := must(utils.LoadPublicKey(of("public_key")))
	mchid, serial := of("mchid"), of("serial_no")
	sell(ctx, "P", must(core.NewClient(ctx, led,
		option.WithWechatPayPublicKeyAuthCipher(mchid, serial, key, of("public_key_id"), public))))
	// The downloader of certificates is led here, too.
	loading := must(core.NewClient(ctx, led, option.WithMerchantCredential(mchid, serial, key), option.WithoutValidator()))
	certificates := downloader.NewCertificateDownloaderMgr(ctx)
	if err := certificates.RegisterDownloaderWithClient(ctx, loading, mchid, of("api_v3_key")); err != nil {
		panic(err)
	}
	sell(ctx, "C", must(core.NewClient(ctx, led,
		option.WithWechatPayAutoAuthCipherUsingDownloaderMgr(mchid, serial, key, certificates))))
	fmt.Println("done")
}

// Makes an order, has it paid, and refunds a part; makes another one, and closes it.
func sell(ctx context.Context, mode string, client *core.Client) {
	orders := native.NativeApiService{Client: client}
	mchid := core.String(of("mchid"))
	order := func(number string) {
		_, _, err := orders.Prepay(ctx, native.PrepayRequest{
			Appid: core.String(of("appid")), Mchid: mchid, Description: core.String("茶 <&>"), OutTradeNo: &number,
			NotifyUrl: core.String("https://example.com/told"), Amount: &native.Amount{Total: core.Int64(100)},
		})
		if err != nil {
			panic(err)
		}
	}
	query := func(number string) string {
		found, _, err := orders.QueryOrderByOutTradeNo(ctx, native.QueryOrderByOutTradeNoRequest{OutTradeNo: &number, Mchid: mchid})
		if err != nil {
			panic(err)
		}
		return *found.TradeState
	}
	paid, closed := fmt.Sprint("GA", mode, time.Now().UnixNano()), fmt.Sprint("GB", mode, time.Now().UnixNano())
	order(paid)
	same("unpaid", query(paid), "NOTPAY")
	happens("pay", map[string]any{"out_trade_no": paid})
	same("paid", query(paid), "SUCCESS")
	refunds := refunddomestic.RefundsApiService{Client: client}
	refunded, _, err := refunds.Create(ctx, refunddomestic.CreateRequest{
		OutTradeNo: &paid, OutRefundNo: core.String("R" + paid),
		Amount: &refunddomestic.AmountReq{Refund: core.Int64(40), Total: core.Int64(100), Currency: core.String("CNY")},
	})
	if err != nil {
		panic(err)
	}
	same("refunded", *refunded.OutRefundNo, "R"+paid)
	order(closed)
	if _, err := orders.CloseOrder(ctx, native.CloseOrderRequest{OutTradeNo: &closed, Mchid: mchid}); err != nil {
		panic(err)
	}
	same("closed", query(closed), "CLOSED")
}
