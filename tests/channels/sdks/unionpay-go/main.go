// What a program does that uses github.com/smartwalle/unionpay, unmodified: its transport leads it to the fake of UnionPay's gateway,
// behind the signature. What it has to know comes on standard input.
package main

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"html"
	"io"
	"net/http"
	"net/url"
	"os"
	"regexp"
	"strings"
	"time"

	"github.com/smartwalle/unionpay"
)

var given map[string]string

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

// Sends the form of a page, as a browser does, and gives the address that it leads to.
func send(page string) string {
	action := html.UnescapeString(regexp.MustCompile(`action="([^"]+)"`).FindStringSubmatch(page)[1])
	form := url.Values{}
	for _, field := range regexp.MustCompile(`name="([^"]+)" id="[^"]*" value="([^"]*)"`).FindAllStringSubmatch(page, -1) {
		form.Set(field[1], html.UnescapeString(field[2]))
	}
	browser := http.Client{
		Transport:     here{must(url.Parse(given["url"]))},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	answer := must(browser.PostForm(action, form))
	same("the page", answer.StatusCode, 302)
	return answer.Header.Get("Location")
}

// Pays an order as somebody does on UnionPay's page; gives the notice that the merchant's server gets.
func pay(number string) url.Values {
	answer := must(http.Post(given["url"]+"/paid/"+number, "text/plain", nil))
	same("paid", answer.StatusCode, 200)
	return must(url.ParseQuery(string(must(io.ReadAll(answer.Body)))))
}

func client(pfx string) *unionpay.Client {
	led := unionpay.WithHTTPClient(&http.Client{Transport: here{must(url.Parse(given["url"]))}})
	made := must(unionpay.New(must(base64.StdEncoding.DecodeString(given[pfx])), given["password"], given["mer_id"], true, led))
	for _, err := range []error{made.LoadRootCert(given["root"]), made.LoadIntermediateCert(given["middle"])} {
		if err != nil {
			panic(err)
		}
	}
	return made
}

func main() {
	if err := json.NewDecoder(os.Stdin).Decode(&given); err != nil {
		panic(err)
	}
	ctx, merchant := context.Background(), client("pfx")
	number := fmt.Sprint("GO", time.Now().UnixNano())
	page := must(merchant.CreateWebPayment(ctx, number, "9800", "https://shop.example/back", "https://shop.example/told"))
	same("led to", strings.Contains(send(page.HTML), "/b2c/showCard.action?"), true)
	found := must(merchant.GetTransaction(ctx, number, page.TxnTime))
	same("not paid yet", fmt.Sprint(found.Code, found.OrigRespCode), fmt.Sprint("00", "05"))
	notice := pay(number)
	told := must(merchant.DecodeNotification(notice)).(*unionpay.PaymentNotification)
	same("told", fmt.Sprint(told.OrderId, told.TxnAmt, told.Code), fmt.Sprint(number, "9800", "00"))
	found = must(merchant.GetTransaction(ctx, number, page.TxnTime))
	same("paid", fmt.Sprint(found.OrigRespCode, found.TxnAmt, found.QueryId), fmt.Sprint("00", "9800", told.QueryId))
	// A notice that somebody wrote over is none.
	notice.Set("txnAmt", "1")
	if _, err := merchant.DecodeNotification(notice); err == nil {
		panic("it takes a notice that was altered")
	}
	refund := must(merchant.Refund(ctx, told.QueryId, "R"+number, "3000", "https://shop.example/told"))
	same("refund", fmt.Sprint(refund.Code, refund.OrderId), fmt.Sprint("00", "R"+number))
	found = must(merchant.GetTransaction(ctx, "R"+number, refund.TxnTime))
	same("refunded", fmt.Sprint(found.OrigRespCode, found.TxnType, found.TxnAmt), fmt.Sprint("00", "04", "3000"))
	same("too much", string(must(merchant.Refund(ctx, told.QueryId, "S"+number, "6801", "https://shop.example/told")).Code), "36")
	same("app", must(merchant.CreateAppPayment(ctx, "A"+number, "1", "https://shop.example/told")).TN != "", true)
	// The gateway takes nothing that somebody else signed, and says so.
	same("a stranger", string(must(client("stranger").GetTransaction(ctx, number, page.TxnTime)).Code), "11")
	fmt.Println("done")
}
