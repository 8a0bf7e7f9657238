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
	"github.com/wechatpay-apiv3/wechatpay-go/services/profitsharing"
	"github.com/wechatpay-apiv3/wechatpay-go/services/refunddomestic"
	"github.com/wechatpay-apiv3/wechatpay-go/services/transferbatch"
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

func must2[T any](value T, _ *core.APIResult, err error) T {
	return must(value, err)
}

func same(what string, found any, wanted any) {
	if found != wanted {
		panic(fmt.Sprintf("%s: %v instead of %v", what, found, wanted))
	}
}

func happens(path string, body map[string]any) (told map[string]any) {
	answer := must(http.Post(of("origin")+"/sandbox/"+path, "application/json", bytes.NewReader(must(json.Marshal(body)))))
	same("sandbox", answer.StatusCode/100, 2)
	if err := json.NewDecoder(answer.Body).Decode(&told); err != nil {
		panic(err)
	}
	return
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
	client := must(core.NewClient(ctx, led,
		option.WithWechatPayPublicKeyAuthCipher(mchid, serial, key, of("public_key_id"), public)))
	sell(ctx, "P", client)
	share(ctx, client)
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

// Shares an order with another merchant, unfreezes the rest, and gives away what is there after the settle days.
func share(ctx context.Context, client *core.Client) {
	number := fmt.Sprint("GS", time.Now().UnixNano())
	appid, mchid := core.String(of("appid")), core.String(of("mchid"))
	orders := native.NativeApiService{Client: client}
	must2(orders.Prepay(ctx, native.PrepayRequest{
		Appid: appid, Mchid: mchid, Description: core.String("茶"), OutTradeNo: &number, Amount: &native.Amount{Total: core.Int64(10_000)},
		NotifyUrl: core.String("https://example.com/told"), SettleInfo: &native.SettleInfo{ProfitSharing: core.Bool(true)},
	}))
	happens("pay", map[string]any{"out_trade_no": number})
	paid := must2(orders.QueryOrderByOutTradeNo(ctx, native.QueryOrderByOutTradeNoRequest{OutTradeNo: &number, Mchid: mchid}))
	friend := core.String(happens("merchants", map[string]any{"name": "朋友的店"})["mchid"].(string))
	added := must2((&profitsharing.ReceiversApiService{Client: client}).AddReceiver(ctx, profitsharing.AddReceiverRequest{
		Appid: appid, Type: profitsharing.RECEIVERTYPE_MERCHANT_ID.Ptr(), Account: friend, Name: core.String("朋友有限公司"),
		RelationType: profitsharing.RECEIVERRELATIONTYPE_PARTNER.Ptr(),
	}))
	same("name", *added.Name, "朋友有限公司")
	sharing := profitsharing.OrdersApiService{Client: client}
	shared := must2(sharing.CreateOrder(ctx, profitsharing.CreateOrderRequest{
		Appid: appid, TransactionId: paid.TransactionId, OutOrderNo: core.String("S" + number), UnfreezeUnsplit: core.Bool(true),
		Receivers: []profitsharing.CreateOrderReceiver{
			{Type: core.String("MERCHANT_ID"), Account: friend, Amount: core.Int64(3_000), Description: core.String("分成")},
		},
	}))
	same("receivers", len(shared.Receivers), 2)
	same("rest", fmt.Sprint(*shared.Receivers[1].Account, *shared.Receivers[1].Amount, *shared.Receivers[1].Description),
		fmt.Sprint(*mchid, 7_000, "解冻给分账方"))
	returned := must2((&profitsharing.ReturnOrdersApiService{Client: client}).CreateReturnOrder(ctx, profitsharing.CreateReturnOrderRequest{
		OutOrderNo: shared.OutOrderNo, OutReturnNo: core.String("R" + number), ReturnMchid: friend, Amount: core.Int64(10),
		Description: core.String("退回"),
	}))
	same("return", *returned.OutReturnNo, "R"+number)
	happens("turn-clock", map[string]any{"seconds": 30 * 24 * 60 * 60})
	openid := happens("authorize", map[string]any{"payer": "gopher", "appid": of("appid")})["openid"].(string)
	batches := transferbatch.TransferBatchApiService{Client: client}
	must2(batches.InitiateBatchTransfer(ctx, transferbatch.InitiateBatchTransferRequest{
		Appid: appid, OutBatchNo: &number, BatchName: core.String("奖金"), BatchRemark: core.String("一月"),
		TotalAmount: core.Int64(500), TotalNum: core.Int64(1), TransferSceneId: core.String("1000"),
		TransferDetailList: []transferbatch.TransferDetailInput{{
			OutDetailNo: &number, TransferAmount: core.Int64(500), TransferRemark: core.String("谢谢"), Openid: &openid,
			UserName: core.String("张三"),
		}},
	}))
	found := must2(batches.GetTransferBatchByOutNo(ctx, transferbatch.GetTransferBatchByOutNoRequest{
		OutBatchNo: &number, NeedQueryDetail: core.Bool(true), DetailStatus: core.String("ALL"),
	}))
	same("batch", fmt.Sprint(*found.TransferBatch.TotalAmount, *found.TransferDetailList[0].OutDetailNo), fmt.Sprint(500, number))
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
