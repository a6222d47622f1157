import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { lstat, readdir, readFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { z } from 'zod';
import { StartupError } from '../../platform/errors/startup-error.js';

export const MANIFEST = 'manifest.json';
export const DUMP = 'database.dump';

const manifestSchema = z.object({
  format: z.literal(1, 'is of a version that this one does not know'),
  made_at: z.string(),
  /** Tokens name it, so they are worth something only under the same. */
  public_url: z.string(),
  postgres: z.number(),
  migrations: z.array(z.string()),
  tables: z.array(z.object({ table: z.string(), rows: z.number(), checksum: z.string() })),
  files: z.array(z.object({ path: z.string(), bytes: z.number(), sha256: z.string() })),
});

/** What is in a backup. */
export type Manifest = z.infer<typeof manifestSchema>;

type FileState = Manifest['files'][number];

async function fileState(root: string, path: string): Promise<FileState> {
  const digest = createHash('sha256');
  let bytes = 0;
  await pipeline(createReadStream(join(root, path)), async (pieces: AsyncIterable<Buffer>) => {
    for await (const piece of pieces) {
      bytes += piece.length;
      digest.update(piece);
    }
  });
  return { path, bytes, sha256: digest.digest('hex') };
}

/** Every file below a directory. @throws StartupError for what is neither file nor directory. */
export async function fileStates(root: string): Promise<FileState[]> {
  const entries = await readdir(root, { recursive: true, withFileTypes: true });
  const paths = entries.flatMap((entry) => {
    const path = relative(root, join(entry.parentPath, entry.name));
    if (entry.isDirectory()) return [];
    if (entry.isFile()) return [path];
    throw new StartupError(`${join(root, path)} is neither a file nor a directory: it cannot be backed up`);
  });
  const states: FileState[] = [];
  for (const path of paths.sort()) states.push(await fileState(root, path));
  return states;
}

/**
 * Reads the manifest of an unpacked backup, and holds every file to it.
 * @throws StartupError naming what is missing, too much, or damaged.
 */
export async function checkedManifest(root: string): Promise<Manifest> {
  const path = join(root, MANIFEST);
  let parsed;
  try {
    if (!(await lstat(path)).isFile()) throw new Error('it is no file');
    parsed = manifestSchema.safeParse(JSON.parse(await readFile(path, 'utf8')));
  } catch (error) {
    throw new StartupError(
      `This is no backup of Frontdesk: its ${MANIFEST} cannot be read (${(error as Error).message})`,
    );
  }
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw new StartupError(
      `The backup cannot be used: ${MANIFEST}: ${issue?.path.join('.')} ${issue?.message}`,
    );
  }
  const found = new Map((await fileStates(root)).map((state) => [state.path, state]));
  found.delete(MANIFEST);
  for (const expected of parsed.data.files) {
    const state = found.get(expected.path);
    if (state === undefined) throw new StartupError(`The backup is damaged: ${expected.path} is missing`);
    if (state.sha256 !== expected.sha256)
      throw new StartupError(`The backup is damaged: ${expected.path} is not as it was`);
    found.delete(expected.path);
  }
  const [extra] = found.keys();
  if (extra !== undefined)
    throw new StartupError(`The backup is damaged: it holds ${extra}, of which its manifest knows nothing`);
  return parsed.data;
}
