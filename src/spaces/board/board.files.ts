import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { extname, join } from 'node:path';
import { Injectable } from '@nestjs/common';

const FOLDER = join(import.meta.dirname, 'page');

const TYPES: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
};

export interface BoardFile {
  type: string;
  content: string;
}

/** The files of the board, read once. Their addresses name their version, so a browser may keep them for ever. */
@Injectable()
export class BoardFiles {
  readonly version: string;
  private readonly files = new Map<string, BoardFile>();

  constructor() {
    const digest = createHash('sha256');
    // Files of other types are not served.
    const names = readdirSync(FOLDER)
      .filter((name) => extname(name) in TYPES)
      .sort();
    const contents = names.map((name) => readFileSync(join(FOLDER, name), 'utf8'));
    for (const content of contents) digest.update(content);
    this.version = digest.digest('hex').slice(0, 12);
    for (const [index, name] of names.entries()) {
      const content = (contents[index] as string).replaceAll('{{version}}', this.version);
      this.files.set(name, { type: TYPES[extname(name)] as string, content });
    }
  }

  page(name: 'board.html' | 'gone.html'): BoardFile {
    return this.files.get(name) as BoardFile;
  }

  /** What a page refers to; undefined for another version than this one. */
  asset(version: string, name: string): BoardFile | undefined {
    return version === this.version && !name.endsWith('.html') ? this.files.get(name) : undefined;
  }
}
