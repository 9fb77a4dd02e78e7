// Microsoft's own Key Vault client, run against the stand-in by OfficialSdkTests.cs. Usage: node scenarios.mjs SCENARIO URL TENANT
// Each scenario's result is printed as JSON; what the SDK throws ends the process with its message.
import { createHash, createPublicKey, verify as verifyLocally } from "node:crypto";
import { CryptographyClient, KeyClient } from "@azure/keyvault-keys";

const [scenario, url] = process.argv.slice(2);

// A credential as any other: it asks the token endpoint of the tenant that the challenge named.
const credential = {
  async getToken(scopes, { tenantId }) {
    const body = new URLSearchParams({
      grant_type: "client_credentials", client_id: "sdk", client_secret: "sdk-secret", scope: [scopes].flat().join(" "),
    });
    const response = await fetch(`${url}${tenantId}/oauth2/v2.0/token`, { method: "POST", body });
    if (!response.ok) throw new Error(`token endpoint: ${response.status} ${await response.text()}`);
    const { access_token, expires_in } = await response.json();
    return { token: access_token, expiresOnTimestamp: Date.now() + expires_in * 1000 };
  },
};

// The one switch that a vault on 127.0.0.1 needs: its host is not under vault.azure.net.
const options = { disableChallengeResourceVerification: true };
const client = new KeyClient(url, credential, options);
const cryptography = (key) => new CryptographyClient(key, credential, options);
const digest = createHash("sha256").update("to be signed").digest();

async function all(pages) {
  const items = [];
  for await (const item of pages) items.push(item);
  return items;
}

async function refusal(promise) {
  try {
    await promise;
    return { refused: false };
  } catch (error) {
    return { refused: true, status: error.statusCode, code: error.code, message: error.message };
  }
}

const b64url = (bytes) => Buffer.from(bytes).toString("base64url");
const publicKeyOf = ({ key }) => createPublicKey({
  format: "jwk",
  key: key.kty.startsWith("EC")
    ? { kty: "EC", crv: key.crv, x: b64url(key.x), y: b64url(key.y) }
    : { kty: "RSA", n: b64url(key.n), e: b64url(key.e) },
});

const scenarios = {
  async create() {
    const key = await client.createEcKey("signing", { curve: "P-256", keyOps: ["sign", "verify"], tags: { purpose: "test" } });
    const read = await client.getKey("signing");
    return {
      kty: key.keyType, crv: key.key.crv, ops: key.keyOperations, id: key.id, version: key.properties.version, same: read.id === key.id,
      enabled: key.properties.enabled, tags: key.properties.tags, recoverableDays: key.properties.recoverableDays,
      hasPrivate: key.key.d !== undefined, created: key.properties.createdOn instanceof Date,
    };
  },
  async sign() {
    const results = {};
    for (const [name, algorithm, make] of [
      ["ec", "ES256", () => client.createEcKey("ec", { curve: "P-256" })],
      ["rsa", "RS256", () => client.createRsaKey("rsa", { keySize: 2048 })],
    ]) {
      const key = await make();
      const { result, keyID } = await cryptography(key).sign(algorithm, digest);
      const remote = await cryptography(key.id).verify(algorithm, digest, result);
      const local = verifyLocally("sha256", Buffer.from("to be signed"), { key: publicKeyOf(key), dsaEncoding: "ieee-p1363" }, result);
      const tampered = Uint8Array.from(result, (byte, i) => (i === 0 ? byte ^ 1 : byte));
      results[name] = { length: result.length, sameKey: keyID === key.id, remote: remote.result, local,
        tampered: (await cryptography(key.id).verify(algorithm, digest, tampered)).result };
    }
    return results;
  },
  async rotate() {
    const first = await client.createEcKey("rotating", { curve: "P-256" });
    const second = await client.rotateKey("rotating");
    const versions = await all(client.listPropertiesOfKeyVersions("rotating"));
    const old = await client.getKey("rotating", { version: first.properties.version });
    const signed = await cryptography(first).sign("ES256", digest);     // an old version goes on signing
    return {
      versions: versions.map(({ version }) => version).sort(), expected: [first, second].map((key) => key.properties.version).sort(),
      current: (await client.getKey("rotating")).id === second.id, old: old.id === first.id, differ: b64url(first.key.x) !== b64url(second.key.x),
      signedBy: signed.keyID === first.id,
    };
  },
  async list() {
    for (let i = 0; i < 30; i++) await client.createEcKey(`key-${String(i).padStart(2, "0")}`, { curve: "P-256" });
    return (await all(client.listPropertiesOfKeys())).map(({ name }) => name);
  },
  async rotationPolicy() {
    await client.createEcKey("with-policy", { curve: "P-256" });
    const before = await client.getKeyRotationPolicy("with-policy");
    await client.updateKeyRotationPolicy("with-policy", { expiresIn: "P90D", lifetimeActions: [{ action: "Rotate", timeBeforeExpiry: "P30D" }] });
    const after = await client.getKeyRotationPolicy("with-policy");
    return { before: before.lifetimeActions, after: { expiresIn: after.expiresIn, lifetimeActions: after.lifetimeActions } };
  },
  async wrap() {
    const key = await client.createRsaKey("kek", { keySize: 3072, keyOps: ["wrapKey", "unwrapKey"] });
    const plain = Buffer.from("a key of thirty-two bytes, or so");
    const { result: wrapped } = await cryptography(key.id).wrapKey("RSA-OAEP-256", plain);
    const { result: unwrapped } = await cryptography(key.id).unwrapKey("RSA-OAEP-256", wrapped);
    wrapped[5] ^= 1;
    return { length: wrapped.length, same: Buffer.from(unwrapped).equals(plain),
      tampered: await refusal(cryptography(key.id).unwrapKey("RSA-OAEP-256", wrapped)),
      signing: await refusal(cryptography(key.id).sign("RS256", digest)) };
  },
  async disabled() {
    const key = await client.createEcKey("to-disable", { curve: "P-256" });
    await client.updateKeyProperties("to-disable", key.properties.version, { enabled: false });
    const answer = await refusal(cryptography(key).sign("ES256", digest));
    const read = await client.getKey("to-disable");     // reading is not signing
    await client.updateKeyProperties("to-disable", key.properties.version, { enabled: true });
    return { answer, enabled: read.properties.enabled, again: (await refusal(cryptography(key).sign("ES256", digest))).refused };
  },
  async unknown() {
    return { key: await refusal(client.getKey("nobody")), type: await refusal(cryptography(await client.createEcKey("ec-only", { curve: "P-256" })).sign("RS256", digest)) };
  },
  async deletion() {
    await client.createEcKey("to-delete", { curve: "P-256" });
    const poller = await client.beginDeleteKey("to-delete", { intervalInMs: 50 });
    const atFirst = poller.isDone();
    const deleted = await poller.pollUntilDone();
    const gone = await refusal(client.getKey("to-delete"));
    const reuse = await refusal(client.createEcKey("to-delete", { curve: "P-256" }));
    const recovering = await client.beginRecoverDeletedKey("to-delete", { intervalInMs: 50 });
    const recovered = await recovering.pollUntilDone();
    const back = await client.getKey("to-delete");
    await (await client.beginDeleteKey("to-delete", { intervalInMs: 50 })).pollUntilDone();
    const listed = (await all(client.listDeletedKeys())).map(({ name }) => name);
    await client.purgeDeletedKey("to-delete");
    return { atFirst, recoveryId: deleted.properties.recoveryId, purgeOn: deleted.properties.scheduledPurgeDate instanceof Date, gone, reuse,
      recovered: recovered.name, back: back.name, listed, purged: await refusal(client.getDeletedKey("to-delete")) };
  },
  async imported() {
    const key = { kty: "EC", crv: "P-256", keyOps: ["sign", "verify"] };
    for (const [name, value] of Object.entries({     // RFC 7515, appendix A.3
      x: "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU", y: "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0", d: "jpsQnnGQmL-YBIffH1136cspYG6-0iY7X1fCE9-E9LI",
    })) key[name] = Buffer.from(value, "base64url");
    const imported = await client.importKey("imported", key);
    const { result } = await cryptography(imported).sign("ES256", digest);
    return { x: b64url(imported.key.x), local: verifyLocally("sha256", Buffer.from("to be signed"), { key: publicKeyOf(imported), dsaEncoding: "ieee-p1363" }, result) };
  },
  async throttled() {
    const key = await client.createEcKey("busy", { curve: "P-256" });
    const crypto = cryptography(key);
    let succeeded = 0;
    for (let i = 0; i < 60; i++) if (!(await refusal(crypto.sign("ES256", digest))).refused) succeeded++;
    return { succeeded };
  },
};

console.log(JSON.stringify(await scenarios[scenario]()));
