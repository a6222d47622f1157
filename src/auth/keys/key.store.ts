import { generateKeyPair as generateKeyPairWithCallback } from 'node:crypto';
import { promisify } from 'node:util';
import { calculateJwkThumbprint, exportJWK, type JWK } from 'jose';
import type { Config } from '../../../config/env.js';
import type { Database, Queryable } from '../../platform/database/database.js';
import { StartupError } from '../../platform/errors/startup-error.js';
import { type Algorithm, KeyRing, type SigningKey } from './key.ring.js';
import { derive, open, seal } from './seal.js';
import { readSealingKey, sealingKeySource } from './sealing-key.js';

const generateKeyPair = promisify(generateKeyPairWithCallback);

interface Row {
  kid: string;
  algorithm: Algorithm;
  public_jwk: JWK;
  sealed_private_jwk: Buffer;
}

/**
 * Opens the active signing keys, and makes the first ones on a new installation.
 * @throws StartupError when the sealing key is missing or another.
 */
export async function openKeyRing(config: Config, database: Database): Promise<KeyRing> {
  let rows = await readRows(database);
  if (rows.length === 0) {
    await createFirstKeys(config, database);
    rows = await readRows(database);
  }
  const sealingKey = await readSealingKey(config, false);
  return KeyRing.of(
    rows.map((row) => unseal(config, sealingKey, row)),
    derive(sealingKey, 'provider cookies'),
  );
}

const readRows = (db: Queryable): Promise<Row[]> =>
  db.query<Row>({
    text: `SELECT kid, algorithm, public_jwk, sealed_private_jwk FROM signing_keys WHERE state = 'active' ORDER BY algorithm`,
  });

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

/** Under a lock, so that instances that start together make one set. */
async function createFirstKeys(config: Config, database: Database): Promise<void> {
  await database.transaction(async (tx) => {
    await tx.query({ text: `SELECT pg_advisory_xact_lock(hashtextextended('signing keys', 20251122))` });
    const [any] = await tx.query({ text: 'SELECT 1 FROM signing_keys LIMIT 1' });
    if (any !== undefined) return;
    const sealingKey = await readSealingKey(config, true);
    for (const algorithm of ['ES256', 'RS256'] as const) {
      const key = await generate(algorithm);
      await tx.query({
        text: `INSERT INTO signing_keys (kid, algorithm, state, public_jwk, sealed_private_jwk) VALUES ($1, $2, 'active', $3, $4)`,
        values: [
          key.kid,
          algorithm,
          JSON.stringify(key.public_jwk),
          seal(sealingKey, key.kid, Buffer.from(JSON.stringify(key.private_jwk))),
        ],
      });
    }
  });
}

async function generate(algorithm: Algorithm): Promise<SigningKey> {
  const { publicKey, privateKey } =
    algorithm === 'ES256'
      ? await generateKeyPair('ec', { namedCurve: 'P-256' })
      : await generateKeyPair('rsa', { modulusLength: 2_048 });
  const public_jwk = await exportJWK(publicKey);
  return {
    kid: await calculateJwkThumbprint(public_jwk),
    algorithm,
    public_jwk,
    private_jwk: await exportJWK(privateKey),
  };
}
