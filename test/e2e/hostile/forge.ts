import { createHmac } from 'node:crypto';
import { decodeJwt, exportSPKI, generateKeyPair, importJWK, type JWK, type JWTPayload, SignJWT } from 'jose';
import { KeyWatch } from '../../../src/auth/keys/key.watch.js';
import type { Attack } from './attacks.js';
import type { World } from './world.js';

type Members = Record<string, unknown>;

interface Forgery {
  /** Members of the header instead of the good ones; undefined leaves one out. */
  header?: Members;
  /** The same for claims; a function gets the good ones. */
  claims?: Members | ((good: Members) => Members);
  /** Whose key signs: ours for ES256 (default), ours for RS256, or the attacker's own. */
  key?: 'ours' | 'our RSA' | 'theirs';
  alg?: string;
}

type Forge = (world: World) => Promise<string>;

export const seconds = (): number => Math.floor(Date.now() / 1_000);

const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');

const withoutAbsent = (members: Members): Members =>
  Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined));

function keyOf(world: World, alg: 'ES256' | 'RS256'): JWK {
  const { keys } = world.app.get(KeyWatch, { strict: false }).current.jwks;
  return keys.find((key) => key.alg === alg) as JWK;
}

/** A token like one of ours, but for what is named. */
export const forged =
  ({ header = {}, claims = {}, key = 'ours', alg }: Forgery): Forge =>
  async (world) => {
    const jwk = keyOf(world, key === 'our RSA' ? 'RS256' : 'ES256');
    const algorithm = alg ?? String(jwk.alg);
    const good: JWTPayload = decodeJwt(await world.token('support'));
    const changed = typeof claims === 'function' ? claims(good) : claims;
    const signer =
      key === 'theirs' ? (await generateKeyPair('ES256')).privateKey : await importJWK(jwk, algorithm);
    return new SignJWT(withoutAbsent({ ...good, ...changed }))
      .setProtectedHeader(
        withoutAbsent({ alg: algorithm, typ: 'at+jwt', kid: jwk.kid, ...header }) as { alg: string },
      )
      .sign(signer);
  };

/** A token that claims to need no signature. */
export const unsigned =
  (alg: string): Forge =>
  async (world) => {
    const { kid } = keyOf(world, 'ES256');
    return `${encode({ alg, typ: 'at+jwt', kid })}.${encode(decodeJwt(await world.token('support')))}.`;
  };

/** A token signed with what everybody knows of our key, as if that were a shared secret. */
export const signedWithPublicKey =
  (form: 'PEM' | 'JWK' | 'x'): Forge =>
  async (world) => {
    const { d: _secret, ...shared } = keyOf(world, 'ES256');
    const pem = await exportSPKI(
      (await importJWK({ ...shared, ext: true }, 'ES256')) as Parameters<typeof exportSPKI>[0],
    );
    const secret = { PEM: pem, JWK: JSON.stringify(shared), x: String(shared.x) }[form];
    const content = `${encode({ alg: 'HS256', typ: 'at+jwt', kid: shared.kid })}.${encode(decodeJwt(await world.token('support')))}`;
    return `${content}.${createHmac('sha256', secret).update(content).digest('base64url')}`;
  };

const BASE64URL = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';

/** A good token, changed afterwards. */
export const tampered =
  (
    change: (parts: { header: string; payload: string; signature: string; claims: Members }) => string,
  ): Forge =>
  async (world) => {
    const token = await world.token('support');
    const [header = '', payload = '', signature = ''] = token.split('.');
    return change({ header, payload, signature, claims: decodeJwt(token) });
  };

/** The same bytes in a second spelling: the last character of a signature holds bits that no byte uses. */
export const respelled = (signature: string): string =>
  signature.slice(0, -1) + BASE64URL[BASE64URL.indexOf(signature.slice(-1)) ^ 1];

export const withClaims = (
  parts: { header: string; signature: string; claims: Members },
  claims: Members,
): string => `${parts.header}.${encode({ ...parts.claims, ...claims })}.${parts.signature}`;

/** Sends what was forged as the token of a request. */
export const bearer =
  (forge: Forge, path = '/api/v1/me', method = 'GET'): Attack =>
  async (world) =>
    world.ask(method, path, {
      headers: { authorization: `Bearer ${await forge(world)}` },
      ...(method === 'GET' ? {} : { body: {} }),
    });
