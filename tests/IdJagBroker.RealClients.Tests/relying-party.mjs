// A certified relying party (openid-client), run by RelyingPartyTests.cs: node relying-party.mjs SCENARIO. What it needs to know is the first line of the standard input. Where the browser is to go
// is printed as a line, and the next line of the input says where it came back; what it finds out is the last line.
import { createInterface } from "node:readline";
import * as oidc from "openid-client";

const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
const given = JSON.parse((await lines.next()).value);

async function browse(address, redirectUri) {
  console.log(JSON.stringify({ open: String(address), redirectUri }));
  return new URL(JSON.parse((await lines.next()).value).at);
}

async function outcome(promise) {
  try {
    return { value: await promise };
  } catch (error) {
    return { error: error.error ?? error.cause?.error ?? error.code, code: error.code };
  }
}

const redirect_uri = "http://127.0.0.1:5499/callback", post_logout_redirect_uri = "http://127.0.0.1:5499/bye";
const idToken = "urn:ietf:params:oauth:token-type:id_token", refreshToken = "urn:ietf:params:oauth:token-type:refresh_token", idJag = "urn:ietf:params:oauth:token-type:id-jag";

const importKey = (jwk) => crypto.subtle.importKey("jwk", jwk, { name: "ECDSA", namedCurve: "P-256" }, false, ["sign"]);
const authentications = {
  client_secret_basic: () => oidc.ClientSecretBasic(given.secret),
  client_secret_post: () => oidc.ClientSecretPost(given.secret),
  private_key_jwt: async () => oidc.PrivateKeyJwt({ key: await importKey(given.key), kid: "portal-1" }),
  none: () => oidc.None(),
};
const config = await oidc.discovery(new URL(given.broker), given.clientId, undefined, await authentications[given.authentication](), { execute: [oidc.allowInsecureRequests] });
oidc.enableNonRepudiationChecks(config); // the signatures too, not only the connection
const keyPair = given.dpop ? await oidc.randomDPoPKeyPair("ES256") : undefined;
const DPoP = keyPair && oidc.getDPoPHandle(config, keyPair);

async function begin(parameters = {}) {
  const [pkceCodeVerifier, expectedState, expectedNonce] = [oidc.randomPKCECodeVerifier(), oidc.randomState(), oidc.randomNonce()];
  const address = oidc.buildAuthorizationUrl(config, {
    redirect_uri, scope: "openid profile email offline_access", state: expectedState, nonce: expectedNonce,
    code_challenge: await oidc.calculatePKCECodeChallenge(pkceCodeVerifier), code_challenge_method: "S256",
    ...(DPoP && { dpop_jkt: await DPoP.calculateThumbprint() }), ...parameters,
  });
  return { at: await browse(address, redirect_uri), checks: { pkceCodeVerifier, expectedState, expectedNonce, idTokenExpected: true } };
}
const finish = ({ at, checks }, changes = {}) => oidc.authorizationCodeGrant(config, at, { ...checks, ...changes }, undefined, { DPoP });
const refresh = (token) => oidc.refreshTokenGrant(config, token, undefined, { DPoP });
const exchange = (subject_token, subject_token_type) => oidc.genericGrantRequest(config, "urn:ietf:params:oauth:grant-type:token-exchange", {
  requested_token_type: idJag, subject_token, subject_token_type, audience: given.audience, resource: given.resource, scope: given.scope,
}, { DPoP });

const scenarios = {
  async walk() {
    const signedIn = await finish(await begin({ max_age: "3600" }), { maxAge: 3600 });
    const claims = signedIn.claims();
    const person = await oidc.fetchUserInfo(config, signedIn.access_token, claims.sub, { DPoP });
    const byIdToken = await exchange(signedIn.id_token, idToken);
    const renewed = await refresh(signedIn.refresh_token);
    const byNewIdToken = await exchange(renewed.id_token, idToken);
    const byRefreshToken = await outcome(exchange(renewed.refresh_token, refreshToken));
    const silently = await finish(await begin({ prompt: "none" }));
    await oidc.tokenRevocation(config, renewed.refresh_token);
    const revoked = await outcome(refresh(renewed.refresh_token));
    const bye = await browse(oidc.buildEndSessionUrl(config, { post_logout_redirect_uri, id_token_hint: renewed.id_token, state: "over" }), post_logout_redirect_uri);
    const afterwards = await outcome(begin({ prompt: "none" }).then(finish));
    return { signedIn, claims, person, byIdToken, renewed, renewedClaims: renewed.claims(), byNewIdToken, byRefreshToken, silentClaims: silently.claims(), revoked, bye, afterwards };
  },
  async refused() {
    const stranger = await outcome(begin({ prompt: "none" }).then(finish));
    const otherVerifier = await outcome(begin().then((one) => finish(one, { pkceCodeVerifier: oidc.randomPKCECodeVerifier() })));
    const once = await begin();
    const tokens = await finish(once);
    const twice = await outcome(finish(once));
    const whatItGave = await outcome(refresh(tokens.refresh_token));
    const otherState = await outcome(begin().then((one) => finish(one, { expectedState: oidc.randomState() })));
    const again = await finish(await begin());
    const wrongPerson = await outcome(oidc.fetchUserInfo(config, again.access_token, "somebody-else", { DPoP }));
    const used = await refresh(again.refresh_token);
    const reused = await outcome(refresh(again.refresh_token));
    const family = await outcome(refresh(used.refresh_token));
    const userInfo = await outcome(oidc.fetchUserInfo(config, again.access_token, again.claims().sub, { DPoP }));
    return { stranger, otherVerifier, twice, whatItGave, otherState, wrongPerson, reused, family, userInfo };
  },
};

console.log(JSON.stringify({ found: await scenarios[process.argv[2]]() }));
process.exit(0);
