// What a program does that uses wechatpay-node-v3, unmodified: told nothing but where to call. The sandbox's account comes on
// standard input.
const assert = require("node:assert/strict");
const { readFileSync } = require("node:fs");
const { createServer } = require("node:http");
const { setTimeout } = require("node:timers/promises");
const WxPay = require("wechatpay-node-v3");
const { PayRequest } = require("wechatpay-node-v3/dist/lib/pay-request");

const PLATFORM = "https://api.mch.weixin.qq.com"; // The one host that it signs for.
const account = JSON.parse(readFileSync(0, "utf8"));
const { appid, mchid, origin } = account;
const number = (prefix) => `${prefix}${Date.now()}`;

class Led extends PayRequest {
  get(url, headers) {
    return super.get(url.replace(PLATFORM, origin), headers);
  }
  post(url, body, headers) {
    return super.post(url.replace(PLATFORM, origin), body, headers);
  }
}

const pay = new WxPay({
  appid,
  mchid,
  publicKey: Buffer.from(account.certificate),
  privateKey: Buffer.from(account.private_key),
  key: account.api_v3_key,
});
pay.createHttp(new Led());

async function happens(path, body) {
  const answer = await fetch(`${origin}/sandbox/${path}`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  assert.equal(answer.status, 200);
  return answer.json();
}

async function good(asking) {
  const answer = await asking;
  assert.ok(answer.status < 300, answer.error);
  return answer.data;
}

async function main() {
  const heard = [];
  const server = createServer(async (request, response) => {
    const parts = [];
    for await (const part of request) parts.push(part);
    heard.push([request.headers, Buffer.concat(parts).toString()]);
    response.writeHead(204).end();
  });
  await new Promise((listening) => server.listen(0, "127.0.0.1", listening));
  const told = `http://127.0.0.1:${server.address().port}/told`;
  const order = (out_trade_no) => ({ description: "一杯茶", out_trade_no, notify_url: told, amount: { total: 1_000 } });

  // Certificates, orders of each kind, queries by both numbers, closing.
  const [certificate] = await pay.get_certificates(account.api_v3_key);
  const paid = number("A");
  assert.ok((await good(pay.transactions_native(order(paid)))).code_url.startsWith(origin));
  assert.match((await good(pay.transactions_app(order(number("B"))))).sign, /=$/);
  const { openid } = await happens("authorize", { payer: "ada" });
  assert.match((await good(pay.transactions_jsapi({ ...order(number("C")), payer: { openid } }))).package, /^prepay_id=/);
  const closed = number("D");
  const scene_info = { payer_client_ip: "127.0.0.1", h5_info: { type: "Wap" } };
  assert.ok((await good(pay.transactions_h5({ ...order(closed), scene_info }))).h5_url.startsWith(origin));
  await good(pay.close(closed));
  assert.equal((await good(pay.query({ out_trade_no: closed }))).trade_state, "CLOSED");
  await happens("pay", { out_trade_no: paid, payer: "ada" });
  const { transaction_id } = await good(pay.query({ out_trade_no: paid }));
  assert.equal((await good(pay.query({ transaction_id }))).trade_state, "SUCCESS");

  // The notice is proved by the certificate and opened.
  for (let tries = 0; !heard.length; tries++) {
    assert.ok(tries < 100, "no notice came");
    await setTimeout(50);
  }
  const [headers, body] = heard[0];
  const proof = Object.fromEntries(["timestamp", "nonce", "serial", "signature"].map((each) => [each, headers[`wechatpay-${each}`]]));
  assert.ok(await pay.verifySign({ ...proof, body, apiSecret: account.api_v3_key }));
  const { ciphertext, associated_data, nonce } = JSON.parse(body).resource;
  assert.equal(pay.decipher_gcm(ciphertext, associated_data, nonce).out_trade_no, paid);

  // A refund; profit shared with somebody whose name is sealed; the bill, packed, which it fetches from its platform's host.
  const out_refund_no = number("E");
  const amount = { refund: 100, total: 1_000, currency: "CNY" };
  await good(pay.refunds({ out_trade_no: paid, out_refund_no, amount }));
  assert.equal((await good(pay.find_refunds(out_refund_no))).amount.refund, 100);
  const shared = number("F");
  await good(pay.transactions_native({ ...order(shared), settle_info: { profit_sharing: true } }));
  await happens("pay", { out_trade_no: shared });
  const name = pay.publicEncrypt("张三", certificate.publicKey);
  const receiver = { type: "PERSONAL_OPENID", account: openid };
  await good(pay.profitsharing_receivers_add({ ...receiver, name, relation_type: "STAFF", wx_serial_no: certificate.serial_no }));
  const split = { transaction_id: (await good(pay.query({ out_trade_no: shared }))).transaction_id, out_order_no: number("G") };
  const receivers = [{ ...receiver, amount: 10, description: "谢谢" }];
  await good(pay.create_profitsharing_orders({ ...split, receivers, unfreeze_unsplit: true }));
  assert.equal((await good(pay.query_profitsharing_orders(split.transaction_id, split.out_order_no))).state, "FINISHED");
  const { success_time } = await good(pay.query({ out_trade_no: paid }));
  await happens("turn-clock", { seconds: 86_400 });
  const { download_url } = await good(pay.tradebill({ bill_date: success_time.slice(0, 10), bill_type: "ALL", tar_type: "GZIP" }));
  assert.deepEqual([...(await good(pay.downloadBill(download_url.replace(origin, PLATFORM)))).subarray(0, 2)], [0x1f, 0x8b]);

  // What is wrong is said in the protocol's words.
  const refused = await pay.transactions_native({ ...order(number("H")), amount: { total: 0 } });
  assert.deepEqual([refused.status, JSON.parse(refused.error).code], [400, "PARAM_ERROR"]);
  server.close();
  console.log("done");
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});
