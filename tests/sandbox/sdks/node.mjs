// What a program does that uses wechatpay-axios-plugin, unmodified: told nothing but where to call. The sandbox's account comes on
// standard input.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { setTimeout } from "node:timers/promises";
import { Wechatpay } from "wechatpay-axios-plugin";

const account = JSON.parse(readFileSync(0, "utf8"));
const { appid, mchid, origin } = account;
const number = (prefix) => `${prefix}${Date.now()}`;

const pay = new Wechatpay({
  mchid,
  serial: account.serial_no,
  baseURL: `${origin}/`,
  privateKey: account.private_key,
  certs: { [account.public_key_id]: account.public_key },
  headers: { "Wechatpay-Serial": account.public_key_id },
  secret: account.api_v2_key,
  merchant: { cert: undefined, key: undefined },
});

async function happens(path, body, status = 200) {
  const answer = await fetch(`${origin}/sandbox/${path}`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  assert.equal(answer.status, status);
  return answer.json();
}

const order = (out_trade_no, total = 10_000) => ({
  appid,
  mchid,
  description: "一杯茶",
  out_trade_no,
  notify_url: "https://example.com/told",
  amount: { total, currency: "CNY" },
});
const one = pay.v3.pay.transactions.outTradeNo._out_trade_no_;
const query = async (out_trade_no) => (await one.get({ params: { mchid }, out_trade_no })).data.trade_state;

// Orders: made, paid, refunded; another one closed.
const paid = number("A");
const { code_url } = (await pay.v3.pay.transactions.native.post(order(paid))).data;
assert.ok(code_url.startsWith(origin));
assert.equal(await query(paid), "NOTPAY");
await happens("pay", { out_trade_no: paid, payer: "ada" });
assert.equal(await query(paid), "SUCCESS");
const refund = { out_trade_no: paid, out_refund_no: `R${paid}`, amount: { refund: 10, total: 10_000, currency: "CNY" } };
assert.equal((await pay.v3.refund.domestic.refunds.post(refund)).data.status, "PROCESSING");
const closed = number("B");
const h5 = { ...order(closed), scene_info: { payer_client_ip: "127.0.0.1", h5_info: { type: "Wap" } } };
assert.ok((await pay.v3.pay.transactions.h5.post(h5)).data.h5_url.startsWith(origin));
assert.equal((await one.close.post({ mchid }, { out_trade_no: closed })).status, 204);
assert.equal(await query(closed), "CLOSED");
assert.ok((await pay.v3.certificates.get()).data.data.length > 0);

// What is wrong is said in the protocol's words.
const refused = await pay.v3.pay.transactions.native.post({ ...order(number("C")), amount: { total: 0 } }).catch((error) => error.response);
assert.deepEqual([refused.status, refused.data.code], [400, "PARAM_ERROR"]);

// Where complaints are told of; there are none.
const service = pay.v3.merchantService;
const url = "https://example.com/complaints";
assert.deepEqual((await service.complaintNotifications.post({ url })).data, { mchid, url });
assert.deepEqual((await service.complaintNotifications.put({ url: `${url}/2` })).data, { mchid, url: `${url}/2` });
assert.equal((await service.complaintNotifications.get()).data.url, `${url}/2`);
assert.equal((await service.complaintNotifications.delete()).status, 204);
const day = new Date().toISOString().slice(0, 10);
const listed = (await service.complaintsV2.get({ params: { begin_date: day, end_date: day, limit: 5, offset: 0 } })).data;
assert.deepEqual(listed, { data: [], limit: 5, offset: 0, total_count: 0 });

// The old calls: a red packet for who just paid.
const { openid } = await happens("authorize", { payer: "ada" });
await happens("turn-clock", { seconds: 3 * 86_400 });
const { out_refund_no } = refund;
const refunded = async () => (await pay.v3.refund.domestic.refunds._out_refund_no_.get({ out_refund_no })).data.status;
for (let tries = 0; (await refunded()) !== "SUCCESS"; tries++) {
  assert.ok(tries < 200, "the refund never arrived");
  await setTimeout(50);
}
const gift = {
  mch_billno: number("G"),
  mch_id: mchid,
  wxappid: appid,
  send_name: "茶",
  re_openid: openid,
  total_amount: 100,
  total_num: 1,
  wishing: "谢谢",
  client_ip: "127.0.0.1",
  act_name: "回头客",
  remark: "老客",
  nonce_str: number("N"),
};
const send = (body) => pay.v2.mmpaymkttransfers.sendredpack.post(body);
const sent = (await send(gift)).data;
assert.deepEqual([sent.return_code, sent.result_code, sent.err_code_des], ["SUCCESS", "SUCCESS", undefined]);
const unopened = await happens("open-red-packet", { mch_billno: gift.mch_billno, payer: "bob" }, 409);
assert.ok(unopened.title.includes("not_for_you"));
assert.equal((await happens("open-red-packet", { mch_billno: gift.mch_billno, payer: "ada" })).amount, 100);
const asked = { mch_billno: gift.mch_billno, mch_id: mchid, appid, bill_type: "MCHT", nonce_str: number("N") };
assert.equal((await pay.v2.mmpaymkttransfers.gethbinfo.post(asked)).data.status, "RECEIVED");

// Money for a person, who takes it; and some that is taken back.
const bills = pay.v3.fundApp.mchTransfer.transferBills;
const transfer = (out_bill_no) => ({
  appid,
  out_bill_no,
  transfer_scene_id: "1000",
  openid,
  transfer_amount: 30,
  transfer_remark: "谢谢",
  transfer_scene_report_infos: [{ info_type: "活动名称", info_content: "回头客" }],
});
const [taken, back] = [number("TA"), number("TB")];
for (const each of [taken, back]) assert.equal((await bills.post(transfer(each))).data.state, "WAIT_USER_CONFIRM");
const bill = bills.outBillNo._out_bill_no_;
assert.equal((await bill.cancel.post({}, { out_bill_no: back })).data.state, "CANCELLED");
assert.equal((await happens("take", { out_bill_no: taken, payer: "ada" })).status, "confirmed");
const told = (await bill.get({ out_bill_no: taken })).data;
assert.deepEqual([told.mch_id, told.transfer_amount, told.state], [mchid, 30, "SUCCESS"]);
const receipt = pay.v3.fundApp.mchTransfer.elecsign.outBillNo;
assert.equal((await receipt.post({ out_bill_no: taken })).data.state, "FINISHED");
assert.equal((await receipt._out_bill_no_.get({ out_bill_no: taken })).data.hash_type, "SHA256");
console.log("done");
