import { generateKeyPair as generateKeyPairWithCallback } from 'node:crypto';
import { promisify } from 'node:util';
import { calculateJwkThumbprint, exportJWK, type JWK } from 'jose';
import type { Config } from '../../../config/env.js';
import type { Database, Queryable, Tx } from '../../platform/database/database.js';
import { StartupError } from '../../platform/errors/startup-error.js';
import { type Algorithm, ALGORITHMS, KeyRing, type SigningKey } from './key.ring.js';
import { derive, open, seal } from './seal.js';
import { readSealingKey, sealingKeySource } from './sealing-key.js';

const generateKeyPair = promisify(generateKeyPairWithCallback);

/** Minutes that a retired key outlasts its tokens: instances go on signing with it until they have heard. */
const GRACE_MINUTES = 5;

interface Kept {
  kid: string;
  state: 'next' | 'active' | 'retired';
}

interface Row extends Kept {
  algorithm: Algorithm;
  public_jwk: JWK;
  sealed_private_jwk: Buffer;
}

/** Minutes after its retirement for which a key is accepted: as long as a token of it may live. */
export const acceptedMinutes = ({ accessTokenMinutes }: Config): number => accessTokenMinutes + GRACE_MINUTES;

/** The keys that tokens may name, in the order of a KeyRing. */
const select = <R extends Kept>(config: Config, db: Queryable, columns: string): Promise<R[]> =>
  db.query<R>({
    prepare: true,
    text: `SELECT ${columns} FROM signing_keys
           WHERE state <> 'retired' OR retired_at > now() - make_interval(mins => $1)
           ORDER BY array_position(ARRAY['active', 'next', 'retired'], state), algorithm, kid`,
    values: [acceptedMinutes(config)],
  });

const versionOf = (rows: Kept[]): string => rows.map(({ kid, state }) => `${kid} ${state}`).join();

/** The version that the ring of today's keys has, without opening it. */
export const keyVersion = async (config: Config, db: Queryable): Promise<string> =>
  versionOf(await select(config, db, 'kid, state'));

/**
 * Opens the signing keys, and makes the first ones on a new installation.
 * @throws StartupError when the sealing key is missing or another.
 */
export async function openKeyRing(config: Config, database: Database): Promise<KeyRing> {
  let rows = await readRows(config, database);
  if (rows.length === 0) {
    await createFirstKeys(config, database);
    rows = await readRows(config, database);
  }
  const sealingKey = await readSealingKey(config, false);
  return KeyRing.of(
    versionOf(rows),
    rows.map((row) => unseal(config, sealingKey, row)),
    derive(sealingKey, 'provider cookies'),
  );
}

const readRows = (config: Config, db: Queryable): Promise<Row[]> =>
  select<Row>(config, db, 'kid, state, algorithm, public_jwk, sealed_private_jwk');

function unseal(config: Config, sealingKey: Buffer, row: Row): SigningKey {
  const { kid, algorithm, public_jwk } = row;
  try {
    const private_jwk = JSON.parse(open(sealingKey, kid, row.sealed_private_jwk).toString()) as JWK;
    return { kid, algorithm, public_jwk, private_jwk };
  } catch (cause) {
    throw new StartupError(
      `the signing keys in the database were not sealed with the key in ${sealingKeySource(config)}: give the key they were sealed with`,
      { cause },
    );
  }
}

/** Until the transaction ends nobody else makes keys or changes their states. */
export const lockKeys = (tx: Tx): Promise<unknown> =>
  tx.query({ text: `SELECT pg_advisory_xact_lock(hashtextextended('signing keys', 20251122))` });

/** Under a lock, so that instances that start together make one set. */
async function createFirstKeys(config: Config, database: Database): Promise<void> {
  await database.transaction(async (tx) => {
    await lockKeys(tx);
    const [any] = await tx.query({ text: 'SELECT 1 FROM signing_keys LIMIT 1' });
    if (any !== undefined) return;
    const sealingKey = await readSealingKey(config, true);
    for (const algorithm of ALGORITHMS) await createKey(tx, sealingKey, algorithm, 'active');
  });
}

/** Makes a key. @returns its kid. */
export async function createKey(
  tx: Tx,
  sealingKey: Buffer,
  algorithm: Algorithm,
  state: Kept['state'],
): Promise<string> {
  const { publicKey, privateKey } =
    algorithm === 'ES256'
      ? await generateKeyPair('ec', { namedCurve: 'P-256' })
      : await generateKeyPair('rsa', { modulusLength: 2_048 });
  const public_jwk = await exportJWK(publicKey);
  const kid = await calculateJwkThumbprint(public_jwk);
  const sealed = seal(sealingKey, kid, Buffer.from(JSON.stringify(await exportJWK(privateKey))));
  await tx.query({
    text: `INSERT INTO signing_keys (kid, algorithm, state, public_jwk, sealed_private_jwk) VALUES ($1, $2, $3, $4, $5)`,
    values: [kid, algorithm, state, JSON.stringify(public_jwk), sealed],
  });
  return kid;
}
