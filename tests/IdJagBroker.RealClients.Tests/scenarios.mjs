// Real clients for Node.js, run by NodeScenario.cs: node scenarios.mjs SCENARIO, with what it needs to know as JSON on the standard input. What it finds out is printed as JSON; what a client
// throws ends the process with its message.
import { text } from "node:stream/consumers";
import { Client, CrossAppAccessProvider, DpopSession, StreamableHTTPClientTransport, discoverAndRequestJwtAuthGrant } from "@modelcontextprotocol/client";
import { SignJWT, calculateJwkThumbprint, createRemoteJWKSet, decodeJwt, decodeProtectedHeader, exportJWK, generateKeyPair, jwtVerify } from "jose";

const given = JSON.parse(await text(process.stdin));

async function outcome(promise) {
  try {
    return { value: await promise };
  } catch (error) {
    return { error: error.name, code: error.code, message: error.message, scope: error.requiredScope, status: error.status ?? error.data?.status };
  }
}

// --- @modelcontextprotocol/client ---

// Records what goes over the wire: "POST 403 /mcp tickets.comment".
function recorder() {
  const legs = [];
  const fetchFn = async (url, init) => {
    const response = await fetch(url, init);
    const headers = new Headers(init?.headers);
    const body = typeof init?.body === "string" ? init.body : init?.body?.toString();
    const called = body?.startsWith("{") ? JSON.parse(body) : undefined;
    legs.push({
      method: init?.method ?? "GET", status: response.status, path: new URL(url).pathname, url: String(url), call: called?.params?.name ?? called?.method,
      form: called || !body ? undefined : Object.fromEntries(new URLSearchParams(body)), scheme: headers.get("authorization")?.split(" ")[0], proof: headers.has("dpop"),
    });
    return response;
  };
  return { legs, fetchFn };
}

function provider(fetchFn, scope) {
  return new CrossAppAccessProvider({
    clientId: given.clientId, clientSecret: given.clientSecret, expectedIssuer: given.issuer, fetchFn,
    assertion: async (context) => (await discoverAndRequestJwtAuthGrant({
      idpUrl: given.broker, audience: context.authorizationServerUrl, resource: context.resourceUrl, idToken: given.idToken,
      clientId: given.brokerClientId, clientSecret: given.brokerSecret, scope: scope ?? context.scope, fetchFn: context.fetchFn,
    })).jwtAuthGrant,
  });
}

async function walk({ mode = "legacy", dpop, ...options } = {}) {
  const { legs, fetchFn } = recorder();
  const authProvider = provider(fetchFn);
  if (dpop) authProvider.dpop = () => dpop;
  const client = new Client({ name: "tests", version: "1.0" }, { versionNegotiation: { mode } });
  await client.connect(new StreamableHTTPClientTransport(new URL(given.resource), { authProvider, fetch: fetchFn, ...options }));
  const words = (result) => result.content?.map((block) => block.text).join(" | ");
  const tools = (await client.listTools()).tools.map((tool) => tool.name);
  const list = words(await client.callTool({ name: "tickets.list", arguments: {} }));
  const first = authProvider.tokens();
  const comment = await outcome(client.callTool({ name: "tickets.comment", arguments: { text: "looks good" } }).then(words));
  const again = words(await client.callTool({ name: "tickets.list", arguments: {} }));
  const version = client.getNegotiatedProtocolVersion();
  await client.close();
  return { version, tools, list, first, comment, again, last: authProvider.tokens(), legs };
}

// --- jose ---

const json = async (response) => ({ status: response.status, ...(await response.json()) });
const form = (fields, headers = {}) => ({ method: "POST", headers, body: new URLSearchParams(fields) });
const flip = (token) => token.replace(/\.(.)/, (_, first) => `.${first === "e" ? "f" : "e"}`);

async function metadataOf(issuer) {
  const at = new URL(issuer);
  return (await fetch(`${at.origin}/.well-known/oauth-authorization-server${at.pathname.replace(/\/$/, "")}`)).json();
}

// An access token over both legs; with a key, each leg has a proof of it.
async function accessToken(proof = async () => ({})) {
  const [broker, server] = [await metadataOf(given.broker), await metadataOf(given.issuer)];
  const exchanged = await json(await fetch(broker.token_endpoint, form({
    grant_type: "urn:ietf:params:oauth:grant-type:token-exchange", requested_token_type: "urn:ietf:params:oauth:token-type:id-jag",
    subject_token: given.idToken, subject_token_type: "urn:ietf:params:oauth:token-type:id_token", audience: given.issuer, resource: given.resource,
    scope: "tickets:read", client_id: given.brokerClientId, client_secret: given.brokerSecret,
  }, await proof(broker.token_endpoint))));
  const redeem = async (headers) => json(await fetch(server.token_endpoint, form({
    grant_type: "urn:ietf:params:oauth:grant-type:jwt-bearer", assertion: exchanged.access_token, client_id: given.clientId, client_secret: given.clientSecret,
  }, headers)));
  return { broker, server, idJag: exchanged.access_token, redeem, tokens: await redeem(await proof(server.token_endpoint)) };
}

async function callList(headers) {
  const response = await fetch(given.resource, {
    method: "POST", headers: { "content-type": "application/json", accept: "application/json, text/event-stream", ...headers },
    body: JSON.stringify({ jsonrpc: "2.0", id: 1, method: "tools/call", params: { name: "tickets.list", arguments: {} } }),
  });
  return response.status;
}

const scenarios = {
  legacy: () => walk(),
  modern: () => walk({ mode: "auto" }),
  throwing: () => walk({ onInsufficientScope: "throw" }),
  async dpop() {
    const session = await DpopSession.create();
    return { thumbprint: session.thumbprint, ...(await walk({ dpop: session })) };
  },
  // A broker that grants less than what the server asks for: the client must end, not go in circles.
  async stubborn() {
    const { legs, fetchFn } = recorder();
    const client = new Client({ name: "tests", version: "1.0" });
    await client.connect(new StreamableHTTPClientTransport(new URL(given.resource), { authProvider: provider(fetchFn, "tickets:read"), fetch: fetchFn }));
    const comment = await outcome(client.callTool({ name: "tickets.comment", arguments: { text: "looks good" } }));
    await client.close();
    return { comment, legs };
  },

  async verify() {
    const { broker, server, idJag, tokens } = await accessToken();
    const keys = createRemoteJWKSet(new URL(server.jwks_uri));
    const right = { issuer: given.issuer, audience: given.resource, typ: "at+jwt", requiredClaims: ["iss", "exp", "aud", "sub", "client_id", "iat", "jti", "scope"] };
    const check = (token, changes) => outcome(jwtVerify(token, keys, { ...right, ...changes }));
    const { payload, protectedHeader } = (await check(tokens.access_token)).value;
    const [header, claims, signature] = tokens.access_token.split(".");
    return {
      header: protectedHeader, claims: payload, tokens,
      tampered: (await check(flip(tokens.access_token))).code, unsigned: (await check(`${header}.${claims}.`)).code, otherSignature: (await check(`${header}.${claims}.${"A".repeat(signature.length)}`)).code,
      otherIssuer: (await check(tokens.access_token, { issuer: given.broker })).code, otherAudience: (await check(tokens.access_token, { audience: given.issuer })).code,
      otherType: (await check(tokens.access_token, { typ: "oauth-id-jag+jwt" })).code, idJagHere: (await check(idJag)).code,
      idJag: (await jwtVerify(idJag, createRemoteJWKSet(new URL(broker.jwks_uri)), {
        issuer: given.broker, audience: given.issuer, typ: "oauth-id-jag+jwt", requiredClaims: ["iss", "sub", "aud", "client_id", "jti", "exp", "iat"],
      })).payload,
    };
  },
  async possession() {
    const key = await generateKeyPair(given.algorithm), thief = await generateKeyPair(given.algorithm);
    const proofBy = async (pair, url, token) => ({
      dpop: await new SignJWT({
        htm: "POST", htu: url, jti: crypto.randomUUID(),
        ...(token && { ath: Buffer.from(await crypto.subtle.digest("SHA-256", Buffer.from(token))).toString("base64url") }),
      }).setProtectedHeader({ typ: "dpop+jwt", alg: given.algorithm, jwk: await exportJWK(pair.publicKey) }).setIssuedAt().sign(pair.privateKey),
    });
    const { server, idJag, redeem, tokens } = await accessToken((url) => proofBy(key, url));
    const token = tokens.access_token, bound = { authorization: `DPoP ${token}` };
    return {
      thumbprint: await calculateJwkThumbprint(await exportJWK(key.publicKey)), idJag: decodeJwt(idJag).cnf, accessToken: decodeJwt(token).cnf, header: decodeProtectedHeader(token), type: tokens.token_type,
      redeemedWithoutProof: (await redeem({})).error, redeemedByThief: (await redeem(await proofBy(thief, server.token_endpoint))).error,
      called: await callList({ ...bound, ...(await proofBy(key, given.resource, token)) }),
      calledByThief: await callList({ ...bound, ...(await proofBy(thief, given.resource, token)) }),
      calledWithoutProof: await callList(bound), calledAsBearer: await callList({ authorization: `Bearer ${token}` }),
      calledForOtherToken: await callList({ ...bound, ...(await proofBy(key, given.resource, `${token}x`)) }),
    };
  },
};

console.log(JSON.stringify(await scenarios[process.argv[2]]()));
