// Makes a key pair in the browser, has it certified, and puts the private key into the file that comes back: it is sent nowhere.
import { AsnConvert } from "@peculiar/asn1-schema";
import { CertificationRequest, CertificationRequestInfo } from "@peculiar/asn1-csr";
import { AlgorithmIdentifier, Name, SubjectPublicKeyInfo } from "@peculiar/asn1-x509";
import { strToU8, unzipSync, zipSync } from "fflate";

const ALGORITHM = { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256", publicExponent: new Uint8Array([1, 0, 1]), modulusLength: 2048 };
const SHA256_WITH_RSA = "1.2.840.113549.1.1.11";
const PRIVATE = 0o100600;

const base64 = (buffer) => btoa(String.fromCharCode(...new Uint8Array(buffer)));
const pem = (label, buffer) => `-----BEGIN ${label}-----\n${base64(buffer).match(/.{1,64}/g).join("\n")}\n-----END ${label}-----\n`;
const bytes = (text) => Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));

/** A key pair, with the request for its certificate (PKCS#10). Who it is for, the server knows by itself. */
export async function makePair() {
  const keys = await crypto.subtle.generateKey(ALGORITHM, true, ["sign", "verify"]);
  const certificationRequestInfo = new CertificationRequestInfo({
    subject: new Name(),
    subjectPKInfo: AsnConvert.parse(await crypto.subtle.exportKey("spki", keys.publicKey), SubjectPublicKeyInfo),
  });
  const request = new CertificationRequest({
    certificationRequestInfo,
    signatureAlgorithm: new AlgorithmIdentifier({ algorithm: SHA256_WITH_RSA, parameters: null }),
    signature: await crypto.subtle.sign(ALGORITHM.name, keys.privateKey, AsnConvert.serialize(certificationRequestInfo)),
  });
  return {
    key: keys.privateKey,
    csr: pem("CERTIFICATE REQUEST", AsnConvert.serialize(request)),
    privatePem: pem("PRIVATE KEY", await crypto.subtle.exportKey("pkcs8", keys.privateKey)),
  };
}

/** The server's file with the private key in it, beside the certificate. */
export function addKey(archive, privatePem) {
  const files = unzipSync(new Uint8Array(archive));
  const folder = Object.keys(files)[0].split("/")[0];
  const packed = { ...files, [`${folder}/apiclient_key.pem`]: [strToU8(privatePem), { os: 3, attrs: PRIVATE << 16 }] };
  return new Blob([zipSync(packed)], { type: "application/zip" });
}

/** Calls the protocol's echo with the new key, as a program would, and checks who answers. Throws the answer's words. */
export async function tryKey({ key, mchid, serial, publicKeyId, publicKey }) {
  const path = "/v3/security/echo";
  const body = JSON.stringify({ echo_message: "weiji" });
  const timestamp = Math.floor(Date.now() / 1000);
  const nonce = crypto.randomUUID().replaceAll("-", "");
  const signed = new TextEncoder().encode(`POST\n${path}\n${timestamp}\n${nonce}\n${body}\n`);
  const signature = base64(await crypto.subtle.sign(ALGORITHM.name, key, signed));
  const said = { mchid, serial_no: serial, nonce_str: nonce, timestamp, signature };
  const pairs = Object.entries(said).map(([name, value]) => `${name}="${value}"`);
  const answer = await fetch(path, {
    method: "POST",
    credentials: "omit",
    headers: {
      Authorization: `WECHATPAY2-SHA256-RSA2048 ${pairs.join(",")}`,
      "Content-Type": "application/json",
      "Wechatpay-Serial": publicKeyId,
    },
    body,
  });
  const text = await answer.text();
  if (!answer.ok) throw new Error(JSON.parse(text).message);
  const spki = bytes(publicKey.replace(/-----[^-]+-----|\s/g, ""));
  const platform = await crypto.subtle.importKey("spki", spki, ALGORITHM, false, ["verify"]);
  const header = (name) => answer.headers.get(`Wechatpay-${name}`);
  const message = new TextEncoder().encode(`${header("Timestamp")}\n${header("Nonce")}\n${text}\n`);
  if (!(await crypto.subtle.verify(ALGORITHM.name, platform, bytes(header("Signature")), message))) throw new Error(text);
}
