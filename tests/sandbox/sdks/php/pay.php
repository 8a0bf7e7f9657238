<?php
// What a program does that uses wechatpay-php, unmodified: told nothing but where to call. Both modes of keys. The sandbox's account
// comes on standard input.
require getenv('AUTOLOAD') ?: __DIR__ . '/vendor/autoload.php';

use WeChatPay\Builder;
use WeChatPay\ClientDecoratorInterface;
use WeChatPay\Crypto\AesGcm;
use WeChatPay\Crypto\Rsa;

$account = json_decode(file_get_contents('php://stdin'), true);
['mchid' => $mchid, 'appid' => $appid, 'origin' => $origin] = $account;

function same(string $what, mixed $found, mixed $wanted): void
{
    if ($found !== $wanted) {
        throw new Exception("$what: " . json_encode($found) . ' instead of ' . json_encode($wanted));
    }
}

function happens(string $path, array $body): void
{
    global $origin;
    $answer = (new GuzzleHttp\Client())->post("$origin/sandbox/$path", ['json' => $body]);
    same('sandbox', $answer->getStatusCode(), 200);
}

function client(array $keys): WeChatPay\BuilderChainable
{
    global $account;
    return Builder::factory([
        'mchid' => $account['mchid'],
        'serial' => $account['serial_no'],
        'privateKey' => Rsa::from($account['private_key'], Rsa::KEY_TYPE_PRIVATE),
        'certs' => $keys,
        'base_uri' => $account['origin'] . '/',
    ]);
}

/** Fetch the certificates as the client's own downloader does: with any key, and before answers are checked. */
function certificates(): array
{
    global $account;
    $client = client(['any' => null]);
    $handler = $client->getDriver()->select(ClientDecoratorInterface::JSON_BASED)->getConfig('handler');
    $handler->remove('verifier');
    $keys = [];
    foreach (json_decode((string) $client->chain('v3/certificates')->get()->getBody())->data as $row) {
        $sealed = $row->encrypt_certificate;
        $pem = AesGcm::decrypt($sealed->ciphertext, $account['api_v3_key'], $sealed->nonce, $sealed->associated_data);
        $keys[$row->serial_no] = Rsa::from($pem, Rsa::KEY_TYPE_PUBLIC);
    }
    return $keys;
}

/** Make an order, have it paid, and refund a part; make another one, and close it. */
function sell(string $mode, WeChatPay\BuilderChainable $pay): void
{
    global $mchid, $appid;
    $one = $pay->v3->pay->transactions->outTradeNo->_no_;
    $order = fn(string $no) => $pay->chain('v3/pay/transactions/native')->post(['json' => [
        'appid' => $appid, 'mchid' => $mchid, 'description' => '一杯/茶', 'out_trade_no' => $no,
        'notify_url' => 'https://example.com/told', 'amount' => ['total' => 100],
    ]]);
    $query = fn(string $no) => json_decode((string) $one->get(['no' => $no, 'query' => ['mchid' => $mchid]])->getBody())->trade_state;
    $paid = "HA$mode" . hrtime(true);
    $closed = "HB$mode" . hrtime(true);
    $order($paid);
    same('unpaid', $query($paid), 'NOTPAY');
    happens('pay', ['out_trade_no' => $paid]);
    same('paid', $query($paid), 'SUCCESS');
    $refunded = $pay->chain('v3/refund/domestic/refunds')->post(['json' => [
        'out_trade_no' => $paid, 'out_refund_no' => "R$paid", 'amount' => ['refund' => 40, 'total' => 100, 'currency' => 'CNY'],
    ]]);
    same('refunded', json_decode((string) $refunded->getBody())->out_refund_no, "R$paid");
    $order($closed);
    same('close', $one->close->post(['no' => $closed, 'json' => ['mchid' => $mchid]])->getStatusCode(), 204);
    same('closed', $query($closed), 'CLOSED');
}

sell('P', client([$account['public_key_id'] => Rsa::from($account['public_key'], Rsa::KEY_TYPE_PUBLIC)]));
sell('C', client(certificates()));
echo "done\n";
